package webhook_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net/http/httptest"
	"testing"
	"time"

	"hjemvej/internal/webhook"
)

func TestACertificateMustBeGood(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	names := resolver(t, func(int) string { return "127.0.0.1" })
	for name, test := range map[string]struct {
		certificate tls.Certificate
		want        webhook.Outcome
	}{
		"good":          {ca.issue(t, "partner.example", time.Hour), webhook.Delivered},
		"expired":       {ca.issue(t, "partner.example", -time.Minute), webhook.BadCertificate},
		"another host":  {ca.issue(t, "other.example", time.Hour), webhook.BadCertificate},
		"another chain": {newAuthority(t).issue(t, "partner.example", time.Hour), webhook.BadCertificate},
	} {
		s := httptest.NewUnstartedServer(answer(204))
		s.TLS = &tls.Config{Certificates: []tls.Certificate{test.certificate}}
		port := portOf(t, begin(t, s).URL)
		c := webhook.Config{AllowLoopback: true, Ports: []uint16{port}, Resolver: names, RootCAs: ca.pool}
		if r := send(t, c, at("partner.example", port)); r.Outcome != test.want || r.EndpointDown() == r.Delivered() {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestThisMachineDecidesWhomToTrustWhereNothingIsConfigured(t *testing.T) {
	t.Parallel()
	s := partner(t, answer(204))
	mustBe(t, send(t, webhook.Config{AllowLoopback: true}, s.URL), webhook.BadCertificate, true)
}

func TestOlderTLSIsRefused(t *testing.T) {
	t.Parallel()
	for version, want := range map[uint16]webhook.Outcome{
		tls.VersionTLS10: webhook.NoTLS, tls.VersionTLS11: webhook.NoTLS,
		tls.VersionTLS12: webhook.Delivered, tls.VersionTLS13: webhook.Delivered,
	} {
		s := httptest.NewUnstartedServer(answer(204))
		s.TLS = &tls.Config{MinVersion: version, MaxVersion: version}
		begin(t, s)
		mustBe(t, send(t, trusting(s), s.URL), want, want == webhook.NoTLS)
	}
}

func TestPlainHTTPIsNeverSpoken(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(answer(204))
	t.Cleanup(s.Close)
	c := webhook.Config{AllowLoopback: true}
	mustBe(t, send(t, c, s.URL), webhook.ForbiddenAddress, true)
	mustBe(t, send(t, c, "https"+s.URL[len("http"):]), webhook.NoTLS, true)
}

// authority vouches for names.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	pool *x509.CertPool
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{key: newKey(t), pool: x509.NewCertPool()}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	a.cert = a.sign(t, template, template, a.key)
	a.pool.AddCert(a.cert)
	return a
}

// issue is a certificate for a name that is good for so long.
func (a *authority) issue(t *testing.T, name string, good time.Duration) tls.Certificate {
	t.Helper()
	key := newKey(t)
	leaf := a.sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(good),
	}, a.cert, key)
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key}
}

func (a *authority) sign(t *testing.T, template, parent *x509.Certificate, key *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	raw, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), a.key)
	must(t, err)
	cert, err := x509.ParseCertificate(raw)
	must(t, err)
	return cert
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	return key
}
