package followup_test

import (
	"fmt"
	"testing"
	"time"

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
