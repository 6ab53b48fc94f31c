package scheduler_test

import (
	"net/url"
	"os"
	"testing"
	"time"

	"hjemvej/internal/calendar"

	"github.com/jackc/pgx/v5"
)

// away ends every connection to the office's database and lets nobody in; back
// lets everybody in again.
func (o *office) away() (back func()) {
	o.t.Helper()
	name := o.Text(o.t, `SELECT current_database()`)
	server, err := url.Parse(o.URL)
	must(o.t, err)
	server.Path = "/postgres"
	admin, err := pgx.Connect(o.t.Context(), server.String())
	must(o.t, err)
	let := func(in string) {
		_, err := admin.Exec(o.t.Context(), `ALTER DATABASE `+pgx.Identifier{name}.Sanitize()+` WITH ALLOW_CONNECTIONS `+in)
		must(o.t, err)
	}
	let("false")
	for n := 1; n > 0; time.Sleep(10 * time.Millisecond) {
		must(o.t, admin.QueryRow(o.t.Context(), `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = $1`, name).Scan(&n))
	}
	if o.DB.Pool.Ping(o.t.Context()) == nil {
		o.t.Fatal("the database is there")
	}
	return func() {
		o.t.Helper()
		let("true")
		must(o.t, admin.Close(o.t.Context()))
		o.until("the database is back", func() bool { return o.DB.Pool.Ping(o.t.Context()) == nil && o.Owner.Ping(o.t.Context()) == nil })
	}
}

// at is a minute in Copenhagen.
func at(t *testing.T, minute string) time.Time {
	t.Helper()
	out, err := time.ParseInLocation("2006-01-02 15:04", minute, calendar.Copenhagen)
	must(t, err)
	return out
}

// A day began, and with it a reminder, while nobody could look. Two replicas that
// were at work all the time go on by themselves.
func TestR36_AfterTwoHoursWithoutADatabaseEachReminderComesOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.late(0) // the arrival contact is remembered from 23 October on
	o.SetNow(at(t, "2026-10-22 21:30"))
	o.open()
	o.open()
	o.until("nothing is left to do", o.quiet)
	back := o.away()
	o.SetNow(at(t, "2026-10-22 23:30")) // in Bucharest the 23rd
	time.Sleep(2 * time.Second)         // in which both have found that nobody answers
	back()
	o.Set(t, `INSERT INTO river_job (kind, args, state, max_attempts, queue, priority) VALUES ('sweep', '{"sweep":"reminders"}', 'available', 20, 'default', 1)`) // as the next quarter of an hour does
	o.until("the letter is out", func() bool { return o.letters("sent") == 1 })
	o.sweep("reminders")
	o.sweep("attention")
	if n := o.letters("queued"); n != 0 {
		t.Errorf("%d more letters wait", n)
	}
	if n := len(o.mail.Letters()); n != 1 {
		t.Errorf("%d letters came", n)
	}
	o.NobodyForgotten(t)
}

func TestR36_ADigestWhoseMorningNobodySawComesOnce(t *testing.T) {
	if os.Getenv("HJEMVEJ_TEST_HEAVY") == "" {
		t.Skip("a heavier run, of the test above with a digest; set HJEMVEJ_TEST_HEAVY=1 for it")
	}
	t.Parallel()
	o := digested(t)
	o.SetNow(at(t, "2026-10-13 07:00"))
	o.open()
	o.open()
	o.until("the digest waits", func() bool {
		return o.Count(t, `SELECT count(*) FROM river_job WHERE finalized_at IS NULL`) == 1
	})
	back := o.away()
	o.SetNow(at(t, "2026-10-13 09:00"))
	time.Sleep(2 * time.Second)
	back()
	o.hurry()
	// Not until no job is left: one that was fetched as the line broke seems to run,
	// and is taken up again after some minutes.
	o.until("the digest is out", func() bool { return o.letters("queued") == 0 })
	o.isOnce()
}
