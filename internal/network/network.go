package network

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/switchboard-platform/switchboard/internal/fault"
)

// List is the networks that somebody may call from; none means anywhere.
type List []netip.Prefix

// most is how many networks a list may have.
const most = 100

// Parse reads networks or single addresses. The error names the one that is neither.
func Parse(texts []string) (List, error) {
	var list List
	for _, s := range texts {
		p, err := parse(strings.TrimSpace(s))
		if err != nil {
			return nil, fault.New(fault.Invalid, "%.60q is neither an address nor a network; write 192.0.2.7 or 192.0.2.0/24.", s)
		}
		list = append(list, p)
	}
	return list, nil
}

// parse writes IPv4 in IPv6 (::ffff:192.0.2.0/120) as IPv4, as callers' addresses are.
func parse(s string) (netip.Prefix, error) {
	if strings.Contains(s, "/") {
		p, err := netip.ParsePrefix(s)
		if p.Addr().Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		return p.Masked(), err
	}
	a, err := netip.ParseAddr(s)
	a = a.Unmap().WithZone("")
	return netip.PrefixFrom(a, a.BitLen()), err
}

// Admits says whether the list lets an address in.
func (l List) Admits(address string) bool { return len(l) == 0 || l.has(address) }

func (l List) has(address string) bool {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(l, func(p netip.Prefix) bool { return p.Contains(a) })
}

// Check adds what is wrong with the list, as the problem of a field.
func (l List) Check(field string, bad *fault.Fields) {
	if len(l) > most {
		bad.Add(field, "must be at most %d networks", most)
	}
}

// Texts gives the networks as people write them; empty, not nil, when there are none.
func (l List) Texts() []string {
	texts := make([]string, len(l))
	for i, p := range l {
		texts[i] = p.String()
	}
	return texts
}

// String lists the networks with commas between them, as stores and events have them.
func (l List) String() string { return strings.Join(l.Texts(), ",") }

// Read reads what String wrote.
func Read(s string) (list List, err error) {
	if s == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(s, ",") {
		p, err := netip.ParsePrefix(part)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}
