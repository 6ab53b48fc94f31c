package scheduler_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hjemvej/casework/followup"
	"hjemvej/casework/person"
	"hjemvej/internal/files"
	"hjemvej/internal/housetest"
	"hjemvej/internal/housetest/cabinet"
	"hjemvej/internal/letter"
	"hjemvej/internal/mailbox"
	"hjemvej/internal/pgtest"
	"hjemvej/partners"
	"hjemvej/scheduler"

	"github.com/emersion/go-smtp"
	"github.com/google/uuid"
)

func TestMain(m *testing.M) { pgtest.MainOfWaits(m) }

// patience bounds every wait.
const patience = 40 * time.Second

// office is a house with a mailbox and a scheduler that sends to it.
type office struct {
	*housetest.House
	t     *testing.T
	mail  *mailbox.Server
	dir   string // where files lie
	files *files.Store
	log   *buffer

	through string // the address that stands before the mailbox; "" is its own
}

// newOffice has no letter in hand but those that the test queues.
func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{House: housetest.New(t), t: t, dir: t.TempDir(), log: &buffer{}}
	o.files = cabinet.Files(t, o.dir)
	var err error
	o.mail, err = mailbox.Start(t.Context(), "127.0.0.1:0", "")
	must(t, err)
	t.Cleanup(func() { _ = o.mail.Close() })
	return o
}

// late is somebody who arrived so many days ago and whom nobody has called.
func (o *office) late(days int) *housetest.Case {
	o.t.Helper()
	c := o.Arrived(o.t)
	o.Set(o.t, `DELETE FROM river_job`)
	o.Set(o.t, `DELETE FROM letters`)
	o.Pass(days)
	return c
}

// open starts the scheduler, as any number of replicas would.
func (o *office) open() (stop func()) {
	o.t.Helper()
	host, port, _ := strings.Cut(cmp.Or(o.through, o.mail.Addr()), ":")
	n, err := strconv.Atoi(port)
	must(o.t, err)
	sender, err := letter.NewSender(letter.Config{Host: host, Port: n, From: "post@desk.example", TLS: "none"})
	must(o.t, err)
	s, err := scheduler.New(scheduler.Config{DB: o.DB, Vault: o.Vault, Files: o.files, Sender: sender, Events: housetest.Sender(), Couriers: 3, BaseURL: "https://desk.example", Domain: "desk.example",
		Schedules: scheduler.DefaultSchedules, Logger: slog.New(slog.NewTextHandler(o.log, nil))})
	must(o.t, err)
	must(o.t, s.Start(context.Background()))
	stop = sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		must(o.t, s.Stop(ctx))
	})
	o.t.Cleanup(stop)
	return stop
}

func (o *office) sweep(name string) {
	o.t.Helper()
	must(o.t, scheduler.Sweep(o.t.Context(), o.DB, o.files, name))
}

func (o *office) until(what string, holds func() bool) {
	o.t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			o.t.Fatalf("waited in vain until %s; the log: %s", what, o.log)
		}
	}
}

// letters counts those in a state.
func (o *office) letters(state string) int {
	o.t.Helper()
	return o.Count(o.t, `SELECT count(*) FROM letters WHERE state = $1`, state)
}

// quiet is whether no job is left to do.
func (o *office) quiet() bool {
	o.t.Helper()
	return o.Count(o.t, `SELECT count(*) FROM river_job WHERE finalized_at IS NULL`) == 0 && o.letters("queued") == 0
}

// Overdue by 21 days is the arrival contact, by a few days month 1: two letters to
// the contact person and one to the team lead.
const lettersAfter35Days = 3

func TestR36_SweepsTwiceAndAtOnceQueueEachLetterOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.late(35)
	for _, err := range housetest.AtOnce(6, func(int) error { return scheduler.Sweep(t.Context(), o.DB, o.files, "reminders") }) {
		must(t, err)
	}
	o.sweep("reminders")
	if n := o.letters("queued"); n != lettersAfter35Days {
		t.Errorf("%d letters, want %d", n, lettersAfter35Days)
	}
	if n := o.Count(t, `SELECT count(*) FROM river_job WHERE kind = 'send_letter'`); n != lettersAfter35Days {
		t.Errorf("%d jobs", n)
	}
	o.NobodyForgotten(t)
	for range 2 {
		o.sweep("periods")
		o.sweep("forgetting")
	}
	if err := scheduler.Sweep(t.Context(), o.DB, o.files, "nonsense"); err == nil {
		t.Error("there is a sweep of any name")
	}
}

func TestWhatIsLeftOfAnUploadIsForgottenAtNight(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	left := filepath.Join(o.dir, uuid.NewString())
	must(t, os.WriteFile(left, []byte("sealed"), 0o600))
	o.SetNow(time.Now().Add(2 * time.Hour))
	o.sweep("reminders")
	if _, err := os.Stat(left); err != nil {
		t.Error(err)
	}
	o.sweep("forgetting")
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it still lies there: %v", err)
	}
}

func TestR36_AStartCatchesUpAndSendsEachLetterOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	c := o.late(35)
	for range 2 { // the second start finds nothing to do
		stop := o.open()
		o.until("the letters are out", func() bool { return o.letters("sent") == lettersAfter35Days && o.quiet() })
		stop()
	}
	ids := map[string]bool{}
	for _, l := range o.mail.Letters() {
		ids[l.Header.Get("Message-Id")] = true
		if !strings.Contains(l.Body, "https://desk.example/v1/cases/"+c.Code) || len(l.To) != 1 {
			t.Errorf("to %v: %s", l.To, l.Body)
		}
	}
	if n := len(o.mail.Letters()); n != lettersAfter35Days || len(ids) != n {
		t.Errorf("%d letters came, %d different", n, len(ids))
	}
	if said := o.log.String(); said != "" {
		t.Errorf("the queue is not quiet: %s", said)
	}
	if n := o.Count(t, `SELECT count(*) FROM river_job WHERE args::text ~* 'exemplu|@|ana'`); n > 0 {
		t.Errorf("R11: %d jobs hold more than ids", n)
	}
}

func TestATemporaryRefusalIsTriedAgainAndDeliveredOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.late(35)
	o.sweep("reminders")
	var refusals atomic.Int32
	o.mail.Refuse(func(string) error {
		if refusals.Add(1) <= lettersAfter35Days {
			return mailbox.ErrTryLater
		}
		return nil
	})
	o.open()
	o.until("the letters are out", func() bool { return o.letters("sent") == lettersAfter35Days && o.quiet() })
	if n := len(o.mail.Letters()); n != lettersAfter35Days {
		t.Errorf("%d letters came", n)
	}
	if n := o.Count(t, `SELECT count(*) FROM river_job WHERE kind = 'send_letter' AND attempt > 1 AND state = 'completed'`); n != lettersAfter35Days {
		t.Errorf("%d were tried again", n)
	}
	if strings.Contains(o.log.String()+o.Text(t, `SELECT coalesce(string_agg(errors::text, ''), '') FROM river_job`), "@example") {
		t.Error("R11: an address is in the log or in a job's errors")
	}
}

func TestARefusalForGoodEndsTheLetter(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.late(35)
	o.sweep("reminders")
	o.mail.Refuse(func(to string) error {
		if to == o.Text(t, `SELECT email FROM users WHERE id = $1`, o.Lead.ID) {
			return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such inbox as " + to}
		}
		return nil
	})
	o.open()
	o.until("every letter has ended", o.quiet)
	if sent, failed := o.letters("sent"), o.letters("failed"); sent != lettersAfter35Days-1 || failed != 1 {
		t.Errorf("%d sent and %d failed", sent, failed)
	}
	if n := o.Count(t, `SELECT count(*) FROM river_job WHERE kind = 'send_letter' AND state = 'cancelled' AND attempt = 1`); n != 1 {
		t.Errorf("%d jobs are cancelled", n)
	}
	if strings.Contains(o.Text(t, `SELECT string_agg(errors::text, '') FROM river_job WHERE state = 'cancelled'`), "@example") {
		t.Error("R11: the address is in the job's errors")
	}
	o.sweep("reminders")
	if n := o.letters("queued"); n > 0 {
		t.Errorf("%d letters are queued again", n)
	}
}

func TestAPartnersLetterReachesWhoeverCanBeReachedThere(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	recipient := func(name string) partners.Recipient {
		r, err := partners.AddRecipient(t.Context(), o.DB, o.Administrator, o.Home.Partner, partners.NewRecipient{Name: name, Email: name + "@partner.example", Language: "en"})
		must(t, err)
		return r
	}
	ana := recipient("ana")
	o.mail.Refuse(func(to string) error {
		if to == ana.Email {
			return mailbox.ErrNoSuchInbox
		}
		return nil
	})
	o.Offer(t, o.Accepted(t), o.Home)
	o.open()
	o.until("the letter ended somewhere", o.quiet)
	reached := func(want ...string) {
		t.Helper()
		var got []string
		for _, l := range o.mail.Letters() {
			got = append(got, l.To...)
		}
		if !slices.Equal(got, want) {
			t.Errorf("letters came to %v, want %v", got, want)
		}
	}
	reached("desk2@partner.example")
	people, err := partners.ListRecipients(t.Context(), o.DB, o.Contact, o.Home.Partner)
	if err != nil || len(people) != 1 || people[0].UndeliverableSince == nil {
		t.Errorf("the registry shows %+v, %v", people, err)
	}
	bo := recipient("bo")
	o.Offer(t, o.Accepted(t), o.Home)
	o.until("the second letter is out", o.quiet)
	reached("desk2@partner.example", bo.Email)
	must(t, func() error {
		in := people[0].RecipientChange
		in.Email = "ana@elsewhere.example"
		_, err := partners.ChangeRecipient(t.Context(), o.DB, o.Administrator, o.Home.Partner, ana.ID, people[0].Version, in)
		return err
	}())
	o.Offer(t, o.Accepted(t), o.Home)
	o.until("the third letters are out", o.quiet)
	if n := len(o.mail.Letters()); n != 4 {
		t.Errorf("%d letters came after the address was changed", n)
	}
}

func TestR36_ALetterThatIsNotNeededAnyMoreIsDropped(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	c := o.late(35)
	o.sweep("reminders")
	_, err := followup.RecordAttempt(t.Context(), o.DB, o.Vault, c.By, o.Followup(t, c, followup.ArrivalContact, ""),
		followup.NewAttempt{MadeOn: o.Today(), Channel: followup.Call, Outcome: followup.ReachedSafe})
	must(t, err)
	o.open()
	o.until("every letter has ended", o.quiet)
	if sent, dropped := o.letters("sent"), o.letters("dropped"); sent != 1 || dropped != 2 || len(o.mail.Letters()) != 1 {
		t.Errorf("%d sent, %d dropped, %d came", sent, dropped, len(o.mail.Letters()))
	}
}

func TestR10_AReminderIsSentWithinThePersonsHours(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	hours := person.ContactPoint{Kind: "phone", Value: "+40700000000", Whose: "self", MayCall: true,
		Hours: []person.Hours{{From: "13:00", Until: "14:00"}}, TimeZone: "Europe/Copenhagen"}
	o.Arrived(t, housetest.Reachable(hours))
	o.Set(t, `DELETE FROM river_job`)
	o.Set(t, `DELETE FROM letters`)
	o.SetNow(time.Date(2026, 10, 26, 8, 0, 0, 0, time.UTC)) // nine in Copenhagen; the arrival contact is due
	o.sweep("reminders")
	o.open()
	o.until("the letter waits", func() bool {
		return o.Count(t, `SELECT count(*) FROM river_job WHERE kind = 'send_letter' AND state = 'scheduled'`) == 1
	})
	if n := len(o.mail.Letters()); n != 0 || o.letters("queued") != 1 {
		t.Errorf("%d letters came outside the hours", n)
	}
	o.SetNow(time.Date(2026, 10, 26, 12, 5, 0, 0, time.UTC))
	o.Set(t, `UPDATE river_job SET scheduled_at = now() WHERE kind = 'send_letter'`)
	o.until("the letter is out", func() bool { return o.letters("sent") == 1 && o.quiet() })
	if n := len(o.mail.Letters()); n != 1 {
		t.Errorf("%d letters came", n)
	}
}

func TestWhatAKilledReplicaHadInHandIsTakenUpAgain(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.late(35)
	o.sweep("reminders")
	// As a replica leaves it that was killed four minutes ago: its jobs, a sweep
	// among them, seem to run.
	o.Set(t, `INSERT INTO river_job (kind, args, state, max_attempts, queue, priority, unique_key, unique_states)
		SELECT 'sweep', '{"sweep":"reminders"}', 'available', 20, 'default', 1, NULL, NULL`)
	o.Set(t, `UPDATE river_job SET state = 'running', attempt = 1, attempted_at = now() - interval '4 minutes', attempted_by = '{gone}'`)
	o.open()
	o.until("the letters are out", func() bool { return o.letters("sent") == lettersAfter35Days && o.quiet() })
	if n := len(o.mail.Letters()); n != lettersAfter35Days {
		t.Errorf("%d letters came", n)
	}
	o.NobodyForgotten(t)
}

func TestAStopLetsWhatIsAtWorkFinish(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.late(35)
	o.sweep("reminders")
	reached := make(chan struct{}, 10)
	o.mail.Refuse(func(string) error {
		reached <- struct{}{}
		time.Sleep(300 * time.Millisecond)
		return nil
	})
	stop := o.open()
	<-reached
	stop()
	if came, sent := len(o.mail.Letters()), o.letters("sent"); came == 0 || came != sent {
		t.Errorf("%d letters came, and %d are known as sent", came, sent)
	}
	if n := o.Count(t, `SELECT count(*) FROM river_job WHERE state = 'running'`); n > 0 {
		t.Errorf("%d jobs seem to run", n)
	}
}

// buffer is the log.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write is io.Writer's.
func (b *buffer) Write(p []byte) (int, error) { b.mu.Lock(); defer b.mu.Unlock(); return b.b.Write(p) }

func (b *buffer) String() string { b.mu.Lock(); defer b.mu.Unlock(); return b.b.String() }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
