package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"hjemvej/internal/access"
	"hjemvej/internal/housetest"
	"hjemvej/internal/letter"
	"hjemvej/internal/webhook"
	"hjemvej/partners/events"
	"hjemvej/scheduler"
)

const (
	endpoints = 50
	hanging   = 5
)

// pendingEvents is how many events wait: what HJEMVEJ_BENCH_EVENTS says, such as
// 10000, else 250.
func pendingEvents(b *testing.B) int {
	b.Helper()
	text := os.Getenv("HJEMVEJ_BENCH_EVENTS")
	if text == "" {
		return 250
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < endpoints {
		b.Fatalf("HJEMVEJ_BENCH_EVENTS is no number from %d on", endpoints)
	}
	return n
}

// BenchmarkCarryEvents starts the scheduler while events wait for 50 partners'
// endpoints, of which none and then 5 hang, and reports when they came to the
// other 45, and how many a second. The bare loop posts as many bodies to the same
// endpoints, from as many goroutines as there are couriers, over new connections
// and over such that it keeps. The four take turns, so that they share the
// machine's moods.
func BenchmarkCarryEvents(b *testing.B) {
	n := pendingEvents(b)
	w := newWaiting(b, n)
	var well, hang []time.Duration
	var wellTook, hangTook, fresh, kept time.Duration
	for b.Loop() {
		d := w.carry(b, false)
		well, wellTook = append(well, d...), wellTook+slices.Max(d)
		d = w.carry(b, true)
		hang, hangTook = append(hang, d...), hangTook+slices.Max(d)
		fresh += w.post(b, len(d), false)
		kept += w.post(b, len(d), true)
	}
	for of, delays := range map[string][]time.Duration{"well": well, "5-hang": hang} {
		slices.Sort(delays)
		b.ReportMetric(float64(delays[len(delays)/2].Milliseconds()), "ms-p50-"+of)
		b.ReportMetric(float64(delays[len(delays)*99/100].Milliseconds()), "ms-p99-"+of)
	}
	for of, took := range map[string]time.Duration{"well": wellTook, "5-hang": hangTook, "bare": fresh, "bare-kept": kept} {
		b.ReportMetric(float64(len(well))/took.Seconds(), "events/s-"+of)
	}
	b.ReportMetric(0, "ns/op")
}

// waiting is a house with a case that was handed to many partners, and what waits
// for their endpoints.
type waiting struct {
	*housetest.House
	server *httptest.Server

	mu    sync.Mutex
	hang  bool
	begun time.Time
	came  map[string]time.Duration // to those that are well, by event
}

func newWaiting(b *testing.B, n int) *waiting {
	b.Helper()
	w := &waiting{House: housetest.On(b, server(b, true))}
	w.server = httptest.NewUnstartedServer(w)
	w.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	w.server.StartTLS()
	b.Cleanup(func() {
		w.server.CloseClientConnections()
		w.server.Close()
	})
	w.SetNow(time.Now())
	c := w.Accepted(b)
	for i := range endpoints {
		partner := w.Text(b, `INSERT INTO partners (name, role, email, transfer_ground, transfer_reference, active_from) VALUES ('Bench ' || $1, 'home_country_partner', 'x@partner.example', 'adequacy', 'Agreement', '2020-01-01') RETURNING id::text`, strconv.Itoa(i))
		handoff := w.Text(b, `INSERT INTO handoffs (case_id, partner_id, role, state, answer_due_on, offered_by) VALUES ($1, $2, 'home_country_partner', 'accepted', '2040-01-01', $3) RETURNING id::text`,
			c.ID, partner, c.By.ID)
		path := "/well"
		if i < hanging {
			path = "/hangs"
		}
		_, err := events.Create(b.Context(), w.DB, w.Vault, w.sender(), access.Program, partner, events.NewEndpoint{URL: w.server.URL + path})
		must(b, err)
		for range n / endpoints {
			w.Set(b, `INSERT INTO events (partner_id, type, case_id, case_code, handoff_id) VALUES ($1, 'handoff.offered', $2, $3, $4)`, partner, c.ID, c.Code, handoff)
		}
	}
	w.Set(b, `INSERT INTO event_deliveries (event_id, endpoint_id, seq, until) SELECT e.id, p.id, e.seq, now() + interval '3 days' FROM events e JOIN event_endpoints p USING (partner_id)`)
	w.Set(b, `ANALYZE`)
	return w
}

func (w *waiting) sender() *webhook.Sender {
	return webhook.New(webhook.Config{AllowLoopback: true, RootCAs: w.server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs})
}

// ServeHTTP takes an event, or hangs.
func (w *waiting) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.mu.Lock()
	hangs := w.hang && strings.HasPrefix(r.URL.Path, "/hangs")
	if id := r.Header.Get("webhook-id"); id != "" && r.URL.Path == "/well" {
		w.came[id] = time.Since(w.begun)
	}
	w.mu.Unlock()
	if hangs {
		<-r.Context().Done()
		return
	}
	rw.WriteHeader(http.StatusNoContent)
}

// carry lets everything wait again, starts the scheduler, and answers when each
// event came to the endpoints that are well.
func (w *waiting) carry(b *testing.B, hang bool) []time.Duration {
	b.Helper()
	w.Set(b, `UPDATE event_deliveries SET state = 'pending', attempts = 0, next_at = 'epoch', ended_at = NULL`)
	w.Set(b, `UPDATE event_endpoints SET state = 'active', why = NULL, failures = 0, failing_since = NULL, next_at = 'epoch'`)
	w.Set(b, `DELETE FROM river_job`)
	for _, table := range []string{"event_deliveries", "event_endpoints", "river_job"} {
		w.Set(b, `VACUUM ANALYZE `+table)
	}
	want := w.Count(b, `SELECT count(*) FROM event_deliveries d JOIN event_endpoints p ON p.id = d.endpoint_id WHERE p.url LIKE '%/well'`)
	mail, err := letter.NewSender(letter.Config{Host: "127.0.0.1", Port: 9, From: "post@desk.example", TLS: "none"})
	must(b, err)
	s, err := scheduler.New(scheduler.Config{DB: w.DB, Vault: w.Vault, Sender: mail, Events: w.sender(), BaseURL: "https://desk.example", Domain: "desk.example",
		Schedules: scheduler.DefaultSchedules, Logger: slog.New(slog.DiscardHandler)})
	must(b, err)
	w.mu.Lock()
	w.hang, w.begun, w.came = hang, time.Now(), map[string]time.Duration{}
	w.mu.Unlock()
	must(b, s.Start(context.Background()))
	delays := w.await(b, want)
	stopped, cancel := context.WithCancel(context.Background())
	cancel() // what hangs is cut
	_ = s.Stop(stopped)
	return delays
}

func (w *waiting) await(b *testing.B, want int) (delays []time.Duration) {
	b.Helper()
	for end := time.Now().Add(5 * time.Minute); ; time.Sleep(time.Millisecond) {
		w.mu.Lock()
		came := len(w.came)
		if came == want {
			for _, d := range w.came {
				delays = append(delays, d)
			}
		}
		w.mu.Unlock()
		switch {
		case came == want:
			return delays
		case time.Now().After(end):
			b.Fatalf("%d of %d events came", came, want)
		}
	}
}

// post is the yardstick: as many goroutines as couriers, each posting signed
// events as fast as they are taken, and remembering nothing. It answers how long
// n took.
func (w *waiting) post(b *testing.B, n int, kept bool) time.Duration {
	b.Helper()
	begun := time.Now()
	client := w.server.Client()
	client.Transport.(*http.Transport).DisableKeepAlives = !kept
	client.Transport.(*http.Transport).MaxIdleConnsPerHost = 32
	secret := []string{webhook.NewSecret()}
	left := make(chan struct{}, n)
	for range n {
		left <- struct{}{}
	}
	close(left)
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			for range left {
				header, body, err := webhook.Sign(secret, webhook.Message{ID: "bare", Type: "handoff.offered", At: time.Now(), Data: json.RawMessage(`{"sequence":1,"case_code":"K7QX-2MVD"}`)}, time.Now())
				if err != nil {
					b.Error(err)
					return
				}
				r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, w.server.URL+"/bare", bytes.NewReader(body))
				if err != nil {
					b.Error(err)
					return
				}
				r.Header = header
				answer, err := client.Do(r)
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, answer.Body)
				_ = answer.Body.Close()
			}
		})
	}
	all.Wait()
	return time.Since(begun)
}
