package channel_test

import (
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/channel"
	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
)

func noon() time.Time { return time.Date(2024, 3, 5, 12, 0, 0, 0, time.UTC) }

func TestSecretLive(t *testing.T) {
	t.Parallel()
	before, after := noon().Add(-time.Nanosecond), noon().Add(time.Nanosecond)
	for _, c := range []struct {
		name             string
		expires, revoked time.Time
		at               time.Time
		want             bool
	}{
		{"for ever", time.Time{}, time.Time{}, noon(), true},
		{"before its end", noon(), time.Time{}, before, true},
		{"at its end", noon(), time.Time{}, noon(), false},
		{"after its end", noon(), time.Time{}, after, false},
		{"revoked", time.Time{}, noon(), after, false},
		{"revoked, as seen by a clock behind", time.Time{}, noon(), before, false},
		{"revoked before its end", after, before, noon(), false},
	} {
		if got := (channel.Secret{ExpiresAt: c.expires, RevokedAt: c.revoked}).Live(c.at); got != c.want {
			t.Errorf("%s: live %t, want %t", c.name, got, c.want)
		}
	}
}

func TestRevoked(t *testing.T) {
	t.Parallel()
	if (channel.Channel{}).Revoked() || !(channel.Channel{RevokedAt: noon()}).Revoked() {
		t.Error("a channel is revoked when it has a date of it, and only then")
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	nets := make([]netip.Prefix, 101)
	for _, c := range []struct {
		channel channel.Channel
		want    string
	}{
		{channel.Channel{ID: "ussd"}, ""},
		{channel.Channel{ID: "0-az_19.b", Name: "Wanjiku's app", Addresses: nets[:100], Rate: 1_000_000, Burst: 1_000_000}, ""},
		{channel.Channel{ID: strings.Repeat("x", 50), Name: strings.Repeat("é", 100), Rate: 0.001}, ""},
		{channel.Channel{}, "channel"},
		{channel.Channel{ID: strings.Repeat("x", 51)}, "channel"},
		{channel.Channel{ID: "USSD"}, "channel"},
		{channel.Channel{ID: "a:b"}, "channel"},
		{channel.Channel{ID: "a b"}, "channel"},
		{channel.Channel{ID: "a/b"}, "channel"},
		{channel.Channel{ID: "a%2fb"}, "channel"},
		{channel.Channel{ID: "a\x00"}, "channel"},
		{channel.Channel{ID: "é"}, "channel"},
		{channel.Channel{ID: "."}, "channel"},
		{channel.Channel{ID: ".."}, "channel"},
		{channel.Channel{ID: "-h"}, "channel"},
		{channel.Channel{ID: "a", Name: "b\n"}, "name"},
		{channel.Channel{ID: "a", Name: "\xff"}, "name"},
		{channel.Channel{ID: "a", Name: strings.Repeat("x", 201)}, "name"},
		{channel.Channel{ID: "a", Rate: -1}, "rate"},
		{channel.Channel{ID: "a", Rate: 1_000_000.5}, "rate"},
		{channel.Channel{ID: "a", Rate: math.NaN()}, "rate"},
		{channel.Channel{ID: "a", Rate: math.Inf(1)}, "rate"},
		{channel.Channel{ID: "a", Rate: math.Inf(-1)}, "rate"},
		{channel.Channel{ID: "a", Burst: -1}, "burst"},
		{channel.Channel{ID: "a", Burst: 1_000_001}, "burst"},
		{channel.Channel{ID: "a", Addresses: nets}, "addresses"},
		{channel.Channel{Name: "\x7f", Addresses: nets, Rate: -1, Burst: -1}, "channel name rate burst addresses"},
	} {
		var bad fault.Fields
		c.channel.Check(&bad)
		var names []string
		for _, f := range bad {
			names = append(names, f.Name)
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%.60q at %v: the bad fields are %q, want %q", c.channel.ID, c.channel.Rate, got, c.want)
		}
	}
}

func TestParseAddresses(t *testing.T) {
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
		list, err := channel.ParseAddresses([]string{"198.51.100.1", text})
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
	if list, err := channel.ParseAddresses(nil); list != nil || err != nil {
		t.Errorf("no addresses are %v, %v", list, err)
	}
}

func TestMayCallFrom(t *testing.T) {
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
		list, err := channel.ParseAddresses(strings.Fields(c.list))
		if err != nil {
			t.Fatal(err)
		}
		if got := (channel.Channel{Addresses: list}).MayCallFrom(c.address); got != (c.want == "in") {
			t.Errorf("%q on the list %q: in %t", c.address, c.list, got)
		}
	}
}

func TestRecord(t *testing.T) {
	t.Parallel()
	ch := channel.Channel{ID: "ussd"}
	c := event.Cause{Actor: "operator:x", At: noon()}
	first := ch.Record(event.ChannelAdded, c, "name", "USSD")
	first.Seq = 4
	ch.Head = first.Head()
	second := ch.Record(event.SecretAdded, c, "secret", "s1")
	if err := event.Verify(event.Head{}, []event.Event{first, second}); err != nil {
		t.Error(err)
	}
	if second.Subject.String() != "channel:ussd" || second.Prev != 4 || second.Kind != event.SecretAdded || second.Cause != c || second.Data != `{"secret":"s1"}` {
		t.Errorf("the event is %+v", second)
	}
}

// FuzzAddresses: whatever is read reads back as it is written, and lets its own address in.
func FuzzAddresses(f *testing.F) {
	for _, s := range []string{"192.0.2.7", "192.0.2.7/24", "::ffff:192.0.2.7/120", "fe80::1%eth0", "::/0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := channel.ParseAddresses([]string{text})
		if err != nil {
			return
		}
		again, err := channel.ParseAddresses([]string{list[0].String()})
		if err != nil || again[0] != list[0] {
			t.Errorf("%q is %v, and that is %v, %v", text, list[0], again, err)
		}
		if a := list[0].Addr(); !(channel.Channel{Addresses: list}).MayCallFrom(a.String()) && !a.Is4In6() {
			t.Errorf("%q does not let %s in", text, a)
		}
	})
}
