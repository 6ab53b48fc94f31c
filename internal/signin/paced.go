package signin

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"time"
)

// paced keeps tokens that were made up from making us ask the provider for its
// keys each time: what it said is believed for a while. A new key of the
// provider's is known that much later.
type paced struct {
	next http.RoundTripper

	mu   sync.Mutex
	said map[string]said
}

type said struct {
	at     time.Time
	status int
	header http.Header
	body   []byte
}

const (
	askEvery = 10 * time.Second
	maxSaid  = 1 << 20 // bytes; a key set has some thousand
)

func newPaced(next http.RoundTripper) *paced { return &paced{next: next, said: map[string]said{}} }

// RoundTrip is http.RoundTripper's.
func (p *paced) RoundTrip(r *http.Request) (*http.Response, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	to := r.URL.String()
	if have, ok := p.said[to]; ok && time.Since(have.at) < askEvery {
		return have.response(r), nil
	}
	answer, err := p.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxSaid))
	if err != nil {
		return nil, err
	}
	have := said{time.Now(), answer.StatusCode, answer.Header, body}
	if answer.StatusCode == http.StatusOK {
		p.said[to] = have
	}
	return have.response(r), nil
}

func (s said) response(r *http.Request) *http.Response {
	return &http.Response{
		StatusCode: s.status, Status: http.StatusText(s.status), Header: s.header.Clone(), Request: r,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, ContentLength: int64(len(s.body)), Body: io.NopCloser(bytes.NewReader(s.body)),
	}
}
