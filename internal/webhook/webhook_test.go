package webhook_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/event"
	"github.com/switchboard-platform/switchboard/internal/fault"
	"github.com/switchboard-platform/switchboard/internal/webhook"
)

func TestWalls(t *testing.T) {
	t.Parallel()
	public := webhook.NewWalls(nil)
	for text, want := range map[string]bool{
		"8.8.8.8": true, "1.1.1.1": true, "172.15.255.255": true, "172.32.0.0": true, "192.167.255.255": true, "100.63.255.255": true, "100.128.0.0": true,
		"169.253.255.255": true, "198.17.255.255": true, "198.20.0.0": true, "223.255.255.255": true, "203.0.112.255": true, "11.0.0.0": true, "126.255.255.255": true,
		"2606:4700::1111": true, "2a00:1450::1": true, "2400:cb00::1": true,

		"127.0.0.1": false, "127.255.255.254": false, "0.0.0.0": false, "0.1.2.3": false, // loopback, this network
		"10.0.0.1": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false, // private
		"169.254.169.254": false, "169.254.0.1": false, "100.100.100.200": false, "192.0.0.192": false, "168.63.129.16": false, // metadata
		"100.64.0.1": false, "100.127.255.255": false, // carrier-grade NAT
		"192.0.2.1": false, "198.51.100.1": false, "203.0.113.1": false, // documentation
		"198.18.0.1": false, "198.19.255.255": false, // benchmarking
		"224.0.0.1": false, "239.255.255.255": false, "240.0.0.1": false, "255.255.255.255": false, "192.88.99.1": false,

		"::": false, "::1": false, "fe80::1": false, "fc00::1": false, "fd00:ec2::254": false, "ff02::1": false, "fec0::1": false,
		"2001:db8::1": false, "3fff::1": false, "2001:2::1": false, "2001:10::1": false, "100::1": false, "5f00::1": false,

		// What is of IPv4 in the clothes of IPv6.
		"::ffff:127.0.0.1": false, "::ffff:169.254.169.254": false, "::ffff:8.8.8.8": true, "::127.0.0.1": false, "::8.8.8.8": false,
		"64:ff9b::127.0.0.1": false, "64:ff9b::10.0.0.1": false, "64:ff9b::169.254.169.254": false, "64:ff9b::8.8.8.8": true, "64:ff9b:1::8.8.8.8": false,
		"2002:7f00:1::": false, "2002:0808:0808::1": false, "2001:0:7f00:1::1": false, "2001:0:808:808::1": false,
		"fe80::1%eth0": false, "2606:4700::1111%eth0": false,
	} {
		if got := public.Permit(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s is permitted: %v, want %v", text, got, want)
		}
	}
	if public.Permit(netip.Addr{}) {
		t.Error("no address is permitted")
	}
}

func TestWallsWithDoors(t *testing.T) {
	t.Parallel()
	w := webhook.NewWalls([]netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd00:1::/32")})
	for text, want := range map[string]bool{
		"10.1.2.3": true, "::ffff:10.1.2.3": true, "64:ff9b::10.1.2.3": true, "fd00:1::5": true, "8.8.8.8": true,
		"10.2.0.1": false, "127.0.0.1": false, "fd00:2::5": false,
	} {
		if got := w.Permit(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s is permitted: %v, want %v", text, got, want)
		}
	}
}

// TestScheduleIsPublished: docs/webhooks.md tells receivers of it.
func TestScheduleIsPublished(t *testing.T) {
	t.Parallel()
	total := time.Duration(0)
	for _, w := range webhook.Schedule() {
		total += w
	}
	if n := len(webhook.Schedule()); n != 9 || total != 75*time.Hour+35*time.Minute+5*time.Second {
		t.Errorf("%d further attempts over %s", n, total)
	}
}

func TestDeliveryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for attempts, wait := range webhook.Schedule() {
		for random, factor := range map[float64]float64{0: 0.9, 0.5: 1, 1: 1.1} {
			d := webhook.Delivery{Attempts: attempts, Tried: attempts + 7}.After(webhook.Attempt{Status: 500}, now, random)
			want := time.Duration(factor * float64(wait))
			if got := d.NextAt.Sub(now); d.State != webhook.Waiting || d.Attempts != attempts+1 || d.Tried != attempts+8 || (got-want).Abs() > time.Millisecond {
				t.Errorf("after attempt %d with %v: %s, want %s: %+v", attempts+1, random, got, want, d)
			}
		}
	}
	last := webhook.Delivery{Attempts: len(webhook.Schedule())}
	if d := last.After(webhook.Attempt{Problem: "none"}, now, 0); d.State != webhook.Failed || d.DoneAt != now || !d.NextAt.IsZero() {
		t.Errorf("after the last attempt: %+v", d)
	}
	if d := last.After(webhook.Attempt{Status: 299}, now, 0); d.State != webhook.Delivered || d.DoneAt != now {
		t.Errorf("after a last attempt that succeeded: %+v", d)
	}
	for _, status := range []int{0, 100, 199, 300, 301, 308, 400, 404, 500} {
		if d := (webhook.Delivery{}).After(webhook.Attempt{Status: status}, now, 0); d.State != webhook.Waiting {
			t.Errorf("status %d is taken for a success: %+v", status, d)
		}
	}
	test := webhook.Delivery{Kind: webhook.Test}
	if d := test.After(webhook.Attempt{Status: 500}, now, 0); d.State != webhook.Failed {
		t.Errorf("a test is tried again: %+v", d)
	}
}

func TestMessageIDs(t *testing.T) {
	t.Parallel()
	a := webhook.New("a", event.Event{Seq: 1, Hash: event.Hash{1}}, "{}", time.Time{})
	b := webhook.New("b", event.Event{Seq: 1, Hash: event.Hash{2}}, "{}", time.Time{})
	if a.MessageID == b.MessageID {
		t.Error("two events that got one number, in two lives of a database, have one message id")
	}
}

func TestWants(t *testing.T) {
	t.Parallel()
	p := event.Public{Kind: event.ServiceActivated, Service: "45"}
	for name, c := range map[string]struct {
		e    webhook.Endpoint
		want bool
	}{
		"everything":       {webhook.Endpoint{}, true},
		"the kind":         {webhook.Endpoint{Kinds: event.Kinds{"activation.activated"}}, true},
		"the family":       {webhook.Endpoint{Kinds: event.Kinds{"agent.*", "activation.*"}}, true},
		"another kind":     {webhook.Endpoint{Kinds: event.Kinds{"activation.deactivated"}}, false},
		"the service":      {webhook.Endpoint{Services: []string{"53", "45"}}, true},
		"another service":  {webhook.Endpoint{Services: []string{"4"}}, false},
		"one of two wrong": {webhook.Endpoint{Kinds: event.Kinds{"activation.*"}, Services: []string{"4"}}, false},
	} {
		if got := c.e.Wants(p); got != c.want {
			t.Errorf("%s: wanted %v, want %v", name, got, c.want)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	text := func(s string) bool { return !strings.Contains(s, "\n") }
	code := func(s string) bool { return s != "" }
	for name, c := range map[string]struct {
		e    webhook.Endpoint
		want string
	}{
		"good":          {webhook.Endpoint{Kinds: event.Kinds{"block.*", "service.set"}, Services: []string{"45"}}, ""},
		"unknown kind":  {webhook.Endpoint{Kinds: event.Kinds{"activation.done"}}, "kinds"},
		"member's":      {webhook.Endpoint{Kinds: event.Kinds{"member.*"}}, "kinds"},
		"star alone":    {webhook.Endpoint{Kinds: event.Kinds{"*"}}, "kinds"},
		"empty service": {webhook.Endpoint{Services: []string{""}}, "services"},
		"description":   {webhook.Endpoint{Description: "a\nb"}, "description"},
	} {
		var bad fault.Fields
		c.e.Check(text, code, &bad)
		if got := ""; len(bad) > 0 && bad[0].Name != c.want || len(bad) == 0 && c.want != got {
			t.Errorf("%s: %+v, want a fault of %q", name, bad, c.want)
		}
	}
}
