package api

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// peer is the address at the other end of the connection.
func peer(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return plain(at.Addr())
}

// plain is an address without its zone, an IPv4 one in its own form.
func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

// BehindProxies is the address that a request comes from where proxies of the
// trusted networks stand before the service: the last one in X-Forwarded-For
// that is none of theirs. What stands before it may be made up, and is not read.
// Without a trusted proxy it is the peer's.
func BehindProxies(trusted []netip.Prefix) func(*http.Request) netip.Addr {
	ours := func(a netip.Addr) bool {
		return slices.ContainsFunc(trusted, func(n netip.Prefix) bool { return n.Contains(a) })
	}
	return func(r *http.Request) netip.Addr {
		at := peer(r)
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for i := len(hops) - 1; i >= 0 && ours(at); i-- {
			at = hop(hops[i])
		}
		return at
	}
}

// hop is one address of X-Forwarded-For; some proxies add the port.
func hop(text string) netip.Addr {
	text = strings.TrimSpace(text)
	if at, err := netip.ParseAddrPort(text); err == nil {
		return plain(at.Addr())
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}
	}
	return plain(a)
}

// network is whom failed sign-ins from an address are counted for: a host can
// take any IPv6 address of its /64.
func network(a netip.Addr) string {
	if a.Is6() {
		n, _ := a.Prefix(64) // never fails: 64 is in range
		return n.String()
	}
	return a.String()
}
