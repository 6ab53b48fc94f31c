package letter_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hjemvej/internal/letter"

	"github.com/smallstep/pkcs7"
)

// authority issues certificates for letters.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  crypto.Signer
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t, dir: t.TempDir(), key: newKey(t)}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Fictional Root"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, about, about, a.key.Public(), a.key)
	mustNot(t, err)
	a.cert, err = x509.ParseCertificate(der)
	mustNot(t, err)
	a.write("root.pem", "CERTIFICATE", der)
	return a
}

func newKey(t *testing.T) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	mustNot(t, err)
	return key
}

func (a *authority) write(name, kind string, der []byte) string {
	a.t.Helper()
	path := filepath.Join(a.dir, name)
	mustNot(a.t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
	return path
}

// issue writes a certificate for the desk, but for what is changed, and its key.
func (a *authority) issue(key crypto.Signer, change func(*x509.Certificate)) (certFile, keyFile string) {
	a.t.Helper()
	about := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Case desk"}, EmailAddresses: []string{desk},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}}
	change(about)
	der, err := x509.CreateCertificate(rand.Reader, about, a.cert, key.Public(), a.key)
	mustNot(a.t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	mustNot(a.t, err)
	return a.write("cert.pem", "CERTIFICATE", der), a.write("key.pem", "PRIVATE KEY", private)
}

func unchanged(*x509.Certificate) {}

func TestASignedLetterVerifiesAndAnAlteredOneDoesNot(t *testing.T) {
	t.Parallel()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	mustNot(t, err)
	for name, key := range map[string]crypto.Signer{"ECDSA": newKey(t), "RSA": rsaKey} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAuthority(t)
			cert, private := a.issue(key, unchanged)
			signature, err := letter.OpenSignature(cert, private, desk, time.Now())
			mustNot(t, err)
			box := openMailbox(t)
			config := configFor(t, box.Addr())
			config.Signature = signature
			m := message(t)
			mustNot(t, newSender(t, config).Send(t.Context(), worker, m, id))
			l := box.Letters()[0]
			if strings.TrimSpace(l.Body) != strings.TrimSpace(m.Text) || strings.TrimSpace(l.HTML) != strings.TrimSpace(m.HTML) || l.Subject != m.Subject {
				t.Errorf("signed, it reads %q:\n%s\n%s", l.Subject, l.Body, l.HTML)
			}
			raw := l.Raw()
			altered := bytes.Replace(raw, []byte("K7-0001"), []byte("K7-0002"), 10)
			for _, verifies := range []func(*authority, []byte) error{verify, verifyByOpenSSL} {
				if err := verifies(a, raw); err != nil {
					t.Errorf("it does not verify: %v", err)
				}
				if err := verifies(a, altered); err == nil || bytes.Equal(raw, altered) {
					t.Error("altered, it verifies")
				}
				if err := verifies(newAuthority(t), raw); err == nil {
					t.Error("it verifies by an authority that did not issue its certificate")
				}
			}
		})
	}
}

// verify checks a signed letter as RFC 8551 says, with another library than signed it.
func verify(a *authority, raw []byte) error {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	mustNot(a.t, err)
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/signed" || params["protocol"] != "application/pkcs7-signature" {
		a.t.Fatalf("the letter is %s %v, %v", kind, params, err)
	}
	body, err := io.ReadAll(m.Body)
	mustNot(a.t, err)
	between := strings.Split(string(body), "--"+params["boundary"])
	signed := strings.TrimSuffix(strings.TrimPrefix(between[1], "\r\n"), "\r\n")
	parts := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	_, err = parts.NextRawPart()
	mustNot(a.t, err)
	part, err := parts.NextRawPart()
	mustNot(a.t, err)
	der, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, part))
	mustNot(a.t, err)
	p, err := pkcs7.Parse(der)
	mustNot(a.t, err)
	p.Content = []byte(signed)
	roots := x509.NewCertPool()
	roots.AddCert(a.cert)
	return p.VerifyWithChain(roots)
}

// verifyByOpenSSL is as a mail program would see it. Where OpenSSL is missing, what
// verify says must do.
func verifyByOpenSSL(a *authority, raw []byte) error {
	path, err := exec.LookPath("openssl")
	if err != nil {
		return verify(a, raw)
	}
	c := exec.Command(path, "smime", "-verify", "-CAfile", filepath.Join(a.dir, "root.pem"), "-purpose", "smimesign", "-out", os.DevNull)
	c.Stdin = bytes.NewReader(raw)
	if out, err := c.CombinedOutput(); err != nil {
		return errors.New(string(out))
	}
	return nil
}

func TestASignatureThatCannotVouchForTheSenderIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*x509.Certificate)
		says   string
	}{
		"expired":        {func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }, "has expired"},
		"not yet":        {func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) }, "not valid yet"},
		"another":        {func(c *x509.Certificate) { c.EmailAddresses = []string{"SECRET@mail.example"} }, "not for the sender's address"},
		"nobody":         {func(c *x509.Certificate) { c.EmailAddresses = nil }, "not for the sender's address"},
		"web server's":   {func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }, "not for signing letters"},
		"encrypts only":  {func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }, "not for signing letters"},
		"telling (R11)":  {func(c *x509.Certificate) { c.Subject.Organization = []string{"SECRET CMM"} }, "tell what the work is about"},
		"telling domain": {func(c *x509.Certificate) { c.DNSNames = []string{"hjemvej.SECRET.example"} }, "tell what the work is about"},
	} {
		a := newAuthority(t)
		cert, key := a.issue(newKey(t), c.change)
		mustRefuse(t, name, c.says, cert, key)
	}
	a := newAuthority(t)
	cert, key := a.issue(newKey(t), unchanged)
	_, other := newAuthority(t).issue(newKey(t), unchanged)
	mustRefuse(t, "a pair that is none", "do not belong together", cert, other)
	mustRefuse(t, "no file", "cannot be read", filepath.Join(a.dir, "SECRET"), key)
	mustRefuse(t, "one file", "cannot be read", cert, "")
	mustRefuse(t, "the wrong way round", "cannot be read", key, cert)
	signature, err := letter.OpenSignature(cert, key, strings.ToUpper(desk), time.Now())
	mustNot(t, err)
	if _, err := letter.NewSender(letter.Config{Host: "127.0.0.1", Port: 25, From: desk, TLS: "none", Signature: signature}); !errors.Is(err, letter.ErrConfig) {
		t.Errorf("a signature for another sender: %v", err)
	}
}

func mustRefuse(t *testing.T, name, says, cert, key string) {
	t.Helper()
	_, err := letter.OpenSignature(cert, key, desk, time.Now())
	if !errors.Is(err, letter.ErrConfig) || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "SECRET") || strings.Contains(err.Error(), ".pem") {
		t.Errorf("%s: %v", name, err)
	}
}

func mustNot(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
