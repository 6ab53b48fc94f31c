package attention_test

import (
	"testing"

	"hjemvej/casework/attention"
	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/casework/person"
	"hjemvej/casework/plan"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/partners"

	"github.com/google/go-cmp/cmp"
)

// standstills are every way in which a case can stand still: each state, and what
// may stand open in it.
var standstills = map[string]func(*testing.T, *housetest.House){
	"identified":                  func(t *testing.T, h *housetest.House) { h.Case(t) },
	"offered":                     func(t *testing.T, h *housetest.House) { h.Offered(t) },
	"declined":                    declined,
	"accepted, nothing else":      func(t *testing.T, h *housetest.House) { h.Accepted(t) },
	"accepted, an action planned": planned,
	"accepted, a partner asked":   func(t *testing.T, h *housetest.House) { c := h.Accepted(t); h.Offer(t, c, c.Home) },
	"accepted, booked":            booked,
	"departed, no arrival":        func(t *testing.T, h *housetest.House) { h.Departed(t) },
	"arrived, follow-ups open":    func(t *testing.T, h *housetest.House) { h.Arrived(t) },
	"arrived, a safety hold":      held,
	"arrived, extension pending":  extensionPending, // and no follow-up open
	"arrived, only the exit open": func(t *testing.T, h *housetest.House) { allBut(t, h, h.Arrived(t), "exit") },
	"exited":                      func(t *testing.T, h *housetest.House) { h.Exited(t) },
	"withdrawn":                   withdrawn, // which is over
}

func declined(t *testing.T, h *housetest.House) {
	c := h.Offered(t)
	must(t, second(casefile.AnswerOffer(t.Context(), h.DB, c.By, c.Code, 0, casefile.Answer{Answer: "declined", AnsweredOn: h.Today()})))
}

func planned(t *testing.T, h *housetest.House) {
	c := h.Accepted(t)
	must(t, second(plan.Save(t.Context(), h.DB, c.By, c.Code, plan.Action, 0, plan.Content{Goals: []plan.Goal{{Goal: "To travel",
		Actions: []plan.Step{{Area: "health", What: "A doctor", Responsible: "contact_person", DueOn: h.Today().AddDays(40), State: "open"}}}}})))
}

func booked(t *testing.T, h *housetest.House) {
	c := h.Accepted(t)
	must(t, second(casefile.Book(t.Context(), h.DB, c.By, c.Code, 0, casefile.Booking{PlannedOn: h.Today().AddDays(60), NotifiedOn: h.Today()})))
}

func held(t *testing.T, h *housetest.House) {
	h.Arrived(t, housetest.Reachable(person.ContactPoint{Kind: "phone", Value: "+40700000002", Whose: "self", DoNotContact: true}))
}

func extensionPending(t *testing.T, h *housetest.House) {
	c := h.Arrived(t)
	must(t, second(followup.AskExtension(t.Context(), h.DB, c.By, c.Code, followup.NewExtension{Until: h.Today().AddMonths(8), Reason: "A course"})))
	allBut(t, h, c, "")
}

func withdrawn(t *testing.T, h *housetest.House) {
	c := h.Accepted(t)
	must(t, second(partners.Withdraw(t.Context(), h.DB, c.By, c.Code, 0, casefile.Withdrawal{WithdrawnOn: h.Today()})))
}

// allBut ends every follow-up of a case but those of a kind.
func allBut(t *testing.T, h *housetest.House, c *housetest.Case, kind string) {
	h.Set(t, `UPDATE followups SET state = 'lost', done_on = '2026-10-13' WHERE case_id = $1 AND kind <> $2`, c.ID, kind)
}

func second[T any](_ T, err error) error { return err }

func TestR36_ACaseThatStandsStillInAnyWayIsReportedOnceAndCounted(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	for _, stand := range standstills {
		h.SetToday(housetest.FirstDay)
		stand(t, h)
	}
	for state := range casefile.Moves {
		if h.Count(t, `SELECT count(*) FROM cases WHERE state = $1`, string(state)) == 0 {
			t.Errorf("no case stands still as %s", state)
		}
	}
	open := len(standstills) - 1
	for day, reported := range map[int]int{0: 0, 300: open} {
		h.SetToday(housetest.FirstDay)
		h.Pass(day)
		for _, size := range []int{1, 3, open, 5000} {
			if n, err := attention.ReportInParts(t.Context(), h.DB, size); n != reported || err != nil {
				t.Errorf("after %d days, in parts of %d, %d of %d are reported, %v", day, size, n, open, err)
			}
		}
	}
	if n := h.Count(t, `SELECT count(*) FROM letters WHERE kind = 'case_without_next_step'`); n != 2*open {
		t.Errorf("%d letters, want one to the contact person and one to the lead of each", n)
	}
	for _, day := range []int{14, 15, 29, 56, 75, 197, 300} {
		h.SetToday(housetest.FirstDay)
		h.Pass(day)
		agree(t, h, open)
	}
}

// agree compares the database's counts with the rule's.
func agree(t *testing.T, h *housetest.House, open int) {
	t.Helper()
	counts, err := attention.CountHealth(t.Context(), h.DB, h.Manager)
	must(t, err)
	health, err := attention.ReadHealth(t.Context(), h.DB, h.Lead)
	must(t, err)
	reported, err := attention.Report(t.Context(), h.DB)
	must(t, err)
	got := counts.All
	if reported != len(health.Forgotten) || got.Open != open || got.WithoutStep != len(health.Forgotten) || got.Overdue1To3+got.Overdue4To10+got.OverdueMore != health.OverdueCount {
		t.Errorf("%s: counted %+v; %d reported; the rule names %d forgotten, and %d are overdue", h.Today(), got, reported, len(health.Forgotten), health.OverdueCount)
	}
	if got.ByContactPerson+got.ByPartner != health.OverdueCount {
		t.Errorf("%s: %+v wait for no side", h.Today(), got)
	}
}

func TestR2_ACaseWhoseContactPersonLeftIsReportedToWhoeverIsThere(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	h.Arrived(t)
	h.Set(t, `UPDATE users SET active = false WHERE id = ANY($1)`, []string{h.Contact.ID, h.Lead.ID})
	h.Pass(attention.Grace + 1)
	n, err := attention.Report(t.Context(), h.DB)
	must(t, err)
	if n != 1 || h.Text(t, `SELECT string_agg(user_id::text, ' ') FROM letters WHERE kind = 'case_without_next_step'`) != h.Administrator.ID {
		t.Errorf("%d reported, and not to the administrator alone", n)
	}
	counts, err := attention.CountHealth(t.Context(), h.DB, h.Manager)
	must(t, err)
	if counts.All.WithoutStep != 1 {
		t.Errorf("counted %+v", counts.All)
	}
}

func TestR43_WhatIsCountedIsByTeamAndEachViewIsRecorded(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	late, held := h.Arrived(t), h.Arrived(t, housetest.Of(h.OtherContact, h.OtherLead), housetest.HandedTo(h.OtherHome),
		housetest.Reachable(person.ContactPoint{Kind: "phone", Value: "+40700000002", Whose: "self", DoNotContact: true}))
	h.Case(t)
	for _, c := range []*housetest.Case{late, held} {
		allBut(t, h, c, "arrival_contact") // due on 26 October
	}
	must(t, second(followup.RecordIncident(t.Context(), h.DB, h.Vault, h.Contact, late.Code, followup.NewIncident{Kind: followup.Harm, OccurredOn: h.Today(), Text: "A man"})))
	h.SetToday("2026-11-06")
	must(t, second(followup.Remind(t.Context(), h.DB)))
	got, err := attention.CountHealth(t.Context(), h.DB, h.Manager)
	must(t, err)
	want := []attention.TeamCounts{
		{TeamID: h.Contact.Team, Team: "Team 1", Counts: attention.Counts{Open: 2, OverdueMore: 1, Escalated: 1, ByPartner: 1, IncidentsOpen: 1, WithoutStep: 1}},
		{TeamID: h.OtherContact.Team, Team: "Team 2", Counts: attention.Counts{Open: 1, OverdueMore: 1, ByPartner: 1, Holds: 1}}}
	if diff := cmp.Diff(want, got.Teams); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.All.Open != 3 || got.All.OverdueMore != 2 || got.All.WithoutStep != 1 {
		t.Errorf("in all: %+v", got.All)
	}
	h.SetToday("2027-04-13") // the day after the last day of support
	own, err := attention.CountHealth(t.Context(), h.DB, h.OtherLead)
	must(t, err)
	if len(own.Teams) != 1 || own.Teams[0].TeamID != h.OtherLead.Team || own.All.ExitsMissing != 1 {
		t.Errorf("a team lead counts %+v", own)
	}
	for _, who := range []access.Actor{h.Contact, h.Finance, h.Administrator, h.Auditor, h.Home} {
		housetest.Refused(t, second(attention.CountHealth(t.Context(), h.DB, who)), fault.Forbidden, "")
	}
	if n := h.Count(t, `SELECT count(*) FROM audit_log WHERE operation = 'count-caseload-health' AND outcome = 'done' AND actor_id = ANY($1)`, []string{h.Manager.ID, h.OtherLead.ID}); n != 2 {
		t.Errorf("%d views are recorded", n)
	}
}
