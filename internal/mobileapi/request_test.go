package mobileapi_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// optional are the fields that a complete request may leave out.
var optional = []string{"activate_with_kyc"}

// TestMissing leaves each field out alone, and empty, blank or null in its place.
func TestMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, action := range names() {
		complete := good(action).named("id")
		for name := range complete.payload {
			if slices.Contains(optional, name) {
				continue
			}
			without := complete.with(fields{name: nil})
			if name == "api_request_id" {
				without.body = fmt.Sprintf(`{"action":%q,"payload":%s}`, action, text(t, without.payload))
			}
			w.send(t, without).want(t, 400, action, "ERROR").says(t, "Please correct: "+name+" is required.")
			for _, empty := range []any{"", " \t\n\u00a0", rawNull{}} {
				w.send(t, complete.with(fields{name: empty})).want(t, 400, action, "ERROR").says(t, "Please correct: "+name+" is required.")
			}
		}
	}
	if got := w.events(t, sandbox.MSISDN); len(got) != 1 {
		t.Errorf("bad requests were recorded: %v", got)
	}
}

// TestTypes sends what is neither text nor a number.
func TestTypes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, action := range names() {
		complete := good(action).named("id")
		for name := range complete.payload {
			for _, wrong := range []any{true, false, []any{}, []any{"1234"}, fields{}, fields{"pin": "1234"}} {
				w.send(t, complete.with(fields{name: wrong})).want(t, 400, action, "ERROR").says(t, "Please correct: "+name+" must be text or a number.")
			}
		}
	}
}

// TestTwice sends each field twice: which of the two would count?
func TestTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, action := range names() {
		complete := good(action).named("id")
		for name := range complete.payload {
			for _, again := range []string{`"x"`, `null`, `{}`} {
				r := complete
				r.body = fmt.Sprintf(`{"action":%q,"payload":{%q:%s,%s}`, action, name, again, text(t, complete.payload)[1:])
				w.send(t, r).want(t, 400, action, "ERROR").says(t, "Please correct: "+name+" is there more than once.")
			}
		}
		r := good(action).named(w.fresh())
		r.body = fmt.Sprintf(`{"action":%q,"payload":{"other":1,"other":2,"PIN":"x",%s}`, action, text(t, r.payload)[1:])
		if got := w.send(t, r); got.http != 200 {
			t.Errorf("%s: fields that are none of ours count: %s", action, got.body)
		}
	}
}

// TestSizes sends each text at its limit, which is counted in characters, and one over.
func TestSizes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sizes := map[string]int{"api_request_id": 150, "identifier": 50, "pin": 50, "new_pin": 50, "device_identifier": 100, "app_id": 100,
		"identity": 50, "auth_flag": 100, "user_identifier": 50}
	used := map[string]bool{}
	for _, action := range names() {
		complete := good(action)
		complete.payload = merge(complete.payload, fields{"api_request_id": "id"})
		for name := range complete.payload {
			size, ok := sizes[name]
			if !ok {
				continue
			}
			used[name] = true
			for _, c := range []string{"7", "é"} {
				if name == "app_id" && c != "7" {
					continue // counted in bytes, as it is stored
				}
				// Each for a member that there is not: these are many wrong PINs.
				r := complete.of("254700000000").named(w.fresh())
				full := r.with(fields{name: "  " + strings.Repeat(c, size) + "\n"})
				if got := w.send(t, full); got.http != 200 {
					t.Errorf("%s, %s of %d characters: %s", action, name, size, got.body)
				}
				w.send(t, r.with(fields{name: strings.Repeat(c, size+1)})).want(t, 400, action, "ERROR").says(t, name+" must be", fmt.Sprint(size))
			}
		}
	}
	if len(used) != len(sizes) {
		t.Errorf("only %v were tried", slices.Collect(maps.Keys(used)))
	}
}

// fresh gives an id that no request had.
func (w *world) fresh() string { return fmt.Sprintf("fresh-%d", w.ids.Add(1)) }

// TestBadValues sends values that are not among those allowed.
func TestBadValues(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const date = "must be a date like yyyy-MM-dd HH:mm:ss"
	for _, c := range []struct {
		action, field string
		value         any
		says          string
	}{
		{"CHECK_USER", "api_request_id", "a\x00b", "must be plain text"},
		{"CHECK_USER", "api_request_id", "a\u007f", "must be plain text"},
		{"CHECK_USER", "api_request_id", "a\ufffd", "must be plain text"},
		{"CHECK_USER", "identifier_type", "msisdn", "must be MSISDN"},
		{"CHECK_USER", "identifier_type", strings.Repeat("MSISDN", 2000), "must be MSISDN"},
		{"MO_CHECK_USER", "identifier", "2547\n12345678", "must be plain text"},
		{"LOGIN", "device_identifier_type", "IMEI", "must be IMSI or APP_ID"},
		{"LOGIN", "device_identifier_type", "imsi", "must be IMSI or APP_ID"},
		{"ACTIVATE_MOBILE_APP", "app_id", "a\tb", "must be plain text"},
		{"ACTIVATE_MOBILE_APP", "app_id", strings.Repeat("é", 51), "must be plain text of at most 100 bytes"},
		{"ACTIVATE_MOBILE_APP", "activate_with_kyc", "yes", "must be YES or NO"},
		{"ACTIVATE_MOBILE_APP", "activate_with_kyc", 1, "must be YES or NO"},
		{"ACTIVATE_MOBILE_APP", "identity_type", "ID", "must be NATIONAL_ID, PASSPORT_NO or DRIVING_LICENSE"},
		{"SET_PIN", "identity", "1\u00002", "must be plain text"},
		{"GET_AUTH_SECURITY_PARAMETERS", "auth_security_type", "PIN", "must be PASSWORD or OTP"},
		{"SET_AUTH_SECURITY_PARAMETERS", "auth_action", "BLOCK", "must be NONE, WARN, SUSPEND or LOCK"},
		{"SET_AUTH_SECURITY_PARAMETERS", "auth_attempts", "-1", "must be a whole number from 0 to 1000000"},
		{"SET_AUTH_SECURITY_PARAMETERS", "auth_attempts", 1.5, "must be a whole number"},
		{"SET_AUTH_SECURITY_PARAMETERS", "auth_attempts", 1000001, "must be a whole number"},
		{"SET_AUTH_SECURITY_PARAMETERS", "auth_attempts", "+4", "must be a whole number"},
		{"SET_AUTH_SECURITY_PARAMETERS", "auth_attempts", "four", "must be a whole number"},
		{"SET_AUTH_SECURITY_PARAMETERS", "auth_attempts", strings.Repeat("9", 50), "must be a whole number"},
		{"SET_AUTH_SECURITY_PARAMETERS", "auth_action_valid_date", "2020-12-09", date},
		{"SET_AUTH_SECURITY_PARAMETERS", "auth_action_valid_date", "2020-12-09T09:34:33", date},
		{"SET_AUTH_SECURITY_PARAMETERS", "auth_action_valid_date", "2020-12-09 9:34:33", date},
		{"SET_AUTH_SECURITY_PARAMETERS", "auth_action_valid_date", "2020-12-09  9:34:33", date},
		{"SET_AUTH_SECURITY_PARAMETERS", "auth_action_valid_date", "2020-12-09 09:34:33.5", date},
		{"SET_AUTH_SECURITY_PARAMETERS", "auth_action_valid_date", "2021-02-29 09:34:33", date},
		{"SET_AUTH_SECURITY_PARAMETERS", "auth_action_valid_date", "2020-12-09 24:00:00", date},
		{"SET_AUTH_SECURITY_PARAMETERS", "date_time", "08-12-2020 09:34:33", date},
		{"GET_USER_DETAILS", "user_identifier_type", "NAME", "must be MEMBER_NUMBER, MSISDN, NATIONAL_ID, PASSPORT_NO, DRIVING_LICENSE or ACCOUNT_NUMBER"},
	} {
		w.send(t, good(c.action).with(fields{c.field: c.value})).want(t, 400, c.action, "ERROR").says(t, "Please correct: "+c.field+" "+c.says)
	}
}

// TestEveryBadFieldIsNamed: however many they are, in 200 characters.
func TestEveryBadFieldIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, action := range names() {
		all := slices.Sorted(maps.Keys(good(action).named("id").payload))
		if action == "ACTIVATE_MOBILE_APP" { // asks for an identity only when told to
			all = slices.DeleteFunc(all, func(name string) bool { return strings.HasPrefix(name, "identity") })
		}
		missing, wrong, mixed := fields{}, fields{}, fields{}
		for i, name := range all {
			if wrong[name] = true; i%2 == 0 {
				mixed[name] = true
			}
		}
		for _, payload := range []fields{missing, wrong, mixed} {
			r := request{action: action, body: fmt.Sprintf(`{"action":%q,"payload":%s}`, action, text(t, payload))}
			got := w.send(t, r).want(t, 400, action, "ERROR")
			for _, name := range all {
				if _, sent := payload[name]; sent || name != "activate_with_kyc" && name != "auth_action_valid_date" {
					if !regexp.MustCompile(`\b` + name + `\b`).MatchString(got.description()) {
						t.Errorf("%s: %s is not named: %s", action, name, got.body)
					}
				}
			}
		}
	}
}

// TestFieldsThatDependOnOthers sends what is only needed, or only looked at, sometimes.
func TestFieldsThatDependOnOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	activate := good("ACTIVATE_MOBILE_APP").with(fields{"identity": true, "identity_type": "X"})
	for _, no := range []any{"NO", " NO ", "", rawNull{}, nil} {
		w.do(t, activate.with(fields{"activate_with_kyc": no}), "SUCCESS")
	}
	w.send(t, activate).want(t, 400, activate.action, "ERROR").says(t, "identity_type", "identity ")

	set := good("SET_AUTH_SECURITY_PARAMETERS").with(fields{"auth_attempts": "0"})
	none := set.with(fields{"auth_action": "NONE", "auth_flag": nil, "auth_action_valid_date": nil})
	w.do(t, none, "SUCCESS")
	w.do(t, none.with(fields{"auth_flag": "", "auth_action_valid_date": ""}), "SUCCESS")
	w.do(t, none.with(fields{"auth_flag": "CLEARED"}), "SUCCESS")
	w.send(t, none.with(fields{"auth_flag": []any{}})).want(t, 400, set.action, "ERROR").says(t, "auth_flag")
	w.send(t, none.with(fields{"auth_action_valid_date": "soon"})).want(t, 400, set.action, "ERROR").says(t, "auth_action_valid_date")
	for _, action := range []string{"WARN", "SUSPEND", "LOCK"} {
		w.send(t, set.with(fields{"auth_action": action, "auth_flag": ""})).want(t, 400, set.action, "ERROR").says(t, "auth_flag is required")
	}
	w.send(t, set.with(fields{"auth_action_valid_date": nil})).want(t, 400, set.action, "ERROR").says(t, "auth_action_valid_date is required")
	w.do(t, set.with(fields{"auth_action": "WARN", "auth_action_valid_date": nil}), "SUCCESS")
}

// TestSetSecurityReachesTheMember: what is set is what is kept, and what is told.
func TestSetSecurityReachesTheMember(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(t, good("SET_AUTH_SECURITY_PARAMETERS").with(fields{"auth_attempts": "04"}), "SUCCESS")
	m := w.member(t, sandbox.MSISDN)
	want := member.Tally{Attempts: 4, Flag: "FIRST_SUSPENSION", Action: member.Suspend, Until: time.Date(2020, 12, 9, 6, 34, 33, 0, time.UTC), Imposed: true}
	if !m.OTP.Until.Equal(want.Until) {
		t.Errorf("suspended until %s, want %s", m.OTP.Until, want.Until)
	}
	if m.OTP.Until = want.Until; m.OTP != want || m.Password != (member.Tally{}) {
		t.Errorf("the member has %+v and %+v", m.OTP, m.Password)
	}
	w.clock.forward(25 * time.Hour)
	w.do(t, good("SET_AUTH_SECURITY_PARAMETERS").with(fields{"auth_action": "WARN", "auth_flag": "A", "auth_attempts": 1}), "SUCCESS")
	if m := w.member(t, sandbox.MSISDN); !m.OTP.Until.IsZero() || m.OTP.Action != member.Warn {
		t.Errorf("a warning has an end: %+v", m.OTP)
	}
}

// TestTrimmed sends every value with blanks around it, and names with blanks, which are other names.
func TestTrimmed(t *testing.T) {
	t.Parallel()
	for _, action := range names() {
		w := newWorld(t)
		r := good(action)
		want := w.send(t, r)
		blanked := fields{}
		for name, v := range r.payload {
			blanked[name] = "\t " + fmt.Sprint(v) + "\r\n"
		}
		w2 := newWorld(t)
		r.payload = nil
		r.body = fmt.Sprintf(" {\n\"action\" : %q , \"payload\":%s}\n", " "+action+" ", text(t, merge(blanked, fields{"api_request_id": " id "})))
		if got := w2.send(t, r); got.http != 200 || got.body != want.body {
			t.Errorf("%s: %s, want %s", action, got.body, want.body)
		}
	}
	w := newWorld(t)
	r := good("CHECK_USER").with(fields{"device_identifier": nil, "device _identifier": "x", "Device_Identifier": "x"})
	w.send(t, r).want(t, 400, r.action, "ERROR").says(t, "device_identifier is required")
}

// TestEscapes: a body may escape whatever it likes, and put the payload first.
func TestEscapes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := request{action: "LOGIN", body: `{"\u0070ayload":{"api_request_id":"A\u00e9","identifier_type":"\u004dSISDN","identifier":"2547\u003123456\u00378",
		"p\u0069n":"\u0031234","device_identifier_type":"APP\u005fID","device_identifier":"1099200912931023"},"act\u0069on":"LOG\u0049N","more":[{"a":[1,2,{}]},null,true]}`}
	w.do(t, r, "SUCCESS")
	if got := w.lastObserved(); got != "LOGIN ok" {
		t.Errorf("observed: %s", got)
	}
}
