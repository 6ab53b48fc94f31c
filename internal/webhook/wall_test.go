package webhook

import (
	"errors"
	"net"
	"testing"
)

// forbidden has the first and the last address of each range, or one within.
var forbidden = map[string][]string{
	"unspecified":          {"0.0.0.0", "::"},
	"this network":         {"0.0.0.1", "0.255.255.255"},
	"loopback":             {"127.0.0.1", "127.255.255.255", "::1"},
	"private":              {"10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0", "192.168.255.255"},
	"unique local":         {"fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fd00:ec2::254"},
	"link-local":           {"169.254.0.0", "169.254.169.254", "169.254.255.255", "fe80::1", "febf::1", "fe80::1%eth0"},
	"site-local":           {"fec0::1", "feff::1"},
	"shared":               {"100.64.0.0", "100.127.255.255"},
	"protocol assignments": {"192.0.0.0", "192.0.0.255", "2001::", "2001:1ff:ffff::"},
	"documentation":        {"192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1", "3fff:fff::1"},
	"benchmarking":         {"198.18.0.0", "198.19.255.255", "2001:2::1"},
	"multicast":            {"224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"},
	"reserved":             {"240.0.0.0", "255.255.255.254"},
	"broadcast":            {"255.255.255.255"},
	"relays":               {"192.88.99.1", "192.31.196.1", "192.52.193.1", "192.175.48.1"},
	"mapped":               {"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:8.8.8.8"},
	"translated":           {"64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "::ffff:0:7f00:1"},
	"compatible":           {"::7f00:1", "::a9fe:a9fe"},
	"6to4":                 {"2002:7f00:1::1", "2002:a00:1::1", "2002:a9fe:a9fe::1"},
	"teredo":               {"2001:0:7f00:1::1", "2001::f5ff:fffe"},
	"discard-only":         {"100::1"},
	"segment routing":      {"5f00::1"},
	"not assigned":         {"4000::1", "8000::1", "e000::1"},
}

var public = []string{
	"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
	"169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "198.17.255.255",
	"198.20.0.0", "223.255.255.255", "2001:200::1", "2003::1", "2600::1", "2a00:1450:400f::1",
}

func TestOnlyPublicAddressesAreDialled(t *testing.T) {
	t.Parallel()
	w, s := newWall(Config{}), New(Config{})
	for name, addresses := range forbidden {
		for _, a := range addresses {
			if err := w.control("tcp", net.JoinHostPort(a, "443"), nil); err != errAddress {
				t.Errorf("%s: dialling %s: %v", name, a, err)
			}
			if err := s.CheckEndpoint(literal(a)); err == nil {
				t.Errorf("%s: %s may be registered", name, a)
			}
		}
	}
	for _, a := range public {
		if err := errors.Join(w.control("tcp", net.JoinHostPort(a, "443"), nil), s.CheckEndpoint(literal(a))); err != nil {
			t.Errorf("%s is public: %v", a, err)
		}
	}
}

func TestOnlyAllowedPortsAreDialled(t *testing.T) {
	t.Parallel()
	w := newWall(Config{Ports: []uint16{8443}})
	for port, allowed := range map[string]bool{"443": true, "8443": true, "80": false, "22": false, "5432": false, "0": false} {
		if err := w.control("tcp", "8.8.8.8:"+port, nil); (err == nil) != allowed {
			t.Errorf("port %s: %v", port, err)
		}
	}
	for _, odd := range []string{"", "8.8.8.8", "partner.example:443", "8.8.8.8:https", "/run/postgresql/.s.PGSQL.5432"} {
		if w.control("unix", odd, nil) == nil {
			t.Errorf("%q is dialled", odd)
		}
	}
}

func TestADemoReachesThisMachineAndNoOtherPrivateOne(t *testing.T) {
	t.Parallel()
	w := newWall(Config{AllowLoopback: true})
	for name, addresses := range forbidden {
		for _, a := range addresses {
			err := w.control("tcp", net.JoinHostPort(a, "443"), nil)
			if mine := name == "loopback" || a == "::ffff:127.0.0.1"; (err == nil) != mine {
				t.Errorf("%s: %v", a, err)
			}
		}
	}
}

func literal(address string) string { return "https://" + net.JoinHostPort(address, "443") + "/" }
