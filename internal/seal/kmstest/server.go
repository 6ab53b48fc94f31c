// Package kmstest is a key management service for tests: an HTTP server on
// loopback that really encrypts, and speaks what Hjemvej uses of two protocols,
// AWS KMS (Encrypt and Decrypt) and Vault's transit engine.
package kmstest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
)

// Credentials that the server takes.
const (
	AccessKey = "AKIATESTONLY"
	Token     = "hvs.test-only"
)

// Server is the service. It may be used by several goroutines.
type Server struct {
	URL string

	http  *httptest.Server
	mu    sync.Mutex
	keys  map[string]*key // by their URIs
	asked int
}

// key is one that the service holds.
type key struct {
	aead    cipher.AEAD
	refused bool
}

// Each runs a test once for each protocol, against a service of its own; newKey
// makes a key there and answers its URI.
func Each(t *testing.T, do func(t *testing.T, s *Server, newKey func() string)) {
	for protocol, newKey := range map[string]func(*Server) string{"AWS": (*Server).NewAWSKey, "Vault": (*Server).NewVaultKey} {
		t.Run(protocol, func(t *testing.T) {
			s := Start(t)
			do(t, s, func() string { return newKey(s) })
		})
	}
}

// Start runs a service until the test's end, and sets the variables by which the
// clients of both protocols find it and may use it; so the test cannot be
// parallel.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{keys: map[string]*key{}}
	s.http = httptest.NewServer(s)
	t.Cleanup(s.http.Close)
	s.URL = s.http.URL
	none := filepath.Join(t.TempDir(), "none")
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_KMS": s.URL, "AWS_ACCESS_KEY_ID": AccessKey, "AWS_SECRET_ACCESS_KEY": "test-only", "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "",
		"AWS_CONFIG_FILE": none, "AWS_SHARED_CREDENTIALS_FILE": none, "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "",
		"VAULT_ADDR": s.URL, "VAULT_TOKEN": Token, "VAULT_AGENT_ADDR": "", "VAULT_NAMESPACE": "", "VAULT_CACERT": "", "VAULT_MAX_RETRIES": "0",
	} {
		t.Setenv(name, value)
	}
	return s
}

// NewAWSKey makes a key and answers its URI.
func (s *Server) NewAWSKey() string { return s.add("aws-kms://" + region + "111122223333:key/") }

// NewVaultKey makes a key and answers its URI.
func (s *Server) NewVaultKey() string { return s.add(vaultKeys + "master-") }

func (s *Server) add(prefix string) (uri string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	uri = prefix + strconv.Itoa(len(s.keys))
	s.keys[uri] = &key{aead: newAEAD()}
	return uri
}

// Refuse keeps everybody from a key, as a policy does, or gives it free again.
func (s *Server) Refuse(uri string, refuse bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys[uri].refused = refuse
}

// Replace puts another key in a key's place, under its name.
func (s *Server) Replace(uri string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys[uri].aead = newAEAD()
}

// Stop ends the service: from now on it cannot be reached.
func (s *Server) Stop() { s.http.Close() }

// Asked is how many requests have come.
func (s *Server) Asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// ServeHTTP answers in the protocol in which it is asked.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	if r.Header.Get("X-Amz-Target") != "" {
		s.serveAWS(w, r)
		return
	}
	s.serveVault(w, r)
}

func newAEAD() cipher.AEAD {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails (crypto/rand)
	block, err := aes.NewCipher(secret)
	if err != nil {
		panic(err) // the length is right
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return aead
}
