package bench

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hjemvej/api"
	"hjemvej/casework/casefile"
	"hjemvej/internal/housetest"
	"hjemvej/internal/housetest/cabinet"
	"hjemvej/internal/pgtest"
	"hjemvej/internal/signin"

	"github.com/jackc/pgx/v5/pgxpool"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const (
	clients  = 8
	requests = 1000 // of one round
	caseload = 200
)

// BenchmarkReadCase reads cases through the whole program — HTTP, sign-in by an
// access token, access, row security, audit row — and through the bare handler,
// in rounds that take turns, and reports the program's throughput as a part of
// the bare one's. The durable server is what users have: each reading waits
// until its audit row is safe.
func BenchmarkReadCase(b *testing.B) {
	b.Run("durable", func(b *testing.B) { compare(b, open(b, server(b, true), caseload)) })
	b.Run("fast", func(b *testing.B) { compare(b, open(b, server(b, false), caseload)) })
}

func TestTheProgramAndTheBareHandlerAnswerTheSame(t *testing.T) {
	p := open(t, pgtest.Database(t, housetest.Furnish), 3)
	for _, code := range p.codes {
		program, bare := p.get(t, p.program, code), p.get(t, p.bare, code)
		if program != bare {
			t.Errorf("the program answers\n%s\nthe bare handler\n%s", program, bare)
		}
	}
}

// pair is the two services on one database.
type pair struct {
	program, bare string // where they listen
	token         string
	codes         []string
	client        *http.Client
}

func open(t testing.TB, url string, cases int) *pair {
	t.Helper()
	h := housetest.On(t, url)
	p := &pair{client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}}
	for range cases {
		c := h.Offered(t)
		_, err := casefile.Decide(t.Context(), h.DB, c.By, c.Code, casefile.Decision{
			DecidedOn: h.Today(), Days: 30, Ground: "initial", Authority: casefile.ImmigrationService})
		must(t, err)
		p.codes = append(p.codes, c.Code)
	}
	provider := newProvider(t)
	p.token = provider.token("subject-1", h.Now().Add(time.Hour)) // the house's contact person
	service, err := api.New(api.Config{
		DB: h.DB, Vault: h.Vault, Files: cabinet.Files(t, t.TempDir()), Auth: signin.Chain(signin.NewPartnerKeys(h.DB), signin.NewOIDC(h.DB, provider.url, audience)), Version: "bench",
		Logger: slog.New(slog.NewJSONHandler(io.Discard, nil)), RatePerSecond: 1e9, Burst: 1e9,
	})
	must(t, err)
	owner, err := pgxpool.New(t.Context(), url)
	must(t, err)
	t.Cleanup(owner.Close)
	p.program, p.bare = listen(t, service), listen(t, bare(owner, h.Contact.ID))
	t.Cleanup(p.client.CloseIdleConnections)
	return p
}

func listen(t testing.TB, h http.Handler) string {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func compare(b *testing.B, p *pair) {
	p.round(b, p.program) // prepares statements and opens connections
	p.round(b, p.bare)
	var ratios, program, bare []float64
	for b.Loop() {
		whole, yardstick := p.round(b, p.program), p.round(b, p.bare)
		program, bare = append(program, requests/whole.Seconds()), append(bare, requests/yardstick.Seconds())
		ratios = append(ratios, yardstick.Seconds()/whole.Seconds())
	}
	b.ReportMetric(0, "ns/op") // a round of each: says nothing
	b.ReportMetric(median(ratios), "ratio")
	b.ReportMetric(median(program), "program-req/s")
	b.ReportMetric(median(bare), "bare-req/s")
}

// round is how long the clients together take for one round of requests.
func (p *pair) round(t testing.TB, base string) time.Duration {
	t.Helper()
	var next atomic.Int64
	var wait sync.WaitGroup
	begun := time.Now()
	for range clients {
		wait.Go(func() {
			for n := next.Add(1); n <= requests; n = next.Add(1) {
				p.get(t, base, p.codes[int(n)%len(p.codes)])
			}
		})
	}
	wait.Wait()
	return time.Since(begun)
}

// get reads one case and answers the body.
func (p *pair) get(t testing.TB, base, code string) string {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, base+"/v1/cases/"+code, nil)
	if err != nil {
		t.Error(err)
		return ""
	}
	r.Header.Set("Authorization", "Bearer "+p.token)
	r.Header.Set("X-Request-Id", "bench")
	answer, err := p.client.Do(r)
	if err != nil {
		t.Error(err)
		return ""
	}
	body, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close() // read to the end
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Error(fmt.Errorf("%d %s: %w", answer.StatusCode, body, err))
	}
	return string(body)
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
