package agent

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/geo"
)

// Profile is what is known of an agent as a person and a shop.
type Profile struct {
	PAN        string // five letters, four digits, one letter
	Mobile     string // ten digits
	FirstName  string
	MiddleName string // optional
	LastName   string
	Email      string
	DOB        string // YYYY-MM-DD
	ShopName   string
	Address    Address
}

// Address is where an agent lives or trades; every part may be empty.
type Address struct {
	Line, City, State, Pincode, District, Area string
}

// Name is the agent's full name.
func (p Profile) Name() string {
	return strings.Join(strings.Fields(p.FirstName+" "+p.MiddleName+" "+p.LastName), " ")
}

// maxText is the longest any text of a profile may be, in bytes.
const maxText = 200

// CheckOnboarding adds every field that keeps the profile from being onboarded through the wire.
func (p Profile) CheckOnboarding(now time.Time, bad *fault.Fields) {
	for _, f := range []struct{ name, value string }{
		{"pan_number", p.PAN}, {"mobile", p.Mobile}, {"first_name", p.FirstName}, {"last_name", p.LastName},
		{"email", p.Email}, {"dob", p.DOB}, {"shop_name", p.ShopName},
	} {
		if f.value == "" {
			bad.Add(f.name, "is required")
		}
	}
	if p.Address == (Address{}) {
		bad.Add("residence_address", "is required")
	}
	p.Check(now, bad)
}

// Check adds every field that is there and malformed. An operator's import may leave fields out;
// what it gives must be right.
func (p Profile) Check(now time.Time, bad *fault.Fields) {
	check(bad, "pan_number", p.PAN, validPAN, "must be five letters, four digits and one letter, like ABCDE1234F")
	check(bad, "mobile", p.Mobile, ValidMobile, "must be ten digits")
	check(bad, "email", p.Email, validEmail, "must be an e-mail address, like name@example.com")
	check(bad, "dob", p.DOB, func(s string) bool { return validDOB(s, now) }, "must be a date of the past, YYYY-MM-DD")
	for _, f := range []struct{ name, value string }{
		{"first_name", p.FirstName}, {"middle_name", p.MiddleName}, {"last_name", p.LastName}, {"shop_name", p.ShopName},
		{"residence_address", p.Address.Line}, {"residence_address.city", p.Address.City},
		{"residence_address.state", p.Address.State}, {"residence_address.pincode", p.Address.Pincode},
		{"residence_address.district", p.Address.District}, {"residence_address.area", p.Address.Area},
	} {
		check(bad, f.name, f.value, ValidText, "must be plain text of at most "+strconv.Itoa(maxText)+" bytes")
	}
}

func check(bad *fault.Fields, name, value string, valid func(string) bool, problem string) {
	if value != "" && !valid(value) {
		bad.Add(name, "%s", problem)
	}
}

// ValidMobile reports whether s is a mobile number as the wire has it: ten digits.
func ValidMobile(s string) bool { return len(s) == 10 && digits(s) }

// ValidText reports whether s is short enough, valid UTF-8 and free of control characters.
func ValidText(s string) bool {
	if len(s) > maxText || !utf8.ValidString(s) {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) < 0
}

func validPAN(s string) bool {
	return len(s) == 10 && letters(s[:5]) && digits(s[5:9]) && letters(s[9:])
}

// validEmail asks for no more than a name, an @ and a domain: the rest only the mail server knows.
func validEmail(s string) bool {
	name, domain, ok := strings.Cut(s, "@")
	return ok && name != "" && strings.Contains(strings.Trim(domain, "."), ".") && len(s) <= maxText &&
		!strings.ContainsAny(s, " \t\r\n<>,;\"") && !strings.Contains(domain, "@") && ValidText(s)
}

func validDOB(s string, now time.Time) bool {
	t, err := time.Parse(time.DateOnly, s)
	return err == nil && t.Before(now) && t.Year() >= 1900
}

// ValidLatLong reports whether s is "latitude,longitude" in decimal degrees, −90…90 and −180…180.
func ValidLatLong(s string) bool {
	_, ok := geo.ParsePoint(s)
	return ok
}

// ValidCode reports whether s can be a user_code or service_code that we store: 1 to 32 letters,
// digits, dashes or underscores.
func ValidCode(s string) bool {
	return len(s) > 0 && len(s) <= 32 && strings.IndexFunc(s, func(r rune) bool {
		return !(r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
	}) < 0
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

func letters(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') }) < 0
}
