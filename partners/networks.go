package partners

import (
	"fmt"
	"net/netip"

	"hjemvej/internal/fault"
)

// The widest networks that a key can be bound to. A wider one, such as
// 0.0.0.0/0, would look like a binding and be none.
const (
	widest4 = 8
	widest6 = 24
)

// networks are the networks of a binding, as given by addresses and in CIDR.
func networks(given []string) ([]netip.Prefix, error) {
	out := make([]netip.Prefix, len(given))
	for i, text := range given {
		p, what := network(text)
		if what != "" {
			return nil, fault.Invalidf(fmt.Sprintf("body.addresses[%d]", i), "%s", what)
		}
		out[i] = p
	}
	return out, nil
}

// network reads an address or a network, or says what is wrong with it.
func network(text string) (p netip.Prefix, wrong string) {
	p, err := netip.ParsePrefix(text)
	if a, alone := netip.ParseAddr(text); alone == nil {
		p, err = netip.PrefixFrom(a.WithZone(""), a.BitLen()), nil
	}
	widest := widest4
	if p.Addr().Is6() {
		widest = widest6
	}
	switch {
	case err != nil:
		return p, "must be an address or a network, such as 192.0.2.0/24"
	case p.Addr().Is4In6():
		return p, "must be written as IPv4, such as 192.0.2.0/24"
	case p != p.Masked():
		return p, "has an address within the network where the network's own belongs: 192.0.2.0/24, not 192.0.2.7/24"
	case p.Bits() < widest:
		return p, fmt.Sprintf("is too wide to bind anything; a network is at least /%d here. Leave addresses out for a key that may come from anywhere", widest)
	}
	return p, ""
}
