package main

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hjemvej/api"
	"hjemvej/internal/pgtest"
	"hjemvej/migrations"

	"github.com/jackc/pgx/v5"
)

// probed is what a probe was answered.
type probed struct {
	status int
	kind   string
	body   []byte
	took   time.Duration
}

func probe(t *testing.T, address string) probed {
	t.Helper()
	begun := time.Now()
	res, err := (&http.Client{Timeout: patience}).Get(address)
	must(t, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	must(t, err)
	return probed{res.StatusCode, res.Header.Get("Content-Type"), body, time.Since(begun)}
}

// wire stands before a database server and can go dead: what was sent stays on
// its way, and nobody hangs up.
type wire struct {
	address string
	dead    sync.RWMutex // held while the wire is dead
}

// newWire leads to the socket of the server that a URL names.
func newWire(t *testing.T, database string) (w *wire, through string) {
	t.Helper()
	u, err := url.Parse(database)
	must(t, err)
	c, err := pgx.ParseConfig(database)
	must(t, err)
	network, server := "tcp", net.JoinHostPort(c.Host, "5432")
	if strings.HasPrefix(c.Host, "/") {
		network, server = "unix", filepath.Join(c.Host, ".s.PGSQL.5432")
	} else if u.Port() != "" {
		server = u.Host
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	w = &wire{address: listener.Addr().String()}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			upstream, err := net.Dial(network, server)
			if err != nil {
				_ = client.Close()
				continue
			}
			go w.carry(upstream, client)
			go w.carry(client, upstream)
		}
	}()
	q := u.Query()
	for _, name := range []string{"host", "port"} {
		q.Del(name)
	}
	u.Host, u.RawQuery = w.address, q.Encode()
	return w, u.String()
}

// alive waits while the wire is dead.
func (w *wire) alive() {
	w.dead.RLock()
	defer w.dead.RUnlock()
}

func (w *wire) carry(to, from net.Conn) {
	defer func() { _, _ = to.Close(), from.Close() }()
	for buf := make([]byte, 1<<16); ; {
		n, err := from.Read(buf)
		w.alive()
		if err != nil {
			return
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// closed lets nobody into a database, and ends whoever is in it.
func closed(t *testing.T, database string) (open func()) {
	t.Helper()
	c, err := pgx.ParseConfig(database)
	must(t, err)
	name := pgx.Identifier{c.Database}.Sanitize()
	c.Database = "postgres"
	admin, err := pgx.ConnectConfig(t.Context(), c)
	must(t, err)
	say := func(sql string, args ...any) {
		t.Helper()
		_, err := admin.Exec(t.Context(), sql, args...)
		must(t, err)
	}
	say(`ALTER DATABASE ` + name + ` WITH ALLOW_CONNECTIONS false`)
	say(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`, strings.Trim(name, `"`))
	return func() {
		t.Helper()
		say(`ALTER DATABASE ` + name + ` WITH ALLOW_CONNECTIONS true`)
		must(t, admin.Close(t.Context()))
	}
}

// A database that refuses and one that does not answer at all: the service says
// so in time, lives, and is ready again by itself.
func TestWhileTheDatabaseIsAwayTheServiceLivesAndSaysThatItIsNotReady(t *testing.T) {
	t.Parallel()
	database := pgtest.Database(t, migrations.Apply)
	w, through := newWire(t, database)
	p := newProduction(t, through)
	d, stop, log := p.serve()
	d.Tokens["somebody"] = p.provider.token("somebody")
	for what, away := range map[string]func() (back func()){
		"refuses":         func() func() { return closed(t, database) },
		"does not answer": func() func() { w.dead.Lock(); return w.dead.Unlock },
	} {
		if got := probe(t, d.BaseURL+"/readyz"); got.status != 200 {
			t.Fatalf("before it %s: %d %s", what, got.status, got.body)
		}
		back := away()
		for range 3 { // the second time too, whatever the first left behind
			got := probe(t, d.BaseURL+"/readyz")
			var said api.Problem
			if got.status != 503 || got.took > 5*time.Second || got.kind != "application/problem+json" || json.Unmarshal(got.body, &said) != nil || said.Detail != "The service is not ready." {
				t.Errorf("a database that %s: readyz answers %d in %s: %s", what, got.status, got.took, got.body)
			}
			for _, private := range []string{"postgres", "connect", "127.0.0.1", "hjemvej_app", "SQL", w.address} {
				if strings.Contains(string(got.body), private) {
					t.Errorf("a database that %s: readyz tells of %q: %s", what, private, got.body)
				}
			}
		}
		if got := probe(t, d.BaseURL+"/healthz"); got.status != 200 || got.took > time.Second {
			t.Errorf("a database that %s: healthz answers %d in %s", what, got.status, got.took)
		}
		back()
		until(t, "the service is ready again", func() bool { return probe(t, d.BaseURL+"/readyz").status == 200 })
		d.do("somebody", "GET", "/v1/me", nil, 401) // whom the database does not know
	}
	if stop() != 0 {
		t.Errorf("the end: %s", log)
	}
}
