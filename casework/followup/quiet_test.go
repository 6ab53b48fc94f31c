package followup_test

import (
	"fmt"
	"testing"
	"time"

	"hjemvej/casework/attention"
	"hjemvej/casework/followup"
	"hjemvej/internal/calendar"
	"hjemvej/internal/housetest"
)

func tried(t *testing.T, h *housetest.House, c *housetest.Case, outcome followup.AttemptOutcome) followup.Followup {
	t.Helper()
	f, err := followup.RecordAttempt(t.Context(), h.DB, h.Vault, h.Contact, h.Followup(t, c, followup.ArrivalContact, ""),
		followup.NewAttempt{MadeOn: h.Today(), Channel: followup.Call, Outcome: outcome})
	must(t, err)
	return f
}

func TestR33_NotFreeToTalkHidesTheRemindersForSomeDays(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	expectSwept(t, h, followup.Remind, map[string]int{"2026-10-26": 1}, "2026-10-26") // queued, and not sent yet
	if f := tried(t, h, c, followup.ReachedNotFree); f.QuietUntil != day("2026-10-29") || !f.SafetyMark {
		t.Errorf("quiet until %s, marked %v", f.QuietUntil, f.SafetyMark)
	}
	expectSwept(t, h, followup.Remind, nil, "2026-10-27", "2026-10-29")
	if f := tried(t, h, c, followup.ReachedNotFree); f.QuietUntil != day("2026-11-01") {
		t.Errorf("another one moves it to %s", f.QuietUntil)
	}
	expectSwept(t, h, followup.Remind, map[string]int{"2026-11-02": 1}, "2026-11-01", "2026-11-02", "2026-11-03")
	if got, want := letters(t, h, c, "followup%"), "followup_reminder_due 0 01, followup_reminder_overdue 7 01"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if n := h.Count(t, `SELECT count(*) FROM letters WHERE case_id = $1 AND kind LIKE 'followup%' AND state = 'queued'`, c.ID); n != 1 {
		t.Errorf("%d reminders wait to be sent, want the latest alone", n)
	}
	if f := tried(t, h, c, followup.ReachedSafe); !f.QuietUntil.IsZero() || f.SafetyMark || f.State != "done" {
		t.Errorf("reached and safe leaves %+v", f)
	}
}

func TestR33_AnEscalationThatWasPutBackStillComesOnce(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	expectSwept(t, h, followup.Remind, map[string]int{"2026-11-05": 2}, "2026-11-05")
	tried(t, h, c, followup.ReachedNotFree)
	expectSwept(t, h, followup.Remind, map[string]int{"2026-11-09": 3}, "2026-11-08", "2026-11-09", "2026-11-10") // and the first one of month 1
}

func TestR34_AFollowupSaysWhatIsStillMissing(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	h.SetToday("2026-10-26")
	id := h.Followup(t, c, followup.ArrivalContact, "")
	f, err := followup.Read(t.Context(), h.DB, h.Vault, h.Contact, id)
	must(t, err)
	if len(f.LostMissing) == 0 {
		t.Error("nothing is missing before anything was tried")
	}
	tried(t, h, c, followup.ReachedSafe)
	if f, err = followup.Read(t.Context(), h.DB, h.Vault, h.Contact, id); err != nil || len(f.LostMissing) != 0 {
		t.Errorf("when it is done: %v, %v", f.LostMissing, err)
	}
}

// many lays so many slots beside the first of an arrived case, due on its day.
func many(t *testing.T, h *housetest.House, c *housetest.Case, n int) {
	t.Helper()
	h.Set(t, `INSERT INTO followups (case_id, kind, ref, opens_on, due_on, closes_on)
		SELECT case_id, 'payment_check', 'p' || g, opens_on, due_on, closes_on FROM followups, generate_series(1, $2) g WHERE case_id = $1 AND kind = 'arrival_contact'`, c.ID, n-1)
}

func TestR36_AfterAnOutageOverNewYearEachReaderGetsOneLetter(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	h.SetToday("2026-12-15")
	c := h.Arrived(t) // the first contact is due on 29 December
	many(t, h, c, 300)
	n := swept(t, h, "2027-01-11", followup.Remind)
	slots := h.Count(t, `SELECT count(*) FROM followups WHERE due_on = '2026-12-29'`)
	if slots != 300 || n < 600 {
		t.Errorf("%d letters about %d slots", n, slots)
	}
	for _, reader := range []string{h.Contact.ID, h.Lead.ID} {
		if alone := h.Count(t, `SELECT count(*) FROM letters WHERE user_id = $1 AND kind LIKE 'followup%' AND digest_id IS NULL AND due_on = '2026-12-29'`, reader); alone != 0 {
			t.Errorf("%d go by themselves", alone)
		}
		if digests := h.Count(t, `SELECT count(DISTINCT digest_id) FROM letters WHERE user_id = $1 AND due_on = '2026-12-29' AND kind <> 'digest'`, reader); digests != 1 {
			t.Errorf("%d letters to one reader", digests)
		}
	}
	if twice := h.Count(t, `SELECT count(*) FROM (SELECT FROM letters WHERE followup_id IS NOT NULL GROUP BY followup_id, user_id, kind HAVING count(*) > 1) x`); twice != 0 {
		t.Errorf("%d reminders twice", twice)
	}
}

func TestR36_ClocksThatGoBackRemindNobodyTwice(t *testing.T) {
	t.Parallel()
	for _, around := range []string{"2026-10-25", "2027-03-28"} { // summer time ends, and begins
		h := housetest.New(t)
		h.SetNow(time.Date(2026, 10, 1, 10, 0, 0, 0, time.UTC))
		first := calendar.MustParse(around).AddDays(-14)
		h.SetToday(first.String())
		c := h.Arrived(t)
		at := h.Now().AddDate(0, 0, 13)
		for step := range 48 * 4 { // half hours, each second one an hour back
			h.SetNow(at.Add(time.Duration(step) * 30 * time.Minute))
			_, err := followup.Remind(t.Context(), h.DB)
			must(t, err)
			h.SetNow(h.Now().Add(-time.Hour))
			_, err = followup.Remind(t.Context(), h.DB)
			must(t, err)
		}
		got := h.Text(t, fmt.Sprintf(`SELECT string_agg(kind, ',' ORDER BY kind) FROM letters WHERE case_id = '%s' AND followup_id IS NOT NULL`, c.ID))
		if want := "followup_reminder_before,followup_reminder_due,followup_reminder_overdue"; got != want {
			t.Errorf("%s: %s", around, got)
		}
	}
}

// The person cannot talk, whichever contact is due.
func TestR33_TheQuietIsThePersonsAndNotTheFollowups(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t) // the arrival contact is due on 26 October, month 1 on 12 November
	h.SetToday("2026-11-11")
	must(t, second(followup.Remind(t.Context(), h.DB)))
	sent := h.Count(t, `SELECT count(*) FROM letters WHERE kind LIKE 'followup%' AND state = 'queued'`)
	tried(t, h, c, followup.ReachedNotFree) // of the arrival contact; quiet until 14 November
	if n := h.Count(t, `SELECT count(*) FROM letters WHERE kind LIKE 'followup%' AND state = 'queued'`); n != 0 || sent < 3 {
		t.Errorf("%d of %d reminders wait to be sent", n, sent)
	}
	if got := h.Text(t, `SELECT string_agg(kind || ' ' || coalesce(quiet_until::text, 'none'), ', ' ORDER BY due_on) FROM followups`); got != "arrival_contact 2026-11-14, month_1 2026-11-14, month_3 none, exit none" {
		t.Errorf("rests: %s", got)
	}
	list, err := followup.List(t.Context(), h.DB, h.Vault, h.Contact, c.Code)
	must(t, err)
	for _, f := range list {
		if !f.SafetyMark {
			t.Errorf("%s bears no mark", f.Kind)
		}
	}
	if got, err := attention.ReadHealth(t.Context(), h.DB, h.Contact); err != nil || got.Quiet != 2 {
		t.Errorf("%d are quiet, %v", got.Quiet, err)
	}
	expectSwept(t, h, followup.Remind, nil, "2026-11-12", "2026-11-14")
	expectSwept(t, h, followup.Remind, map[string]int{"2026-11-15": 3}, "2026-11-15", "2026-11-16") // the latest of each to its readers
}

func TestR33_WhatIsPlannedIntoTheQuietRestsToo(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	h.SetToday("2026-11-11")
	tried(t, h, c, followup.ReachedNotFree)
	h.Set(t, `UPDATE followups SET due_on = '2026-12-01', quiet_until = NULL WHERE kind = 'month_1'`)
	must(t, replan(t, h, c)) // moves it back
	if got := h.Text(t, `SELECT due_on || ' ' || quiet_until FROM followups WHERE kind = 'month_1'`); got != "2026-11-12 2026-11-14" {
		t.Error(got)
	}
}

func TestR33_ReachedAndSafeEndsTheQuietOfEveryFollowup(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	h.SetToday("2026-11-11")
	tried(t, h, c, followup.ReachedNotFree)
	month1 := h.Followup(t, c, followup.Month1, "")
	must(t, reaches(t, h, month1, h.Today().AddDays(-2))) // before, and told of only now
	if n := h.Count(t, `SELECT count(*) FROM followups WHERE state = 'open' AND quiet_until IS NOT NULL`); n != 1 {
		t.Errorf("%d are quiet after a contact that was before", n)
	}
	must(t, reaches(t, h, month1, h.Today()))
	if n := h.Count(t, `SELECT count(*) FROM followups WHERE state = 'open' AND quiet_until IS NOT NULL`); n != 0 {
		t.Errorf("%d are quiet after the person was reached and safe", n)
	}
}

func TestR33_AttemptsForSeveralFollowupsAtOnceHoldNobodyUp(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	many(t, h, c, 6)
	h.SetToday("2026-10-26")
	errs := housetest.AtOnce(6, func(i int) error {
		if i == 5 {
			return replan(t, h, c)
		}
		id := h.Followup(t, c, followup.PaymentCheck, fmt.Sprintf("p%d", i+1))
		return second(followup.RecordAttempt(t.Context(), h.DB, h.Vault, h.Contact, id, followup.NewAttempt{MadeOn: h.Today(), Channel: followup.Call, Outcome: followup.ReachedNotFree}))
	})
	must(t, errs...)
	if n := h.Count(t, `SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`); n != 0 {
		t.Errorf("%d deadlocks", n)
	}
}
