package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"hjemvej/internal/housetest"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
)

// look queues so many letters of a kind to the contact person, as a look of a sweep
// does, and answers how many were new.
func look(t *testing.T, h *housetest.House, c *housetest.Case, name string, kind letter.Kind, many int) (queued int) {
	t.Helper()
	letters := make([]outbox.Letter, many)
	for i := range letters {
		letters[i] = outbox.Letter{Once: fmt.Sprint(name, " ", i), Kind: kind, CaseID: c.ID, CaseCode: c.Code, UserID: c.By.ID, Days: 3, DueOn: h.Today().AddDays(3)}
	}
	must(t, postgres.Do(t.Context(), h.DB, h.Program, "remind-followups", func(ctx context.Context, tx *postgres.Tx) (err error) {
		queued, err = outbox.QueueAll(ctx, tx, letters)
		return err
	}))
	return queued
}

// outgoing are letters that go by themselves, letters that a digest carries, and
// digests.
func outgoing(t *testing.T, h *housetest.House, want string) {
	t.Helper()
	got := h.Text(t, `SELECT count(*) FILTER (WHERE kind <> 'digest' AND digest_id IS NULL) || ' alone, ' || count(digest_id) || ' in ' || count(*) FILTER (WHERE kind = 'digest') FROM letters`)
	jobs := h.Text(t, `SELECT count(*) FILTER (WHERE kind = 'send_letter') || ' alone, ' || count(*) FILTER (WHERE kind = 'send_digest') || ' digests' FROM river_job`)
	if got+"; "+jobs != want {
		t.Errorf("%s; %s, want %s", got, jobs, want)
	}
}

func TestR36_ManyLettersOfOneSweepToOneReaderGoOutAsOne(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	for range 2 { // a sweep that comes again queues nothing
		look(t, h, c, "reminders", letter.FollowupReminderBefore, 400)
		outgoing(t, h, "0 alone, 400 in 1; 0 alone, 1 digests")
	}
}

// Thirteen looks with five letters each would be sixty-five.
func TestR36_TheLooksOfASweepCountTogether(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	look(t, h, c, "reminders", letter.FollowupReminderBefore, 4)
	outgoing(t, h, "4 alone, 0 in 0; 4 alone, 0 digests")
	look(t, h, c, "ends", letter.SupportEnds, 4)
	look(t, h, c, "exits", letter.ExitUnfinished, 1)
	outgoing(t, h, "5 alone, 4 in 1; 5 alone, 1 digests")
	look(t, h, c, "alerts", letter.SurveyAlert, 7) // urgent
	outgoing(t, h, "12 alone, 4 in 1; 12 alone, 1 digests")
	h.SetNow(h.Now().Add(15 * time.Minute)) // the next sweep
	look(t, h, c, "later", letter.ExitUnfinished, 5)
	outgoing(t, h, "17 alone, 4 in 1; 17 alone, 1 digests")
}

func TestR36_TwoSweepsAtOnceQueueEachLetterOnce(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	queued := make([]int, 4)
	must(t, errors.Join(housetest.AtOnce(4, func(i int) error {
		queued[i] = look(t, h, c, "reminders", letter.FollowupReminderDue, 300)
		return nil
	})...))
	if n := queued[0] + queued[1] + queued[2] + queued[3]; n != 300 {
		t.Errorf("%d were new, of 300", n)
	}
	if n := h.Count(t, `SELECT count(*) FROM letters WHERE digest_id IS NOT NULL`); n != 300 {
		t.Errorf("%d are carried", n)
	}
}
