package followup_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/casework/person"
	"hjemvej/casework/support"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/money"
	"hjemvej/internal/outbox"
)

func TestR35_EverythingThatAnExitLacksIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	planned := h.Pay(t, c, "100", support.Planned)
	sent := h.Pay(t, c, "200", support.Sent)
	h.Pay(t, c, "300", support.Received)
	h.SetToday("2027-04-13")
	got, err := followup.ReadExitReview(t.Context(), h.DB, h.Vault, h.Contact, c.Code)
	must(t, err)
	if got.Followup != "open" || got.Surveyed || !got.Passed || got.Outcome != "" || len(got.LostMissing) != 3 || len(got.Handoffs) != 2 {
		t.Errorf("%+v", got.ExitFacts)
	}
	want := []followup.ExitPayment{{ID: planned.ID, Line: "rent", Amount: money.DKK("100.00"), State: "planned"}, {ID: sent.ID, Line: "rent", Amount: money.DKK("200.00"), State: "sent"}}
	slices.SortFunc(got.Payments, func(a, b followup.ExitPayment) int { return strings.Compare(a.State, b.State) })
	if !slices.Equal(got.Payments, want) {
		t.Errorf("open payments: %+v", got.Payments)
	}
	rent := got.Lines[slices.IndexFunc(got.Lines, func(l followup.ExitLine) bool { return l.Key == "rent" })]
	if rent.Uncommitted.Number() != "19400.00" || rent.Undelivered.Number() != "300.00" {
		t.Errorf("unspent: %+v", got.Lines)
	}
	for _, part := range []string{"No outcome", "follow-up is open", "4 attempts", "survey", "100.00 DKK on rent is planned", "200.00 DKK on rent is sent", "19400.00 DKK is unspent", "300.00 DKK is not received", "A hand-off is"} {
		if !slices.ContainsFunc(got.Missing, func(m string) bool { return strings.Contains(m, part) }) {
			t.Errorf("it does not say %q: %q", part, got.Missing)
		}
	}
	_, err = followup.ReadExitReview(t.Context(), h.DB, h.Vault, h.OtherContact, c.Code)
	housetest.Refused(t, err, fault.NotFound, "")
	_, err = followup.ReadExitReview(t.Context(), h.DB, h.Vault, h.Home, c.Code)
	housetest.Refused(t, err, fault.Forbidden, "")
}

func TestR35_AnExitNamesItsOpenIncidentsWithoutTheirText(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	i := record(t, h, h.Home, c, followup.Threat)
	must(t, second(planIncident(h, t, h.Contact, i, h.Today())))
	must(t, second(closeIncident(h, t, h.Contact, record(t, h, h.Contact, c, followup.Harm), "unfounded")))
	got, err := followup.ReadExitReview(t.Context(), h.DB, h.Vault, h.Contact, c.Code)
	must(t, err)
	if want := []followup.ExitIncident{{ID: i.ID, Kind: followup.Threat, OccurredOn: i.OccurredOn}}; !slices.Equal(got.Incidents, want) {
		t.Errorf("%+v, want %+v", got.Incidents, want)
	}
	if !slices.Contains(got.Missing, "An incident of 2026-10-12 (threat) is not closed.") {
		t.Errorf("%q", got.Missing)
	}
}

// Half a krone is rounding for each promise of a line, as it is for promises.
func TestR28_WhatRoundingLeavesOfALineIsNotUnspent(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	for paid, unspent := range map[string]string{"19999.51": "", "19999.50": "0.50", "19999.99": ""} {
		c := h.Arrived(t)
		h.Pay(t, c, paid, support.Received)
		got, err := followup.ReadExitReview(t.Context(), h.DB, h.Vault, h.Contact, c.Code)
		must(t, err)
		said := ""
		for _, l := range got.Lines {
			if l.Key == "rent" {
				said = l.Uncommitted.Number()
			}
		}
		if said != unspent {
			t.Errorf("%s of 20000 is paid, and %q is unspent, want %q", paid, said, unspent)
		}
	}
}

func TestR35_NothingIsMissingOfAWholeExit(t *testing.T) {
	t.Parallel()
	whole := followup.ExitFacts{LastDay: calendar.MustParse("2027-04-12"), Passed: true, Outcome: followup.Reached, Followup: "done", Surveyed: true}
	if got := followup.ExitMissing(whole); len(got) != 0 {
		t.Errorf("%q", got)
	}
	died := followup.ExitFacts{LastDay: whole.LastDay, Outcome: followup.Died, Followup: "dropped"}
	if got := followup.ExitMissing(died); len(got) != 0 {
		t.Errorf("of who died nothing is owed: %q", got)
	}
	if got := followup.ExitMissing(followup.ExitFacts{Followup: "missing"}); len(got) != 4 {
		t.Errorf("before the arrival: %q", got)
	}
}

func TestR35_AnExitThatIsNotRecordedEscalatesOnceOnEachDay(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t) // until 12 April 2027
	expectSwept(t, h, followup.EscalateExits, map[string]int{"2027-04-13": 1, "2027-04-15": 1, "2027-04-22": 1, "2027-04-29": 1, "2027-05-06": 1},
		"2027-04-12", "2027-04-13", "2027-04-14", "2027-04-15", "2027-04-21", "2027-04-22", "2027-04-28", "2027-04-29", "2027-05-06")
	want := "exit_unfinished 1 01, exit_unfinished 3 01, exit_unfinished 10 03, exit_unfinished 17 03, exit_unfinished 24 03"
	if got := letters(t, h, c, "exit_unfinished"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestR35_AfterAnOutageEachReaderHearsOfAnExitOnce(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	expectSwept(t, h, followup.EscalateExits, map[string]int{"2027-05-01": 2}, "2027-05-01", "2027-05-02")
	if n := h.Count(t, `SELECT count(DISTINCT user_id) FROM letters WHERE case_id = $1 AND kind = 'exit_unfinished' AND days = 19`, c.ID); n != 2 {
		t.Errorf("%d readers", n)
	}
}

func TestR35_LettersOfAnExitEndWhenItIsRecorded(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	expectSwept(t, h, followup.EscalateExits, map[string]int{"2027-04-13": 1}, "2027-04-13")
	needed := func() bool {
		w, err := outbox.Find(t.Context(), h.DB, h.Text(t, `SELECT id::text FROM letters WHERE kind = 'exit_unfinished'`))
		must(t, err)
		return w.Needed
	}
	if !needed() {
		t.Error("it is not needed though nothing is recorded")
	}
	must(t, second(followup.RecordExit(t.Context(), h.DB, h.Contact, c.Code, 0, followup.ExitReview{Outcome: followup.ReMigrated, ExitedOn: h.Today()})))
	if needed() {
		t.Error("it is still needed")
	}
	expectSwept(t, h, followup.EscalateExits, nil, "2027-04-15", "2027-04-22")
}

// It asks for a decision, not for contact.
func TestR35_AnExitEscalatesThoughNobodyMayCall(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	must(t, second(casefile.AddPart(t.Context(), h.DB, h.Vault, c.By, c.Code, &person.ContactPoint{Kind: "phone", Value: "+40700000001", Whose: "self", DoNotContact: true})))
	expectSwept(t, h, followup.EscalateExits, map[string]int{"2027-04-13": 1}, "2027-04-13")
}

func TestR35_EveryReaderHearsOfTheLatestDayAlone(t *testing.T) {
	t.Parallel()
	heard := map[followup.ExitReminder]int{}
	for late := -1; late <= 40; late++ {
		readers := map[followup.Reader]bool{}
		for _, r := range followup.DueExitReminders(late) {
			if r.Step > late || readers[r.To] {
				t.Errorf("%d days late: %+v", late, r)
			}
			readers[r.To] = true
			heard[r]++
		}
	}
	if len(heard) != 2+5 { // 1 and 3; 10, 17, 24, 31, 38
		t.Errorf("%v", heard)
	}
}

func TestR23_TheLastSecondAtTheDestinationCounts(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t) // until 12 April 2027
	for zone, over := range map[string]string{
		"":                  "2027-04-12T21:00:00Z", // Bucharest's, the country's only clock
		"Europe/Copenhagen": "2027-04-12T22:00:00Z",
		"Pacific/Honolulu":  "2027-04-13T10:00:00Z",
		"Pacific/Tongatapu": "2027-04-12T11:00:00Z",
		"Africa/Cairo":      "2027-04-12T22:00:00Z",
	} {
		at, err := time.Parse(time.RFC3339, over)
		must(t, err)
		for back, want := range map[time.Duration]int{time.Second: 0, 0: 1} {
			h.Set(t, `UPDATE cases SET support_ended_on = NULL, destination_time_zone = nullif($2, '') WHERE id = $1`, c.ID, zone)
			h.SetNow(at.Add(-back))
			n, err := followup.EndSupport(t.Context(), h.DB)
			must(t, err)
			if n != want {
				t.Errorf("%s, %s before: %d ended", zone, back, n)
			}
		}
	}
}

func TestR23_R22_AnArrivalCorrectedAfterTheEndReopensThePeriod(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	expectSwept(t, h, followup.EndSupport, map[string]int{"2027-04-20": 1}, "2027-04-20") // an outage over the end
	expectSwept(t, h, followup.EscalateExits, map[string]int{"2027-04-20": 1}, "2027-04-20")
	h.Confirm(t, c, h.Contact, calendar.MustParse("2026-10-31"), "The partner saw the person on the 31st")
	got, err := casefile.Read(t.Context(), h.DB, h.Contact, c.Code)
	must(t, err)
	if !got.SupportEnded.IsZero() || got.LastDay != calendar.MustParse("2027-04-30") {
		t.Errorf("ended on %s, until %s", got.SupportEnded, got.LastDay)
	}
	w, err := outbox.Find(t.Context(), h.DB, h.Text(t, `SELECT id::text FROM letters WHERE kind = 'exit_unfinished'`))
	must(t, err)
	if w.Needed {
		t.Error("the last day is another, and the letter is still needed")
	}
	expectSwept(t, h, followup.EndSupport, map[string]int{"2027-05-01": 1}, "2027-04-30", "2027-05-01")
	expectSwept(t, h, followup.EscalateExits, map[string]int{"2027-05-01": 1}, "2027-05-01")
}
