package webhook

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"
)

const (
	maxAnswer = 64 << 10    // bytes of an answer, header and body
	linger    = time.Second // how long the rest of an answer may take after its header
)

// exchange makes one request over a connection of its own, until the request's
// context ends.
func (s *Sender) exchange(request *http.Request) Result {
	address := net.JoinHostPort(request.URL.Hostname(), cmp.Or(request.URL.Port(), "443"))
	conn, err := s.dialer.DialContext(request.Context(), "tcp", address)
	if err != nil {
		return Result{Outcome: unconnected(err)}
	}
	defer func() { _ = conn.Close() }()
	defer context.AfterFunc(request.Context(), func() { _ = conn.SetDeadline(time.Now()) })()
	if request.Write(conn) != nil {
		return Result{Outcome: BadAnswer}
	}
	limited := &io.LimitedReader{R: conn, N: maxAnswer}
	answer, err := readAnswer(bufio.NewReader(limited), request)
	switch {
	case err != nil && limited.N == 0:
		return Result{Outcome: AnswerTooLarge}
	case err != nil:
		return Result{Outcome: BadAnswer}
	}
	_ = conn.SetReadDeadline(time.Now().Add(linger))
	_, _ = io.Copy(io.Discard, answer.Body)
	return answered(answer.StatusCode, answer.Header.Get("Retry-After"), s.now())
}

// readAnswer passes over what may come ahead of an answer, such as 103.
func readAnswer(from *bufio.Reader, request *http.Request) (*http.Response, error) {
	for {
		answer, err := http.ReadResponse(from, request)
		if err != nil || answer.StatusCode >= 200 {
			return answer, err
		}
	}
}

// unconnected is why there is no connection.
func unconnected(err error) Outcome {
	var (
		timed       net.Error
		name        *net.DNSError
		certificate *tls.CertificateVerificationError
		line        *net.OpError
	)
	switch {
	case errors.Is(err, errAddress):
		return ForbiddenAddress
	case errors.As(err, &timed) && timed.Timeout():
		return Timeout
	case errors.As(err, &name):
		return UnknownHost
	case errors.Is(err, syscall.ECONNREFUSED):
		return RefusedConnection
	case errors.As(err, &certificate):
		return BadCertificate
	case errors.As(err, &line) && line.Op == "dial":
		return Unreachable
	}
	return NoTLS
}
