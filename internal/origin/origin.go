package origin

import (
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
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	addr := peer.Addr().Unmap()
	if len(f.Trusted) == 0 || !f.trusts(addr) {
		return addr.String()
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && f.trusts(addr); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		addr = hop.Unmap()
	}
	return addr.String()
}

func (f Finder) trusts(a netip.Addr) bool {
	for _, p := range f.Trusted {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
