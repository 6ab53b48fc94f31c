// Package api is the OpenAPI service: a file per resource, each operation
// parses, calls one use case and answers.
//
// A request passes, in this order: its name and the guard against panics
// (exchange.go), the routes (routes.go), who asks and whether they may
// (guard.go), the form of the body (body.go), Huma's validation, and the one
// use case (register.go), into which a file streams (stream.go). Whatever fails
// becomes a problem document in one place (problem.go). No value that was sent appears in an answer or a log.
package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"hjemvej/casework/filing"
	"hjemvej/casework/person"
	"hjemvej/casework/support"
	"hjemvej/casework/support/bank"
	"hjemvej/internal/files"
	"hjemvej/internal/postgres"
	"hjemvej/internal/signin"
	"hjemvej/internal/webhook"

	"github.com/danielgtaylor/huma/v2"
)

// Config is what the service needs from the program.
type Config struct {
	DB      *postgres.DB         // nil only where the document is written (OpenAPI)
	Vault   person.Vault         // opens and closes identities
	Files   *files.Store         // where files lie; nil only where the document is written
	Auth    signin.Authenticator // says who a bearer is
	Debtor  bank.Debtor          // whose account pays through the bank; the zero Debtor where none is told
	Events  *webhook.Sender      // says where events may be sent; nil is one for production
	Version string               // of the program, shown in the document
	Logger  *slog.Logger         // nil is slog.Default()

	RatePerSecond float64 // requests that one actor may keep up; 0 is 20
	Burst         int     // requests that one actor may make at once; 0 is 60

	// ClientAddress is the address that a request comes from, for keys that are
	// bound to some and for the limit on failed sign-ins; the zero Addr where it
	// cannot be told. nil is the peer's; see BehindProxies.
	ClientAddress func(*http.Request) netip.Addr
}

// Server serves the JSON operations, their document and its page, and the
// probes. It is an http.Handler; timeouts are the http.Server's.
type Server struct {
	db            *postgres.DB
	vault         person.Vault
	cabinet       filing.Cabinet
	till          support.Till
	auth          signin.Authenticator
	sender        *webhook.Sender
	log           *slog.Logger
	clientAddress func(*http.Request) netip.Addr
	bodyTime      time.Duration // in which a body must arrive
	pace          pace          // of files

	actors   *limiter // requests, by actor
	failures *limiter // failed sign-ins, by address

	routes   *routes
	document huma.API
	known    map[string]bool // operation ids that are registered
}

// New makes the service with all its operations. It fails where the
// configuration lacks the database, the files or the authenticator.
func New(c Config) (*Server, error) {
	if c.DB == nil || c.Files == nil || c.Auth == nil {
		return nil, errors.New("api: a database, a place for files and an authenticator are needed")
	}
	return build(c), nil
}

// OpenAPI is the service's document as YAML, for openapi.yaml. The same program
// always writes the same bytes; no database is needed.
func OpenAPI(version string) ([]byte, error) {
	return build(Config{Version: version}).document.OpenAPI().YAML()
}

func build(c Config) *Server {
	s := bare(c)
	s.operations()
	s.pages()
	return s
}

// bare is the service without anything to ask.
func bare(c Config) *Server {
	s := &Server{
		db: c.DB, vault: c.Vault, cabinet: filing.Cabinet{DB: c.DB, Vault: c.Vault, Store: c.Files}, till: support.Till{DB: c.DB, Vault: c.Vault, Debtor: c.Debtor}, auth: c.Auth, sender: c.Events, log: c.Logger, clientAddress: c.ClientAddress,
		bodyTime: bodyTime, pace: pace{silence: 30 * time.Second, whole: 30 * time.Minute}, routes: newRoutes(), known: map[string]bool{},
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.sender == nil {
		s.sender = webhook.New(webhook.Config{})
	}
	if s.clientAddress == nil {
		s.clientAddress = peer
	}
	if c.RatePerSecond == 0 {
		c.RatePerSecond = 20
	}
	if c.Burst == 0 {
		c.Burst = 60
	}
	s.actors = newLimiter(c.RatePerSecond, c.Burst)
	s.failures = newLimiter(failuresPerSecond, failuresAtOnce)
	s.document = newDocument(s.routes, c.Version)
	return s
}

// operations registers every resource, in the order of the document.
func (s *Server) operations() {
	s.me()
	s.attention()
	s.cases()
	s.identity()
	s.consents()
	s.files()
	s.plans()
	s.handoffs()
	s.reports()
	s.returns()
	s.assessments()
	s.support()
	s.financeLists()
	s.bank()
	s.followups()
	s.referrals()
	s.events()
	s.outcomes()
	s.administration()
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := newExchange(w, r)
	ctx := postgres.WithRequest(r.Context(), x.id)
	r = r.WithContext(context.WithValue(ctx, exchangeKey{}, x))
	begun := time.Now()
	defer s.finish(x, r, begun)
	s.route(x, r)
}
