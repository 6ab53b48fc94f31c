package followup_test

import (
	"context"
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/internal/calendar"
	"hjemvej/internal/housetest"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
	"hjemvej/partners"
)

type sweep = func(context.Context, *postgres.DB) (int, error)

// swept runs a sweep four times at once on a day, and once more, and answers how
// much they did together.
func swept(t *testing.T, h *housetest.House, day string, run sweep) (n int) {
	t.Helper()
	h.SetToday(day)
	did := make([]int, 5)
	must(t, housetest.AtOnce(4, func(i int) (err error) { did[i], err = run(t.Context(), h.DB); return err })...)
	var err error
	did[4], err = run(t.Context(), h.DB)
	must(t, err)
	if did[4] != 0 {
		t.Errorf("%s: a further sweep did %d", day, did[4])
	}
	for _, d := range did {
		n += d
	}
	return n
}

func expectSwept(t *testing.T, h *housetest.House, run sweep, days map[string]int, order ...string) {
	t.Helper()
	for _, day := range order {
		if got := swept(t, h, day, run); got != days[day] {
			t.Errorf("%s: %d, want %d", day, got, days[day])
		}
	}
}

// letters are the case's letters of one kind in the order of their days.
func letters(t *testing.T, h *housetest.House, c *housetest.Case, like string) string {
	t.Helper()
	return h.Text(t, `SELECT coalesce(string_agg(kind || ' ' || days || ' ' || right(user_id::text, 2), ', ' ORDER BY queued_at, kind), '') FROM letters WHERE case_id = $1 AND kind LIKE $2`, c.ID, like)
}

func TestR36_EachReminderGoesOutOnceOnItsDay(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t) // the first contact is due on 26 October
	expectSwept(t, h, followup.Remind, map[string]int{"2026-10-23": 1, "2026-10-26": 1, "2026-10-29": 1, "2026-11-05": 1},
		"2026-10-22", "2026-10-23", "2026-10-25", "2026-10-26", "2026-10-28", "2026-10-29", "2026-11-04", "2026-11-05", "2026-11-06")
	if got, want := letters(t, h, c, "followup%"), "followup_reminder_before 3 01, followup_reminder_due 0 01, followup_reminder_overdue 3 01, followup_escalated 10 03"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if n := h.Count(t, `SELECT count(*) FROM river_job`); n != h.Count(t, `SELECT count(*) FROM letters`) {
		t.Errorf("%d jobs for the letters", n)
	}
}

func TestR36_AfterAnOutageEachReaderGetsTheLatestOnce(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	expectSwept(t, h, followup.Remind, map[string]int{"2026-11-08": 2}, "2026-11-08")
	if got, want := letters(t, h, c, "followup%"), "followup_escalated 13 03, followup_reminder_overdue 13 01"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	h.NobodyForgotten(t)
}

func TestR36_RemindersStopWhenTheConditionEnds(t *testing.T) {
	t.Parallel()
	h, done := housetest.NewArrived(t)
	withdrawn, moved := h.Arrived(t), h.Arrived(t)
	expectSwept(t, h, followup.Remind, map[string]int{"2026-10-23": 3}, "2026-10-23")
	must(t, second(followup.RecordAttempt(t.Context(), h.DB, h.Vault, h.Contact, h.Followup(t, done, followup.ArrivalContact, ""),
		followup.NewAttempt{MadeOn: h.Today(), Channel: followup.Call, Outcome: followup.ReachedSafe})),
		second(partners.Withdraw(t.Context(), h.DB, h.Contact, withdrawn.Code, 0, casefile.Withdrawal{WithdrawnOn: h.Today()})))
	h.Confirm(t, moved, h.Home, calendar.MustParse("2026-10-15"), "Three days later")
	for _, c := range []*housetest.Case{done, withdrawn, moved} { // queued and not yet sent: not needed any more
		id := h.Text(t, `SELECT id::text FROM letters WHERE case_id = $1 AND kind = 'followup_reminder_before'`, c.ID)
		w, err := outbox.Find(t.Context(), h.DB, id)
		must(t, err)
		if w.Needed {
			t.Errorf("%+v is still needed", w)
		}
	}
	// A slot that moved is remembered on its new day.
	expectSwept(t, h, followup.Remind, map[string]int{"2026-10-26": 1, "2026-10-29": 1, "2026-11-01": 1}, "2026-10-26", "2026-10-29", "2026-11-01")
}

func TestR36_ManyDueFollowupsAreAllRemembered(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	h.Set(t, `INSERT INTO followups (case_id, kind, ref, opens_on, due_on, closes_on) SELECT $1, 'payment_check', 'p' || n, '2026-10-20', '2026-10-26', '2026-11-09' FROM generate_series(1, 450) n`, c.ID)
	if n := swept(t, h, "2026-10-26", followup.Remind); n != 451 {
		t.Errorf("%d reminders, want 451", n)
	}
}

func TestR23_TheContactPersonIsToldBeforeSupportEnds(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t) // until 12 April 2027
	expectSwept(t, h, followup.WarnSupport, map[string]int{"2027-03-13": 1, "2027-03-29": 1, "2027-04-05": 1},
		"2027-03-12", "2027-03-13", "2027-03-28", "2027-03-29", "2027-04-05", "2027-04-11", "2027-04-12", "2027-04-13")
	if got, want := letters(t, h, c, "support_ends"), "support_ends 30 01, support_ends 14 01, support_ends 7 01"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	late := h.Text(t, `SELECT id::text FROM letters WHERE kind = 'support_ends' AND days = 7`)
	must(t, second(followup.RecordExit(t.Context(), h.DB, h.Contact, c.Code, 0, followup.ExitReview{Outcome: followup.Died, ExitedOn: h.Today()})))
	w, err := outbox.Find(t.Context(), h.DB, late)
	must(t, err)
	if w.Needed {
		t.Error("the case has exited, and the warning is still needed")
	}
}

func TestR2_R23_WhoTakesACaseOverIsToldThatSupportEnds(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t) // until 12 April 2027
	expectSwept(t, h, followup.WarnSupport, map[string]int{"2027-04-05": 1}, "2027-04-05")
	must(t, second(casefile.AssignContactPerson(t.Context(), h.DB, h.Lead, c.Code, 0, casefile.NewContactPerson{UserID: h.Colleague.ID})))
	expectSwept(t, h, followup.WarnSupport, map[string]int{"2027-04-06": 1}, "2027-04-06", "2027-04-07")
	if got, want := letters(t, h, c, "support_ends"), "support_ends 7 01, support_ends 6 02"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestR23_AfterAnOutageOneWarningGoesOut(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	expectSwept(t, h, followup.WarnSupport, map[string]int{"2027-04-08": 1}, "2027-04-08", "2027-04-09")
	if got, want := letters(t, h, c, "support_ends"), "support_ends 4 01"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestR23_SupportEndsOnceOnTheDayAfterItsLast(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	expectSwept(t, h, followup.EndSupport, map[string]int{"2027-04-13": 1}, "2027-04-12", "2027-04-13", "2027-05-01")
	got, err := casefile.Read(t.Context(), h.DB, h.Contact, c.Code)
	must(t, err)
	if got.SupportEnded != got.LastDay || got.State != casefile.Arrived {
		t.Errorf("ended on %s, %s", got.SupportEnded, got.State)
	}
	if n := h.Count(t, `SELECT count(*) FROM audit_log WHERE operation = 'end-support' AND case_id = $1`, c.ID); n != 1 {
		t.Errorf("%d traces of the end", n)
	}
	// The outage did not lose the exit review's reminder either.
	if n := swept(t, h, "2027-05-01", followup.Remind); n == 0 {
		t.Error("nobody is reminded of the exit review")
	}
	must(t, second(followup.EscalateExits(t.Context(), h.DB)))
	h.NobodyForgotten(t)
}
