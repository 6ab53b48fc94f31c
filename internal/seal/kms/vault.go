package kms

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"

	"github.com/hashicorp/vault/api"
	"github.com/tink-crypto/tink-go-hcvault/v2/integration/hcvault"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// vaultKey is a key of HashiCorp Vault's transit engine.
type vaultKey struct{ remote tink.AEAD }

func openVault(uri string) (tink.AEAD, error) {
	u, err := url.Parse(uri)
	if err != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, ErrURI
	}
	settings := api.DefaultConfig()
	if settings.Error != nil {
		return nil, ErrSettings
	}
	if os.Getenv(api.EnvVaultAddress) == "" {
		if u.Hostname() == "" {
			return nil, ErrURI
		}
		settings.Address = "https://" + u.Host
	}
	settings.Timeout = min(settings.Timeout, patience)
	client, err := api.NewClient(settings)
	if err != nil {
		return nil, ErrSettings
	}
	if !guarded(client.Address()) {
		return nil, ErrPlainHTTP
	}
	remote, err := hcvault.NewAEAD(u.EscapedPath(), client.Logical())
	if err != nil {
		return nil, ErrURI
	}
	return vaultKey{remote}, nil
}

// Encrypt asks Vault to.
func (k vaultKey) Encrypt(plaintext, aad []byte) ([]byte, error) {
	ciphertext, err := k.remote.Encrypt(plaintext, aad)
	return ciphertext, vaultFault(err)
}

// Decrypt asks Vault to.
func (k vaultKey) Decrypt(ciphertext, aad []byte) ([]byte, error) {
	plaintext, err := k.remote.Decrypt(ciphertext, aad)
	var said *api.ResponseError
	if errors.As(err, &said) && said.StatusCode == http.StatusBadRequest { // also where the key is gone
		return nil, ErrOtherKey
	}
	return plaintext, vaultFault(err)
}

// vaultFault is what the client's error means here.
func vaultFault(err error) error {
	var said *api.ResponseError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &said), said.StatusCode >= http.StatusInternalServerError, said.StatusCode == http.StatusTooManyRequests:
		return ErrUnreachable
	}
	return fmt.Errorf("%w (HTTP %d)", ErrRefused, said.StatusCode)
}
