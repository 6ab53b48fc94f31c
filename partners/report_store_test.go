package partners_test

import (
	"reflect"
	"strings"
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/partners"
)

func report(t *testing.T, h *housetest.House, who access.Actor, handoff string, in partners.NewReport) (partners.Report, error) {
	t.Helper()
	return partners.RecordReport(t.Context(), h.DB, h.Vault, who, handoff, in)
}

func listReports(t *testing.T, h *housetest.House, who access.Actor, c *housetest.Case, state partners.ReportState) []partners.Report {
	t.Helper()
	all, err := partners.ListReports(t.Context(), h.DB, h.Vault, who, c.Code, state)
	must(t, err)
	return all
}

func TestR29_FiftyEqualReportsAtOnceAreOneReport(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewAccepted(t)
	id := h.Hand(t, c, h.Home)
	in := partners.NewReport{Kind: partners.SafetyConcern, HappenedOn: h.Today(), Reference: "CE-1", Text: "A car waits in front of the house"}
	answers := make([]partners.Report, 50)
	must(t, housetest.AtOnce(len(answers), func(i int) (err error) { answers[i], err = report(t, h, h.Home, id, in); return err })...)
	for i, got := range answers {
		if !reflect.DeepEqual(got, answers[0]) || got.Text != in.Text || got.State != partners.ReportOpen {
			t.Fatalf("answer %d: %+v, the first: %+v", i, got, answers[0])
		}
	}
	if n := h.Count(t, `SELECT count(*) FROM partner_reports`); n != 1 {
		t.Errorf("%d reports", n)
	}
	if n := h.Count(t, `SELECT count(*) FROM letters WHERE kind = 'report_urgent'`); n != 2 {
		t.Errorf("%d letters to the contact person and the team lead", n)
	}
	if n := h.Count(t, `SELECT count(*) FROM audit_log WHERE operation = 'report' AND object_id = $1`, answers[0].ID); n != len(answers) {
		t.Errorf("%d of %d sendings are recorded", n, len(answers))
	}
}

func TestR29_AReferenceIsOneReportOfThePartners(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewAccepted(t)
	other := h.Accepted(t)
	id, elsewhere := h.Hand(t, c, h.Home), h.Hand(t, other, h.Home)
	in := partners.NewReport{Kind: partners.CounsellingHeld, HappenedOn: h.Today(), Reference: "CE-1", Text: "Two hours"}
	first, err := report(t, h, h.Home, id, in)
	must(t, err)
	if first.State != partners.ReportNoted || first.RecordedBy != h.Home.ID || first.Case != c.Code || first.Version != 1 {
		t.Errorf("%+v", first)
	}
	h.Pass(3)
	for who, key := range map[string]access.Actor{"the key": h.Home, "another key of the partner": h.HomeFocalPoint} {
		if again, err := report(t, h, key, id, in); err != nil || !reflect.DeepEqual(again, first) {
			t.Errorf("%s: %+v, %v", who, again, err)
		}
	}
	for name, change := range map[string]func(*partners.NewReport){
		"kind": func(in *partners.NewReport) { in.Kind = partners.MetAtArrival }, "text": func(in *partners.NewReport) { in.Text = "Three hours" },
		"day": func(in *partners.NewReport) { in.HappenedOn = in.HappenedOn.AddDays(-1) },
	} {
		changed := in
		change(&changed)
		if _, err := report(t, h, h.Home, id, changed); err == nil {
			t.Errorf("another %s is taken for the same", name)
		} else {
			housetest.Refused(t, err, fault.Conflict, "R29")
		}
	}
	housetest.Refused(t, second(report(t, h, h.Home, elsewhere, in)), fault.Conflict, "R29")
	returning := h.Hand(t, c, h.Return)
	must(t, second(report(t, h, h.Return, returning, in))) // references are each partner's own
	// A report that is sent again when its step is long past is still the report of the first time.
	must(t, second(partners.Complete(t.Context(), h.DB, h.Home, id, 0)))
	must(t, second(report(t, h, h.Home, id, in)))
	errs := housetest.AtOnce(2, func(i int) error {
		return second(report(t, h, h.Home, []string{id, elsewhere}[i], partners.NewReport{Kind: partners.CounsellingHeld, HappenedOn: h.Today(), Reference: "CE-2"}))
	})
	if n := housetest.Succeeded(errs); n != 1 {
		t.Errorf("one reference on two cases at once: %v", errs)
	}
}

func TestR21_AReportIsReadByItsPartnerAndByCaseworkersAlone(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewAccepted(t)
	home, returning := h.Hand(t, c, h.Home), h.Hand(t, c, h.Return)
	h.Report(t, h.Home, home, partners.CounsellingHeld)
	h.Report(t, h.Return, returning, partners.Incident)
	for who, handoff := range map[access.Actor]string{h.Home: home, h.Return: returning} {
		own, err := partners.ListOwnReports(t.Context(), h.DB, h.Vault, who, handoff)
		must(t, err)
		if len(own) != 1 || own[0].PartnerID != who.Partner || own[0].Text == "" {
			t.Errorf("%s reads %+v", who.Partner, own)
		}
	}
	in := partners.NewReport{Kind: partners.SafetyConcern, HappenedOn: h.Today(), Reference: "x", Text: "x"}
	for name, who := range map[string]access.Actor{"the other partner": h.Return, "another": h.OtherHome, "a referring organisation": h.Referrer} {
		housetest.Refused(t, second(report(t, h, who, home, in)), fault.NotFound, "")
		if _, err := partners.ListOwnReports(t.Context(), h.DB, h.Vault, who, home); err == nil {
			t.Errorf("%s reads", name)
		} else {
			housetest.Refused(t, err, fault.NotFound, "")
		}
	}
	if n := h.Count(t, `SELECT count(*) FROM audit_log WHERE operation IN ('report','list-own-reports') AND outcome = 'denied' AND object_id = $1`, home); n != 6 {
		t.Errorf("%d refusals are recorded", n)
	}
	if all := listReports(t, h, h.Lead, c, ""); len(all) != 2 || all[0].Kind != partners.Incident || all[1].Text == "" {
		t.Errorf("the team lead reads %+v", all)
	}
	housetest.Refused(t, second(partners.ListReports(t.Context(), h.DB, h.Vault, h.Colleague, c.Code, "")), fault.NotFound, "")
	housetest.Refused(t, second(partners.ListReports(t.Context(), h.DB, h.Vault, h.Home, c.Code, "")), fault.Forbidden, "")
	must(t, second(partners.Revoke(t.Context(), h.DB, c.By, c.Code, home, 0)))
	housetest.Refused(t, second(report(t, h, h.Home, home, in)), fault.NotFound, "")
	housetest.Refused(t, second(partners.ListOwnReports(t.Context(), h.DB, h.Vault, h.Home, home)), fault.NotFound, "")
}

func TestR12_WhatAPartnerReportsIsSealedToItsPlace(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewAccepted(t)
	id := h.Hand(t, c, h.Home)
	a, b := h.Report(t, h.Home, id, partners.SafetyConcern), h.Report(t, h.Home, id, partners.SafetyConcern)
	_, err := partners.AnswerReport(t.Context(), h.DB, h.Vault, c.By, c.Code, a.ID, 1, partners.ReportAnswer{Answer: partners.ReportSeen, Text: "We call her tonight"})
	must(t, err)
	if found := h.Text(t, `SELECT string_agg(r::text, '') FROM partner_reports r`); strings.Contains(found, "neighbour") || strings.Contains(found, "tonight") {
		t.Error("a text lies open in the table")
	}
	h.Set(t, `UPDATE partner_reports SET sealed = (SELECT sealed FROM partner_reports WHERE id = $1) WHERE id = $2`, a.ID, b.ID)
	if _, err := partners.ListReports(t.Context(), h.DB, h.Vault, c.By, c.Code, ""); err == nil {
		t.Error("a text that was moved to another report opens there")
	}
	// No consent is in force: the key for the partner's own words opens nothing else.
	for who, want := range map[access.Actor]int64{h.Home: 1, h.Return: 0, h.OtherHome: 0, h.Contact: 0, h.Finance: 0, h.Nobody: 0} {
		if n, err := h.Exec(t.Context(), who, `SELECT FROM key_of_reports($1)`, c.ID); n != want || err != nil {
			t.Errorf("%s %s finds %d keys, %v", who.Role, who.Partner, n, err)
		}
		if n, err := h.Exec(t.Context(), who, `SELECT identity FROM persons`); who.Role == access.Partner && (n != 0 || err != nil) {
			t.Errorf("%s finds %d identities, %v", who.Partner, n, err)
		}
	}
}

func TestTheDatabaseLetsNobodyForgeOrChangeAReport(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewAccepted(t)
	other := h.Accepted(t)
	id, elsewhere := h.Hand(t, c, h.Home), h.Hand(t, other, h.Home)
	insert := func(who access.Actor, caseID, handoff, partner, by, kind, state string) error {
		_, err := h.Exec(t.Context(), who, `INSERT INTO partner_reports (id, case_id, handoff_id, partner_id, kind, happened_on, reference, sealed, recorded_by, state)
			VALUES (gen_random_uuid(), $1, $2, $3, $4, '2026-10-12', gen_random_uuid()::text, '', $5, $6)`, caseID, handoff, partner, kind, by, state)
		return err
	}
	home := h.Home.Partner
	must(t, insert(h.Home, c.ID, id, home, h.Home.ID, "incident", "open"))
	for name, err := range map[string]error{
		"by the contact person":     insert(h.Contact, c.ID, id, home, h.Contact.ID, "incident", "open"),
		"in the program's name":     insert(h.Program, c.ID, id, home, h.Home.ID, "incident", "open"),
		"of another's hand-off":     insert(h.Return, c.ID, id, h.Return.Partner, h.Return.ID, "incident", "open"),
		"in another's name":         insert(h.Return, c.ID, id, home, h.Return.ID, "incident", "open"),
		"by another key":            insert(h.HomeFocalPoint, c.ID, id, home, h.Home.ID, "incident", "open"),
		"of another case's handoff": insert(h.Home, c.ID, elsewhere, home, h.Home.ID, "incident", "open"),
		"that is seen already":      insert(h.Home, c.ID, id, home, h.Home.ID, "incident", "seen"),
	} {
		if got := housetest.Constraint(err); got != "42501" {
			t.Errorf("%s: refused by %q", name, got)
		}
	}
	housetest.Broken(t, insert(h.Home, c.ID, id, home, h.Home.ID, "incident", "noted"), "report_state")
	for sql, want := range map[string]string{
		`UPDATE partner_reports SET kind = 'counselling_held'`: "42501", `UPDATE partner_reports SET sealed = ''`: "42501", `DELETE FROM partner_reports`: "42501",
		`UPDATE partner_reports SET state = 'seen'`: "report_answer_whole",
		`UPDATE partner_reports SET state = 'seen', answered_by = '` + h.Lead.ID + `', answered_at = now(), sealed_answer = ''`:        "42501",
		`UPDATE partner_reports SET state = 'accepted', answered_by = '` + h.Contact.ID + `', answered_at = now(), sealed_answer = ''`: "report_state",
	} {
		_, err := h.Exec(t.Context(), h.Contact, sql)
		housetest.Broken(t, err, want)
	}
	if n, err := h.Exec(t.Context(), h.Home, `UPDATE partner_reports SET version = 2`); n != 0 || err != nil {
		t.Errorf("the partner changes %d, %v", n, err)
	}
	h.Set(t, `UPDATE cases SET state = 'joined' WHERE id = $1`, c.ID)
	housetest.Broken(t, insert(h.Home, c.ID, id, home, h.Home.ID, "incident", "open"), "case_joined")
	housetest.Refused(t, second(report(t, h, h.Home, id, partners.NewReport{Kind: partners.SafetyConcern, HappenedOn: h.Today(), Reference: "x", Text: "x"})), fault.Conflict, "")
}

func TestR19_TheConfirmationOfABookingIsNotedWhereNoneIs(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewAccepted(t)
	id := h.Hand(t, c, h.Return)
	in := partners.NewReport{Kind: partners.BookingConfirmed, HappenedOn: h.Today(), Reference: "B-1"}
	housetest.Refused(t, second(report(t, h, h.Return, id, in)), fault.Conflict, "R19")
	must(t, second(casefile.Book(t.Context(), h.DB, c.By, c.Code, 0, casefile.Booking{PlannedOn: h.Today().AddDays(20), NotifiedOn: h.Today()})))
	must(t, second(report(t, h, h.Return, id, in)))
	confirmed := func() string {
		return h.Text(t, `SELECT confirmed_on || ' ' || version FROM departures WHERE case_id = $1`, c.ID)
	}
	if got, want := confirmed(), h.Today().String()+" 2"; got != want {
		t.Errorf("confirmed %s, want %s", got, want)
	}
	before := confirmed()
	h.Pass(1)
	in.HappenedOn, in.Reference = h.Today(), "B-2"
	must(t, second(report(t, h, h.Return, id, in)))
	if got := confirmed(); got != before {
		t.Errorf("a second confirmation made of %s %s", before, got)
	}
}

func TestR22_MeetingThePersonComesAfterTheDeparture(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Ready(t)
	in := partners.NewReport{Kind: partners.MetAtArrival, HappenedOn: h.Today(), Reference: "M-1"}
	housetest.Refused(t, second(report(t, h, h.Home, c.HomeHandoff, in)), fault.Conflict, "R22")
	must(t, second(casefile.Depart(t.Context(), h.DB, h.Vault, c.By, c.Code, h.Version(t, c), casefile.Departure{DepartedOn: h.Today()})))
	must(t, second(report(t, h, h.Home, c.HomeHandoff, in)))
	if h.State(t, c) != casefile.Departed {
		t.Error("meeting the person confirmed the arrival")
	}
}
