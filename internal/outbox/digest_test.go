package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"hjemvej/internal/calendar"
	"hjemvej/internal/housetest"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
)

// reader is a contact person who wants one letter a day, and a case of theirs.
type reader struct {
	*housetest.House
	t *testing.T
	c *housetest.Case
}

func newReader(t *testing.T) *reader {
	r := &reader{House: housetest.New(t), t: t}
	r.c = r.Case(t)
	r.Set(t, `UPDATE users SET wants = 'daily_digest' WHERE id = $1`, r.Contact.ID)
	r.at("2026-10-16 12:00") // a Friday
	return r
}

// at moves the clock to a minute in Copenhagen.
func (r *reader) at(minute string) {
	r.t.Helper()
	now, err := time.ParseInLocation("2006-01-02 15:04", minute, calendar.Copenhagen)
	must(r.t, err)
	r.SetNow(now)
}

func (r *reader) queueOn(db *postgres.DB, once string, kind letter.Kind, due string) error {
	l := outbox.Letter{Once: once, Kind: kind, CaseID: r.c.ID, UserID: r.Contact.ID, Days: 1}
	if due != "" {
		l.DueOn = calendar.MustParse(due)
	}
	return postgres.Do(r.t.Context(), db, r.Program, "read-me", func(ctx context.Context, tx *postgres.Tx) error {
		_, err := outbox.Queue(ctx, tx, l)
		return err
	})
}

func (r *reader) queue(once string, kind letter.Kind, due string) {
	r.t.Helper()
	must(r.t, r.queueOn(r.DB, once, kind, due))
}

func (r *reader) jobs(want string) {
	r.t.Helper()
	got := r.Text(r.t, `SELECT coalesce(string_agg(coalesce(to_char(l.not_before AT TIME ZONE 'Europe/Copenhagen', 'Dy YYYY-MM-DD HH24:MI'), l.once), ', ' ORDER BY l.not_before NULLS FIRST, l.once), '')
		FROM river_job j JOIN letters l ON j.args->>'letter_id' = l.id::text WHERE (j.kind = 'send_digest') = (l.kind = 'digest') AND (l.not_before IS NULL OR j.scheduled_at <= l.not_before)`)
	if got != want {
		r.t.Errorf("jobs: %s\nwant: %s", got, want)
	}
}

func (r *reader) digest(day string) string {
	r.t.Helper()
	return r.Text(r.t, `SELECT id::text FROM letters WHERE once = 'digest:' || $1 || ':' || $2`, r.Contact.ID, day)
}

// close wants a digest to carry so many letters; 0 is that it has ended.
func (r *reader) close(day string, want int) {
	r.t.Helper()
	d, err := outbox.CloseDigest(r.t.Context(), r.DB, r.digest(day))
	if want == 0 && !errors.Is(err, outbox.ErrEnded) || want > 0 && err != nil || len(d.Items) != want || d.Early != 0 {
		r.t.Errorf("%s: %d items, early %s, %v; want %d", day, len(d.Items), d.Early, err, want)
	}
}

func TestR36_WhatCanWaitIsHeldForTheNextWorkingMorning(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	r.queue("answered", letter.HandoffAnswered, "")
	r.queue("answered", letter.HandoffAnswered, "")
	r.queue("late", letter.HandoffUnanswered, "2026-10-15")
	r.queue("alert", letter.SurveyAlert, "")
	r.queue("sunday", letter.ConsentExpires, "2026-10-18") // it would be told of on Monday
	r.jobs("alert, sunday, Mon 2026-10-19 08:00")
	monday := r.digest("2026-10-19")
	if d, err := outbox.CloseDigest(t.Context(), r.DB, monday); err != nil || d.Early != 68*time.Hour || len(d.Items) != 0 {
		t.Errorf("on Friday: %+v, %v", d, err)
	}
	r.at("2026-10-19 07:59")
	r.queue("early", letter.CaseJoined, "")
	r.at("2026-10-19 08:00")
	r.close("2026-10-19", 2) // nobody waits for the late answer: there is no hand-off
	r.queue("afterwards", letter.CaseAssigned, "")
	r.close("2026-10-19", 2)
	d, err := outbox.CloseDigest(t.Context(), r.DB, monday)
	must(t, err)
	if d.Address != "kim1@example.org" || d.Language != "da" || !d.Needed || d.ToPartner || d.Items[0].CaseCode != r.c.Code {
		t.Errorf("%+v", d)
	}
	must(t, outbox.End(t.Context(), r.DB, monday, "sent"))
	r.close("2026-10-19", 0)
	got := r.Text(t, `SELECT string_agg(once || ' ' || state, ', ' ORDER BY once) FROM letters WHERE digest_id = $1`, monday)
	if want := "answered sent, early sent, late dropped"; got != want {
		t.Errorf("it carried: %s, want %s", got, want)
	}
	r.jobs("alert, sunday, Mon 2026-10-19 08:00, Tue 2026-10-20 08:00")
}

func TestDigestsWaitForTheDayAfterAHoliday(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	r.at("2026-12-24 08:00")
	r.queue("one", letter.CaseJoined, "")
	r.jobs("Mon 2026-12-28 08:00")
}

func TestAnEmptyDigestIsNotSent(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	r.queue("late", letter.HandoffUnanswered, "2026-10-15")
	r.at("2026-10-19 08:00")
	r.close("2026-10-19", 0)
	r.queue("joined", letter.CaseJoined, "")
	r.Set(t, `UPDATE users SET active = false WHERE id = $1`, r.Contact.ID)
	r.at("2026-10-20 08:00")
	r.close("2026-10-20", 0)
	if n := r.Count(t, `SELECT count(*) FROM letters WHERE state = 'dropped'`); n != 4 {
		t.Errorf("%d letters are dropped", n)
	}
}

func TestR36_AfterAnOutageOneDigestCarriesWhatSeveralHeld(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	for i, day := range []string{"2026-10-16", "2026-10-19", "2026-10-20"} {
		r.at(day + " 12:00")
		r.queue(fmt.Sprint("joined ", i), letter.CaseJoined, "")
	}
	r.at("2026-10-19 08:00")
	r.close("2026-10-19", 1) // the mail server is down until Wednesday
	r.at("2026-10-21 08:00")
	errs := housetest.AtOnce(6, func(i int) error {
		_, err := outbox.CloseDigest(t.Context(), r.DB, r.digest([]string{"2026-10-19", "2026-10-20", "2026-10-21"}[i%3]))
		if errors.Is(err, outbox.ErrEnded) {
			return nil
		}
		return err
	})
	must(t, errors.Join(errs...))
	if n := r.Count(t, `SELECT count(DISTINCT d.id) * 10 + count(*) FROM letters l JOIN letters d ON d.id = l.digest_id WHERE d.state = 'queued' AND l.state = 'queued'`); n != 13 {
		t.Errorf("%d: not three letters in one digest", n)
	}
}

func TestR36_ALetterThatIsQueuedWhileItsDigestClosesIsInExactlyOne(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	r.queue("first", letter.CaseJoined, "")
	monday := r.digest("2026-10-19")
	r.at("2026-10-19 07:59")
	eight := r.Now().Add(time.Minute)
	late, err := postgres.Open(t.Context(), r.URL, func() time.Time { return eight })
	must(t, err)
	defer late.Close()
	carried := make([]int, 20)
	errs := housetest.AtOnce(20, func(i int) error {
		if i%5 == 0 {
			d, err := outbox.CloseDigest(t.Context(), late, monday)
			carried[i] = len(d.Items)
			return err
		}
		return r.queueOn(r.DB, fmt.Sprint("joined ", i), letter.CaseJoined, "")
	})
	must(t, errors.Join(errs...))
	d, err := outbox.CloseDigest(t.Context(), late, monday)
	must(t, err)
	for i := 0; i < 20; i += 5 {
		if carried[i] != len(d.Items) {
			t.Errorf("it was closed with %d letters, and holds %d", carried[i], len(d.Items))
		}
	}
	r.at("2026-10-20 08:00")
	rest := 0
	if n := r.Count(t, `SELECT count(*) FROM letters WHERE kind = 'digest'`); n == 2 {
		must(t, outbox.End(t.Context(), r.DB, monday, "sent"))
		tuesday, err := outbox.CloseDigest(t.Context(), r.DB, r.digest("2026-10-20"))
		must(t, err)
		rest = len(tuesday.Items)
	}
	if len(d.Items)+rest != 17 {
		t.Errorf("%d letters on Monday and %d on Tuesday, of 17", len(d.Items), rest)
	}
}

func TestAPartnersReaderHasTheirOwnMorningAndDigest(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "ana", "bo")
	d.Set(t, `UPDATE partner_people SET wants = 'daily_digest' WHERE name = 'ana'`)
	d.Set(t, `UPDATE partners SET time_zone = 'Africa/Lagos', working_days = '{7,1,2,3,4}', holidays = '{2026-10-18}'`)
	d.SetToday("2026-10-16")
	tell := func(once string) {
		l := outbox.Letter{Once: once, Kind: letter.HandoffAnswered, CaseID: d.c.ID, PartnerID: d.Home.Partner}
		must(t, postgres.Do(t.Context(), d.DB, d.Program, "read-me", func(ctx context.Context, tx *postgres.Tx) error {
			_, err := outbox.Queue(ctx, tx, l)
			return err
		}))
	}
	tell("one")
	tell("two")
	id := d.Text(t, `SELECT id::text FROM letters WHERE kind = 'digest'`)
	if at := d.Text(t, `SELECT to_char(not_before AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') FROM letters WHERE id = $1`, id); at != "2026-10-19 07:00" {
		t.Errorf("the morning is %s", at)
	}
	d.SetToday("2026-10-19")
	digest, err := outbox.CloseDigest(t.Context(), d.DB, id)
	if err != nil || len(digest.Items) != 2 || digest.Address != "ana@partner.example" || !digest.ToPartner {
		t.Errorf("%+v, %v", digest, err)
	}
	for range 2 {
		must(t, outbox.Fail(t.Context(), d.DB, id, true))
	}
	got := d.Text(t, `SELECT string_agg(split_part(l.once, ':', 1) || ' ' || r.name || ' ' || l.state, ', ' ORDER BY split_part(l.once, ':', 1), r.name)
		FROM letters l JOIN partner_people r ON r.id = l.partner_person_id WHERE l.kind <> 'digest'`)
	if n := d.Count(t, `SELECT count(*) FROM letters WHERE kind = 'digest' AND state = 'failed'`); n != 1 {
		t.Errorf("%d digests failed", n)
	}
	if want := "one ana failed, one bo queued, two ana failed, two bo queued"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// A partner with nobody else gets at its own address what a digest could not
// carry, each letter by itself.
func TestWhatADigestCouldNotCarryIsPassedOn(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "ana")
	d.Set(t, `UPDATE partner_people SET wants = 'daily_digest'`)
	for _, d.once = range []string{"one", "two"} {
		must(t, postgres.Do(t.Context(), d.DB, d.Program, "read-me", func(ctx context.Context, tx *postgres.Tx) error {
			_, err := outbox.Queue(ctx, tx, outbox.Letter{Once: d.once, Kind: letter.CaseJoined, CaseID: d.c.ID, PartnerID: d.Home.Partner})
			return err
		}))
	}
	id := d.Text(t, `SELECT id::text FROM letters WHERE kind = 'digest'`)
	d.Set(t, `UPDATE partner_people SET active = false`)
	d.Pass(1)
	digest, err := outbox.CloseDigest(t.Context(), d.DB, id)
	if err != nil || !digest.Astray {
		t.Errorf("%+v, %v", digest, err)
	}
	must(t, outbox.PassOn(t.Context(), d.DB, id))
	if got := d.Text(t, `SELECT string_agg(once, ' ' ORDER BY once) FROM letters WHERE state = 'queued' AND partner_person_id IS NULL AND digest_id IS NULL`); got != "one two" {
		t.Errorf("passed on: %s", got)
	}
	if n := d.Count(t, `SELECT count(*) FROM letters WHERE state = 'dropped'`); n != 3 {
		t.Errorf("%d letters are dropped", n)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Eight in the morning is the reader's own, whatever is eight in Copenhagen.
func TestR36_AMemberOfStaffElsewhereHasTheirOwnMorning(t *testing.T) {
	t.Parallel()
	for zone, utc := range map[string]string{"America/Bogota": "2026-10-16 13:00", "Asia/Bangkok": "2026-10-19 01:00", "Europe/Copenhagen": "2026-10-19 06:00"} {
		r := newReader(t) // on a Friday at noon
		r.Set(t, `UPDATE users SET time_zone = $2 WHERE id = $1`, r.Contact.ID, zone)
		r.queue("answered", letter.HandoffAnswered, "")
		if got := r.Text(t, `SELECT to_char(not_before AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') FROM letters WHERE kind = 'digest'`); got != utc {
			t.Errorf("%s: the morning is %s, want %s", zone, got, utc)
		}
	}
}
