package bench

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"hjemvej/internal/webhook"
)

// BenchmarkSendEvent hands an event to an endpoint on loopback, signed with two
// secrets, beside a bare http.Client that posts the same bytes to it: over a
// connection of its own each time, as Send does, and over one that it keeps.
func BenchmarkSendEvent(b *testing.B) {
	partner := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusNoContent)
	}))
	b.Cleanup(partner.Close)
	secrets := []string{webhook.NewSecret(), webhook.NewSecret()}
	m := webhook.Message{
		ID: "0192f0c1-5d3e-7c64-9d5a-2f2b8b1c0e11", Type: "handoff.offered", At: time.Now(),
		Data: json.RawMessage(`{"handoff_id":"0192f0c1-5d3e-7c64-9d5a-2f2b8b1c0e12","case_code":"K7QX-2M4P"}`),
	}
	b.Run("hjemvej", func(b *testing.B) {
		roots := x509.NewCertPool()
		roots.AddCert(partner.Certificate())
		sender := webhook.New(webhook.Config{AllowLoopback: true, RootCAs: roots})
		for b.Loop() {
			if r, err := sender.Send(b.Context(), partner.URL, secrets, m); err != nil || !r.Delivered() {
				b.Fatal(r, err)
			}
		}
	})
	_, body, err := webhook.Sign(secrets, m, time.Now())
	must(b, err)
	bare := func(kept bool) func(*testing.B) {
		return func(b *testing.B) {
			client := partner.Client()
			client.Transport.(*http.Transport).DisableKeepAlives = !kept
			for b.Loop() {
				answer, err := client.Post(partner.URL, "application/json", bytes.NewReader(body))
				must(b, err)
				_, err = io.Copy(io.Discard, answer.Body)
				must(b, err)
				must(b, answer.Body.Close())
			}
		}
	}
	b.Run("bare", bare(false))
	b.Run("bare-kept", bare(true))
}
