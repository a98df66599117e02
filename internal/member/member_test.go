package member_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/member"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*member.Member)
		want   string
	}{
		"whole":                      {func(*member.Member) {}, ""},
		"the least":                  {func(m *member.Member) { *m = member.Member{MSISDN: "2547123", FullName: "W"} }, ""},
		"nothing":                    {func(m *member.Member) { *m = member.Member{} }, "msisdn full_name"},
		"a name of blanks":           {func(m *member.Member) { m.FullName = "  " }, "full_name"},
		"a name with blanks around":  {func(m *member.Member) { m.FullName = " Wanjiku" }, "full_name"},
		"a name too long":            {func(m *member.Member) { m.FullName = strings.Repeat("é", 51) }, "full_name"},
		"a name as long as can be":   {func(m *member.Member) { m.FullName = strings.Repeat("é", 50) }, ""},
		"a name of several lines":    {func(m *member.Member) { m.FullName = "a\nb" }, "full_name"},
		"a name that is no text":     {func(m *member.Member) { m.FullName = "a\xff" }, "full_name"},
		"a number too long":          {func(m *member.Member) { m.Number = strings.Repeat("1", 51) }, "member_number"},
		"a number with blanks":       {func(m *member.Member) { m.Number = "12 " }, "member_number"},
		"an identity of no type":     {func(m *member.Member) { m.Identity.Type = "" }, "identity_type"},
		"an identity of our type":    {func(m *member.Member) { m.Identity.Type = "NATIONAL ID" }, "identity_type"},
		"a type without an identity": {func(m *member.Member) { m.Identity.Value = " " }, "identity"},
		"an identity too long":       {func(m *member.Member) { m.Identity.Value = strings.Repeat("1", 51) }, "identity"},
		"an app and no SIM":          {func(m *member.Member) { m.IMSI = "" }, ""},
		"a SIM too short":            {func(m *member.Member) { m.IMSI = "63902" }, "imsi"},
		"a SIM of letters":           {func(m *member.Member) { m.IMSI = "63902x" }, "imsi"},
		"an app of control signs":    {func(m *member.Member) { m.AppID = "a\tb" }, "app_id"},
		"all": {func(m *member.Member) {
			*m = member.Member{MSISDN: "0", Number: "\n", Identity: member.Identity{Type: "x"}, IMSI: "1", AppID: "\n"}
		}, "msisdn full_name member_number identity_type identity imsi app_id"},
	} {
		m := somebody()
		c.change(&m)
		if got := badFields(m.Check); got != c.want {
			t.Errorf("%s: the bad fields are %q, want %q", name, got, c.want)
		}
	}
}

func TestValidMSISDN(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"254712345678": true, "1234567": true, "123456789012345": true,
		"": false, "123456": false, "1234567890123456": false, "0712345678": false, "+254712345678": false, "254 712 345": false,
		"25471234567x": false, "٢٥٤٧١٢٣": false, "254712345678\n": false, "-254712345": false, "1e10000": false,
	} {
		if got := member.ValidMSISDN(text); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}

func TestDeviceCheck(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		device member.Device
		want   string
	}{
		{simA, ""}, {appA, ""},
		{member.Device{Type: member.IMSI, ID: "123456"}, ""},
		{member.Device{Type: member.IMSI, ID: "123456789012345"}, ""},
		{member.Device{Type: member.IMSI, ID: "12345"}, "imsi"},
		{member.Device{Type: member.IMSI, ID: "1234567890123456"}, "imsi"},
		{member.Device{Type: member.IMSI, ID: "٦٣٩٠٢"}, "imsi"},
		{member.Device{Type: member.IMSI}, "imsi"},
		{member.Device{Type: member.AppID, ID: strings.Repeat("é", 50)}, ""},
		{member.Device{Type: member.AppID, ID: strings.Repeat("é", 51)}, "app_id"},
		{member.Device{Type: member.AppID, ID: " x"}, "app_id"},
		{member.Device{Type: member.AppID, ID: "a\u0000"}, "app_id"},
		{member.Device{Type: member.AppID, ID: "\xc3"}, "app_id"},
		{member.Device{Type: member.AppID}, "app_id"},
		{member.Device{Type: "imsi", ID: "123456"}, "device_identifier_type"},
		{member.Device{ID: "123456"}, "device_identifier_type"},
	} {
		if got := badFields(c.device.Check); got != c.want {
			t.Errorf("%+q: the bad fields are %q, want %q", c.device, got, c.want)
		}
	}
}

func TestHolds(t *testing.T) {
	t.Parallel()
	whole, none := somebody(), named("no device")
	for _, c := range []struct {
		m      member.Member
		device member.Device
		want   bool
	}{
		{whole, simA, true}, {whole, appA, true}, {whole, simB, false}, {whole, appB, false}, {whole, nothing, false},
		{whole, member.Device{Type: member.AppID, ID: simA.ID}, false},
		{whole, member.Device{Type: member.IMSI, ID: appA.ID}, false},
		{whole, member.Device{Type: "ICCID", ID: appA.ID}, false},
		{whole, member.Device{Type: member.AppID, ID: strings.ToLower(appA.ID)}, false},
		{none, simA, false}, {none, member.Device{Type: member.IMSI}, false}, {none, member.Device{Type: member.AppID}, false}, {none, nothing, false},
	} {
		if got := c.m.Holds(c.device); got != c.want {
			t.Errorf("of %q and %q, %+q is held: %t", c.m.IMSI, c.m.AppID, c.device, got)
		}
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"":                                 "…",
		"123456":                           "…",
		"12345678901":                      "…",
		"123456789012":                     "…9012",
		"639021234567890":                  "…7890",
		"ééééééééééé":                      "…", // 22 bytes, 11 characters
		"éééééééééééé":                     "…éééé",
		"12345678901आ":                     "…901आ",
		"aaaaaaaaaaaa\xff\xff":             "…aa\uFFFD\uFFFD",
		"00000000-0000-4000-8000-00000a1b": "…0a1b",
	} {
		if got := (member.Device{Type: member.AppID, ID: id}).Mask(); got != want {
			t.Errorf("%q is masked as %q, want %q", id, got, want)
		}
	}
}

func TestIdentityEqual(t *testing.T) {
	t.Parallel()
	const id, passport, license = member.NationalID, member.Passport, member.License
	for _, c := range []struct {
		type1, value1, type2, value2 string
		want                         bool
	}{
		{id, "23994857", id, "23994857", true},
		{id, "23994857", id, " 2399 4857 ", true},
		{passport, "ak0123456", passport, "AK 0123456", true},
		{license, "dl\u00a077", license, "DL77", true},
		{passport, "é1", passport, "É1", true},
		{id, "23994857", id, "23994858", false},
		{id, "23994857", id, "2399485", false},
		{id, "23994857", passport, "23994857", false},
		{id, "A-1", id, "A1", false},
		{id, "", id, "", false},
		{id, " ", id, "", false},
		{"", "", "", "", false},
		{"", " ", "", "", false},
		{"", "23994857", "", "23994857", false},
		{"national_id", "1", "national_id", "1", false},
	} {
		i, j := member.Identity{Type: c.type1, Value: c.value1}, member.Identity{Type: c.type2, Value: c.value2}
		if i.Equal(j) != c.want || j.Equal(i) != c.want {
			t.Errorf("%+q and %+q are equal: %t, %t, want %t", i, j, i.Equal(j), j.Equal(i), c.want)
		}
	}
}

func TestAdd(t *testing.T) {
	t.Parallel()
	m := somebody()
	m.Head, m.Revision, m.CreatedAt = event.Head{Version: 3}, 9, noon().Add(-time.Hour)
	ch := member.Add(m, cause(noon()))
	want := m
	want.Head, want.Revision, want.CreatedAt = event.Head{}, 0, noon()
	if ch.Member != want {
		t.Errorf("the member is %+v", ch.Member)
	}
	if len(ch.Events) != 1 || ch.Events[0].Kind != event.MemberAdded || ch.Events[0].Data != `{"imsi":"…7890","app_id":"…Lm27"}` {
		t.Errorf("the events are %+v", ch.Events)
	}
	if got := member.Add(named("no device"), cause(noon())).Events[0].Data; got != `{}` {
		t.Errorf("of one without devices it says %s", got)
	}
}

// particulars are those of an event, the personal ones last.
func particulars(e event.Event) string {
	if e.Private == "" {
		return e.Data
	}
	return strings.Replace(strings.TrimSuffix(e.Data, "}")+","+e.Private[1:], "{,", "{", 1)
}

// TestOperate: what the operator does leaves alone all else, and does nothing when it was so already.
func TestOperate(t *testing.T) {
	t.Parallel()
	const reason = "asked at the branch"
	both := []member.DeviceType{member.IMSI, member.AppID}
	type change func(m member.Member) *member.Change
	unbind := func(types ...member.DeviceType) change {
		return func(m member.Member) *member.Change { return m.Unbind(types, reason, cause(noon())) }
	}
	bind := func(d member.Device) change {
		return func(m member.Member) *member.Change { return m.Bind(d, reason, cause(noon())) }
	}
	unlock := func(m member.Member) *member.Change { return m.Unlock(reason, cause(noon())) }
	issue := func(m member.Member) *member.Change { return m.IssuePIN("$argon2id$issued", reason, cause(noon())) }
	standing := func(to member.Standing) change {
		return func(m member.Member) *member.Change { return m.SetStanding(to, reason, cause(noon())) }
	}
	const because = `"reason":"asked at the branch"`
	for _, c := range []struct {
		name, state string
		change      change
		want        string // the difference | the events; "" when nothing changes
	}{
		{"unbind both", "active", unbind(both...), `SIM none, app none | device_unbound{"type":"IMSI","device":"…7890",` + because + `} device_unbound{"type":"APP_ID","device":"…Lm27",` + because + `}`},
		{"unbind the app", "active", unbind(member.AppID), `app none | device_unbound{"type":"APP_ID","device":"…Lm27",` + because + `}`},
		{"unbind both of one", "no SIM", unbind(both...), `app none | device_unbound{"type":"APP_ID","device":"…Lm27",` + because + `}`},
		{"unbind none", "active", unbind(), ""},
		{"unbind what is not there", "no device", unbind(both...), ""},
		{"unbind when closed", "closed", unbind(member.IMSI), `SIM none | device_unbound{"type":"IMSI","device":"…7890",` + because + `}`},
		{"bind the first", "no SIM", bind(simB), `SIM 639029876543210 | device_bound{"type":"IMSI","device":"…3210",` + because + `}`},
		{"bind another", "active", bind(simB), `SIM 639029876543210 | device_unbound{"type":"IMSI","device":"…7890",` + because + `} device_bound{"type":"IMSI","device":"…3210",` + because + `}`},
		{"bind an app", "active", bind(appB), `app Xp52-Vb68-Hn13-Rd74 | device_unbound{"type":"APP_ID","device":"…Lm27",` + because + `} device_bound{"type":"APP_ID","device":"…Rd74",` + because + `}`},
		{"bind the same", "active", bind(simA), ""},
		{"unlock", "locked by a channel", unlock, `bound 0 | unlocked{` + because + `}`},
		{"unlock others", "others locked, suspended", unlock, `bound 0, others 0 | unlocked{` + because + `}`},
		{"unlock OTP", "OTP locked", unlock, `OTP 0 | unlocked{` + because + `}`},
		{"unlock one who is warned", "warned", unlock, `bound 0 | unlocked{` + because + `}`},
		{"unlock wrong identities", "three wrong identities", unlock, `wrong identities 0 | unlocked{` + because + `}`},
		{"unlock one who is free", "active", unlock, ""},
		{"issue a PIN", "active", issue, `PIN $argon2id$issued chosen false | pin_issued{` + because + `}`},
		{"issue the first PIN", "never issued a PIN", issue, `PIN $argon2id$issued chosen false | pin_issued{` + because + `}`},
		{"issue a PIN to who forgot it", "others locked, suspended", issue, `PIN $argon2id$issued chosen false, bound 0, others 0 | pin_issued{` + because + `}`},
		{"issue a PIN to who forgot who they are", "three wrong identities", issue, `PIN $argon2id$issued chosen false, wrong identities 0 | pin_issued{` + because + `}`},
		{"issue a PIN, OTP stays", "OTP locked", issue, `PIN $argon2id$issued chosen false | pin_issued{` + because + `}`},
		{"close", "locked", standing(member.Closed), `standing closed | status_changed{"from":"open","to":"closed",` + because + `}`},
		{"open", "closed and locked", standing(member.Open), `standing open | status_changed{"from":"closed","to":"open",` + because + `}`},
		{"close again", "closed", standing(member.Closed), ""},
		{"open again", "active", standing(member.Open), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			before := named(c.state)
			before.Revision, before.CreatedAt = 5, noon().Add(-time.Hour)
			ch := c.change(before)
			if ch == nil {
				if c.want != "" {
					t.Error("nothing changes")
				}
				return
			}
			var events []string
			for _, e := range ch.Events {
				events = append(events, strings.TrimPrefix(string(e.Kind), "member.")+particulars(e))
			}
			if got := difference(before, ch.Member) + " | " + strings.Join(events, " "); got != c.want {
				t.Errorf("it makes\n%s\nwant\n%s", got, c.want)
			}
			if !ch.Member.UpdatedAt.Equal(noon()) || ch.Member.Revision != 5 || !ch.Member.CreatedAt.Equal(before.CreatedAt) {
				t.Errorf("the member is %+v", ch.Member)
			}
			if again := c.change(ch.Member); again != nil && c.name != "issue a PIN" && !strings.HasPrefix(c.name, "issue") {
				t.Errorf("a second time it makes %+v", again.Events)
			}
		})
	}
}

func TestCheckReason(t *testing.T) {
	t.Parallel()
	for reason, want := range map[string]string{
		"lost phone": "", strings.Repeat("é", 100): "",
		"": "reason", " ": "reason", "a\nb": "reason", strings.Repeat("x", 201): "reason", "\xff": "reason",
	} {
		if got := badFields(func(bad *fault.Fields) { member.CheckReason(reason, bad) }); got != want {
			t.Errorf("%.40q: the bad fields are %q, want %q", reason, got, want)
		}
	}
}

// FuzzIdentity: equality goes both ways, holds of what is written differently, and never of two types or of nothing.
func FuzzIdentity(f *testing.F) {
	f.Add(member.NationalID, "23994857", member.NationalID, "2399 4857")
	f.Add(member.Passport, "ak\u00a01", member.Passport, "AK1")
	f.Add("", " ", "", "")
	f.Add(member.NationalID, "\xc2  \xa0", member.NationalID, "\xc2\xa0")
	f.Fuzz(func(t *testing.T, type1, value1, type2, value2 string) {
		i, j := member.Identity{Type: type1, Value: value1}, member.Identity{Type: type2, Value: value2}
		equal := i.Equal(j)
		if equal != j.Equal(i) {
			t.Errorf("%+q and %+q are equal one way only", i, j)
		}
		if equal && (type1 != type2 || !member.ValidIdentityType(type1) || strings.TrimSpace(value1) == "") {
			t.Errorf("%+q equals %+q", i, j)
		}
		if equal != (type1 == type2 && member.ValidIdentityType(type1) && i.Normal() != "" && i.Normal() == j.Normal()) {
			t.Errorf("%+q and %+q: equal %t, normal %q and %q", i, j, equal, i.Normal(), j.Normal())
		}
		if again := (member.Identity{Value: i.Normal()}); again.Normal() != i.Normal() {
			t.Errorf("%q is normally %q, and that is normally %q", value1, i.Normal(), again.Normal())
		}
	})
}

// FuzzMask: a mask is text, and shows four characters at most, of an identifier three times as long at least.
func FuzzMask(f *testing.F) {
	f.Add("1099200912931023")
	f.Add("12345678901आ")
	f.Add("aaaaaaaaaaaa\xff\xe0\xa4")
	f.Fuzz(func(t *testing.T, id string) {
		mask := member.Device{Type: member.AppID, ID: id}.Mask()
		shown, ok := strings.CutPrefix(mask, "…")
		if n := utf8.RuneCountInString(shown); !ok || !utf8.ValidString(mask) || n > 4 || n > 0 && utf8.RuneCountInString(id) < 12 {
			t.Errorf("%q is masked as %q", id, mask)
		}
		if utf8.ValidString(id) && !strings.HasSuffix(id, shown) {
			t.Errorf("%q is masked as %q", id, mask)
		}
	})
}
