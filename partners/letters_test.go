package partners_test

import (
	"testing"

	"hjemvej/casework/followup"
	"hjemvej/internal/calendar"
	"hjemvej/internal/housetest"
	"hjemvej/internal/outbox"
	"hjemvej/partners"
)

func remind(t *testing.T, h *housetest.House, want int) {
	t.Helper()
	got, err := partners.RemindOfAnswers(t.Context(), h.DB)
	must(t, err)
	if got != want {
		t.Errorf("on %s: %d letters, want %d", h.Today(), got, want)
	}
}

func TestR20_AnAnswerIsRemindedOfOnThePartnersWorkingDayBefore(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	// Sunday to Thursday; offered on a Monday, the answer is due on Sunday.
	h.Set(t, `UPDATE partners SET working_days = '{7,1,2,3,4}', holidays = '{2026-10-15}' WHERE id = $1`, h.Home.Partner)
	id := h.Offer(t, h.Accepted(t), h.Home)
	if due := h.Text(t, `SELECT answer_due_on::text FROM handoffs WHERE id = $1`, id); due != "2026-10-18" {
		t.Fatalf("the answer is due on %s", due)
	}
	for day, want := range map[string]int{"2026-10-13": 0, "2026-10-19": 0} {
		h.SetToday(day)
		remind(t, h, want)
	}
	h.SetToday("2026-10-14") // the 15th is a holiday, then comes their weekend
	remind(t, h, 1)
	remind(t, h, 0)
	letter := func() outbox.Waiting {
		w, err := outbox.Find(t.Context(), h.DB, h.Text(t, `SELECT id::text FROM letters WHERE kind = 'handoff_due'`))
		must(t, err)
		return w
	}
	if w := letter(); !w.Needed || !w.ToPartner || w.DueOn != calendar.MustParse("2026-10-18") {
		t.Errorf("%+v", w)
	}
	h.SetToday("2026-10-19")
	if letter().Needed {
		t.Error("it is sent although the day has passed")
	}
	h.SetToday("2026-10-18")
	must(t, second(partners.AnswerOffer(t.Context(), h.DB, h.Home, id, 1, partners.Answer{Answer: "accepted"})))
	if letter().Needed {
		t.Error("it is sent although there is an answer")
	}
}

func TestR22_WhoCountsFromAnArrivalIsTold(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Departed(t)
	told := func(want string) {
		t.Helper()
		got := h.Text(t, `SELECT coalesce(string_agg(who, ' ' ORDER BY who), '') FROM (
			SELECT CASE coalesce(user_id, partner_id) WHEN $1 THEN 'contact' WHEN $2 THEN 'return' WHEN $3 THEN 'home' ELSE 'other' END AS who
			FROM letters WHERE kind = 'arrival_confirmed') l`, h.Contact.ID, h.Return.Partner, h.Home.Partner)
		if got != want {
			t.Errorf("told: %q, want %q", got, want)
		}
		h.Set(t, `DELETE FROM river_job`)
		h.Set(t, `DELETE FROM letters`)
	}
	must(t, second(partners.ConfirmArrival(t.Context(), h.DB, h.Home, c.Code, followup.Arrival{ArrivedOn: h.Today()})))
	told("contact return")
	h.Pass(1)
	must(t, second(partners.ConfirmArrival(t.Context(), h.DB, h.Contact, c.Code, followup.Arrival{ArrivedOn: h.Today(), Reason: "A day later"})))
	told("home return")
	h.Set(t, `UPDATE consents SET withdrawn_at = $1 WHERE partner_id = $2`, h.Now(), h.Return.Partner)
	h.Pass(1)
	must(t, second(partners.ConfirmArrival(t.Context(), h.DB, h.Lead, c.Code, followup.Arrival{ArrivedOn: h.Today(), Reason: "One more"})))
	told("contact home")
}
