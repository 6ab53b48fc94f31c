package kms_test

import (
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hjemvej/internal/seal/kms"
	"hjemvej/internal/seal/kmstest"

	"github.com/tink-crypto/tink-go/v2/tink"
)

const setting = "THE_SETTING (--kms)"

var aad = []byte("what for")

func TestR12_AKeyInAKMSOpensWhatItEncryptedAndNothingElse(t *testing.T) {
	kmstest.Each(t, func(t *testing.T, s *kmstest.Server, newKey func() string) {
		uri := newKey()
		key, other := open(t, uri), open(t, newKey())
		text := encrypt(t, key)
		if got, err := key.Decrypt(text, aad); err != nil || string(got) != "a keyset" {
			t.Errorf("opened %q, %v", got, err)
		}
		text2 := append([]byte(nil), text...)
		text2[len(text2)-3] ^= 1
		for what, open := range map[string]func() ([]byte, error){
			"another key":     func() ([]byte, error) { return other.Decrypt(text, aad) },
			"another purpose": func() ([]byte, error) { return key.Decrypt(text, []byte("another")) },
			"altered bytes":   func() ([]byte, error) { return key.Decrypt(text2, aad) },
			"nonsense":        func() ([]byte, error) { return key.Decrypt([]byte("nonsense"), aad) },
		} {
			if got, err := open(); !errors.Is(err, kms.ErrOtherKey) || got != nil {
				t.Errorf("%s: %q, %v", what, got, err)
			}
		}
		s.Replace(uri)
		saysOnly(t, decrypting(key, text), kms.ErrOtherKey, uri)
	})
}

func TestAKMSThatRefusesIsToldFromOneThatCannotBeReached(t *testing.T) {
	kmstest.Each(t, func(t *testing.T, s *kmstest.Server, newKey func() string) {
		uri := newKey()
		key := open(t, uri)
		text := encrypt(t, key)
		s.Refuse(uri, true)
		saysOnly(t, decrypting(key, text), kms.ErrRefused, uri)
		s.Refuse(uri, false)
		if _, err := open(t, uri+"0").Encrypt(text, aad); !errors.Is(err, kms.ErrRefused) {
			t.Errorf("a key that is not there: %v", err)
		}
		t.Setenv("AWS_ACCESS_KEY_ID", "secret-value")
		t.Setenv("VAULT_TOKEN", "secret-value")
		saysOnly(t, decrypting(open(t, uri), text), kms.ErrRefused, uri)
		t.Setenv("AWS_ACCESS_KEY_ID", "")
		t.Setenv("AWS_SECRET_ACCESS_KEY", "")
		t.Setenv("VAULT_TOKEN", "")
		saysOnly(t, decrypting(open(t, uri), text), kms.ErrRefused, uri)
		if got, err := key.Decrypt(text, aad); err != nil || string(got) != "a keyset" {
			t.Errorf("with its own credentials again: %q, %v", got, err)
		}
		s.Stop()
		saysOnly(t, decrypting(key, text), kms.ErrUnreachable, uri)
	})
}

func TestAServerInTroubleOrNoKMSAtAllIsOutOfReach(t *testing.T) {
	for what, answer := range map[string]http.HandlerFunc{
		"in trouble": func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, `{"errors":["sealed"]}`, http.StatusServiceUnavailable)
		},
		"a web page": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>Welcome</html>")) },
		"empty":      func(w http.ResponseWriter, _ *http.Request) {},
		"cut off":    func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		kmstest.Each(t, func(t *testing.T, s *kmstest.Server, newKey func() string) {
			text := encrypt(t, open(t, newKey()))
			odd := httptest.NewServer(answer)
			t.Cleanup(odd.Close)
			t.Setenv("AWS_ENDPOINT_URL_KMS", odd.URL)
			t.Setenv("VAULT_ADDR", odd.URL)
			uri := newKey()
			if err := decrypting(open(t, uri), text); !errors.Is(err, kms.ErrUnreachable) {
				t.Errorf("%s: %v", what, err)
			}
		})
	}
}

func TestAQuestionIsGivenUpInTime(t *testing.T) {
	if os.Getenv("HJEMVEJ_TEST_HEAVY") == "" {
		t.Skip("a heavier run; set HJEMVEJ_TEST_HEAVY=1 for it")
	}
	kmstest.Each(t, func(t *testing.T, s *kmstest.Server, newKey func() string) {
		silent, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer silent.Close()
		t.Setenv("AWS_ENDPOINT_URL_KMS", "http://"+silent.Addr().String())
		t.Setenv("VAULT_ADDR", "http://"+silent.Addr().String())
		t.Setenv("AWS_MAX_ATTEMPTS", "")
		t.Setenv("VAULT_MAX_RETRIES", "")
		began := time.Now()
		if err := decrypting(open(t, newKey()), []byte("vault:v1:")); !errors.Is(err, kms.ErrUnreachable) || time.Since(began) > 15*time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}

func TestVaultIsAskedAtTheURIsHostOverTLS(t *testing.T) {
	s := kmstest.Start(t)
	uri := s.NewVaultKey()
	secure := httptest.NewUnstartedServer(s)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("VAULT_ADDR", "")
	uri = strings.Replace(uri, "vault.invalid", secure.Listener.Addr().String(), 1)
	if _, err := open(t, uri).Encrypt([]byte("a keyset"), aad); !errors.Is(err, kms.ErrUnreachable) {
		t.Errorf("a certificate that nobody vouches for: %v", err)
	}
	t.Setenv("VAULT_CACERT", ca)
	encrypt(t, open(t, uri))
}

func TestOnlyAURIOfAKeyIsOpened(t *testing.T) {
	kmstest.Start(t)
	for _, uri := range []string{
		"secret-value", "aws-kms://secret-value", "aws-kms://arn:aws:s3:::secret-value", "aws-kms://arn:aws:kms::1:key/secret-value", "AWS-KMS://arn:aws:kms:eu-north-1:1:key/secret-value",
		"hcvault://vault.example/secret-value", "hcvault://vault.example/transit/secret-value/name", "hcvault://u:secret-value@vault.example/transit/keys/name",
		"hcvault://vault.example/transit/keys/name?token=secret-value", "hcvault://%zz/secret-value", "gcp-kms://projects/secret-value", "https://vault.example/transit/keys/secret-value",
	} {
		_, err := kms.Open(uri, setting)
		saysOnly(t, err, kms.ErrURI, uri)
	}
	t.Setenv("VAULT_ADDR", "")
	if _, err := kms.Open("hcvault:///transit/keys/name", setting); !errors.Is(err, kms.ErrURI) {
		t.Errorf("without a host anywhere: %v", err)
	}
}

func TestSettingsThatMakeNoSenseAreToldBeforeAnythingIsAsked(t *testing.T) {
	for variable, c := range map[string]struct {
		value string
		want  error
	}{
		"AWS_ENDPOINT_URL_KMS": {"http://kms.secret-value.example", kms.ErrPlainHTTP},
		"AWS_PROFILE":          {"secret-value", kms.ErrSettings},
		"VAULT_ADDR":           {"http://vault.secret-value.example:8200", kms.ErrPlainHTTP},
		"VAULT_CACERT":         {"/secret-value", kms.ErrSettings},
		"VAULT_HEADERS":        {"secret-value", kms.ErrSettings},
	} {
		t.Run(variable, func(t *testing.T) {
			s := kmstest.Start(t)
			uri := s.NewVaultKey()
			if strings.HasPrefix(variable, "AWS") {
				uri = s.NewAWSKey()
			}
			t.Setenv(variable, c.value)
			_, err := kms.Open(uri, setting)
			saysOnly(t, err, c.want, uri)
			if s.Asked() != 0 {
				t.Error("the KMS was asked")
			}
		})
	}
}

func open(t *testing.T, uri string) tink.AEAD {
	t.Helper()
	key, err := kms.Open(uri, setting)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func encrypt(t *testing.T, key tink.AEAD) []byte {
	t.Helper()
	text, err := key.Encrypt([]byte("a keyset"), aad)
	if err != nil || strings.Contains(string(text), "a keyset") {
		t.Fatalf("encrypted %q, %v", text, err)
	}
	return text
}

func decrypting(key tink.AEAD, text []byte) error {
	_, err := key.Decrypt(text, aad)
	return err
}

// saysOnly wants an error that names the setting and the kind, and neither the
// URI nor a credential, nor what the service said.
func saysOnly(t *testing.T, err, want error, uri string) {
	t.Helper()
	if !errors.Is(err, want) || !strings.HasPrefix(err.Error(), setting+": ") || strings.Contains(err.Error(), "\n") {
		t.Errorf("answers %v, want %v", err, want)
		return
	}
	for _, private := range []string{uri, "secret-value", kmstest.AccessKey, kmstest.Token, "said by", "127.0.0.1"} {
		if strings.Contains(err.Error(), private) {
			t.Errorf("the error repeats %s: %v", private, err)
		}
	}
}
