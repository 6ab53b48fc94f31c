package webhook_test

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"hjemvej/internal/webhook"
)

func TestAnEndpointIsCheckedWhenItIsRegistered(t *testing.T) {
	t.Parallel()
	s := webhook.New(webhook.Config{Ports: []uint16{8443}})
	for sentence, endpoints := range map[string][]string{
		"": {
			"https://partner.example", "https://partner.example/events?of=hand-offs", "https://hooks.partner.example:443/",
			"https://partner.example:8443/", "HTTPS://Partner.EXAMPLE/", "https://xn--bcher-kva.example/", "https://8.8.8.8/", "https://[2600::1]:8443/",
		},
		"must have at most 2000 characters": {"https://partner.example/" + strings.Repeat("a", 2000)},
		"must be a URL such as https://partner.example/events": {
			"https://[::1", "https://partner.example:port/", "https://a b.example/", "https://partner.example/\n", "https://127.0.0.1\\@partner.example/", "https://fe80::1%eth0/",
		},
		"must begin with https://":               {"", "partner.example", "//partner.example", "http://partner.example/", "ftp://partner.example/", "unix:///run/socket"},
		"must hold no user name and no password": {"https://user@partner.example/", "https://user:word@partner.example/", "https://:@partner.example/", "https://127.0.0.1@partner.example/"},
		"must have no part after a #":            {"https://partner.example/#a", "https://partner.example/#"},
		"must have no port, or one that the service allows": {
			"https://partner.example:80/", "https://partner.example:0/", "https://partner.example:/", "https://partner.example:65979/", "https://8.8.8.8:22/",
		},
		"must name a host in full, such as partner.example, or a public address in its usual form": {
			"https://", "https:partner.example", "https:///events", "https://localhost/", "https://partner/", "https://partner.example./", "https://-a.example/", "https://a_b.example/",
			"https://bücher.example/", "https://partner..example/", "https://" + strings.Repeat("a.", 130) + "example/",
			"https://2130706433/", "https://0x7f000001/", "https://017700000001/", "https://127.1/", "https://127.0.1/", "https://0177.0.0.1/",
			"https://0x7f.0.0.1/", "https://127.0.0.0x1/", "https://127.0.0.1./", "https://127.0.0.256/", "https://010.8.8.8/", "https://①②⑦.0.0.1/", "https://127。0。0。1/",
		},
		"must not be an address that the internet does not reach": {"https://127.0.0.1/", "https://10.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[fe80::1%25eth0]/"},
	} {
		for _, endpoint := range endpoints {
			got := ""
			if err := s.CheckEndpoint(endpoint); err != nil {
				got = err.Error()
			}
			if got != sentence {
				t.Errorf("%.60q %q, want %q", endpoint, got, sentence)
			}
		}
	}
}

func TestADemoMayNameThisMachine(t *testing.T) {
	t.Parallel()
	s := webhook.New(webhook.Config{AllowLoopback: true})
	for _, endpoint := range []string{"https://localhost:39021/", "https://127.0.0.1:39021/", "https://[::1]:39021/"} {
		must(t, s.CheckEndpoint(endpoint))
	}
	for _, endpoint := range []string{"http://localhost:39021/", "https://10.0.0.1/", "https://0.0.0.0:39021/", "https://partner.example:39021/"} {
		if s.CheckEndpoint(endpoint) == nil {
			t.Errorf("%s may be registered", endpoint)
		}
	}
}

// FuzzCheckEndpoint holds that what is accepted is an https URL of a full name or
// of a public address, and that no sentence repeats what was typed.
func FuzzCheckEndpoint(f *testing.F) {
	for _, seed := range []string{
		"https://partner.example/events", "https://user:word@127.0.0.1:8443/#a", "https://[::ffff:7f00:1]/", "https://0x7f.1/", "https://[fe80::1%25a]/", "https:opaque", "\x00",
	} {
		f.Add(seed)
	}
	s := webhook.New(webhook.Config{})
	name := regexp.MustCompile(`^[A-Za-z0-9.-]+\.[A-Za-z][A-Za-z0-9-]*$`)
	sentence := regexp.MustCompile(`^must [A-Za-z0-9 ,:/.#]+$`)
	f.Fuzz(func(t *testing.T, endpoint string) {
		if err := s.CheckEndpoint(endpoint); err != nil {
			if !sentence.MatchString(err.Error()) || len(endpoint) > 25 && strings.Contains(err.Error(), endpoint) {
				t.Errorf("%q: %v", endpoint, err)
			}
			return
		}
		u, err := url.Parse(endpoint)
		if err != nil || u.Scheme != "https" || u.User != nil || u.Fragment != "" || u.Port() != "" && strings.TrimLeft(u.Port(), "0") != "443" {
			t.Fatalf("%q is accepted", endpoint)
		}
		address, err := netip.ParseAddr(u.Hostname())
		if err != nil && !name.MatchString(u.Hostname()) || err == nil && (!address.IsGlobalUnicast() || address.IsPrivate()) {
			t.Errorf("%q is accepted", endpoint)
		}
	})
}
