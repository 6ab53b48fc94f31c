package webhook_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"hjemvej/internal/webhook"
)

var message = webhook.Message{
	ID:   "0192f0c1-5d3e-7c64-9d5a-2f2b8b1c0e11",
	Type: "handoff.offered",
	At:   time.Date(2026, 3, 2, 9, 30, 0, 120_000_000, time.FixedZone("CET", 3600)),
	Data: json.RawMessage(`{ "handoff_id": "6a1f", "case_code": "K7QX-2M4P" }`),
}

// partner is an endpoint on loopback with a certificate for 127.0.0.1.
func partner(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	return begin(t, httptest.NewUnstartedServer(h))
}

func begin(t *testing.T, s *httptest.Server) *httptest.Server {
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(func() {
		s.CloseClientConnections() // some handlers are still busy writing
		s.Close()
	})
	return s
}

// trusting may send to this machine and trusts the partner's certificate.
func trusting(s *httptest.Server) webhook.Config {
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return webhook.Config{AllowLoopback: true, RootCAs: roots}
}

// send sends the message once, signed with a new secret.
func send(t *testing.T, c webhook.Config, endpoint string) webhook.Result {
	t.Helper()
	r, err := webhook.New(c).Send(t.Context(), endpoint, []string{webhook.NewSecret()}, message)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// mustBe checks the outcome, and whether the next event would fare no better.
func mustBe(t *testing.T, r webhook.Result, outcome webhook.Outcome, down bool) {
	t.Helper()
	if r.Outcome != outcome || r.EndpointDown() != down || r.Delivered() != (outcome == webhook.Delivered) {
		t.Errorf("%+v, endpoint down: %v; want %s, %v", r, r.EndpointDown(), outcome, down)
	}
}

func answer(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
}

// wire is an endpoint that speaks TLS and then whatever say does.
func wire(t *testing.T, say func(net.Conn)) (endpoint string, c webhook.Config) {
	t.Helper()
	web := partner(t, answer(200)) // for its certificate
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: web.TLS.Certificates})
	must(t, err)
	return "https://" + accept(t, listener, func(conn net.Conn) {
		_, _ = http.ReadRequest(reader(conn)) // the request, as far as it is one
		say(conn)
	}), trusting(web)
}

// accept serves each connection until the test ends, and answers the address.
func accept(t *testing.T, listener net.Listener, serve func(net.Conn)) string {
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
			go serve(conn)
		}
	}()
	return listener.Addr().String()
}

func portOf(t *testing.T, address string) uint16 {
	t.Helper()
	a, err := netip.ParseAddrPort(strings.TrimPrefix(address, "https://"))
	must(t, err)
	return a.Port()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
