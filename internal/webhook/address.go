package webhook

import "net/netip"

// never lists the networks of IPv4 that no webhook goes to, besides what the operator lets through.
func never() []netip.Prefix {
	return prefixes(
		"0.0.0.0/8",        // this network, unspecified
		"10.0.0.0/8",       // private
		"100.64.0.0/10",    // carrier-grade NAT; metadata of some clouds
		"127.0.0.0/8",      // loopback
		"168.63.129.16/32", // a cloud's service for its own machines, at a public address
		"169.254.0.0/16",   // link-local, metadata of most clouds
		"172.16.0.0/12",    // private
		"192.0.0.0/24",     // protocol assignments
		"192.0.2.0/24",     // documentation
		"192.31.196.0/24",  // AS112
		"192.52.193.0/24",  // AMT
		"192.88.99.0/24",   // 6to4 relays
		"192.168.0.0/16",   // private
		"192.175.48.0/24",  // AS112
		"198.18.0.0/15",    // benchmarking
		"198.51.100.0/24",  // documentation
		"203.0.113.0/24",   // documentation
		"224.0.0.0/4",      // multicast
		"240.0.0.0/4",      // reserved, broadcast
	)
}

// never6 lists the networks within global IPv6 that no webhook goes to. What is not global, as loopback,
// link-local, unique-local and multicast, is none of them and refused with the rest.
func never6() []netip.Prefix {
	return prefixes(
		"2001::/23",         // protocol assignments: Teredo, benchmarking, ORCHID
		"2001:db8::/32",     // documentation
		"2002::/16",         // 6to4
		"2620:4f:8000::/48", // AS112
		"3fff::/20",         // documentation
	)
}

// global6 is the part of IPv6 that is given out, and nat64 the prefix under which a network without IPv4
// reaches IPv4.
const (
	global6 = "2000::/3"
	nat64   = "64:ff9b::/96"
)

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		list[i] = netip.MustParsePrefix(t)
	}
	return list
}

// Walls say which addresses webhooks may go to.
type Walls struct {
	never, never6, allowed []netip.Prefix
	global6, nat64         netip.Prefix
}

// NewWalls makes walls that let all public addresses through, and these networks besides.
func NewWalls(allowed []netip.Prefix) *Walls {
	return &Walls{never: never(), never6: never6(), allowed: allowed,
		global6: netip.MustParsePrefix(global6), nat64: netip.MustParsePrefix(nat64)}
}

// Permit says whether a webhook may go to an address. An address of IPv4 in the clothes of IPv6 is judged
// as what it is.
func (w *Walls) Permit(a netip.Addr) bool {
	if !a.IsValid() || a.Zone() != "" {
		return false
	}
	a = a.Unmap()
	if w.nat64.Contains(a) {
		b := a.As16()
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	if within(w.allowed, a) {
		return true
	}
	if a.Is4() {
		return !within(w.never, a)
	}
	return w.global6.Contains(a) && !within(w.never6, a)
}

func within(list []netip.Prefix, a netip.Addr) bool {
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
