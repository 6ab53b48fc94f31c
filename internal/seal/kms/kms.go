// Package kms reaches the key in a key management service under which the
// master key may lie (R12). That key never leaves the service: it is asked to
// encrypt and decrypt. Credentials, endpoints and certificates are found as the
// service's own client finds them, by AWS_… and VAULT_… variables and files.
package kms

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/tink-crypto/tink-go/v2/tink"
)

// What can go wrong. No error repeats a URI, a credential, or what a service
// said beyond its code.
var (
	ErrURI         = errors.New("not the URI of a key in a KMS that is known: aws-kms://arn:aws:kms:REGION:ACCOUNT:key/ID or hcvault://HOST/transit/keys/NAME")
	ErrSettings    = errors.New("the settings of the KMS's own client, its variables and files, make no sense")
	ErrPlainHTTP   = errors.New("the KMS would be asked without TLS over the network: give its address as https")
	ErrUnreachable = errors.New("the KMS cannot be reached, or shows no certificate that is trusted, or is in trouble itself")
	ErrRefused     = errors.New("the KMS refuses: there is no such key, or it is disabled, or the credentials are missing, wrong or expired, or may not use it")
	ErrOtherKey    = errors.New("the KMS has another key there than the one that encrypted this, or it was altered since")
)

// patience is how long one question may take, retries included.
const patience = 10 * time.Second

// Open is the key that a URI names, and asks nothing yet: ErrURI, ErrSettings and
// ErrPlainHTTP come at once. What it is asked later may take ten seconds, and
// answers ErrUnreachable, ErrRefused or ErrOtherKey. All errors begin with called,
// the name of the setting that holds the URI.
func Open(uri, called string) (tink.AEAD, error) {
	scheme, _, _ := strings.Cut(uri, "://")
	var remote tink.AEAD
	err := ErrURI
	switch scheme {
	case "aws-kms":
		remote, err = openAWS(uri)
	case "hcvault":
		remote, err = openVault(uri)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", called, err)
	}
	return key{remote, called}, nil
}

// key puts the setting's name before what goes wrong.
type key struct {
	remote tink.AEAD
	called string
}

// Encrypt asks the KMS to.
func (k key) Encrypt(plaintext, aad []byte) ([]byte, error) {
	return k.answer(k.remote.Encrypt(plaintext, aad))
}

// Decrypt asks the KMS to.
func (k key) Decrypt(ciphertext, aad []byte) ([]byte, error) {
	return k.answer(k.remote.Decrypt(ciphertext, aad))
}

func (k key) answer(text []byte, err error) ([]byte, error) {
	if err == nil && len(text) == 0 { // the clients take any empty page for an answer
		err = ErrUnreachable
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", k.called, err)
	}
	return text, nil
}

// guarded reports whether nobody on the network can listen to what is sent to an
// address.
func guarded(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Scheme == "https" || u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}
