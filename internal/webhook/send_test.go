package webhook_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hjemvej/internal/webhook"
)

func reader(r io.Reader) *bufio.Reader { return bufio.NewReader(r) }

func TestTheStatusIsTheAnswer(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]struct {
		outcome webhook.Outcome
		down    bool
	}{
		200: {webhook.Delivered, false}, 202: {webhook.Delivered, false}, 204: {webhook.Delivered, false},
		300: {webhook.Redirected, true}, 304: {webhook.Redirected, true}, 308: {webhook.Redirected, true},
		400: {webhook.Status4xx, false}, 401: {webhook.Status4xx, false}, 404: {webhook.Status4xx, false}, 429: {webhook.Status4xx, true},
		410: {webhook.Gone, true},
		500: {webhook.Status5xx, false}, 502: {webhook.Status5xx, true}, 503: {webhook.Status5xx, true}, 504: {webhook.Status5xx, true},
		600: {webhook.BadAnswer, true},
	} {
		s := partner(t, answer(status))
		r := send(t, trusting(s), s.URL)
		mustBe(t, r, want.outcome, want.down)
		if r.Status != status {
			t.Errorf("%d is kept as %d", status, r.Status)
		}
	}
}

func TestAPauseIsAskedForWithinBounds(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	for asked, want := range map[string]time.Duration{
		"":                     0,
		"soon":                 0,
		"-5":                   0,
		"1.5":                  0,
		"120":                  2 * time.Minute,
		"86400":                24 * time.Hour,
		"86401":                webhook.MaxRetryAfter,
		"18446744073709551615": webhook.MaxRetryAfter,
		"99999999999999999999": webhook.MaxRetryAfter,
		now.Add(90 * time.Second).Format(http.TimeFormat): 90 * time.Second,
		now.Add(-time.Hour).Format(http.TimeFormat):       0,
		now.AddDate(1, 0, 0).Format(http.TimeFormat):      webhook.MaxRetryAfter,
	} {
		for status, heard := range map[int]bool{429: true, 503: true, 500: false, 200: false} {
			s := partner(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", asked)
				w.WriteHeader(status)
			})
			c := trusting(s)
			c.Now = func() time.Time { return now }
			got := send(t, c, s.URL).RetryAfter
			if heard && got != want || !heard && got != 0 {
				t.Errorf("%d with %q: %v", status, asked, got)
			}
		}
	}
}

func TestARedirectToThisMachineIsNotFollowed(t *testing.T) {
	t.Parallel()
	var visits atomic.Int32
	inner := partner(t, func(http.ResponseWriter, *http.Request) { visits.Add(1) })
	for _, status := range []int{301, 302, 303, 307, 308} {
		s := partner(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, inner.URL, status) })
		c := trusting(s)
		c.RootCAs.AddCert(inner.Certificate())
		mustBe(t, send(t, c, s.URL), webhook.Redirected, true)
	}
	if n := visits.Load(); n != 0 {
		t.Errorf("%d events went where a redirect sent them", n)
	}
}

func TestAnEndpointThatHangsIsLeftInTime(t *testing.T) {
	t.Parallel()
	for name, said := range map[string]string{
		"before the header": "", "in the status": "HTTP/1.1 20", "in the header": "HTTP/1.1 200 OK\r\nContent-Le",
	} {
		endpoint, c := wire(t, func(conn net.Conn) { _, _ = io.WriteString(conn, said) })
		c.Timeout = 300 * time.Millisecond
		begun := time.Now()
		mustBe(t, send(t, c, endpoint), webhook.Timeout, true)
		if took := time.Since(begun); took > 3*time.Second {
			t.Errorf("%s: it took %v", name, took)
		}
	}
}

func TestAHandshakeHasHalfTheTime(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	endpoint := "https://" + accept(t, silent, func(net.Conn) {})
	begun := time.Now()
	mustBe(t, send(t, webhook.Config{AllowLoopback: true, Timeout: 2 * time.Second}, endpoint), webhook.Timeout, true)
	if took := time.Since(begun); took >= 2*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestASlowOrEndlessBodyIsCutAndTheStatusCounts(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 500} {
		for _, limit := range []time.Duration{0, 500 * time.Millisecond} { // cut by its own limit, or the whole exchange's
			s := partner(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				w.WriteHeader(status)
				for r.Context().Err() == nil {
					_, _ = io.WriteString(w, ".")
					w.(http.Flusher).Flush()
					time.Sleep(20 * time.Millisecond)
				}
			})
			c := trusting(s)
			c.Timeout = limit
			begun := time.Now()
			r := send(t, c, s.URL)
			if r.Status != status || r.Delivered() != (status == 200) || time.Since(begun) > 5*time.Second {
				t.Errorf("%+v after %v", r, time.Since(begun))
			}
		}
	}
}

func TestAPartnerMayFinishAShortAnswer(t *testing.T) {
	t.Parallel()
	finished := make(chan bool, 1)
	s := partner(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.(http.Flusher).Flush()
		select {
		case <-r.Context().Done():
			finished <- false
		case <-time.After(100 * time.Millisecond):
			_, err := io.WriteString(w, "thank you")
			finished <- err == nil
		}
	})
	mustBe(t, send(t, trusting(s), s.URL), webhook.Delivered, false)
	if !<-finished {
		t.Error("the partner found its caller gone")
	}
}

func TestAGigabyteIsNotRead(t *testing.T) {
	t.Parallel()
	const gigabyte = 1 << 30
	for _, status := range []int{200, 500} {
		written := make(chan int, 1)
		s := partner(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(gigabyte))
			w.WriteHeader(status)
			chunk, sum := make([]byte, 1<<16), 0
			for sum < gigabyte {
				n, err := w.Write(chunk)
				if sum += n; err != nil {
					break
				}
			}
			written <- sum
		})
		begun := time.Now()
		r := send(t, trusting(s), s.URL)
		if r.Status != status || r.Delivered() != (status == 200) || time.Since(begun) > 5*time.Second {
			t.Errorf("%+v after %v", r, time.Since(begun))
		}
		if n := <-written; n > 64<<20 { // what sockets buffer
			t.Errorf("%d bytes were taken", n)
		}
	}
}

func TestWhatIsNoAnswerIsCalledThat(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		say  func(net.Conn)
		want webhook.Outcome
	}{
		"hangs up":        {func(c net.Conn) { _ = c.Close() }, webhook.BadAnswer},
		"speaks no HTTP":  {says("220 mail.example ESMTP\r\n"), webhook.BadAnswer},
		"switches":        {says("HTTP/1.1 101 Switching Protocols\r\n\r\n"), webhook.BadAnswer},
		"speaks HTTP/2":   {says("\x00\x00\x00\x04\x00\x00\x00\x00\x00"), webhook.BadAnswer},
		"a large header":  {says("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<20)), webhook.AnswerTooLarge},
		"endless headers": {endless("HTTP/1.1 200 OK\r\n", "X: x\r\n"), webhook.AnswerTooLarge},
		"endless 103":     {endless("", "HTTP/1.1 103 Early Hints\r\nX: x\r\n\r\n"), webhook.AnswerTooLarge},
	} {
		endpoint, c := wire(t, test.say)
		begun := time.Now()
		if r := send(t, c, endpoint); r.Outcome != test.want || !r.EndpointDown() || time.Since(begun) > 5*time.Second {
			t.Errorf("%s: %+v after %v", name, r, time.Since(begun))
		}
	}
}

func TestWhatComesAheadOfAnAnswerIsPassedOver(t *testing.T) {
	t.Parallel()
	endpoint, c := wire(t, says("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"))
	mustBe(t, send(t, c, endpoint), webhook.Delivered, false)
}

// It runs beside no other test: the log is the process's own.
func TestNothingThatAnEndpointSaysIsLogged(t *testing.T) {
	var logged bytes.Buffer
	log.SetOutput(&logged)
	defer log.SetOutput(os.Stderr)
	for _, unasked := range []string{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nwhat nobody asked for", "what nobody asked for"} {
		endpoint, c := wire(t, says(unasked))
		for range 3 {
			if r := send(t, c, endpoint); strings.Contains(fmt.Sprintf("%#v", r), "nobody") {
				t.Errorf("%#v", r)
			}
		}
	}
	if logged.Len() > 0 {
		t.Errorf("logged: %s", &logged)
	}
}

func says(what string) func(net.Conn) {
	return func(c net.Conn) {
		_, _ = io.WriteString(c, what)
		_ = c.Close()
	}
}

func endless(first, then string) func(net.Conn) {
	return func(c net.Conn) {
		_, err := io.WriteString(c, first)
		for range 1_000_000 {
			if err != nil {
				return
			}
			_, err = io.WriteString(c, then)
		}
	}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	s := partner(t, answer(200))
	c := trusting(s)
	s.Close()
	mustBe(t, send(t, c, s.URL), webhook.RefusedConnection, true)
}

func TestACallerWhoLeavesLearnsNothingOfTheEndpoint(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{}, 1)
	s := partner(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server notice who leaves
		asked <- struct{}{}
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	r, err := webhook.New(trusting(s)).Send(ctx, s.URL, []string{webhook.NewSecret()}, message)
	if !errors.Is(err, context.Canceled) || r != (webhook.Result{}) {
		t.Errorf("%+v, %v", r, err)
	}
}
