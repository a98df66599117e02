package agent_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/switchboard-platform/switchboard/internal/agent"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

func profile() agent.Profile {
	return agent.Profile{PAN: "ABCDE1234F", Mobile: "9123456789", FirstName: "Asha", LastName: "Verma", Email: "asha@example.com",
		DOB: "1990-01-31", ShopName: "Verma & Sons", Address: agent.Address{Line: "12 Station Road"}}
}

// names gives the bad fields.
func names(bad fault.Fields) string {
	var list []string
	for _, f := range bad {
		list = append(list, f.Name)
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

func TestCheckOnboarding(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*agent.Profile){
		"": func(*agent.Profile) {},
		"dob email first_name last_name mobile pan_number residence_address shop_name": func(p *agent.Profile) { *p = agent.Profile{} },
		"dob email mobile pan_number": func(p *agent.Profile) { p.PAN, p.Mobile, p.Email, p.DOB = "x", "x", "x", "x" },
		"middle_name":                 func(p *agent.Profile) { p.MiddleName = "a\x00b" },
		"residence_address.city":      func(p *agent.Profile) { p.Address.City = strings.Repeat("x", 201) },
		"residence_address.area residence_address.district residence_address.pincode residence_address.state": func(p *agent.Profile) {
			p.Address.State, p.Address.Pincode, p.Address.District, p.Address.Area = "\n", "\r", "\t", "\x7f"
		},
	} {
		p := profile()
		change(&p)
		var bad fault.Fields
		p.CheckOnboarding(now(), &bad)
		if got := names(bad); got != want {
			t.Errorf("the bad fields are %q, want %q", got, want)
		}
	}
}

// TestCheckLetsFieldsOut: an import may leave out what it does not know.
func TestCheckLetsFieldsOut(t *testing.T) {
	t.Parallel()
	var bad fault.Fields
	agent.Profile{}.Check(now(), &bad)
	if len(bad) != 0 {
		t.Errorf("an empty profile has the bad fields %v", bad)
	}
	agent.Profile{PAN: "x", Mobile: "1"}.Check(now(), &bad)
	if names(bad) != "mobile pan_number" {
		t.Errorf("the bad fields are %v", bad)
	}
}

// TestFieldRules: + is accepted, - refused.
func TestFieldRules(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		set    func(*agent.Profile, string)
		values string // separated by |
	}{
		"pan_number": {func(p *agent.Profile, s string) { p.PAN = s }, "+ABCDE1234F|+abcde1234f|-ABCD1234F|-ABCDE12345|-1BCDE1234F|-ABCDE1234FF|-ABCDE 234F|-ÀBCD1234F"},
		"mobile":     {func(p *agent.Profile, s string) { p.Mobile = s }, "+9123456789|+0000000000|-912345678|-91234567890|-912345678x|-+912345678|-٩١٢٣٤"},
		"email":      {func(p *agent.Profile, s string) { p.Email = s }, "+a@b.c|+a.b+c@d-e.example|-a|-a@|-@b.c|-a@b|-a@.|-a@b@c.d|-a b@c.d|-<a@b.c>|-a,b@c.d|-a@b.c\n"},
		"dob":        {func(p *agent.Profile, s string) { p.DOB = s }, "+1990-01-31|+2000-02-29|+2024-03-05|-2024-03-06|-1990-02-30|-1990-1-31|-31-01-1990|-1899-12-31|-1990-01-31T00:00:00Z|-today"},
	} {
		for _, value := range strings.Split(c.values, "|") {
			p := profile()
			c.set(&p, value[1:])
			var bad fault.Fields
			p.Check(now(), &bad)
			want := map[byte]string{'+': "", '-': name}[value[0]]
			if got := names(bad); got != want {
				t.Errorf("%s %q: the bad fields are %q, want %q", name, value[1:], got, want)
			}
		}
	}
}

func TestName(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]agent.Profile{
		"": {}, "Asha": {FirstName: "Asha"}, "Asha Verma": {FirstName: " Asha", LastName: "Verma "}, "A B C": {FirstName: "A", MiddleName: "B", LastName: "C"},
	} {
		if got := p.Name(); got != want {
			t.Errorf("the name is %q, want %q", got, want)
		}
	}
}

func TestValidLatLong(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"28.6139,77.2090": true, "0,0": true, "-90,-180": true, "90,180": true, "+1.5, -2": true, " 1 , 2 ": true, ".5,5.": true, "-0,-0": true,
		"90.000001,0": false, "0,180.000001": false, "-90.1,0": false, "": false, ",": false, "1": false, "1,": false, ",1": false, "1,2,3": false,
		"1e1,1": false, "0x10,1": false, "NaN,1": false, "Inf,1": false, "1_0,1": false, "--1,1": false, "1-,1": false, "1.2.3,1": false, ".,.": false,
		"28.6139 77.2090": false, "28.6139;77.2090": false, "٢٨,٧٧": false, "0.0000000000000000000000001,1": false, "1\n,\t1": true,
	} {
		if got := agent.ValidLatLong(text); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}

func TestValidCode(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"20810200": true, "a-Z_9": true, strings.Repeat("x", 32): true, strings.Repeat("x", 33): false,
		"": false, "a b": false, "a/b": false, "{user_code}": false, "é": false, "a\x00": false, "a.b": false,
	} {
		if got := agent.ValidCode(text); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}

func TestValidText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"": true, "आशा": true, "a \"b\" <c>": true, strings.Repeat("x", 200): true, strings.Repeat("x", 201): false, strings.Repeat("आ", 67): false,
		"a\nb": false, "a\x00": false, "\x7f": false, "\xff": false, "\xc3": false,
	} {
		if got := agent.ValidText(text); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}

// FuzzLatLong: what is accepted is two plain decimals in range.
func FuzzLatLong(f *testing.F) {
	f.Add("28.6139,77.2090")
	plain := regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)$`)
	f.Fuzz(func(t *testing.T, s string) {
		if !agent.ValidLatLong(s) {
			return
		}
		parts := strings.Split(s, ",")
		if len(parts) != 2 {
			t.Fatalf("%q has %d parts", s, len(parts))
		}
		for i, limit := range []float64{90, 180} {
			part := strings.TrimSpace(parts[i])
			v, err := strconv.ParseFloat(part, 64)
			if err != nil || !(v >= -limit && v <= limit) || !plain.MatchString(part) {
				t.Errorf("%q was let pass: %v, %v", s, v, err)
			}
		}
	})
}

// FuzzProfile: what is accepted keeps the rules of the wire, and an error names known fields.
func FuzzProfile(f *testing.F) {
	f.Add("ABCDE1234F", "9123456789", "Asha", "asha@example.com", "1990-01-31", "12 Station Road")
	pan, mobile := regexp.MustCompile(`^[A-Za-z]{5}[0-9]{4}[A-Za-z]$`), regexp.MustCompile(`^[0-9]{10}$`)
	dob := regexp.MustCompile(`^(19|20)\d\d-[01]\d-[0-3]\d$`)
	f.Fuzz(func(t *testing.T, panNumber, mobileNumber, name, email, born, line string) {
		p := agent.Profile{PAN: panNumber, Mobile: mobileNumber, FirstName: name, LastName: name, Email: email, DOB: born, ShopName: name,
			Address: agent.Address{Line: line}}
		var bad fault.Fields
		p.CheckOnboarding(now(), &bad)
		accepted := map[string]bool{"pan_number": true, "mobile": true, "first_name": true, "last_name": true, "email": true, "dob": true, "shop_name": true, "residence_address": true}
		for _, x := range bad {
			if !accepted[x.Name] {
				t.Errorf("%s is told twice, or is no field", x.Name)
			}
			accepted[x.Name] = false
		}
		for field, right := range map[string]bool{
			"pan_number": pan.MatchString(panNumber), "mobile": mobile.MatchString(mobileNumber), "dob": dob.MatchString(born),
			"email": strings.Count(email, "@") == 1 && plainText(email), "first_name": name != "" && plainText(name), "residence_address": line != "" && plainText(line),
		} {
			if accepted[field] && !right {
				t.Errorf("%s was let pass: %s", field, fmt.Sprintf("%+q", []string{panNumber, mobileNumber, name, email, born, line}))
			}
		}
	})
}

func plainText(s string) bool {
	return len(s) <= 200 && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < 0x80 && unicode.IsControl(r) })
}
