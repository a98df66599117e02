package term_test

import (
	"slices"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/term"
)

func TestWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":                     nil,
		"  Ravi   KUMAR ":      {"ravi", "kumar"},
		"Rao & Sons (Pvt.)":    {"rao", "sons", "pvt"},
		"José d'Souza-Núñez":   {"jose", "dsouza", "nunez"},
		"रवि कुमार":            {"रवि", "कुमार"},
		"क\u093c\u200dमर":      {"क\u093cमर"},
		"\u0958मर":             {"क\u093cमर"},
		"Shop24 Ｗｉｄｅ":          {"shop24", "wide"},
		"Straße ÅNGSTRÖM":      {"straße", "angstrom"},
		"a%b_c#d":              {"a", "b", "c", "d"},
		"O’Brien\tO'Brien\nΣΣ": {"obrien", "obrien", "σσ"},
	} {
		if got := term.Words(text); !slices.Equal(got, want) {
			t.Errorf("%q has the words %q, want %q", text, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ names, want []string }{
		{[]string{"", ""}, nil},
		{[]string{"Ravi"}, []string{"ravi"}},
		{[]string{"Ravi Kumar", ""}, []string{"ravi kumar", "kumar ravi"}},
		{[]string{"Asha K Rao", "Rao Stores"}, []string{"asha k rao rao stores", "k rao asha rao stores", "rao asha k rao stores",
			"rao stores asha k rao", "stores rao asha k rao"}},
	} {
		if got := term.Names(c.names...); !slices.Equal(got, c.want) {
			t.Errorf("%q has the terms %q, want %q", c.names, got, c.want)
		}
	}
	if n := len(term.Names("a b c d e f g h i j k l m n")); n != 8 {
		t.Errorf("a very long name has %d terms", n)
	}
}

func TestCode(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{"": "", " \t": "", "ABCDE1234F": "#abcde1234f", "abcde 1234 f": "#abcde1234f", "Abc": "#abc"} {
		if got := term.Code(code); got != want {
			t.Errorf("%q becomes %q, want %q", code, got, want)
		}
	}
}

func TestFit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		wanted string
		want   bool
	}{
		{"", true}, {"asha", true}, {"RAO ash", true}, {"rao rao", true}, {"rao rao rao", false}, {"sha", false},
		{"r ra rao", false}, {"as k rao r sto", true}, {"asha kumar", false}, {"stores asha", true},
	} {
		if got := term.Fit(term.Words(c.wanted), "Asha K Rao", "Rao Stores"); got != c.want {
			t.Errorf("%q fits: %t, want %t", c.wanted, got, c.want)
		}
	}
}
