package origin_test

import (
	"crypto/tls"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/switchboard-platform/switchboard/internal/origin"
)

func TestAddress(t *testing.T) {
	t.Parallel()
	const proxies = "10.0.0.0/8 127.0.0.1/32 fd00::/8"
	for name, c := range map[string]struct{ trusted, peer, forwarded, want string }{
		"direct":                         {"", "192.0.2.1:5000", "", "192.0.2.1"},
		"direct, IPv6":                   {"", "[2001:db8::1]:5000", "", "2001:db8::1"},
		"IPv4 in IPv6":                   {"", "[::ffff:192.0.2.1]:5000", "", "192.0.2.1"},
		"no proxy trusted":               {"", "192.0.2.1:5000", "198.51.100.9", "192.0.2.1"},
		"peer is no proxy":               {proxies, "192.0.2.1:5000", "198.51.100.9", "192.0.2.1"},
		"one proxy":                      {proxies, "10.0.0.1:5000", "192.0.2.1", "192.0.2.1"},
		"one proxy, IPv6":                {proxies, "[fd00::1]:5000", "2001:db8::1", "2001:db8::1"},
		"proxy as IPv4 in IPv6":          {proxies, "[::ffff:10.0.0.1]:5000", "192.0.2.1", "192.0.2.1"},
		"client as IPv4 in IPv6":         {proxies, "10.0.0.1:5000", "::ffff:192.0.2.1", "192.0.2.1"},
		"two proxies":                    {proxies, "10.0.0.1:5000", "192.0.2.1, 10.0.0.2", "192.0.2.1"},
		"two proxies, two headers":       {proxies, "10.0.0.1:5000", "192.0.2.1\n10.0.0.2", "192.0.2.1"},
		"spoofed before the proxy":       {proxies, "10.0.0.1:5000", "198.51.100.9, 192.0.2.1", "192.0.2.1"},
		"spoofed in a header of its own": {proxies, "10.0.0.1:5000", "198.51.100.9\n192.0.2.1", "192.0.2.1"},
		"spoofed as a proxy":             {proxies, "10.0.0.1:5000", "10.9.9.9, 192.0.2.1", "192.0.2.1"},
		"spoofed behind two":             {proxies, "10.0.0.1:5000", "198.51.100.9, 192.0.2.1, 10.0.0.2", "192.0.2.1"},
		"only proxies":                   {proxies, "10.0.0.1:5000", "10.0.0.3, 10.0.0.2", "10.0.0.3"},
		"proxy says nothing":             {proxies, "10.0.0.1:5000", "", "10.0.0.1"},
		"proxy says nonsense":            {proxies, "10.0.0.1:5000", "unknown", "10.0.0.1"},
		"nonsense before a proxy":        {proxies, "10.0.0.1:5000", "198.51.100.9, unknown, 10.0.0.2", "10.0.0.2"},
		"empty hops":                     {proxies, "10.0.0.1:5000", "192.0.2.1,,", "10.0.0.1"},
		"no spaces":                      {proxies, "10.0.0.1:5000", "198.51.100.9,192.0.2.1", "192.0.2.1"},
		"a socket":                       {proxies, "@", "192.0.2.1", ""},
		"no peer":                        {proxies, "", "192.0.2.1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := origin.Finder{}
			for _, p := range strings.Fields(c.trusted) {
				f.Trusted = append(f.Trusted, netip.MustParsePrefix(p))
			}
			r := &http.Request{RemoteAddr: c.peer, Header: http.Header{}}
			for _, line := range strings.Split(c.forwarded, "\n") {
				if line != "" {
					r.Header.Add("X-Forwarded-For", line)
				}
			}
			if got := f.Address(r); got != c.want {
				t.Errorf("the address is %q, want %q", got, c.want)
			}
		})
	}
}

// TestOnlyForwardedForCounts: other headers of the kind are nobody's word.
func TestOnlyForwardedForCounts(t *testing.T) {
	t.Parallel()
	f := origin.Finder{Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	r := &http.Request{RemoteAddr: "10.0.0.1:5000", Header: http.Header{"X-Real-Ip": {"192.0.2.1"}, "Forwarded": {"for=192.0.2.1"}, "True-Client-Ip": {"192.0.2.1"}}}
	if got := f.Address(r); got != "10.0.0.1" {
		t.Errorf("the address is %q", got)
	}
}

func TestNetwork(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.1":            "192.0.2.1",
		"":                     "",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"2001:db8:1:2::9":      "2001:db8:1:2::/64",
		"2001:db8:1:3::9":      "2001:db8:1:3::/64",
		"fe80::1%eth0":         "fe80::/64",
		"not:an:address":       "not:an:address",
	} {
		if got := origin.Network(address); got != want {
			t.Errorf("%q counts by %q, want %q", address, got, want)
		}
	}
}

// TestScheme: over TLS it is https, and behind a trusted proxy what that says.
func TestScheme(t *testing.T) {
	t.Parallel()
	f := origin.Finder{Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	for name, c := range map[string]struct {
		r    *http.Request
		want string
	}{
		"plain":         {&http.Request{RemoteAddr: "192.0.2.1:5000"}, "http"},
		"tls":           {&http.Request{RemoteAddr: "192.0.2.1:5000", TLS: &tls.ConnectionState{}}, "https"},
		"stranger says": {&http.Request{RemoteAddr: "192.0.2.1:5000", Header: http.Header{"X-Forwarded-Proto": {"https"}}}, "http"},
		"proxy says":    {&http.Request{RemoteAddr: "10.0.0.1:5000", Header: http.Header{"X-Forwarded-Proto": {"HTTPS"}}}, "https"},
		"proxy denies":  {&http.Request{RemoteAddr: "10.0.0.1:5000", Header: http.Header{"X-Forwarded-Proto": {"http"}}}, "http"},
		"no address":    {&http.Request{RemoteAddr: "@", Header: http.Header{"X-Forwarded-Proto": {"https"}}}, "http"},
	} {
		if got := f.Scheme(c.r); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
