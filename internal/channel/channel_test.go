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
