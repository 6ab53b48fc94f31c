package api

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"

	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
	"hjemvej/internal/signin"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

type actorKey struct{}

// actorOf is who asks. Nobody is in the context unless the guard put them there.
func actorOf(ctx context.Context) (access.Actor, error) {
	who, ok := ctx.Value(actorKey{}).(access.Actor)
	if !ok {
		return access.Actor{}, &fault.Error{Kind: fault.Unauthenticated}
	}
	return who, nil
}

// guard stands before every operation: who asks, whether their role reaches it
// at all, and whether the request has the form that every request has. Only
// then is the body looked into.
func (s *Server) guard(op operation, takes takes) func(huma.Context, func(huma.Context)) {
	return func(hc huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(hc)
		r.Header.Del("Accept") // there is one form of answer; Huma would repeat an odd one
		if x := exchangeOf(r.Context()); x != nil {
			x.operation = string(op.ID)
		}
		ctx, err := s.admit(r, op)
		if err == nil {
			ctx, err = s.checkForm(ctx, w, r, op, takes)
		}
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		next(huma.WithContext(hc, ctx))
	}
}

// admit answers the context with the actor in it. A key that comes from where it
// is not bound to is recorded, though it is told no more than an unknown one.
func (s *Server) admit(r *http.Request, op operation) (context.Context, error) {
	ctx := r.Context()
	who, err := s.authenticate(r)
	if err != nil {
		var elsewhere signin.Elsewhere
		if errors.As(err, &elsewhere) {
			s.db.Deny(ctx, elsewhere.Who, op.ID, askedFor(op, r))
		}
		return nil, err
	}
	if x := exchangeOf(ctx); x != nil {
		x.role, x.whole = who.Role, op.Whole
	}
	if err := s.actors.take(who.ID, time.Now()); err != nil {
		return nil, err
	}
	if access.ReachOf(who, op.ID) == access.None {
		s.db.Deny(ctx, who, op.ID, askedFor(op, r))
		if scope := access.Lacking(who, op.ID); scope != "" {
			return nil, fault.OutOfScope(string(scope))
		}
		return nil, fault.Refused()
	}
	return context.WithValue(ctx, actorKey{}, who), nil
}

// authenticate asks who the bearer is. Whoever has a valid one gets through,
// however many failures come from the same address; further failures are told
// to wait.
func (s *Server) authenticate(r *http.Request) (access.Actor, error) {
	bearer, err := bearerOf(r.Header)
	from := s.clientAddress(r)
	var who access.Actor
	if err == nil {
		who, err = s.auth.Authenticate(r.Context(), bearer, from)
	}
	if err == nil && (who.ID == "" || who.Role == access.System) {
		err = errors.New("api: an authenticator let nobody in")
	}
	if fault.KindOf(err) == fault.Unauthenticated {
		if slow := s.failures.take(network(from), time.Now()); slow != nil {
			return access.Actor{}, slow
		}
	}
	if err != nil {
		return access.Actor{}, err
	}
	return who, nil
}

// bearerForm is that of RFC 6750.
var bearerForm = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)

const maxBearer = 8 << 10 // bytes; an access token with many groups has some thousand

func bearerOf(h http.Header) (string, error) {
	sent := h.Values("Authorization")
	if len(sent) != 1 {
		return "", &fault.Error{Kind: fault.Unauthenticated}
	}
	scheme, bearer, _ := strings.Cut(sent[0], " ")
	if !strings.EqualFold(scheme, "Bearer") || len(bearer) > maxBearer || !bearerForm.MatchString(bearer) {
		return "", &fault.Error{Kind: fault.Unauthenticated}
	}
	return bearer, nil
}

// checkForm checks the headers that writes carry and the body's form, and puts
// the version and the idempotency key into the context.
func (s *Server) checkForm(ctx context.Context, w http.ResponseWriter, r *http.Request, op operation, takes takes) (context.Context, error) {
	if takes.version {
		if err := checkIfMatch(r.Header, !takes.versionOptional); err != nil {
			return nil, err
		}
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return ctx, nil
	}
	key, err := idempotencyKey(r, op.Once)
	if err != nil {
		return nil, err
	}
	body := []byte(r.URL.RawQuery) // of what streams, the use case adds the content
	if takes.content != nil {
		s.streamBody(w, r)
		if !isPlain(r.Header) {
			err = &fault.Error{Kind: unsupported, Message: "The body must be the file as it is, not compressed."}
		}
	} else if body, err = readBody(w, r, s.bodyTime); err == nil {
		err = checkBody(r.Header, body, takes.body)
	}
	if err != nil {
		return nil, err
	}
	if key != "" {
		ctx = postgres.WithOnce(ctx, postgres.Once{Key: key, Request: fingerprint(r, body)})
	}
	return ctx, nil
}

var keyForm = regexp.MustCompile(`^[!-~]{8,200}$`)

// idempotencyKey is the caller's key (R29), "" where there is none and none is
// needed.
func idempotencyKey(r *http.Request, needed bool) (string, error) {
	sent := r.Header.Values("Idempotency-Key")
	switch {
	case r.Method != http.MethodPost, len(sent) == 0 && !needed:
		return "", nil
	case len(sent) == 0:
		return "", badKey("is required here: it keeps a request that comes twice from being done twice")
	case len(sent) > 1 || !keyForm.MatchString(sent[0]):
		return "", badKey("must be 8 to 200 visible ASCII characters")
	}
	return sent[0], nil
}

func badKey(message string) error {
	f := fault.Invalidf("header.Idempotency-Key", "%s", message)
	f.Rule = "R29"
	return f
}

// fingerprint is what makes two requests with one key the same.
func fingerprint(r *http.Request, body []byte) [sha256.Size]byte {
	h := sha256.New()
	h.Write([]byte(r.Method + " " + r.URL.EscapedPath() + "\n")) // neither holds a line break
	h.Write(body)
	return [sha256.Size]byte(h.Sum(nil))
}

// askedFor is what a request is about: the case's code, else the first id of its
// path.
func askedFor(op operation, r *http.Request) string {
	key := r.PathValue("code")
	for _, m := range placeholder.FindAllStringSubmatch(op.Path, -1) {
		key = cmp.Or(key, r.PathValue(m[1]))
	}
	return key
}
