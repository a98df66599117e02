package eps_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard"
	"github.com/switchboard-platform/switchboard/internal/apptest"
)

// withField gives a right onboarding with one field set to a JSON value.
func (w *world) withField(t *testing.T, name, value string) string {
	t.Helper()
	var body map[string]json.RawMessage
	if err := json.Unmarshal([]byte(onboarding(w.mobile())), &body); err != nil {
		t.Fatal(err)
	}
	body[name] = json.RawMessage(value)
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestOnboard goes through the client, and shows what the operator sees of it.
func TestOnboard(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	client := w.client(sandboxCreds())
	want := switchboard.Profile{PAN: "ABCDE1234F", Mobile: "7123456789", FirstName: "Asha", MiddleName: "K", LastName: "Verma",
		Email: "asha@example.com", DOB: "1990-01-31", ShopName: "Verma & <Sons> – आशा",
		Address: switchboard.Address{Line: "12 Station Road", City: "New Delhi", State: "Delhi", Pincode: "110001", District: "Central", Area: "Old"}}
	o, err := client.OnboardAgent(t.Context(), want, "")
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^[1-9]\d{7}$`).MatchString(o.UserCode) || o.InitiatorID != "9962981729" {
		t.Errorf("answered %+v", o)
	}
	a, err := w.Operator.Agent(t.Context(), o.UserCode, 10)
	if err != nil || a.Profile != want || a.Partner != "sandbox" || a.Standing != "open" {
		t.Errorf("the operator sees %+v, %v", a, err)
	}
	if len(a.Events) != 1 || a.Events[0].Kind != "agent.onboarded" || strings.Contains(string(a.Events[0].Data), "Asha") {
		t.Errorf("the events are %+v", a.Events)
	}
}

// TestOnboardTwice: the same person again is told the code that it has.
func TestOnboardTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	client := w.client(sandboxCreds())
	p := switchboard.Profile{PAN: "ABCDE1234F", Mobile: "7123456789", FirstName: "A", LastName: "B", Email: "a@b.c", DOB: "1990-01-31",
		ShopName: "S", Address: switchboard.Address{Line: "1"}}
	o, err := client.OnboardAgent(t.Context(), p, "")
	if err != nil {
		t.Fatal(err)
	}
	w.records(t, 0, func() {
		_, err = client.OnboardAgent(t.Context(), p, "")
		if e := wantError(t, err, exists()); e.UserCode != o.UserCode {
			t.Errorf("the error names %q, want %q", e.UserCode, o.UserCode)
		}
	})
	// Another partner may have the same person, and learns nothing of the first.
	other := w.client(credsOf(w.partner(t, "9000000001", "")))
	if o2, err := other.OnboardAgent(t.Context(), p, ""); err != nil || o2.UserCode == o.UserCode {
		t.Errorf("another partner gets %+v, %v", o2, err)
	}
}

// wantError checks an error of the client.
func wantError(t *testing.T, err error, want look) *switchboard.Error {
	t.Helper()
	e, ok := err.(*switchboard.Error)
	if !ok {
		t.Fatalf("the error is %v", err)
	}
	if got := (look{e.HTTPStatus, e.Status, e.ResponseStatusID, e.ResponseTypeID}); got != want {
		t.Fatalf("the error is %v, want %v: %s", got, want, e)
	}
	return e
}

func TestOnboardBadFields(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	t.Run("all missing", func(t *testing.T) {
		const all = "dob email first_name initiator_id last_name mobile pan_number residence_address shop_name"
		for _, r := range []request{post("/user/network/eps-agent", `{}`), put("/user/account", `{}`), put("/user/onboard", `{"pan_number":null,"residence_address":{}}`)} {
			w.records(t, 0, func() {
				if got := strings.Join(badFields(t, w.send(t, r).want(t, malformed())), " "); got != all {
					t.Errorf("the bad fields are %q", got)
				}
			})
		}
	})
	t.Run("all wrong", func(t *testing.T) {
		body := `{"initiator_id":[],"pan_number":1,"mobile":{},"first_name":true,"middle_name":[],"last_name":false,"email":"x","dob":"31-01-1990","shop_name":["x"],"residence_address":false,"client_ref_id":[]}`
		const all = "client_ref_id dob email first_name initiator_id last_name middle_name mobile pan_number residence_address shop_name"
		if got := strings.Join(badFields(t, w.send(t, post("/user/network/eps-agent", body)).want(t, malformed())), " "); got != all {
			t.Errorf("the bad fields are %q", got)
		}
	})
	long := `"` + strings.Repeat("x", 201) + `"`
	for name, values := range map[string][]string{
		"pan_number":        {`"ABCD1234F"`, `"ABCDE12345"`, `"ABCDE1234FG"`, `"12345ABCDF"`, `"ÀBCDE1234"`, `null`, `""`},
		"mobile":            {`"712345678"`, `"71234567890"`, `"+917123456"`, `"712345678x"`, `"٧١٢٣٤٥٦٧٨٩"`, `null`, `712345678.5`},
		"first_name":        {`""`, `" "`, long, `"a\nb"`, `null`},
		"middle_name":       {long, `"a\tb"`, `{}`},
		"last_name":         {`""`, long, `"\u007f"`},
		"email":             {`"x"`, `"x@"`, `"@x.y"`, `"a b@x.y"`, `"x@y"`, `"a@b@c.d"`, `"<a@b.c>"`},
		"dob":               {`"1990-02-30"`, `"1990-1-31"`, `"31/01/1990"`, `"2024-03-06"`, `"1899-12-31"`, `"0001-01-01"`, `19900131`},
		"shop_name":         {`""`, long, `[]`},
		"residence_address": {`null`, `""`, `{}`, `[]`, `"[object Object]"`, `"[object Object], Delhi"`, `["[object Object]"]`, `[1]`, `[{"city":"x"}]`, `{"city":["x"]}`, `{"line":"[object Object]"}`, `"{\"city\":"`, `"{\"city\":{}}"`, `true`, long},
	} {
		for _, value := range values {
			t.Run(name+"="+value[:min(len(value), 30)], func(t *testing.T) {
				w.records(t, 0, func() {
					r := w.send(t, post("/user/network/eps-agent", w.withField(t, name, value))).want(t, malformed())
					if got := badFields(t, r); len(got) != 1 || got[0] != name {
						t.Errorf("the bad fields are %q", got)
					}
				})
			})
		}
	}
}

// TestAddressForms: an object, the JSON text of one, a plain string, an array of strings; in JSON or a form.
func TestAddressForms(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	object := `{"line":"12 Station Road","city":"New Delhi","state":"Delhi","pincode":110001,"district":null,"x":[]}`
	parts := switchboard.Address{Line: "12 Station Road", City: "New Delhi", State: "Delhi", Pincode: "110001"}
	quoted := func(s string) string { b, _ := json.Marshal(s); return string(b) }
	for name, c := range map[string]struct {
		json, form string // the same value in either body; "" when it has no such form
		want       switchboard.Address
	}{
		"object":    {object, "", parts},
		"text":      {quoted(object), object, parts},
		"plain":     {`" 12 Station Road, New Delhi "`, " 12 Station Road, New Delhi ", switchboard.Address{Line: "12 Station Road, New Delhi"}},
		"number":    {`12`, "12", switchboard.Address{Line: "12"}},
		"array":     {`["12 Station Road","New Delhi"]`, "", switchboard.Address{Line: "12 Station Road, New Delhi"}},
		"one part":  {`{"city":"Pune"}`, `{"city":"Pune"}`, switchboard.Address{City: "Pune"}},
		"non-ASCII": {`"१२ स्टेशन"`, "१२ स्टेशन", switchboard.Address{Line: "१२ स्टेशन"}},
	} {
		t.Run(name, func(t *testing.T) {
			w.wantAddress(t, post("/user/network/eps-agent", w.withField(t, "residence_address", c.json)), c.want)
			if c.form != "" {
				w.wantAddress(t, formOnboarding(w.mobile(), c.form), c.want)
			}
		})
	}
	t.Run("broken, form", func(t *testing.T) {
		r := w.send(t, formOnboarding(w.mobile(), "[object Object]")).want(t, malformed())
		if got := badFields(t, r); fmt.Sprint(got) != "[residence_address]" {
			t.Errorf("the bad fields are %v", got)
		}
	})
}

func (w *world) wantAddress(t *testing.T, r request, want switchboard.Address) {
	t.Helper()
	o := data[switchboard.Onboarded](t, w.send(t, r).want(t, onboarded()))
	a, err := w.Operator.Agent(t.Context(), o.UserCode, 0)
	if err != nil || a.Profile.Address != want {
		t.Errorf("the address is %+v, %v, want %+v", a.Profile.Address, err, want)
	}
}

func formOnboarding(mobile, address string) request {
	r := put("/user/account", url.Values{"initiator_id": {"9962981729"}, "pan_number": {"abcde1234f"}, "mobile": {mobile}, "first_name": {"Asha"},
		"last_name": {"Verma"}, "email": {"asha@example.com"}, "dob": {"1990-01-31"}, "shop_name": {"Verma Stores"},
		"residence_address": {address}}.Encode())
	r.media = "application/x-www-form-urlencoded"
	return r
}
