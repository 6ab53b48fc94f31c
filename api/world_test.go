package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/housetest/cabinet"
	"hjemvej/internal/pgtest"
	"hjemvej/internal/postgres"
	"hjemvej/internal/seal"
	"hjemvej/internal/signin"
	"hjemvej/migrations"

	"github.com/jackc/pgx/v5/pgxpool"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// canary is sent wherever something can be sent, and must come out nowhere.
const canary = "Zq9canaryZq9"

// people are the demo tokens of one member of staff a role.
var people = map[access.Role]string{
	access.ContactPerson: "token-of-the-contact-person", access.TeamLead: "token-of-the-team-lead", access.Finance: "token-of-finance-01",
	access.Manager: "token-of-the-manager", access.Administrator: "token-of-the-administrator", access.Auditor: "token-of-the-auditor",
}

// world is a service with a database, a partner with a key, and its log.
type world struct {
	t     *testing.T
	s     *Server
	db    *postgres.DB
	owner *pgxpool.Pool
	now   *clock
	log   *safeBuffer
	key   string // the partner's
	vault person.Vault
}

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }

func (c *clock) move(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.at = c.at.Add(d) }

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string { b.mu.Lock(); defer b.mu.Unlock(); return b.b.String() }

// newWorld makes a world whose service has the operations that add registers;
// nil is the program's own.
func newWorld(t *testing.T, add func(*Server), change ...func(*Config)) *world {
	t.Helper()
	ctx := t.Context()
	url := pgtest.Database(t, migrations.Apply)
	w := &world{t: t, log: &safeBuffer{}, now: &clock{at: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}}
	var err error
	w.db, err = postgres.Open(ctx, url, w.now.now)
	must(t, err)
	t.Cleanup(w.db.Close)
	w.owner, err = pgxpool.New(ctx, url)
	must(t, err)
	t.Cleanup(w.owner.Close)
	master, err := seal.NewMaster()
	must(t, err)
	w.vault = person.Vault{Master: master}
	ids := w.settle()
	c := Config{
		DB: w.db, Vault: w.vault, Files: cabinet.Files(t, t.TempDir()), Auth: signin.Chain(signin.NewPartnerKeys(w.db), signin.NewTokens(w.db, ids)), Version: "test",
		Logger: slog.New(slog.NewJSONHandler(w.log, nil)), RatePerSecond: 1000, Burst: 1000,
	}
	for _, f := range change {
		f(&c)
	}
	if add == nil {
		w.s, err = New(c)
		must(t, err)
		return w
	}
	w.s = bare(c)
	add(w.s)
	w.s.pages()
	return w
}

// settle fills the registers.
func (w *world) settle() map[[sha256.Size]byte]string {
	ctx := w.t.Context()
	var team string
	must(w.t, w.owner.QueryRow(ctx, `INSERT INTO teams (name) VALUES ('North') RETURNING id::text`).Scan(&team))
	ids := map[[sha256.Size]byte]string{}
	for role, token := range people {
		var id string
		must(w.t, w.owner.QueryRow(ctx, `INSERT INTO users (subject, name, email, role, team_id) VALUES ($1,$1,$1,$1,$2) RETURNING id::text`, string(role), team).Scan(&id))
		ids[sha256.Sum256([]byte(token))] = id
	}
	_, err := w.owner.Exec(ctx, `INSERT INTO programmes (name, ceiling_dkk) VALUES ('P', 1000000)`)
	must(w.t, err)
	w.key = w.newKey(w.now.now().AddDate(1, 0, 0))
	return ids
}

// newKey issues a key of a new partner.
func (w *world) newKey(expires time.Time) string {
	key, prefix, hash := signin.NewPartnerKey()
	_, err := w.owner.Exec(w.t.Context(), `WITH p AS (INSERT INTO partners (name, role, email, active_from) VALUES ($1, 'home_country_partner', 'x@example.org', '2020-01-01') RETURNING id)
		INSERT INTO partner_keys (partner_id, label, prefix, hash, expires_at) SELECT id, 'test', $1, $2, $3 FROM p`, prefix, hash, expires)
	must(w.t, err)
	return key
}

// req is a request in the making.
type req struct {
	method, path, body, bearer string
	header                     map[string]string
}

func (w *world) do(r req) *httptest.ResponseRecorder {
	w.t.Helper()
	hr := httptest.NewRequestWithContext(w.t.Context(), r.method, "/", strings.NewReader(r.body))
	u, err := hr.URL.Parse(r.path)
	must(w.t, err)
	hr.URL, hr.RequestURI = u, r.path
	if r.body != "" {
		hr.Header.Set("Content-Type", "application/json")
	}
	if r.bearer != "" {
		hr.Header.Set("Authorization", "Bearer "+r.bearer)
	}
	for k, v := range r.header {
		if v == "" {
			hr.Header.Del(k)
			continue
		}
		hr.Header.Set(k, v)
	}
	rec := httptest.NewRecorder()
	w.s.ServeHTTP(rec, hr)
	if strings.Contains(rec.Body.String(), canary) {
		w.t.Errorf("%s %s: what was sent comes back in the body: %s", r.method, r.path, rec.Body)
	}
	for name, values := range rec.Header() {
		if strings.Contains(strings.Join(values, " "), canary) {
			w.t.Errorf("%s %s: what was sent comes back in %s", r.method, r.path, name)
		}
	}
	if strings.Contains(w.log.String(), canary) {
		w.t.Errorf("%s %s: what was sent is in the log: %s", r.method, r.path, w.log)
	}
	return rec
}

// refused sends a request and asserts a whole problem document.
func (w *world) refused(r req, status int, kind string) Problem {
	w.t.Helper()
	rec := w.do(r)
	var p Problem
	d := json.NewDecoder(rec.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		w.t.Fatalf("%s %s: %d without a problem: %v", r.method, r.path, rec.Code, err)
	}
	id := rec.Header().Get("X-Request-Id")
	if rec.Code != status || p.Status != status || p.Type != "urn:hjemvej:problem:"+kind || p.Title == "" || p.Detail == "" ||
		p.RequestID == "" || p.RequestID != id || rec.Header().Get("Content-Type") != problemJSON {
		w.t.Errorf("%s %s: %d %+v (%s), want %d %s", r.method, r.path, rec.Code, p, rec.Header().Get("Content-Type"), status, kind)
	}
	if !strings.Contains(w.log.String(), id) {
		w.t.Errorf("%s %s: the request is not in the log", r.method, r.path)
	}
	return p
}

func (w *world) denials() (n int) {
	w.t.Helper()
	must(w.t, w.owner.QueryRow(context.Background(), `SELECT count(*) FROM audit_log WHERE outcome = 'denied'`).Scan(&n))
	return n
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func expect(t *testing.T, rec *httptest.ResponseRecorder, status int) {
	t.Helper()
	if rec.Code != status {
		t.Fatalf("%d %s, want %d", rec.Code, rec.Body, status)
	}
}

var _ http.Handler = (*Server)(nil)
