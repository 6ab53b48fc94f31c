package followup_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"hjemvej/casework/followup"
	"hjemvej/casework/outcome"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
	"hjemvej/partners"
)

const words = "A man whom she does not know asks for her"

func record(t *testing.T, h *housetest.House, who access.Actor, c *housetest.Case, kind followup.IncidentKind) followup.Incident {
	t.Helper()
	i, err := followup.RecordIncident(t.Context(), h.DB, h.Vault, who, c.Code, followup.NewIncident{Kind: kind, OccurredOn: h.Today(), Text: words})
	must(t, err)
	return i
}

func planIncident(h *housetest.House, t *testing.T, who access.Actor, i followup.Incident, due calendar.Date) (followup.Incident, error) {
	return followup.PlanIncident(t.Context(), h.DB, h.Vault, who, i.ID, i.Version, followup.IncidentPlan{Plan: "She sleeps elsewhere", DueOn: due})
}

func closeIncident(h *housetest.House, t *testing.T, who access.Actor, i followup.Incident, result string) (followup.Incident, error) {
	return followup.CloseIncident(t.Context(), h.DB, h.Vault, who, i.ID, i.Version, followup.IncidentClosing{Result: result, ClosedOn: h.Today()})
}

func tellsOf(t *testing.T, h *housetest.House, kind string) string {
	t.Helper()
	return h.Text(t, `SELECT coalesce(string_agg(right(user_id::text, 2), ' ' ORDER BY user_id, once), '') FROM letters WHERE kind = $1`, kind)
}

func TestTheDatabasesIncidentMovesAreThePrograms(t *testing.T) {
	t.Parallel()
	housetest.SameMoves(t, housetest.New(t), "incident", followup.IncidentMoves)
}

func TestAnIncidentIsToldAtOnceToAllButWhoeverRecordedIt(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]struct {
		who  func(*housetest.House) access.Actor
		set  string
		told string
	}{
		"the contact person": {func(h *housetest.House) access.Actor { return h.Contact }, `SELECT`, "03"},
		"the lead":           {func(h *housetest.House) access.Actor { return h.Lead }, `SELECT`, "01"},
		"a partner":          {func(h *housetest.House) access.Actor { return h.Home }, `SELECT`, "01 03"},
		"in a team without a lead": {func(h *housetest.House) access.Actor { return h.Contact },
			`UPDATE users SET active = false WHERE role = 'team_lead'`, "administrators"},
	} {
		h, c := housetest.NewArrived(t)
		h.Set(t, of.set)
		if of.told == "administrators" {
			of.told = h.Text(t, `SELECT string_agg(right(id::text, 2), ' ' ORDER BY id) FROM users WHERE role = 'administrator' AND active`)
		}
		record(t, h, of.who(h), c, followup.Harm)
		if got := tellsOf(t, h, "incident_recorded"); got != of.told || got == "" {
			t.Errorf("recorded by %s: told %q, want %q", name, got, of.told)
		}
	}
}

func TestR11_R12_WhatIsWrittenOfAnIncidentIsSealedAndLeavesNoTrace(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	i := record(t, h, h.Home, c, followup.RetraffickingConcern)
	i, err := planIncident(h, t, h.Contact, i, h.Today())
	must(t, err)
	read, err := followup.ReadIncident(t.Context(), h.DB, h.Vault, h.Lead, i.ID)
	must(t, err)
	if read.Text != words || read.Plan != "She sleeps elsewhere" || read.TakenBy != h.Contact.ID {
		t.Errorf("%+v", read)
	}
	for _, table := range []string{"incidents", "letters", "audit_log", "river_job"} {
		if n := h.Count(t, `SELECT count(*) FROM `+table+` x WHERE to_jsonb(x)::text LIKE '%does not know%' OR to_jsonb(x)::text LIKE '%'||encode('does not know','hex')||'%'
			OR to_jsonb(x)::text LIKE '%elsewhere%'`); n != 0 {
			t.Errorf("%s knows what was written", table)
		}
	}
	if n := h.Count(t, `SELECT count(*) FROM audit_log WHERE operation = 'read-incident' AND actor_id = $1 AND case_code = $2`, h.Lead.ID, c.Code); n != 1 {
		t.Errorf("%d readings recorded", n)
	}
	list, _, err := followup.ListIncidents(t.Context(), h.DB, h.Contact, "", 10)
	must(t, err)
	if len(list) != 1 || list[0].Text+list[0].Plan != "" {
		t.Errorf("the list over all cases holds %+v", list)
	}
}

func TestR4_AnIncidentHasNoPlaceForAuthoritiesOrTestimony(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	columns := h.Text(t, `SELECT string_agg(column_name::text, ' ') FROM information_schema.columns WHERE table_name IN ('incidents','incident_facts')`)
	for _, word := range []string{"police", "testimon", "cooperat", "authorit", "charge"} {
		if strings.Contains(columns, word) {
			t.Errorf("%s: %s", word, columns)
		}
	}
}

func TestR21_APartnerReadsItsOwnIncidentsAndNotWhatIsDone(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	i := record(t, h, h.Home, c, followup.Threat)
	record(t, h, h.Contact, c, followup.Harm)
	must(t, second(planIncident(h, t, h.Contact, i, h.Today())))
	for who, want := range map[access.Actor]int{h.Home: 1, h.Return: 0, h.Contact: 2} {
		list, err := followup.ListCaseIncidents(t.Context(), h.DB, h.Vault, who, c.Code)
		must(t, err)
		if len(list) != want {
			t.Errorf("%s reads %d incidents, want %d", who.Role, len(list), want)
		}
		if who == h.Home && (list[0].Text != words || list[0].State != followup.IncidentInHand || list[0].Plan+list[0].TakenBy != "" || !list[0].PlanDueOn.IsZero()) {
			t.Errorf("the partner reads %+v", list[0])
		}
	}
	_, err := followup.RecordIncident(t.Context(), h.DB, h.Vault, h.OtherHome, c.Code, followup.NewIncident{Kind: followup.Harm, OccurredOn: h.Today(), Text: words})
	housetest.Refused(t, err, fault.NotFound, "")
	housetest.Refused(t, second(followup.ReadIncident(t.Context(), h.DB, h.Vault, h.Home, i.ID)), fault.Forbidden, "")
	must(t, second(partners.Revoke(t.Context(), h.DB, h.Contact, c.Code, c.HomeHandoff, 0)))
	housetest.Refused(t, second(followup.ListCaseIncidents(t.Context(), h.DB, h.Vault, h.Home, c.Code)), fault.NotFound, "")
}

func TestAReportOfDangerOpensAnIncidentWithItsWords(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	for report, kind := range map[partners.ReportKind]followup.IncidentKind{partners.Incident: followup.Harm, partners.SafetyConcern: followup.Threat} {
		r := h.Report(t, h.Home, c.HomeHandoff, report)
		i, err := followup.ReadIncident(t.Context(), h.DB, h.Vault, h.Contact, h.Text(t, `SELECT id::text FROM incidents WHERE report_id = $1`, r.ID))
		must(t, err)
		if i.Kind != kind || i.Text != r.Text || i.ByPartner != h.Home.Partner || i.ReportID != r.ID || i.State != followup.IncidentOpen {
			t.Errorf("%s: %+v", report, i)
		}
	}
	h.Report(t, h.Home, c.HomeHandoff, partners.CounsellingHeld)
	if n := h.Count(t, `SELECT count(*) FROM incidents`); n != 2 {
		t.Errorf("%d incidents", n)
	}
	if got := tellsOf(t, h, "incident_recorded"); got != "" { // the letter about the report tells of it
		t.Errorf("%q are told twice", got)
	}
}

func TestAnIncidentIsClosedAfterAPlanAndThenStays(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	i := record(t, h, h.Contact, c, followup.Threat)
	housetest.Refused(t, second(closeIncident(h, t, h.Contact, i, "resolved")), fault.Conflict, "")
	_, err := h.Exec(t.Context(), h.Contact, `UPDATE incidents SET state = 'closed', closed_on = '2026-10-12', result = 'resolved', taken_by = recorded_by, taken_at = recorded_at WHERE id = $1`, i.ID)
	housetest.Broken(t, err, "incident_has_a_plan")
	housetest.Refused(t, second(planIncident(h, t, h.Contact, i, h.Today().AddDays(-1))), fault.Invalid, "")
	housetest.Refused(t, second(planIncident(h, t, h.Colleague, i, h.Today())), fault.NotFound, "")
	planned, err := planIncident(h, t, h.Contact, i, h.Today())
	must(t, err)
	housetest.Refused(t, second(closeIncident(h, t, h.Contact, i, "resolved")), fault.Stale, "")
	closed, err := closeIncident(h, t, h.Lead, planned, "passed_on_with_consent")
	must(t, err)
	if closed.State != followup.IncidentClosed || closed.TakenBy != h.Contact.ID || closed.ClosedOn != h.Today() {
		t.Errorf("%+v", closed)
	}
	housetest.Refused(t, second(planIncident(h, t, h.Contact, closed, h.Today())), fault.Conflict, "")
	_, err = h.Exec(t.Context(), h.Contact, `UPDATE incidents SET result = 'other' WHERE id = $1`, i.ID)
	housetest.Broken(t, err, "incident_is_closed")
	nothing := record(t, h, h.Contact, c, followup.Harm)
	must(t, second(closeIncident(h, t, h.Contact, nothing, "unfounded")))
}

func TestAnIncidentNobodyTookInHandIsEscalatedEachWorkingDay(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t) // a Monday
	i := record(t, h, h.Contact, c, followup.Harm)
	expectSwept(t, h, followup.RemindIncidents, map[string]int{"2026-10-13": 1, "2026-10-14": 1, "2026-10-17": 1, "2026-10-19": 1, "2026-10-23": 1},
		"2026-10-12", "2026-10-13", "2026-10-14", "2026-10-17", "2026-10-18", "2026-10-19", "2026-10-23") // no sweep on the 15th, the 16th, and three more
	if got := tellsOf(t, h, "incident_waits"); got != "03 03 03 03 03" {
		t.Errorf("told %q", got)
	}
	late := h.Text(t, `SELECT id::text FROM letters WHERE kind = 'incident_waits' LIMIT 1`)
	must(t, second(planIncident(h, t, h.Lead, i, h.Today().AddDays(3)))) // a Monday again
	if w, err := outbox.Find(t.Context(), h.DB, late); err != nil || w.Needed {
		t.Errorf("%+v is still needed: %v", w, err)
	}
	expectSwept(t, h, followup.RemindIncidents, map[string]int{"2026-10-27": 1}, "2026-10-26", "2026-10-27", "2026-10-28", "2026-11-05")
	if got := tellsOf(t, h, "incident_plan_passed"); got != "01" {
		t.Errorf("told %q", got)
	}
}

func TestR40_ManagersCountIncidentsByKind(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	record(t, h, h.Contact, c, followup.Harm)
	record(t, h, h.Contact, c, followup.Harm)
	record(t, h, h.Home, c, followup.ExploitationAgain)
	report, err := outcome.Read(t.Context(), h.DB, h.Manager, h.Today().AddMonths(-12), h.Today())
	must(t, err)
	if n := report.Incidents; len(n) != 2 || n[0] != (outcome.Count{Kind: "harm", N: 2}) || n[1] != (outcome.Count{Kind: "exploitation_again", N: 1}) {
		t.Errorf("%+v", n)
	}
}

func TestOpenIncidentsArePagedForWhoeverHasTheCases(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	others := h.Arrived(t, housetest.Of(h.OtherContact, h.OtherLead), housetest.HandedTo(h.OtherHome))
	record(t, h, h.OtherContact, others, followup.Harm)
	var want []string
	for range 3 {
		h.SetNow(h.Now().Add(1234567 * time.Microsecond))
		want = append(want, record(t, h, h.Contact, c, followup.Harm).ID)
	}
	must(t, second(closeIncident(h, t, h.Contact, record(t, h, h.Contact, c, followup.Harm), "unfounded")))
	for _, who := range []access.Actor{h.Contact, h.Lead} {
		var got []string
		for after, more := "", true; more && len(got) < 9; more = after != "" {
			page, next, err := followup.ListIncidents(t.Context(), h.DB, who, after, 1)
			must(t, err)
			for _, i := range page {
				got = append(got, i.ID)
			}
			after = next
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s gets %q, want %q", who.Role, got, want)
		}
	}
}

func TestR29_FiftyEqualIncidentsAtOnceAreOneIncident(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	once := postgres.WithOnce(t.Context(), postgres.Once{Key: "one", Request: [32]byte{1}})
	in := followup.NewIncident{Kind: followup.Threat, OccurredOn: h.Today(), Text: words}
	answers := make([]followup.Incident, 50)
	must(t, errors.Join(housetest.AtOnce(len(answers), func(i int) (err error) {
		answers[i], err = followup.RecordIncident(once, h.DB, h.Vault, h.Contact, c.Code, in)
		return err
	})...))
	for _, got := range answers {
		if got.ID != answers[0].ID || got.Text != words || got.Version != 1 {
			t.Errorf("another answer: %+v", got)
		}
	}
	if n := h.Count(t, `SELECT count(*) FROM incidents`); n != 1 {
		t.Errorf("%d incidents", n)
	}
	if got := tellsOf(t, h, "incident_recorded"); got != "03" {
		t.Errorf("told %s", got)
	}
	other := postgres.WithOnce(t.Context(), postgres.Once{Key: "one", Request: [32]byte{2}})
	housetest.Refused(t, second(followup.RecordIncident(other, h.DB, h.Vault, h.Contact, c.Code, in)), fault.Conflict, "R29")
}
