package webhook

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// MaxEndpoint is how many bytes the URL of an endpoint has at most.
const MaxEndpoint = 2000

// What can be wrong with an endpoint.
var (
	errLength   = fmt.Errorf("must have at most %d characters", MaxEndpoint)
	errURL      = errors.New("must be a URL such as https://partner.example/events")
	errScheme   = errors.New("must begin with https://")
	errUser     = errors.New("must hold no user name and no password")
	errFragment = errors.New("must have no part after a #")
	errHost     = errors.New("must name a host in full, such as partner.example, or a public address in its usual form")
	errPort     = errors.New("must have no port, or one that the service allows")
	errAddress  = errors.New("must not be an address that the internet does not reach")
)

// CheckEndpoint says whether events may be sent to a URL, for whoever registers
// it. Its errors are one clear sentence each, to be read after the field's name,
// and never hold the URL. It asks no name server: where a name leads is looked at
// each time a connection is made.
func (s *Sender) CheckEndpoint(endpoint string) error {
	u, err := url.Parse(endpoint)
	switch {
	case len(endpoint) > MaxEndpoint:
		return errLength
	case err != nil:
		return errURL
	case u.Scheme != "https":
		return errScheme
	case u.User != nil:
		return errUser
	case strings.Contains(endpoint, "#"):
		return errFragment
	}
	port, err := portOf(u)
	if err != nil {
		return errPort
	}
	return s.wall.checkHost(u.Hostname(), port)
}

// hosts have at least two labels, of which the last begins with a letter. So an
// address spelled in decimal, octal or hexadecimal is no name.
var hosts = regexp.MustCompile(`(?i)^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)

func (w wall) checkHost(host string, port uint16) error {
	address, err := netip.ParseAddr(host)
	switch {
	case err == nil:
		return w.check(netip.AddrPortFrom(address, port))
	case w.loopback && host == "localhost":
		return nil
	case len(host) > 253 || !hosts.MatchString(host):
		return errHost
	case !slices.Contains(w.ports, port):
		return errPort
	}
	return nil
}

func portOf(u *url.URL) (uint16, error) {
	if u.Port() == "" && !strings.HasSuffix(u.Host, ":") {
		return 443, nil
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	return uint16(port), err
}
