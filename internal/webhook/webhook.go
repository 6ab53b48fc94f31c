// Package webhook is how an event reaches a partner's own system: written and
// signed as Standard Webhooks says, and handed over on an internet where the
// endpoint may be anything.
//
// An event is thin: its type, when it happened and the ids of what it is about.
// The partner fetches the rest with its key, by what consent covers at that
// moment. So a Message has no field for a name or a text, and what goes out with
// it tells a stranger nothing about the sender (R11).
//
// Each event goes out at least once, under an id that stays the same however
// often it is tried; the receiver knows by it what it has seen. The time that is
// signed is the attempt's, and receivers refuse what is older than Tolerance, so
// that nobody can play an overheard event again later. While a secret is being
// replaced, the event is signed with the new one and the old one, and the
// receiver may hold either.
//
// An administrator types the endpoint, and whoever owns its name decides where
// it leads. CheckEndpoint refuses at once what cannot be right. What counts is
// looked at when the connection is made: the address that is really dialled must
// be a public one, whatever the name led to a moment ago. Redirects are not
// followed, proxies of the environment are not asked, and the only protocol is
// HTTP/1.1 over TLS 1.2 or newer, with a certificate that somebody trusted
// vouches for.
//
// The endpoint's status is its answer. A body has nothing to say: it is read for
// a second at most, so that no partner's server finds its caller gone, and cut
// where the answer passes 64 KB. An answer of 200 with a gigabyte behind it is a
// delivery all the same: the partner has the event, and another attempt would
// only begin another gigabyte.
//
// Nothing of the other side goes into a result, an error or a log: an Outcome is
// one of a few words that may be stored, counted and shown. That is why an event
// has a connection of its own: net/http's Transport, which keeps connections,
// logs what an endpoint sends unasked. And so every event looks anew at where the
// endpoint's name leads and at its certificate.
package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Config is what may differ between a program in production, a demo and a test.
// Its zero value is for production.
type Config struct {
	Ports         []uint16         // that endpoints may have beside 443
	RootCAs       *x509.CertPool   // who may vouch for endpoints; nil: whom this machine trusts
	AllowLoopback bool             // also this machine, on any port: for demo and tests only
	Timeout       time.Duration    // of one exchange, half of it for connecting and TLS; 0: 10 seconds
	Resolver      *net.Resolver    // who looks names up; nil: this machine's own way
	Now           func() time.Time // nil: time.Now
}

// Sender hands events to endpoints. It may be used by several goroutines.
type Sender struct {
	wall    wall
	dialer  *tls.Dialer
	timeout time.Duration
	now     func() time.Time
}

// New makes a Sender and connects to nothing yet.
func New(c Config) *Sender {
	s := &Sender{wall: newWall(c), timeout: c.Timeout, now: c.Now}
	if s.timeout == 0 {
		s.timeout = 10 * time.Second
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.dialer = &tls.Dialer{
		NetDialer: &net.Dialer{Timeout: s.timeout / 2, Resolver: c.Resolver, Control: s.wall.control},
		Config:    &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.RootCAs},
	}
	return s
}

// Send signs one event with each of the endpoint's secrets and tries once to
// hand it over. The Result says whether the endpoint took it, and if not, why.
//
// An error says nothing about the endpoint: the event or a secret was malformed
// (ErrMessage, ErrSecret) and nothing was sent, or ctx ended before there was an
// answer. The event may have arrived then: try again under the same id.
func (s *Sender) Send(ctx context.Context, endpoint string, secrets []string, m Message) (Result, error) {
	header, body, err := Sign(secrets, m, s.now())
	if err != nil {
		return Result{}, err
	}
	limited, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(limited, http.MethodPost, endpoint, bytes.NewReader(body))
	if err != nil || s.CheckEndpoint(endpoint) != nil {
		return Result{Outcome: ForbiddenAddress}, nil
	}
	request.Header, request.Close = header, true
	r := s.exchange(request)
	switch {
	case r.Status != 0:
		return r, nil
	case ctx.Err() != nil:
		return Result{}, fmt.Errorf("send an event: %w", ctx.Err())
	case limited.Err() != nil:
		return Result{Outcome: Timeout}, nil
	}
	return r, nil
}
