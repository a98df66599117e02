package mobileapi

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/member"
	"github.com/switchboard-platform/switchboard/internal/registry"
)

// contract are the values that each status field may have. ERROR is there for every action.
var contract = map[string]string{
	"DEACTIVATE_MOBILE_APP":        "SUCCESS INCORRECT_PIN INVALID_ACCOUNT ERROR",
	"ACTIVATE_MOBILE_APP":          "SUCCESS INCORRECT_PIN INVALID_ACCOUNT ERROR",
	"CHECK_USER":                   "ACTIVE SUSPENDED LOCKED INVALID_DEVICE_IDENTIFIER NOT_FOUND ERROR",
	"MO_CHECK_USER":                "FOUND NOT_FOUND ERROR",
	"LOGIN":                        "SUCCESS INCORRECT_PIN INVALID_DEVICE_IDENTIFIER MOBILE_APP_INACTIVE SET_PIN SUSPENDED LOCKED ERROR",
	"SET_PIN":                      "SUCCESS INVALID_ACCOUNT INCORRECT_PIN INVALID_NEW_PIN ERROR",
	"CHANGE_PIN":                   "SUCCESS INVALID_ACCOUNT INCORRECT_PIN INVALID_NEW_PIN ERROR",
	"GET_AUTH_SECURITY_PARAMETERS": "SUCCESS INCORRECT_PIN INVALID_ACCOUNT ERROR",
	"SET_AUTH_SECURITY_PARAMETERS": "SUCCESS INCORRECT_PIN INVALID_ACCOUNT ERROR",
	"GET_USER_DETAILS":             "SUCCESS USER_NOT_FOUND INCORRECT_PIN INVALID_ACCOUNT ERROR",
}

// TestEveryOutcomeHasAnEnding: no cell of the table is empty, each has a value of its action, and
// whatever is described has a description that fits.
func TestEveryOutcomeHasAnEnding(t *testing.T) {
	t.Parallel()
	for i := range actions {
		a := &actions[i]
		allowed := strings.Fields(contract[a.name])
		for _, r := range member.Refusals() {
			e := a.endings[r]
			if !slices.Contains(allowed, e.status) {
				t.Errorf("%s, %s: the status %q is not one of %v", a.name, r, e.status, allowed)
			}
			if (a.described || e.status == failure) && (e.text == "" || len(e.text) > 150) {
				t.Errorf("%s, %s: the description is %q", a.name, r, e.text)
			}
			if r == member.Allowed && e.status == failure {
				t.Errorf("%s, %s: the status is %q", a.name, r, e.status)
			}
		}
		if len(member.Refusals()) != len(a.endings) {
			t.Errorf("%s has %d endings", a.name, len(a.endings))
		}
	}
}

// TestStatusOfEachOutcome is the contract's table, row by row.
func TestStatusOfEachOutcome(t *testing.T) {
	t.Parallel()
	const e, ok, account, wrong, device = failure, success, invalidAccount, incorrectPIN, invalidDevice
	// In the order of member.Refusals: allowed, unknown, locked, suspended, app inactive, wrong device,
	// wrong PIN, wrong identity, not chosen, bad new PIN, held back, no such user.
	for name, row := range map[string][]string{
		"DEACTIVATE_MOBILE_APP":        {ok, account, e, e, e, e, wrong, e, e, e, e, e},
		"ACTIVATE_MOBILE_APP":          {ok, account, e, e, e, e, wrong, e, e, e, e, e},
		"CHECK_USER":                   {"ACTIVE", "NOT_FOUND", "LOCKED", "SUSPENDED", device, device, e, e, e, e, e, e},
		"MO_CHECK_USER":                {"FOUND", "NOT_FOUND", e, e, e, e, e, e, e, e, e, e},
		"LOGIN":                        {ok, wrong, "LOCKED", "SUSPENDED", "MOBILE_APP_INACTIVE", device, wrong, e, "SET_PIN", e, e, e},
		"SET_PIN":                      {ok, account, e, e, e, e, wrong, e, e, "INVALID_NEW_PIN", e, e},
		"CHANGE_PIN":                   {ok, account, e, e, e, e, wrong, e, e, "INVALID_NEW_PIN", e, e},
		"GET_AUTH_SECURITY_PARAMETERS": {ok, account, e, e, e, e, wrong, e, e, e, e, e},
		"SET_AUTH_SECURITY_PARAMETERS": {ok, account, e, e, e, e, wrong, e, e, e, e, e},
		"GET_USER_DETAILS":             {ok, account, e, e, e, e, wrong, e, e, e, e, "USER_NOT_FOUND"},
	} {
		a := findAction(value{text: []byte(name)})
		for i, r := range member.Refusals() {
			if got := a.endings[r].status; got != row[i] {
				t.Errorf("%s, %s: %s, want %s", name, r, got, row[i])
			}
		}
	}
}

// TestDescriptions: the published texts, and what is said when nothing changed.
func TestDescriptions(t *testing.T) {
	t.Parallel()
	until := time.Date(2020, 12, 8, 6, 34, 33, 0, time.UTC)
	for _, c := range []struct {
		action string
		out    registry.MemberOutcome
		want   string
	}{
		{"DEACTIVATE_MOBILE_APP", registry.MemberOutcome{Changed: true}, "Mobile App Deactivated successfully"},
		{"ACTIVATE_MOBILE_APP", registry.MemberOutcome{Changed: true}, "Mobile App Activated successfully"},
		{"SET_PIN", registry.MemberOutcome{}, "PIN set successfully"},
		{"CHANGE_PIN", registry.MemberOutcome{}, "PIN changed successfully"},
		{"SET_AUTH_SECURITY_PARAMETERS", registry.MemberOutcome{}, "Auth Status Parameters set successfully"},
		{"DEACTIVATE_MOBILE_APP", registry.MemberOutcome{}, "The mobile app was deactivated already."},
		{"ACTIVATE_MOBILE_APP", registry.MemberOutcome{}, "This mobile app was activated already."},
		{"CHANGE_PIN", registry.MemberOutcome{Refusal: member.BadNewPIN, Problem: "It is too short."}, "It is too short."},
		{"SET_PIN", registry.MemberOutcome{Refusal: member.Suspended, Until: until},
			"The account is suspended after wrong attempts until 2020-12-08 09:34:33; try again then."},
	} {
		l := look{action: findAction(value{text: []byte(c.action)}), zone: nairobi()}
		if got := l.describe(l.action.endings[c.out.Refusal], &c.out); got != c.want {
			t.Errorf("%s: %q, want %q", c.action, got, c.want)
		}
	}
}

func TestClip(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 199, 200} {
		if s := strings.Repeat("é", n); clip(s) != s {
			t.Errorf("%d characters were clipped", n)
		}
	}
	if got := clip(strings.Repeat("é", 201)); got != strings.Repeat("é", 199)+"…" {
		t.Errorf("201 characters became %d", len([]rune(got)))
	}
}

// TestNairobi: the zone that needs no table is the one of the table.
func TestNairobi(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Africa/Nairobi")
	if err != nil {
		t.Skip("the machine has no table of zones")
	}
	for day := range 366 {
		at := time.Date(2024, 1, 1+day, 0, 0, 0, 0, time.UTC)
		if a, b := at.In(zone).Format(timeLayout), at.In(nairobi()).Format(timeLayout); a != b {
			t.Fatalf("%s is not %s", b, a)
		}
	}
}
