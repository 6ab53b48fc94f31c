package partnersim

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"hjemvej/client"
	"hjemvej/internal/webhook"
)

// Endpoint is where a Sim takes events.
type Endpoint struct {
	Listen      string           // address and port
	Certificate *tls.Certificate // nil: plain HTTP, for a proxy before it that speaks TLS
	URL         string           // where the server finds it; "": https at Listen
	Secret      string           // of an endpoint that was added before; "": it is added at the start, or gets a new secret where it is there
}

// listen begins to take events, and answers what ends it.
func (s *Sim) listen(ctx context.Context) (closeIt func(), err error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", s.Endpoint.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen for events: %w", err)
	}
	if s.Endpoint.URL == "" {
		s.Endpoint.URL = "https://" + l.Addr().String() + "/events"
	}
	take := &taker{sim: s, secret: s.Endpoint.Secret, seen: map[string]bool{}}
	take.mu.Lock() // until there is a secret, nothing can be verified
	server := &http.Server{Handler: take, ReadTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	if s.Endpoint.Certificate != nil {
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{*s.Endpoint.Certificate}, MinVersion: tls.VersionTLS12})
	}
	go func() { _ = server.Serve(l) }() // it ends by Close alone
	if take.secret == "" {
		take.secret, err = s.register(ctx)
	}
	take.mu.Unlock()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("add an endpoint: %w", err), server.Close())
	}
	return func() { _ = server.Close() }, nil
}

// register adds the endpoint and answers its secret: a new one where the endpoint
// is there already, since nobody can read the old one any more.
func (s *Sim) register(ctx context.Context) (secret string, err error) {
	have, err := got[[]client.Endpoint](s.api.ListEndpoints(ctx, s.partner))
	if err != nil {
		return "", err
	}
	for _, e := range have {
		if e.Url == s.Endpoint.URL {
			n, err := got[client.NewEndpointSecret](s.api.RotateEndpointSecret(ctx, s.partner, e.Id.String(), &client.RotateEndpointSecretParams{}, client.Overlap{}))
			return n.Secret, err
		}
	}
	created, err := got[client.CreatedEndpoint](s.api.CreateEndpoint(ctx, s.partner, &client.CreateEndpointParams{}, client.NewEndpoint{Url: s.Endpoint.URL}))
	return created.Secret, err
}

// taker takes events, and believes none that does not verify.
type taker struct {
	sim    *Sim
	mu     sync.Mutex
	secret string
	seen   map[string]bool
}

// ServeHTTP takes one event: it is verified, said, and makes the Sim look.
func (t *taker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, webhook.MaxBody))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	var e client.Event
	if webhook.Verify([]string{t.secret}, r.Header, body, time.Now()) != nil || json.Unmarshal(body, &e) != nil {
		t.sim.say("", "something came that does not verify")
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.WriteHeader(http.StatusNoContent)
	if id := r.Header.Get("webhook-id"); !t.seen[id] {
		t.seen[id] = true
		if code := caseIn(e); t.sim.plays(code) {
			t.sim.say(code, "verified: "+e.Type)
			t.sim.again()
		}
	}
}
