package webhook

import (
	"errors"
	"net/http"
	"strconv"
	"time"
)

// Outcome is what became of one attempt, in a word that may be stored and shown.
type Outcome string

// The outcomes: taken, nobody there, somebody who must not be talked to or cannot
// be trusted, and answers that are none.
const (
	Delivered         Outcome = "delivered"          // answered 2xx
	Timeout           Outcome = "timeout"            // no connection or no whole header in time
	UnknownHost       Outcome = "unknown_host"       // the name leads nowhere
	RefusedConnection Outcome = "refused_connection" // nobody listens there
	Unreachable       Outcome = "unreachable"        // no way there
	ForbiddenAddress  Outcome = "forbidden_address"  // not a public address, or no URL that CheckEndpoint takes
	BadCertificate    Outcome = "bad_certificate"    // expired, another host's, or vouched for by nobody
	NoTLS             Outcome = "no_tls"             // no TLS, an older one than 1.2, or a broken handshake
	BadAnswer         Outcome = "bad_answer"         // hung up without one, or it is no HTTP
	AnswerTooLarge    Outcome = "answer_too_large"   // a header of more than 64 KB
	Redirected        Outcome = "redirected"         // answered 3xx, which is not followed
	Gone              Outcome = "gone"               // answered 410: wants no more events
	Status4xx         Outcome = "status_4xx"         // any other 4xx
	Status5xx         Outcome = "status_5xx"         // 5xx
)

// MaxRetryAfter is the longest that an endpoint may ask us to wait.
const MaxRetryAfter = 24 * time.Hour

// Result is what became of one attempt.
type Result struct {
	Outcome    Outcome
	Status     int           // the HTTP status; 0 where there was no answer
	RetryAfter time.Duration // asked for with 429 or 503, at most MaxRetryAfter; else 0
}

// Delivered says that the partner has the event.
func (r Result) Delivered() bool { return r.Outcome == Delivered }

// EndpointDown says that the fault lies with the endpoint as a whole, so that the
// next event would fare no better: nobody is there, it may not be talked to, it
// wants no more, or it asks for a pause (429, 502, 503, 504). Otherwise another
// event may be taken where this one was not.
func (r Result) EndpointDown() bool {
	switch r.Status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return r.Outcome != Delivered && r.Outcome != Status4xx && r.Outcome != Status5xx
}

// answered is the result of a status.
func answered(status int, retryAfter string, now time.Time) Result {
	r := Result{Outcome: BadAnswer, Status: status}
	switch {
	case status == http.StatusGone:
		r.Outcome = Gone
	case status >= 200 && status <= 299:
		r.Outcome = Delivered
	case status >= 300 && status <= 399:
		r.Outcome = Redirected
	case status >= 400 && status <= 499:
		r.Outcome = Status4xx
	case status >= 500 && status <= 599:
		r.Outcome = Status5xx
	}
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		r.RetryAfter = pause(retryAfter, now)
	}
	return r
}

// pause reads Retry-After, which is in seconds or a date.
func pause(retryAfter string, now time.Time) time.Duration {
	until, err := http.ParseTime(retryAfter)
	if err == nil {
		return min(max(0, until.Sub(now)), MaxRetryAfter)
	}
	seconds, err := strconv.ParseUint(retryAfter, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange) || err == nil && seconds > uint64(MaxRetryAfter/time.Second):
		return MaxRetryAfter
	case err != nil:
		return 0
	}
	return time.Duration(seconds) * time.Second
}
