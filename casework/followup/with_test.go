package followup_test

import (
	"testing"

	"hjemvej/casework/followup"
	"hjemvej/internal/access"
	"hjemvej/internal/housetest"
)

// withOf is whom the first follow-up of a kind is with, as staff and partner read it.
func withOf(t *testing.T, h *housetest.House, c *housetest.Case, kind followup.Kind) string {
	t.Helper()
	var said []string
	for _, who := range []access.Actor{h.Contact, h.Home} {
		list, err := followup.List(t.Context(), h.DB, h.Vault, who, c.Code)
		must(t, err)
		for _, f := range list {
			if f.Kind == kind {
				said = append(said, f.With)
			}
		}
	}
	if len(said) != 2 || said[0] != said[1] {
		t.Errorf("staff and the partner read %q", said)
	}
	return said[0]
}

func TestR5_WhoTurns18BeforeAFollowUpIsMetThemselves(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	for _, tc := range []struct {
		arrived string
		in      int // days until they turn 18, 29 February counted where they were born on it
		kind    followup.Kind
		with    string
	}{
		{"2026-10-12", 15, followup.ArrivalContact, "representative"}, // due on the 26th, the day before
		{"2026-10-12", 14, followup.ArrivalContact, "person"},         // on the birthday
		{"2026-10-12", 14, followup.Month1, "person"},
		{"2026-01-28", 32, followup.Month1, "representative"}, // due on 28 February; born on the 29th
		{"2026-02-01", 28, followup.Month1, "person"},         // due on 1 March
	} {
		h.SetToday(tc.arrived)
		c := h.Arrived(t, h.Turns18In(tc.in))
		if got := withOf(t, h, c, tc.kind); got != tc.with {
			t.Errorf("arrived on %s, 18 in %d days: %s is with the %s", tc.arrived, tc.in, tc.kind, got)
		}
	}
}

func TestR5_AnOverdueFollowUpIsJudgedTodayAndADoneOneByItsDay(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Arrived(t, h.Turns18In(20)) // on 1 November; the arrival contact is due on 26 October
	for _, d := range []struct{ today, with string }{{"2026-10-31", "representative"}, {"2026-11-01", "person"}} {
		h.SetToday(d.today)
		if got := withOf(t, h, c, followup.ArrivalContact); got != d.with {
			t.Errorf("on %s it is with the %s", d.today, got)
		}
	}
	must(t, second(followup.RecordAttempt(t.Context(), h.DB, h.Vault, h.Contact, h.Followup(t, c, followup.ArrivalContact, ""),
		followup.NewAttempt{MadeOn: h.Today().AddDays(-1), Channel: followup.Call, Outcome: followup.ReachedSafe})))
	h.Pass(30)
	if got := withOf(t, h, c, followup.ArrivalContact); got != "representative" {
		t.Errorf("the past has changed: it was with the %s", got)
	}
}
