package mobileapi_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/channel"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// reused checks that an id was refused which stands for something else. The id is not repeated.
func (r reply) reused(t *testing.T, action string) {
	t.Helper()
	r.want(t, 200, action, "ERROR").says(t, "This api_request_id was used for a different request before; give every call its own.")
	if strings.Contains(r.body, "THE-ID") {
		t.Errorf("the id is repeated: %s", r.body)
	}
}

// TestSameIDSamePayload: the first answer comes again, whatever happened meanwhile, and nothing is done twice.
func TestSameIDSamePayload(t *testing.T) {
	t.Parallel()
	for _, action := range names() {
		if action == "CHECK_USER" || action == "MO_CHECK_USER" {
			continue // answered afresh
		}
		w := newWorld(t)
		first := w.send(t, good(action).named("THE-ID"))
		kinds := w.events(t, sandbox.MSISDN)
		for range 3 {
			if again := w.send(t, good(action).named(" THE-ID ")); again.body != first.body || again.http != 200 {
				t.Errorf("%s: %s, then %s", action, first.body, again.body)
			}
		}
		if got := w.events(t, sandbox.MSISDN); !slices.Equal(got, kinds) {
			t.Errorf("%s: recorded %v, then %v", action, kinds, got)
		}
	}
}

// TestWrongPINOnce: a repeated wrong PIN is counted once, and its answer says the same.
func TestWrongPINOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := good("LOGIN").with(fields{"pin": "9753"}).named("THE-ID")
	first := w.do(t, r, "INCORRECT_PIN")
	for range 5 {
		if again := w.do(t, r, "INCORRECT_PIN"); again.body != first.body {
			t.Errorf("%s, then %s", first.body, again.body)
		}
		if got := w.lastObserved(); got != "LOGIN repeated" {
			t.Errorf("observed: %s", got)
		}
	}
	if got := w.member(t, sandbox.MSISDN).Password.Attempts; got != 1 {
		t.Errorf("%d attempts were counted", got)
	}
}

// TestSameIDOtherPayload changes one field after the other.
func TestSameIDOtherPayload(t *testing.T) {
	t.Parallel()
	other := fields{"identifier": sandbox.NewMSISDN, "device_identifier": "other", "device_identifier_type": "IMSI", "app_id": "other", "activate_with_kyc": "NO",
		"identity": "other", "identity_type": "PASSPORT_NO", "auth_security_type": "PASSWORD", "auth_action": "LOCK", "auth_action_valid_date": "2020-12-10 09:34:33",
		"auth_flag": "other", "auth_attempts": 5, "date_time": "2020-12-08 09:34:34", "user_identifier_type": "MEMBER_NUMBER", "user_identifier": "other",
		"pin": "9753", "new_pin": "2468"}
	for _, action := range names() {
		w := newWorld(t)
		w.send(t, good(action).named("THE-ID"))
		for name, was := range good(action).payload {
			value, ok := other[name]
			if !ok {
				continue // identifier_type has one value
			}
			if value == was {
				value = "OTP"
			}
			got := w.send(t, good(action).named("THE-ID").with(fields{name: value}))
			if name == "pin" && action == "DEACTIVATE_MOBILE_APP" {
				// The app is not bound any more, so that no PIN is looked at: it would be a guess that nobody counts.
				got.want(t, 200, action, "SUCCESS")
				continue
			}
			got.reused(t, action)
		}
		for _, second := range names() {
			if second != action {
				w.send(t, good(second).named("THE-ID")).reused(t, second)
			}
		}
		if got := w.send(t, good(action).named("THE-ID")); got.status() == "ERROR" {
			t.Errorf("%s: the first request is refused as well: %s", action, got.body)
		}
	}
}

// TestIDsAreAChannelsOwn: two channels may use the same.
func TestIDsAreAChannelsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pass := w.channel(t, channel.Channel{ID: "ussd"})
	w.do(t, check().named("THE-ID"), "ACTIVE")
	w.do(t, good("LOGIN").named("THE-ID").as("ussd", pass), "SUCCESS")
	w.send(t, good("LOGIN").named("THE-ID")).reused(t, "LOGIN")
	w.send(t, check().named("THE-ID").as("ussd", pass)).reused(t, "CHECK_USER")
}

// TestABadRequestUsesNoID: it can be corrected and sent again.
func TestABadRequestUsesNoID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.send(t, good("LOGIN").named("THE-ID").with(fields{"pin": ""})).want(t, 400, "LOGIN", "ERROR")
	w.send(t, good("LOGIN").named("THE-ID").with(fields{"device_identifier": nil})).want(t, 400, "LOGIN", "ERROR")
	w.do(t, good("LOGIN").named("THE-ID"), "SUCCESS")
}

// TestChecksAreAnsweredAfresh: they tell what is, not what was.
func TestChecksAreAnsweredAfresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(t, check().named("A"), "ACTIVE")
	w.do(t, good("MO_CHECK_USER").named("B"), "FOUND")
	closeMember(sandbox.MSISDN)(t, w)
	w.do(t, check().named("A"), "NOT_FOUND")
	w.do(t, good("MO_CHECK_USER").named("B"), "NOT_FOUND")
}

// TestDefaultIsTheSameRequest: what is left out and what it stands for are one request.
func TestDefaultIsTheSameRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := good("ACTIVATE_MOBILE_APP").with(fields{"activate_with_kyc": nil, "identity": nil, "identity_type": nil}).named("THE-ID")
	w.do(t, r, "SUCCESS")
	w.do(t, r.with(fields{"activate_with_kyc": "NO"}), "SUCCESS")
	w.do(t, r.with(fields{"identifier": 254712345678, "extra": "x"}), "SUCCESS")
	if got := w.lastObserved(); got != "ACTIVATE_MOBILE_APP repeated" {
		t.Errorf("observed: %s", got)
	}
}

// TestOneIDManyAtOnce: however many come at once, the member has counted one.
func TestOneIDManyAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() { w.do(t, good("LOGIN").with(fields{"pin": "9753"}).named("THE-ID"), "INCORRECT_PIN") })
	}
	all.Wait()
	if got := w.member(t, sandbox.MSISDN).Password.Attempts; got != 1 {
		t.Errorf("%d attempts were counted", got)
	}
}
