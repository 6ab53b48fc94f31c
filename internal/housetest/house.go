// Package housetest is the bench on which the rooms are tested together: a fresh
// database with the whole schema and everybody who works with it, a clock that
// the test moves, and steps that walk a case forward through the real use cases.
//
// It lives under internal but imports casework and partners: it is for tests
// only, and nothing that is shipped imports it.
package housetest

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"hjemvej/casework/person"
	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/pgtest"
	"hjemvej/internal/postgres"
	"hjemvej/internal/seal"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// FirstDay is the day on which a new House begins: a Monday.
const FirstDay = "2026-10-12"

// House is one test's own database, its clock and its people.
type House struct {
	People
	DB      *postgres.DB  // as the program opens it, with the test's clock
	Owner   *pgxpool.Pool // as the owner, whom no row security holds
	URL     string        // of the database, for the owner
	Vault   person.Vault  // its master key lives in memory, or in KeyFile
	KeyFile string        // see KeepKey

	now     atomic.Pointer[time.Time]
	offBook bool // see PastTheBooks
}

// New makes a house with everybody in it and no case. It is closed when the test
// ends. Packages that use it end their tests with pgtest.Main.
func New(t testing.TB) *House {
	t.Helper()
	h := On(t, pgtest.Database(t, Furnish))
	t.Cleanup(func() { h.balanced(t) })
	return h
}

// On is a house on a database that was furnished, for tests that fill one and
// then work on copies of it.
func On(t testing.TB, url string) *House {
	t.Helper()
	master, err := seal.NewMaster()
	must(t, err)
	h := &House{People: everybody, URL: url, Vault: person.Vault{Master: master}}
	h.SetToday(FirstDay)
	h.Owner, err = pgxpool.New(t.Context(), h.URL)
	must(t, err)
	t.Cleanup(h.Owner.Close)
	h.DB, err = postgres.Open(t.Context(), h.URL, h.Now)
	must(t, err)
	t.Cleanup(h.DB.Close)
	return h
}

// balanced asks, after every test, that no øre was lost or made (R25).
func (h *House) balanced(t testing.TB) {
	if h.offBook {
		return
	}
	_, faults, err := support.CheckLedger(context.Background(), h.DB)
	if err != nil || len(faults) > 0 {
		t.Errorf("the books do not agree after the test at %d places, such as %v; %v", len(faults), faults[:min(len(faults), 5)], err)
	}
}

// PastTheBooks is for a test that lays money past the triggers that post it: the
// books are not asked to agree when it ends.
func (h *House) PastTheBooks() { h.offBook = true }

// KeepKey seals from now on with a master key that lies in KeyFile, for tests
// that run the program beside the house. Call it before anything is sealed.
func (h *House) KeepKey(t testing.TB) {
	t.Helper()
	h.KeyFile = filepath.Join(t.TempDir(), "master.key")
	must(t, seal.CreateMasterFile(h.KeyFile, nil))
	master, err := seal.OpenMaster(h.KeyFile, nil)
	must(t, err)
	h.Vault = person.Vault{Master: master}
}

// Now is the house's clock.
func (h *House) Now() time.Time { return *h.now.Load() }

// Today is the clock's day in Copenhagen.
func (h *House) Today() calendar.Date { return calendar.Today(h.Now()) }

// SetNow moves the clock.
func (h *House) SetNow(now time.Time) { h.now.Store(&now) }

// SetToday moves the clock to noon in Copenhagen on a day like 2026-11-23.
func (h *House) SetToday(day string) { h.setDay(calendar.MustParse(day)) }

// Pass moves the clock on by days.
func (h *House) Pass(days int) { h.setDay(h.Today().AddDays(days)) }

func (h *House) setDay(d calendar.Date) {
	h.SetNow(time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, calendar.Copenhagen))
}

// Raw runs do as the program's database role with the settings of who, in one
// transaction, past every check in Go: only the database is left to refuse. It
// commits where do answers nil.
func (h *House) Raw(ctx context.Context, who access.Actor, do func(tx pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, h.DB.Pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `SELECT set_config('hjemvej.actor', $1, true), set_config('hjemvej.role', $2, true),
			set_config('hjemvej.team', $3, true), set_config('hjemvej.partner', $4, true), set_config('hjemvej.now', $5, true)`,
			who.ID, string(who.Role), who.Team, who.Partner, h.Now().Format(time.RFC3339Nano))
		if err != nil {
			return err
		}
		return do(tx)
	})
}

// Exec is Raw for one statement. It answers how many rows it reached.
func (h *House) Exec(ctx context.Context, who access.Actor, sql string, args ...any) (rows int64, err error) {
	err = h.Raw(ctx, who, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, sql, args...)
		rows = tag.RowsAffected()
		return err
	})
	return rows, err
}

// Count is the one number that a query of the owner's answers.
func (h *House) Count(t testing.TB, sql string, args ...any) (n int) {
	t.Helper()
	must(t, h.Owner.QueryRow(t.Context(), sql, args...).Scan(&n))
	return n
}

// Text is the one text that a query of the owner's answers.
func (h *House) Text(t testing.TB, sql string, args ...any) (s string) {
	t.Helper()
	must(t, h.Owner.QueryRow(t.Context(), sql, args...).Scan(&s))
	return s
}

// Set runs a statement as the owner.
func (h *House) Set(t testing.TB, sql string, args ...any) {
	t.Helper()
	_, err := h.Owner.Exec(t.Context(), sql, args...)
	must(t, err)
}

// Refused fails the test unless err is a fault of the kind that names the rule
// ("" for none).
func Refused(t testing.TB, err error, kind fault.Kind, rule string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != kind || f.Rule != rule {
		t.Errorf("got %v, want %s by rule %q", err, kind, rule)
	}
}

// Missing are the paths that a refusal lists, sorted.
func Missing(err error) []string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return nil
	}
	var paths []string
	for _, field := range f.Fields {
		paths = append(paths, field.Path)
	}
	slices.Sort(paths)
	return paths
}

// Broken fails the test unless the database itself refused with the constraint.
func Broken(t testing.TB, err error, constraint string) {
	t.Helper()
	if got := Constraint(err); got != constraint {
		t.Errorf("got %q (%v), want the database to refuse by %q", got, err, constraint)
	}
}

// AtOnce runs do n times at once and answers their errors.
func AtOnce(n int, do func(i int) error) []error {
	errs := make([]error, n)
	start, done := make(chan struct{}), make(chan struct{}, n)
	for i := range n {
		go func() {
			defer func() { done <- struct{}{} }()
			<-start
			errs[i] = do(i)
		}()
	}
	close(start)
	for range n {
		<-done
	}
	return errs
}

// SomebodyWaits closes when a transaction in the house waits for another's lock,
// or the test ends.
func (h *House) SomebodyWaits(t testing.TB) <-chan struct{} {
	found := make(chan struct{})
	go func() {
		defer close(found)
		for n := 0; n == 0; time.Sleep(time.Millisecond) {
			err := h.Owner.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&n)
			if err != nil {
				return
			}
		}
	}()
	return found
}

// Succeeded is how many of the errors are nil.
func Succeeded(errs []error) (n int) {
	for _, err := range errs {
		if err == nil {
			n++
		}
	}
	return n
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
