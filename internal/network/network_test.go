package network_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/network"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"192.0.2.7":               "192.0.2.7/32",
		" 192.0.2.7 ":             "192.0.2.7/32",
		"192.0.2.7/24":            "192.0.2.0/24",
		"0.0.0.0/0":               "0.0.0.0/0",
		"2001:db8::7":             "2001:db8::7/128",
		"2001:DB8:0::7/32":        "2001:db8::/32",
		"::/0":                    "::/0",
		"fe80::1%eth0":            "fe80::1/128",
		"::ffff:192.0.2.7":        "192.0.2.7/32",
		"::ffff:192.0.2.7/128":    "192.0.2.7/32",
		"::ffff:192.0.2.7/120":    "192.0.2.0/24",
		"::ffff:0:0/96":           "0.0.0.0/0",
		"::ffff:0:0/95":           "::fffe:0:0/95",
		"":                        "",
		" ":                       "",
		"192.0.2":                 "",
		"192.0.2.7/":              "",
		"192.0.2.7/33":            "",
		"192.0.2.7/-1":            "",
		"192.0.2.7/024":           "",
		"192.0.02.7":              "",
		"192.0.2.7/255.255.255.0": "",
		"192.0.2.7:443":           "",
		"192.0.2.1-192.0.2.9":     "",
		"2001:db8::7/129":         "",
		"fe80::1%eth0/64":         "",
		"bank.example":            "",
		"*":                       "",
	} {
		list, err := network.Parse([]string{"198.51.100.1", text})
		if want == "" {
			if !fault.Is(err, fault.Invalid) || list != nil || text != "" && !strings.Contains(err.Error(), text) {
				t.Errorf("%q gives %v, %v", text, list, err)
			}
			continue
		}
		if err != nil || len(list) != 2 || list[0].String() != "198.51.100.1/32" || list[1].String() != want {
			t.Errorf("%q gives %v, %v, want %s", text, list, err, want)
		}
	}
	if list, err := network.Parse(nil); list != nil || err != nil {
		t.Errorf("no addresses are %v, %v", list, err)
	}
}

func TestAdmits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ list, address, want string }{
		{"", "192.0.2.7", "in"},
		{"", "", "in"},
		{"192.0.2.7", "192.0.2.7", "in"},
		{"192.0.2.7", "::ffff:192.0.2.7", "in"},
		{"192.0.2.7", "192.0.2.8", "out"},
		{"192.0.2.0/24", "192.0.2.255", "in"},
		{"192.0.2.0/24", "192.0.3.0", "out"},
		{"::ffff:192.0.2.0/120", "192.0.2.7", "in"},
		{"::ffff:192.0.2.0/120", "192.0.3.7", "out"},
		{"2001:db8::/32", "2001:db8:1::7", "in"},
		{"2001:db8::/32", "2001:db9::7", "out"},
		{"fe80::1", "fe80::1%eth0", "in"},
		{"0.0.0.0/0", "192.0.2.7", "in"},
		{"0.0.0.0/0", "2001:db8::7", "out"},
		{"::/0", "2001:db8::7", "in"},
		{"::/0", "192.0.2.7", "out"},
		{"::/0 0.0.0.0/0", "192.0.2.7", "in"},
		{"198.51.100.1 192.0.2.7", "192.0.2.7", "in"},
		{"192.0.2.7", "", "out"}, // the local socket has no address
		{"192.0.2.7", "192.0.2.7:443", "out"},
		{"192.0.2.7", "bank.example", "out"},
	} {
		list, err := network.Parse(strings.Fields(c.list))
		if err != nil {
			t.Fatal(err)
		}
		if got := list.Admits(c.address); got != (c.want == "in") {
			t.Errorf("%q on the list %q: in %t", c.address, c.list, got)
		}
	}
}

// FuzzParse: whatever is read reads back as it is written, and lets its own address in.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"192.0.2.7", "192.0.2.7/24", "::ffff:192.0.2.7/120", "fe80::1%eth0", "::/0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := network.Parse([]string{text})
		if err != nil {
			return
		}
		again, err := network.Parse([]string{list[0].String()})
		if err != nil || again[0] != list[0] {
			t.Errorf("%q is %v, and that is %v, %v", text, list[0], again, err)
		}
		if kept, err := network.Read(list.String()); err != nil || !slices.Equal(kept, list) {
			t.Errorf("%q is kept as %q, and that is %v, %v", text, list, kept, err)
		}
		if a := list[0].Addr(); !list.Admits(a.String()) && !a.Is4In6() {
			t.Errorf("%q does not let %s in", text, a)
		}
	})
}

// TestRead: a list that was kept for nothing is none, and one that is damaged is an error.
func TestRead(t *testing.T) {
	t.Parallel()
	if list, err := network.Read(""); list != nil || err != nil {
		t.Errorf("nothing is %v, %v", list, err)
	}
	for _, damaged := range []string{",", "192.0.2.0/24,", "192.0.2.0/24,x", "192.0.2.7"} {
		if list, err := network.Read(damaged); err == nil {
			t.Errorf("%q is %v", damaged, list)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{0: 0, 100: 0, 101: 1} {
		var bad fault.Fields
		if make(network.List, n).Check("addresses", &bad); len(bad) != want {
			t.Errorf("%d networks: %v", n, bad)
		}
	}
}
