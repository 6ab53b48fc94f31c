package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"hjemvej/internal/access"
	"hjemvej/internal/fault"
)

// exchange is one request and its answer: its name, what became known about it
// on the way, and the status that went out.
type exchange struct {
	http.ResponseWriter
	id        string
	method    string
	noneMatch []string // the versions that the caller has
	route     string
	operation string
	role      access.Role
	status    int
	whole     bool // the tag covers the whole answer, so a 304 says all
	bodiless  bool // the caller has this version: 304
}

type exchangeKey struct{}

func newExchange(w http.ResponseWriter, r *http.Request) *exchange {
	x := &exchange{ResponseWriter: w, id: rand.Text(), method: r.Method, route: "unknown", whole: true}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		x.noneMatch = r.Header.Values("If-None-Match")
	}
	h := w.Header()
	h.Set("X-Request-Id", x.id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	return x
}

func exchangeOf(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// WriteHeader sends the status. A version that the caller has becomes a 304
// here, once for every operation.
func (x *exchange) WriteHeader(status int) {
	if x.status != 0 {
		return
	}
	h := x.Header()
	if tag := h.Get("ETag"); status == http.StatusOK && tag != "" && x.whole && matches(x.noneMatch, tag) {
		h.Del("Content-Type")
		h.Del("Content-Length")
		status, x.bodiless = http.StatusNotModified, true
	}
	x.status = status
	x.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the body.
func (x *exchange) Write(b []byte) (int, error) {
	x.WriteHeader(http.StatusOK)
	if x.bodiless {
		return len(b), nil
	}
	return x.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// matches is the weak comparison of RFC 9110, section 13.1.2.
func matches(lists []string, tag string) bool {
	for _, list := range lists {
		for have := range strings.SplitSeq(list, ",") {
			have = strings.TrimSpace(have)
			if have == "*" || strings.TrimPrefix(have, "W/") == strings.TrimPrefix(tag, "W/") {
				return true
			}
		}
	}
	return false
}

// finish turns a panic into an answer, and writes the request into the log and
// the numbers.
func (s *Server) finish(x *exchange, r *http.Request, begun time.Time) {
	p := recover()
	if p != nil {
		s.log.ErrorContext(r.Context(), "a request panicked", "request_id", x.id, "operation", x.operation,
			"panic", panicText(p), "stack", string(debug.Stack()))
		if x.status == 0 {
			writeProblem(x, x.id, &fault.Error{Kind: fault.Internal})
			p = nil
		}
	}
	took := time.Since(begun)
	count(x, took)
	s.log.InfoContext(r.Context(), "request", "request_id", x.id, "method", methodName(x.method), "route", x.route,
		"operation", x.operation, "status", x.status, "role", string(x.role), "duration_ms", took.Milliseconds())
	if p != nil { // half an answer is out: the connection must break, not end
		panic(http.ErrAbortHandler)
	}
}

// panicText says what panicked without the value, which may hold anything:
// only the runtime's own errors name no data.
func panicText(p any) string {
	if err, ok := p.(runtime.Error); ok {
		return err.Error()
	}
	return "a value of another kind; see the stack"
}

var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

// methodName keeps free text out of the log: a method is whatever was sent.
func methodName(m string) string {
	if slices.Contains(methods, m) {
		return m
	}
	return "other"
}
