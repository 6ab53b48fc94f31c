package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// Problem is the one form of every error answer (RFC 9457). No text in it was
// sent by the caller.
type Problem struct {
	Type      string         `json:"type" format:"uri" example:"urn:hjemvej:problem:stale" doc:"Names the kind of problem; stable, for programs to decide by"`
	Title     string         `json:"title" example:"It has changed" doc:"The kind in words"`
	Status    int            `json:"status" example:"412" doc:"The HTTP status"`
	Detail    string         `json:"detail" example:"This has changed since you read it." doc:"What happened, safe to show"`
	Rule      string         `json:"rule,omitempty" example:"R29" doc:"The rule of the programme that says so"`
	RequestID string         `json:"request_id" example:"Q3ZJ4N7WXKY2M5T6R4HBPL3DVA" doc:"Names this request in the log; quote it when you ask for help"`
	Errors    []ProblemField `json:"errors,omitempty" doc:"What is wrong where"`

	header http.Header
}

// ProblemField is what is wrong at one place of the request.
type ProblemField struct {
	Path    string `json:"path" example:"body.decided_on" doc:"The place, as a JSON path that begins with body, query, path or header"`
	Message string `json:"message" example:"must not lie in the future"`
}

// Error is the safe sentence.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the HTTP status, for Huma.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders are the headers that belong to the status, for Huma.
func (p *Problem) GetHeaders() http.Header { return p.header }

// ContentType is that of a problem, whatever Huma would write.
func (p *Problem) ContentType(string) string { return problemJSON }

const problemJSON = "application/problem+json"

// Kinds that only the wire knows.
const (
	malformed   fault.Kind = "malformed"
	wrongMethod fault.Kind = "method_not_allowed"
	tooSlow     fault.Kind = "timeout"
	unsupported fault.Kind = "unsupported_media_type"
	clientGone  fault.Kind = "client_gone" // nobody reads the answer; the log does
)

// kinds is the one translator from an error's kind to a problem.
var kinds = map[fault.Kind]struct {
	status        int
	title, detail string // detail where the error has none of its own
}{
	malformed:             {400, "It cannot be read", "The request cannot be read."},
	fault.Unauthenticated: {401, "Nobody is signed in", "A valid access token or key is needed."},
	fault.Forbidden:       {403, "This is not included", "Your role does not include this."},
	fault.NotFound:        {404, "There is none", "There is no such thing, or none that you may see."},
	wrongMethod:           {405, "Not this method", "This place does not take that method."},
	tooSlow:               {408, "It took too long", "The request took too long to arrive."},
	fault.Conflict:        {409, "It does not fit the state of things", "The state of things does not allow this."},
	fault.Gone:            {410, "It is gone", "There was one; it is gone."},
	fault.Stale:           {412, "It has changed", "This has changed since you read it."},
	fault.TooLarge:        {413, "It is too large", "The request is too large."},
	unsupported:           {415, "Not this form", "The body must be application/json in UTF-8."},
	fault.Invalid:         {422, "A value cannot be used", "The request has a value that cannot be used."},
	fault.Precondition:    {428, "Say which version you change", "Send If-Match with the version that you read."},
	fault.TooMany:         {429, "Slow down", "Too many requests. Please wait."},
	clientGone:            {499, "Nobody waits for the answer", "The request was given up."},
	fault.Internal:        {500, "Our fault", "Something went wrong here. It has been recorded."},
	fault.Unavailable:     {503, "Not now", "The service is busy. Please try again."},
}

// newProblem is the document for an error. What is no fault is internal.
func newProblem(requestID string, err error) *Problem {
	f := &fault.Error{Kind: fault.Internal}
	errors.As(err, &f)
	k, ok := kinds[f.Kind]
	if !ok || f.Kind == fault.Internal {
		f, k = &fault.Error{Kind: fault.Internal}, kinds[fault.Internal]
	}
	p := &Problem{
		Type: "urn:hjemvej:problem:" + string(f.Kind), Title: k.title, Status: k.status,
		Detail: k.detail, Rule: f.Rule, RequestID: requestID, header: http.Header{},
	}
	if f.Message != "" {
		p.Detail = f.Message
	}
	for _, field := range f.Fields {
		p.Errors = append(p.Errors, ProblemField(field))
	}
	var wait retryAfter
	switch f.Kind {
	case fault.Unauthenticated:
		p.header.Set("WWW-Authenticate", `Bearer realm="hjemvej"`)
	case fault.Unavailable:
		p.header.Set("Retry-After", "2")
	case fault.TooMany:
		if !errors.As(err, &wait) {
			wait = 1
		}
		p.header.Set("Retry-After", strconv.Itoa(int(wait)))
	}
	return p
}

// problem is the document for an error of an operation. The cause of what is
// our fault goes to the log, here and nowhere else.
func (s *Server) problem(ctx context.Context, err error) *Problem {
	p := newProblem(postgres.RequestID(ctx), err)
	if p.Status >= 500 && errors.Is(ctx.Err(), context.Canceled) { // what was interrupted fails in any way
		err = &fault.Error{Kind: clientGone, Message: "interrupted", Cause: err}
		p = newProblem(p.RequestID, err)
	}
	level := slog.LevelError
	switch {
	case p.Status == kinds[clientGone].status:
		level = slog.LevelInfo
	case p.Status < 500:
		return p
	case p.Status == http.StatusServiceUnavailable:
		level = slog.LevelWarn
	}
	operation := ""
	if x := exchangeOf(ctx); x != nil {
		operation = x.operation
	}
	s.log.LogAttrs(ctx, level, "a request failed", slog.String("request_id", p.RequestID),
		slog.String("operation", operation), slog.Int("status", p.Status), slog.String("cause", postgres.CauseText(err)))
	return p
}

// refuse answers an error that was found before Huma took over.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	send(w, s.problem(r.Context(), err))
}

// writeProblem answers an error that is nobody's secret and needs no log.
func writeProblem(w http.ResponseWriter, requestID string, err error) {
	send(w, newProblem(requestID, err))
}

func send(w http.ResponseWriter, p *Problem) {
	h := w.Header()
	for _, of := range []string{"ETag", "Content-Disposition", "Content-Length"} { // an answer that came to nothing
		h.Del(of)
	}
	h.Set("Content-Type", problemJSON)
	for name, values := range p.header {
		h[name] = values
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the caller may have gone
}
