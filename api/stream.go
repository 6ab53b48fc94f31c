package api

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"hjemvej/internal/fault"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// pace is how slowly a file may come or go, whatever the http.Server says of
// requests that do not stream.
type pace struct {
	silence time.Duration // without a byte
	whole   time.Duration // in all; what lies there without a row after an hour is swept away
}

// toAnswer is how long an upload may take after its last byte, in which it is
// looked through by a scanner.
const toAnswer = 5 * time.Minute

// Content is embedded in the input of an operation whose body is a file: it is
// read while it comes, not before.
type Content struct{ body io.Reader }

// Resolve takes the body, for Huma.
func (c *Content) Resolve(hc huma.Context) []error {
	c.body = hc.BodyReader()
	return nil
}

// mediaTypes is the one that every generator takes for bytes: the content says what
// a file is, not its sender.
func (Content) mediaTypes() []string { return []string{"application/octet-stream"} }

// arriving is a body that is read while it comes, each byte in its time.
type arriving struct {
	io.ReadCloser
	conn *http.ResponseController
	pace
	end time.Time
}

// streamBody lets the request's body be read at its pace.
func (s *Server) streamBody(w http.ResponseWriter, r *http.Request) {
	a := &arriving{r.Body, http.NewResponseController(w), s.pace, time.Now().Add(s.pace.whole)}
	_ = a.conn.SetWriteDeadline(a.end.Add(toAnswer)) // a recorder in a test has none
	r.Body = a
}

// Read reads what has come. Its errors are faults.
func (a *arriving) Read(p []byte) (int, error) {
	_ = a.conn.SetReadDeadline(earlier(time.Now().Add(a.silence), a.end)) // a recorder in a test has none
	n, err := a.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		_ = a.conn.SetReadDeadline(time.Time{}) // whoever waits for the answer is silent
		return n, io.EOF
	}
	return n, notArrived(err)
}

// notArrived is the fault of a body that did not come whole.
func notArrived(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &fault.Error{Kind: tooSlow, Message: "The body took too long to arrive."}
	}
	return &fault.Error{Kind: malformed, Message: "The body did not arrive whole.", Cause: err}
}

// File is the output of an operation that answers a file instead of JSON.
type File struct {
	Type        string `header:"Content-Type" hidden:"true"`
	Length      int64  `header:"Content-Length" hidden:"true"`
	Disposition string `header:"Content-Disposition" example:"attachment; filename=\"7c1f0a52-6d3e-4b57-9d0a-0c5b7e1f2a11.jpg\"" doc:"The file's id and what its content is"`
	Body        func(huma.Context)
}

func (File) mediaTypes() []string { return fileTypes }

// leaving is an answer that is written while it is made, each byte in its time.
type leaving struct {
	http.ResponseWriter
	conn *http.ResponseController
	pace
	end   time.Time
	begun bool
}

// Write sends a part.
func (l *leaving) Write(p []byte) (int, error) {
	l.begun = true
	_ = l.conn.SetWriteDeadline(earlier(time.Now().Add(l.silence), l.end)) // a recorder in a test has none
	return l.ResponseWriter.Write(p)
}

// stream answers what write writes. What fails before its first byte is a problem
// like any other; after it, the answer ends before the length that it announced,
// and whoever reads it knows.
func (s *Server) stream(write func(io.Writer) error) func(huma.Context) {
	return func(hc huma.Context) {
		r, w := humago.Unwrap(hc)
		l := &leaving{ResponseWriter: w, conn: http.NewResponseController(w), pace: s.pace, end: time.Now().Add(s.pace.whole)}
		switch err := write(l); {
		case err != nil && !l.begun:
			s.refuse(w, r, err)
		case err != nil:
			s.problem(r.Context(), err) // for the log
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
