package origin

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// Finder tells the caller's address. The zero value trusts no proxy.
type Finder struct {
	Trusted []netip.Prefix // proxies whose X-Forwarded-For is believed
}

// Address gives the caller's address without a port; "" when there is none, as on a Unix socket.
// X-Forwarded-For is read from its end, which the nearest proxy wrote, for as long as the
// addresses are trusted proxies': what stands before that, anybody can have made up.
func (f Finder) Address(r *http.Request) string {
	if len(f.Trusted) == 0 { // the text as it is, for the price of a look
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil || host == "" {
			return ""
		}
		return strings.TrimPrefix(host, "::ffff:")
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	addr := peer.Addr().Unmap()
	if !f.trusts(addr) {
		return addr.String()
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && f.trusts(addr); i-- {
		hop, ok := hopAddress(strings.TrimSpace(hops[i]))
		if !ok {
			break
		}
		addr = hop
	}
	return addr.String()
}

// Network gives what a limit by address counts by: the address itself or, of IPv6, the network of 64
// bits that is one subscriber's.
func Network(address string) string {
	if !strings.Contains(address, ":") {
		return address
	}
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}

// hopAddress reads an entry of X-Forwarded-For; some proxies write a port behind it.
func hopAddress(s string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.Unmap(), true
	}
	ap, err := netip.ParseAddrPort(s)
	return ap.Addr().Unmap(), err == nil
}

func (f Finder) trusts(a netip.Addr) bool {
	for _, p := range f.Trusted {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// Scheme tells whether the caller came over "https" or "http": what a trusted proxy in front says counts.
func (f Finder) Scheme(r *http.Request) string {
	if r.TLS != nil {
		return "https"
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err == nil && f.trusts(peer.Addr().Unmap()) && strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") {
		return "https"
	}
	return "http"
}
