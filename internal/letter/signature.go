package letter

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// Signature signs letters by S/MIME, so that a reader's mail program can tell
// whether a letter came from here and was not altered on the way.
type Signature struct {
	pair tls.Certificate
	from string
}

// OpenSignature reads a certificate, which its issuer's may follow, and its
// private key (RSA or ECDSA) from two PEM files, to sign letters from a bare
// address. Whoever gets a letter reads the certificate: its names must pass
// Neutral (R11). It answers ErrConfig with a sentence that says what to change,
// without a path or a name.
func OpenSignature(certFile, keyFile, from string, now time.Time) (*Signature, error) {
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	switch {
	case err != nil && strings.Contains(err.Error(), "does not match"): // crypto/tls has no error of its own for it
		return nil, fmt.Errorf("%w: certificate and key do not belong together", ErrConfig)
	case err != nil: // it may name the path
		return nil, fmt.Errorf("%w: certificate and key cannot be read: both are PEM files, the key without a password", ErrConfig)
	}
	if what := unfit(pair.Leaf, from, now); what != "" {
		return nil, fmt.Errorf("%w: %s", ErrConfig, what)
	}
	if !signable(pair.PrivateKey) {
		return nil, fmt.Errorf("%w: the key is neither RSA nor ECDSA", ErrConfig)
	}
	return &Signature{pair, from}, nil
}

// unfit is why a certificate cannot vouch for letters from an address now, or "".
func unfit(c *x509.Certificate, from string, now time.Time) string {
	mail := func(u x509.ExtKeyUsage) bool {
		return u == x509.ExtKeyUsageEmailProtection || u == x509.ExtKeyUsageAny
	}
	switch {
	case now.After(c.NotAfter):
		return "the certificate has expired"
	case now.Before(c.NotBefore):
		return "the certificate is not valid yet"
	case !slices.ContainsFunc(c.EmailAddresses, func(a string) bool { return strings.EqualFold(a, from) }):
		return "the certificate is not for the sender's address"
	case c.KeyUsage != 0 && c.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) == 0,
		len(c.ExtKeyUsage) > 0 && !slices.ContainsFunc(c.ExtKeyUsage, mail):
		return "the certificate is not for signing letters"
	case Neutral(names(c)) != nil:
		return "the certificate's names tell what the work is about (R11)"
	}
	return ""
}

// names are all that a reader sees in a certificate.
func names(c *x509.Certificate) string {
	all := append([]string{c.Subject.String(), c.Issuer.String()}, c.EmailAddresses...)
	all = append(all, c.DNSNames...)
	for _, u := range c.URIs {
		all = append(all, u.String())
	}
	return strings.Join(all, "\n")
}

// signable is what the mail library can sign with.
func signable(key any) bool {
	switch key.(type) {
	case *rsa.PrivateKey, *ecdsa.PrivateKey:
		return true
	}
	return false
}

func (s *Signature) sign(letter *gomail.Msg) error { return letter.SignWithTLSCertificate(&s.pair) }
