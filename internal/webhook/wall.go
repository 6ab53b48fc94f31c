package webhook

import (
	"net/netip"
	"slices"
	"syscall"

	"code.dny.dev/ssrf"
)

// wall says which addresses may be talked to: those of the public internet, on
// the ports of the configuration. What is not public is IANA's list, which the
// library keeps: loopback, private, link-local, shared, documentation,
// benchmarking, multicast and reserved ranges, and every IPv6 address that is not
// global unicast or that may hold an IPv4 address (mapped, 6to4, Teredo, NAT64).
// A machine that reaches IPv4 through NAT64 alone therefore sends nothing there.
type wall struct {
	public   *ssrf.Guardian
	ports    []uint16
	loopback bool
}

func newWall(c Config) wall {
	return wall{ssrf.New(), append([]uint16{443}, c.Ports...), c.AllowLoopback}
}

func (w wall) check(to netip.AddrPort) error {
	switch {
	case w.loopback && to.Addr().IsLoopback():
		return nil
	case !slices.Contains(w.ports, to.Port()):
		return errPort
	case w.public.SafeAddr(to.Addr()) != nil: // its error holds the address
		return errAddress
	}
	return nil
}

// control is asked by the dialer about each address that it is about to connect
// to, after the name was looked up: whatever the name led to before does not
// count (DNS rebinding).
func (w wall) control(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || w.check(to) != nil {
		return errAddress
	}
	return nil
}
