package housetest

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"hjemvej/internal/access"
	"hjemvej/internal/webhook"
	"hjemvej/partners/events"
)

// Receiver is a partner's own system: a real HTTPS server on loopback that takes
// nothing but events that verify and have no other field than an event has.
type Receiver struct {
	URL string
	ID  string // of its endpoint

	mu      sync.Mutex
	secrets []string
	now     func() time.Time
	answer  http.HandlerFunc
	came    []events.Event
	forged  int
}

// NewReceiver starts a partner's system and adds it as an endpoint. It answers
// 204 until told otherwise.
func (h *House) NewReceiver(t testing.TB, partner access.Actor) *Receiver {
	t.Helper()
	r := &Receiver{now: time.Now}
	server := httptest.NewUnstartedServer(r)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of those who hang up
	server.StartTLS()
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	r.URL = server.URL
	created, err := events.Create(t.Context(), h.DB, h.Vault, Sender(), partner, partner.Partner, events.NewEndpoint{URL: r.URL})
	must(t, err)
	r.ID = created.ID
	r.Trust(created.Secret.Reveal())
	return r
}

// roots vouch for every Receiver: all of httptest's servers have one certificate.
var roots = sync.OnceValue(func() *x509.CertPool {
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	return pool
})

// Sender sends to this machine and trusts every Receiver.
func Sender() *webhook.Sender { return SenderAt(time.Now) }

// SenderAt is Sender with a clock.
func SenderAt(now func() time.Time) *webhook.Sender {
	return webhook.New(webhook.Config{AllowLoopback: true, RootCAs: roots(), Timeout: 2 * time.Second, Now: now})
}

// Trust makes the receiver verify with these secrets.
func (r *Receiver) Trust(secrets ...string) { r.mu.Lock(); defer r.mu.Unlock(); r.secrets = secrets }

// Clock gives the receiver another clock.
func (r *Receiver) Clock(now func() time.Time) { r.mu.Lock(); defer r.mu.Unlock(); r.now = now }

// Answer makes the receiver answer otherwise from now on; nil is 204.
func (r *Receiver) Answer(h http.HandlerFunc) { r.mu.Lock(); defer r.mu.Unlock(); r.answer = h }

// Status makes the receiver answer with a status.
func (r *Receiver) Status(code int) {
	r.Answer(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
}

// Came is every event that came and verified, in order, again where it came again.
func (r *Receiver) Came() []events.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]events.Event(nil), r.came...)
}

// Forged is how many requests did not verify.
func (r *Receiver) Forged() int { r.mu.Lock(); defer r.mu.Unlock(); return r.forged }

// ServeHTTP takes one event.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return
	}
	answer, ok := r.take(q.Header, body)
	switch {
	case !ok:
		w.WriteHeader(http.StatusUnauthorized)
	case answer == nil:
		w.WriteHeader(http.StatusNoContent)
	default:
		answer(w, q)
	}
}

func (r *Receiver) take(header http.Header, body []byte) (answer http.HandlerFunc, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var e events.Event
	strict := json.NewDecoder(bytes.NewReader(body))
	strict.DisallowUnknownFields()
	if webhook.Verify(r.secrets, header, body, r.now()) != nil || strict.Decode(&e) != nil {
		r.forged++
		return nil, false
	}
	e.ID = header.Get("webhook-id")
	r.came = append(r.came, e)
	return r.answer, true
}
