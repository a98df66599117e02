package mobileapi_test

import (
	"encoding/base64"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/switchboard-platform/switchboard/internal/channel"
	"github.com/switchboard-platform/switchboard/internal/limit"
	"github.com/switchboard-platform/switchboard/internal/mobileapi"
	"github.com/switchboard-platform/switchboard/internal/origin"
	"github.com/switchboard-platform/switchboard/internal/sandbox"
)

// check is a request that needs no PIN.
func check() request { return good("CHECK_USER") }

// raw gives the request with an Authorization header as it is.
func (r request) raw(authorization string) request {
	r.user, r.header = "-", http.Header{"Authorization": {authorization}}
	return r
}

// as gives the request with other credentials.
func (r request) as(user, pass string) request {
	r.user, r.pass = user, pass
	return r
}

// at gives the request from another address.
func (r request) at(address string) request {
	r.from = address
	return r
}

// denied checks a refusal, which is the same whatever the cause.
func (r reply) denied(t *testing.T) reply {
	t.Helper()
	const same = `{"request_status":"ERROR","request_status_description":"Access denied: send the channel's id and secret by HTTP Basic authentication, from an address it may call from."}`
	if r.http != 401 || strings.ReplaceAll(r.body, `\u0026`, "&") != same {
		t.Errorf("HTTP %d: %s", r.http, r.body)
	}
	if got := r.header.Get("WWW-Authenticate"); got != `Basic realm="switchboard mobile banking", charset="UTF-8"` {
		t.Errorf("WWW-Authenticate is %s", got)
	}
	return r
}

// channel adds a channel and gives its secret.
func (w *world) channel(t *testing.T, c channel.Channel) string {
	t.Helper()
	_, issued, err := w.reg.AddChannel(t.Context(), w.operator(), c)
	must(t, err)
	return issued.Text.Reveal()
}

func TestBasicAuthentication(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ussd := w.channel(t, channel.Channel{ID: "ussd"})
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	for name, c := range map[string]struct {
		request
		cause, channel string // "" where it is let in
	}{
		"the sandbox's":        {check(), "", ""},
		"another channel's":    {check().as("ussd", ussd), "", ""},
		"scheme in small":      {check().raw("basic " + encode("sandbox:sandbox")), "", ""},
		"none":                 {check().as("-", ""), "no_credentials", ""},
		"an empty header":      {check().raw(""), "no_credentials", ""},
		"another scheme":       {check().raw("Bearer " + encode("sandbox:sandbox")), "no_credentials", ""},
		"no base64":            {check().raw("Basic sandbox:sandbox"), "no_credentials", ""},
		"no colon":             {check().raw("Basic " + encode("sandbox")), "no_credentials", ""},
		"a wrong secret":       {check().as("sandbox", "wrong"), "wrong_credentials", "sandbox"},
		"no secret":            {check().raw("Basic " + encode("sandbox:")), "wrong_credentials", "sandbox"},
		"a secret and more":    {check().as("sandbox", "sandbox "), "wrong_credentials", "sandbox"},
		"another's secret":     {check().as("sandbox", ussd), "wrong_credentials", "sandbox"},
		"no such channel":      {check().as("atm", "sandbox"), "wrong_credentials", ""},
		"id in capitals":       {check().as("SANDBOX", "sandbox"), "wrong_credentials", ""},
		"no id":                {check().raw("Basic " + encode(":sandbox")), "wrong_credentials", ""},
		"id and secret turned": {check().as(ussd, "ussd"), "wrong_credentials", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := w.send(t, c.request)
			if c.cause == "" {
				got.want(t, 200, "CHECK_USER", "ACTIVE")
				return
			}
			e := w.log.Entry(t, got.denied(t).header.Get("X-Request-Id"))
			if e["cause"] != c.cause || e["channel"] != c.channel || e["address"] != "192.0.2.1" {
				t.Errorf("the log says %v", e)
			}
		})
	}
	t.Cleanup(func() {
		if strings.Contains(w.log.String(), ussd) {
			t.Error("the log has a secret")
		}
	})
}

// TestSecretsComeAndGo: a secret counts as long as the operator lets it.
func TestSecretsComeAndGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.channel(t, channel.Channel{ID: "ussd"})
	second, err := w.reg.RotateSecret(t.Context(), w.operator(), "ussd", time.Hour)
	must(t, err)
	for _, pass := range []string{first, second.Text.Reveal()} {
		w.send(t, check().as("ussd", pass)).want(t, 200, "CHECK_USER", "ACTIVE")
	}
	w.clock.forward(time.Hour)
	w.send(t, check().as("ussd", first)).denied(t)
	w.send(t, check().as("ussd", second.Text.Reveal())).want(t, 200, "CHECK_USER", "ACTIVE")
	changed, err := w.reg.RevokeSecret(t.Context(), w.operator(), "ussd", second.Secret.ID)
	mustChange(t, changed, err)
	w.send(t, check().as("ussd", second.Text.Reveal())).denied(t)
	w.send(t, check()).want(t, 200, "CHECK_USER", "ACTIVE")
	changed, err = w.reg.RevokeChannel(t.Context(), w.operator(), sandbox.ChannelID)
	mustChange(t, changed, err)
	w.send(t, check()).denied(t)
}

func TestAddressLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pass := w.channel(t, channel.Channel{ID: "ussd", Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/28"), netip.MustParsePrefix("2001:db8::/32")}})
	for address, ok := range map[string]bool{
		"192.0.2.1": true, "192.0.2.15": true, "192.0.2.16": false, "198.51.100.1": false, "2001:db8::7": true, "2001:db9::7": false,
	} {
		got := w.send(t, check().as("ussd", pass).at(address))
		if ok {
			got.want(t, 200, "CHECK_USER", "ACTIVE")
			continue
		}
		if e := w.log.Entry(t, got.denied(t).header.Get("X-Request-Id")); e["cause"] != "address_not_allowed" || e["channel"] != "ussd" {
			t.Errorf("the log says %v", e)
		}
	}
}

// behindProxy trusts a proxy at the address that requests come from.
func behindProxy(c *mobileapi.Config) {
	c.Origin = origin.Finder{Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
}

// TestAddressBehindProxy: the list is about the caller, as the trusted proxy saw it.
func TestAddressBehindProxy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, behindProxy)
	pass := w.channel(t, channel.Channel{ID: "ussd", Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.7/32")}})
	for forwarded, status := range map[string]int{"192.0.2.7": 200, "198.51.100.9, 192.0.2.7": 200, "192.0.2.8": 401, "192.0.2.7, 192.0.2.8": 401, "": 401} {
		r := check().as("ussd", pass).at("10.0.0.1")
		r.header = http.Header{"X-Forwarded-For": {forwarded}}
		if got := w.send(t, r); got.http != status {
			t.Errorf("%q: HTTP %d, want %d", forwarded, got.http, status)
		}
	}
}

// wait checks a 429 and the seconds to wait that it names.
func (r reply) wait(t *testing.T, action, seconds string) {
	t.Helper()
	r.want(t, 429, action, "ERROR").says(t, "Too many requests")
	if got := r.header.Get("Retry-After"); got != seconds {
		t.Errorf("Retry-After is %q, want %q", got, seconds)
	}
}

// TestChannelLimit counts a channel's requests, bad ones too, and nobody else's.
func TestChannelLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *mobileapi.Config) { c.Channels = limit.New(0.1, 2) })
	ussd := w.channel(t, channel.Channel{ID: "ussd"})
	w.send(t, check()).want(t, 200, "CHECK_USER", "ACTIVE")
	w.send(t, check().with(fields{"identifier": ""})).want(t, 400, "CHECK_USER", "ERROR")
	w.send(t, check()).wait(t, "CHECK_USER", "10")
	w.send(t, good("LOGIN")).wait(t, "LOGIN", "10")
	w.send(t, request{body: "{"}).wait(t, "", "10")
	if kinds := w.events(t, sandbox.MSISDN); len(kinds) != 1 {
		t.Errorf("the member has %v", kinds)
	}
	w.send(t, check().as("ussd", ussd)).want(t, 200, "CHECK_USER", "ACTIVE")
	w.clock.forward(4 * time.Second)
	w.send(t, check()).wait(t, "CHECK_USER", "6")
	w.clock.forward(6 * time.Second)
	w.send(t, check()).want(t, 200, "CHECK_USER", "ACTIVE")
}

// TestOwnChannelLimit: a channel's own rate counts instead, from the moment it is set.
func TestOwnChannelLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *mobileapi.Config) { c.Channels = limit.New(1, 1) })
	pass := w.channel(t, channel.Channel{ID: "ussd", Rate: 0.5, Burst: 3})
	r := check().as("ussd", pass)
	for range 3 {
		w.send(t, r).want(t, 200, "CHECK_USER", "ACTIVE")
	}
	w.send(t, r).wait(t, "CHECK_USER", "2")
	set := func(rate float64, burst int) {
		changed, err := w.reg.SetChannel(t.Context(), w.operator(), "ussd", func(c *channel.Channel) { c.Rate, c.Burst = rate, burst })
		mustChange(t, changed, err)
	}
	set(0.1, 1)
	w.send(t, r).want(t, 200, "CHECK_USER", "ACTIVE")
	w.send(t, r).wait(t, "CHECK_USER", "10")
	set(4, 0) // a burst of a second's
	for range 4 {
		w.send(t, r).want(t, 200, "CHECK_USER", "ACTIVE")
	}
	w.send(t, r).wait(t, "CHECK_USER", "1")
	set(0, 0)
	w.send(t, r).want(t, 200, "CHECK_USER", "ACTIVE")
	w.send(t, r).wait(t, "CHECK_USER", "1")
}

// TestAddressLimit counts whatever comes from an address, let in or not.
func TestAddressLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *mobileapi.Config) { c.Addresses = limit.New(1, 3) })
	w.send(t, check().as("sandbox", "wrong")).denied(t)
	get := check()
	get.method = "GET"
	w.send(t, get).want(t, 405, "", "ERROR")
	w.send(t, check()).want(t, 200, "CHECK_USER", "ACTIVE")
	w.send(t, check()).wait(t, "", "1")
	w.send(t, check().at("192.0.2.2")).want(t, 200, "CHECK_USER", "ACTIVE")
	for i, address := range []string{"2001:db8::1", "2001:db8::2", "2001:db8::3"} {
		if got := w.send(t, check().at(address)); got.http != 200 {
			t.Errorf("%d: HTTP %d", i, got.http)
		}
	}
	w.send(t, check().at("2001:db8::4")).wait(t, "", "1")
	w.send(t, check().at("2001:db8:0:1::4")).want(t, 200, "CHECK_USER", "ACTIVE")
}

// TestRefusalLimit: who guesses is shut out; who has the right secret is not, from the same address either.
func TestRefusalLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *mobileapi.Config) { c.Refusals = limit.New(0.1, 3) })
	for range 3 {
		w.send(t, check()).want(t, 200, "CHECK_USER", "ACTIVE")
		w.send(t, check().as("sandbox", "guess")).denied(t)
	}
	w.send(t, check().as("sandbox", "guess")).wait(t, "", "10")
	w.send(t, check()).want(t, 200, "CHECK_USER", "ACTIVE")
	w.send(t, check().as("sandbox", "guess").at("192.0.2.2")).denied(t)
	w.clock.forward(10 * time.Second)
	w.send(t, check().as("sandbox", "guess")).denied(t)
}

// TestNoLimits: without any, nobody is ever told to wait.
func TestNoLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 50 {
		w.send(t, check()).want(t, 200, "CHECK_USER", "ACTIVE")
		w.send(t, check().as("sandbox", "x")).denied(t)
	}
}
