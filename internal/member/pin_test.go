package member_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/member"
)

func TestPINRules(t *testing.T) {
	t.Parallel()
	const current = "2580"
	const digits, same, repeat, run = "must be 4 to 8 digits", "must differ", "must not repeat", "must not run"
	for pin, want := range map[string]string{
		"1379": "", "13795": "", "137952": "", "1379524": "", "13795246": "",
		"0000000": repeat, "1111": repeat, "99999999": repeat,
		"1112": "", "1211": "", "1122": "", "1221": "",
		"1234": run, "0123": run, "6789": run, "12345678": run, "4321": run, "9876": run, "3210": run,
		"8901": "", "9012": "", "0987": "", "1098": "", // a run does not go on behind 9 or before 0
		"1235": "", "1357": "", "2468": "", "1233": "", "1232": "", "0124": "",
		"2580": same, "25800": "", "02580": "",
		"": digits, "1": digits, "137": digits, "137952468": digits, strings.Repeat("1", 50): digits,
		"12a4": digits, "13 79": digits, " 1379": digits, "1379 ": digits, "1379\n": digits, "+1379": digits, "-1379": digits, "1.379": digits, "13\x0079": digits,
		"١٣٧٩": digits, "１３７９": digits, "१३७९": digits, "13७9": digits, "éééé": digits, "\xff\xff\xff\xff": digits,
	} {
		got := member.DefaultPINRules().Refuse(pin, current)
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", pin, got, want)
		}
	}
}

// TestPINRulesAsSet: each rule can be set, and only its own refusals go away.
func TestPINRulesAsSet(t *testing.T) {
	t.Parallel()
	six := member.PINRules{MinDigits: 6, MaxDigits: 6}
	loose := member.PINRules{MinDigits: 4, MaxDigits: 12, AllowRepeat: true, AllowRun: true}
	for _, c := range []struct {
		rules member.PINRules
		pin   string
		want  string
	}{
		{six, "137952", ""},
		{six, "1379", "The new PIN must be 6 digits."},
		{six, "1379524", "The new PIN must be 6 digits."},
		{loose, "111111111111", ""},
		{loose, "1234", ""},
		{loose, "4321", ""},
		{loose, "2580", "The new PIN must differ from the current one."},
		{loose, "1111111111111", "The new PIN must be 4 to 12 digits."},
		{member.PINRules{MinDigits: 4, MaxDigits: 8, AllowRepeat: true}, "1111", ""},
		{member.PINRules{MinDigits: 4, MaxDigits: 8, AllowRepeat: true}, "1234", "The new PIN must not run up or down."},
		{member.PINRules{MinDigits: 4, MaxDigits: 8, AllowRun: true}, "1234", ""},
		{member.PINRules{MinDigits: 4, MaxDigits: 8, AllowRun: true}, "1111", "The new PIN must not repeat one digit."},
		{member.PINRules{}, "1379", "The new PIN must be 0 digits."},
		{member.PINRules{}, "", "The new PIN must be 0 digits."},
	} {
		if got := c.rules.Refuse(c.pin, "2580"); got != c.want {
			t.Errorf("%+v, %q: %q, want %q", c.rules, c.pin, got, c.want)
		}
	}
}

// FuzzPINRules: what is let pass keeps every rule, and no refusal holds either PIN.
func FuzzPINRules(f *testing.F) {
	f.Add("1379", "2580")
	f.Add("8901", "8901")
	refusals := []string{"The new PIN must be 4 to 8 digits.", "The new PIN must differ from the current one.",
		"The new PIN must not repeat one digit.", "The new PIN must not run up or down."}
	f.Fuzz(func(t *testing.T, pin, current string) {
		why := member.DefaultPINRules().Refuse(pin, current)
		if why != "" {
			if !slices.Contains(refusals, why) {
				t.Errorf("the refusal of %q is %q", pin, why)
			}
			return
		}
		if pin == current || len(pin) < 4 || len(pin) > 8 || strings.Trim(pin, "0123456789") != "" ||
			strings.Trim(pin, pin[:1]) == "" || strings.Contains("0123456789", pin) || strings.Contains("9876543210", pin) {
			t.Errorf("%q was let pass after %q", pin, current)
		}
	})
}
