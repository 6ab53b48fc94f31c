package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"hjemvej/api"
	"hjemvej/internal/calendar"
	"hjemvej/internal/letter"
	"hjemvej/internal/mailbox"

	"github.com/jackc/pgx/v5"
)

// j is a JSON object in the making.
type j = map[string]any

// desk is where everybody works: it asks the running program over HTTP.
type desk struct {
	demoAccess
	t testing.TB
}

func deskOf(t testing.TB, dir string) desk {
	t.Helper()
	a, err := readAccess(filepath.Join(dir, accessFile))
	must(t, err)
	return desk{a, t}
}

// answer is what the program answered.
type answer struct {
	t      testing.TB
	asked  string
	status int
	tag    string
	body   []byte
}

// request is one request, which can be sent again.
type request struct {
	actor, method, path, key, match string
	body                            any
}

// send sends a request; the error is the connection's.
func (d desk) send(r request) (answer, error) {
	var body io.Reader
	if r.body != nil {
		b, err := json.Marshal(r.body)
		must(d.t, err)
		body = bytes.NewReader(b)
	}
	hr, err := http.NewRequest(r.method, d.BaseURL+r.path, body)
	must(d.t, err)
	for name, value := range map[string]string{"Authorization": "Bearer " + d.Tokens[r.actor], "Idempotency-Key": r.key, "If-Match": r.match} {
		if value != "" {
			hr.Header.Set(name, value)
		}
	}
	if r.body != nil {
		hr.Header.Set("Content-Type", "application/json")
	}
	res, err := (&http.Client{Timeout: patience}).Do(hr)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	return answer{d.t, r.actor + " " + r.method + " " + r.path, res.StatusCode, res.Header.Get("ETag"), b}, err
}

// do asks as somebody, and wants a status.
func (d desk) do(actor, method, path string, body any, want int) answer {
	d.t.Helper()
	return d.want(request{actor: actor, method: method, path: path, body: body, key: rand.Text()}, want)
}

// change reads a thing as somebody, and then takes a step with what was read.
func (d desk) change(actor, method, thing, step string, body any, want int) answer {
	d.t.Helper()
	read := d.do(actor, "GET", thing, nil, 200)
	return d.want(request{actor, method, thing + step, rand.Text(), read.tag, body}, want)
}

func (d desk) want(r request, want int) answer {
	d.t.Helper()
	a, err := d.send(r)
	must(d.t, err)
	if a.status != want {
		d.t.Fatalf("%s: %d, want %d: %s", a.asked, a.status, want, a.body)
	}
	return a
}

// by wants the refusal to name a rule, and answers what it says is wrong where.
func (a answer) by(rule string) (paths []string) {
	a.t.Helper()
	p := got[api.Problem](a)
	if p.Rule != rule {
		a.t.Errorf("%s: refused by %q, want %q: %s", a.asked, p.Rule, rule, a.body)
	}
	for _, f := range p.Errors {
		paths = append(paths, f.Path)
	}
	return paths
}

// got is the answer's body.
func got[T any](a answer) (out T) {
	a.t.Helper()
	if err := json.Unmarshal(a.body, &out); err != nil {
		a.t.Fatalf("%s: %v: %s", a.asked, err, a.body)
	}
	return out
}

// id is the answer's id.
func (a answer) id() string {
	a.t.Helper()
	return got[struct{ ID string }](a).ID
}

func today() calendar.Date { return calendar.Today(time.Now()) }

// lettersIn are the letters that lie in a demo's folder.
func lettersIn(t testing.TB, dir string) []mailbox.Letter {
	t.Helper()
	reader, err := mailbox.Start(t.Context(), "127.0.0.1:0", filepath.Join(dir, "letters"))
	must(t, err)
	defer func() { _ = reader.Close() }()
	return reader.Letters()
}

// tells is everything that a letter says, outside and inside.
func tells(l mailbox.Letter) string {
	var all []string
	for name, values := range l.Header {
		if strings.HasSuffix(name, "To") { // whom a letter goes to has the address that they have
			continue
		}
		all = append(all, name+": "+strings.Join(values, " "))
	}
	return strings.Join(append(all, l.Subject, l.Body, l.HTML), "\n")
}

// telling are words of R11 beside those that the letters' own check knows.
var telling = regexp.MustCompile(`(?i)\b(traffick|menneskehandel|prostitut|victim|cmm\b|iom\b|hjemvej|hjemsend|reintegr|prepared return|refleksion|reflection|asyl)`)

// sayNothing fails where a letter names what must not leave, or one of the names (R11).
func sayNothing(t testing.TB, letters []mailbox.Letter, names ...string) {
	t.Helper()
	for _, l := range letters {
		said := l.Subject + "\n" + l.Body + "\n" + l.HTML
		if letter.Neutral(tells(l)) != nil || telling.MatchString(tells(l)) || slices.ContainsFunc(names, func(n string) bool { return strings.Contains(tells(l), n) }) {
			t.Errorf("a letter tells too much: %s", said)
		}
	}
}

// database is a connection of the owner's to the server of a demo's folder.
func database(t testing.TB, dir string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), serverOf(dir))
	must(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// count is the one number that a query answers.
func count(t testing.TB, conn *pgx.Conn, sql string, args ...any) (n int) {
	t.Helper()
	must(t, conn.QueryRow(t.Context(), sql, args...).Scan(&n))
	return n
}

// quiet waits until the sweeps of this start are done and every letter's way has
// ended.
func quiet(t testing.TB, conn *pgx.Conn) {
	t.Helper()
	until(t, "the queue is quiet", func() bool {
		return count(t, conn, `SELECT count(*) FROM river_job WHERE kind = 'sweep' AND finalized_at > pg_postmaster_start_time()`) >= 4 &&
			count(t, conn, `SELECT count(*) FROM river_job WHERE finalized_at IS NULL`) == 0 &&
			count(t, conn, `SELECT count(*) FROM letters WHERE state = 'queued'`) == 0
	})
}
