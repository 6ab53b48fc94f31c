// Package pgtest gives each test a PostgreSQL database of its own.
//
// A test binary starts one private server when its first test asks for a
// database, on a copy of the cluster that an earlier binary kept, or uses the
// server that HJEMVEJ_TEST_DATABASE_URL names. Databases are copies of templates
// that were prepared once, so a test pays for a copy and not for the migrations.
// Tests may run in parallel.
package pgtest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// patience bounds each step; a hanging server must not look like a slow test.
const patience = time.Minute

var (
	theServer = sync.OnceValues(openServer)
	opened    atomic.Bool // so that Main does not start a server only to stop it

	templatesMu sync.Mutex
	templates   = map[string]*template{}
)

// errUnfinished is what everybody else hears of a preparation that ended the test
// which made it: that test says why.
var errUnfinished = errors.New("prepare the template: the test that prepared it failed")

// A Step prepares a database; it gets its URL, for a role that owns it.
type Step = func(ctx context.Context, url string) error

// template is a database to copy, made for the first who asks.
type template struct {
	once sync.Once
	name string
	err  error
}

// Main runs the tests of a package and stops the server behind them. It is
// optional: without it the server ends with the process, and what it leaves on
// the disk is removed by the next test binary that starts one.
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
func Main(m *testing.M) {
	code := m.Run()
	if opened.Load() {
		if s, err := theServer(); err == nil {
			if err := s.close(); err != nil {
				fmt.Fprintln(os.Stderr, "pgtest:", err)
			}
		}
	}
	os.Exit(code)
}

// MainOfWaits is Main for tests that wait more than they work, for clocks, servers
// and other programs: twice as many run at once, unless the command says how many.
func MainOfWaits(m *testing.M) {
	flag.Parse()
	said := false
	flag.Visit(func(f *flag.Flag) { said = said || f.Name == "test.parallel" })
	if !said {
		_ = flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0))) // a number it takes
	}
	Main(m)
}

// Database makes a fresh database for this test and answers its URL, for a role
// that owns it. Its content is what the steps made of an empty database, each of
// what the one before it left. A step runs once per test binary, whoever else
// begins with the same ones, and must not depend on the test that passes it. It
// may be nil. The database is dropped when the test and its subtests are over,
// whoever is still connected.
func Database(t testing.TB, steps ...Step) string {
	t.Helper()
	opened.Store(true)
	s, err := theServer()
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	template, err := templateFor(s, steps)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	// The test's own context may end before its database is dropped.
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	name, err := s.create(ctx, template)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.drop(ctx, name); err != nil {
			t.Errorf("pgtest: %v", err)
		}
	})
	return s.url(name)
}

// templateFor answers the template that the steps made, making it for the first
// who asks. Steps are told apart by the function's code, so two closures of one
// function literal are the same step.
func templateFor(s *server, steps []Step) (string, error) {
	if len(steps) == 0 {
		return "template0", nil
	}
	before, last := steps[:len(steps)-1], steps[len(steps)-1]
	if last == nil {
		return templateFor(s, before)
	}
	made := templateOf(steps)
	made.once.Do(func() {
		base, err := templateFor(s, before)
		if err != nil {
			made.err = err
			return
		}
		made.name, made.err = s.prepare(base, last)
	})
	return made.name, made.err
}

func templateOf(steps []Step) *template {
	var key string
	for _, step := range steps {
		key += fmt.Sprintf("%x ", reflect.ValueOf(step).Pointer())
	}
	templatesMu.Lock()
	defer templatesMu.Unlock()
	if templates[key] == nil {
		templates[key] = &template{err: errUnfinished}
	}
	return templates[key]
}
