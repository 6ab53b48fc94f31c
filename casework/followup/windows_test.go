package followup_test

import (
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
)

func reaches(t *testing.T, h *housetest.House, slot string, on calendar.Date) error {
	return second(followup.RecordAttempt(t.Context(), h.DB, h.Vault, h.Contact, slot, followup.NewAttempt{MadeOn: on, Channel: followup.Call, Outcome: followup.ReachedSafe}))
}

// Whatever its kind: a contact before the window opens stands for no follow-up that
// is owed later.
func TestR31_R33_AContactIsRecordedFromTheDayOnWhichTheWindowOpens(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	must(t, second(followup.GiveMonth12Consent(t.Context(), h.DB, h.Vault, h.Contact, c.Code, followup.NewMonth12Consent{GivenOn: h.Today(), GivenBy: "self", Language: "ro"})))
	must(t, second(followup.RaiseLevel(t.Context(), h.DB, h.Contact, c.Code, followup.Raise{Level: followup.Intensified, Reason: "Her brother moved in"})))
	must(t, approve(t, h, c, asks(t, h, h.Contact, c, "2027-09-30")))
	h.SetToday("2027-10-12")
	rows, err := h.Owner.Query(t.Context(), `SELECT DISTINCT ON (kind) id::text, kind, opens_on FROM followups ORDER BY kind, due_on`)
	must(t, err)
	defer rows.Close()
	kinds := 0
	for rows.Next() {
		var id, kind string
		var opens calendar.Date
		must(t, rows.Scan(&id, &kind, &opens))
		housetest.Refused(t, reaches(t, h, id, opens.AddDays(-1)), fault.Invalid, "")
		_, err := h.Exec(t.Context(), h.Contact, `INSERT INTO attempts (case_id, followup_id, made_on, channel, outcome, recorded_by) VALUES ($1,$2,$3,'call','no_answer',actor_id())`, c.ID, id, opens.AddDays(-1))
		housetest.Broken(t, err, "attempt_in_window")
		if err := reaches(t, h, id, opens); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		kinds++
	}
	if kinds != 8 {
		t.Errorf("%d kinds", kinds)
	}
}

func exits(t *testing.T, h *housetest.House, c *housetest.Case, o followup.ExitOutcome) error {
	return second(followup.RecordExit(t.Context(), h.DB, h.Contact, c.Code, 0, followup.ExitReview{Outcome: o, ExitedOn: h.Today()}))
}

const exitSQL = `UPDATE cases SET state = 'exited', exit_outcome = $2, exited_on = $3 WHERE id = $1`

func TestR35_AnOutcomeWaitsForTheWindowOfTheExit(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t) // until 12 April 2027
	h.SetToday("2027-03-28")
	for _, o := range followup.ExitOutcomes() {
		if !o.EndsEarly() && o != followup.SafetyHold {
			housetest.Refused(t, exits(t, h, c, o), fault.Conflict, "R35")
		}
	}
	for _, who := range []access.Actor{h.Contact, h.Program} {
		housetest.Broken(t, second(h.Exec(t.Context(), who, exitSQL, c.ID, "reached", h.Today())), "exit_in_its_window")
	}
	h.SetToday("2027-03-29")
	must(t, reaches(t, h, h.Followup(t, c, followup.Exit, ""), h.Today()))
	early := followup.ExitReview{Outcome: followup.Reached, ExitedOn: h.Today().AddDays(-1)}
	housetest.Refused(t, second(followup.RecordExit(t.Context(), h.DB, h.Contact, c.Code, 0, early)), fault.Conflict, "R35")
	housetest.Broken(t, second(h.Exec(t.Context(), h.Contact, exitSQL, c.ID, "reached", early.ExitedOn)), "exit_in_its_window")
	must(t, exits(t, h, c, followup.Reached))
}

func TestR35_WhoDiedOrMovedOnIsPastEveryWindow(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	for _, o := range []followup.ExitOutcome{followup.Died, followup.ReMigrated} {
		must(t, exits(t, h, h.Arrived(t), o))
	}
}

func TestR10_R35_ASafetyHoldIsTheOutcomeOnlyWhereOneIsInForce(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	h.SetToday("2027-04-12")
	housetest.Refused(t, exits(t, h, c, followup.SafetyHold), fault.Conflict, "R35")
	housetest.Broken(t, second(h.Exec(t.Context(), h.Contact, exitSQL, c.ID, "safety_hold", h.Today())), "exit_hold_in_force")
	must(t, second(casefile.AddPart(t.Context(), h.DB, h.Vault, c.By, c.Code, &person.ContactPoint{Kind: "phone", Value: "+40700000001", Whose: "self", DoNotContact: true})))
	h.SetToday("2027-03-28")
	housetest.Refused(t, exits(t, h, c, followup.SafetyHold), fault.Conflict, "R35")
	h.SetToday("2027-04-12")
	must(t, exits(t, h, c, followup.SafetyHold))
}

func TestR32_WhatHasItsResultStaysWhereItWasInRawSQL(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	for state, kind := range map[string]followup.Kind{"done": followup.ArrivalContact, "lost": followup.Month1, "declined": followup.Month3} {
		id := h.Followup(t, c, kind, "")
		h.Set(t, `UPDATE followups SET state = $2, done_on = due_on WHERE id = $1`, id, state)
		for _, set := range []string{"due_on = due_on + 1", "opens_on = opens_on - 1", "closes_on = closes_on + 1", "kind = 'weekly'", "ref = 'x'", "done_on = done_on + 1",
			"done_on = NULL, state = 'open'", "done_on = NULL, state = 'dropped'"} {
			for _, who := range []access.Actor{h.Contact, h.Program} {
				_, err := h.Exec(t.Context(), who, `UPDATE followups SET `+set+` WHERE id = $1`, id)
				housetest.Broken(t, err, "followup_done_stays")
			}
		}
	}
	must(t, replan(t, h, c))
	must(t, second(h.Exec(t.Context(), h.Program, `UPDATE followups SET state = 'done', done_on = done_on + 1 WHERE state = 'lost'`))) // found after all
}

func TestR35_AnExitNamesWhatWaitsForAnAnswerWithoutAWordOfIt(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	must(t, second(followup.AnswerSurvey(t.Context(), h.DB, h.Home, c.Code, followup.NewSurvey{Kind: followup.Baseline, AnsweredOn: h.Today(), Answers: extreme(false)})))
	report := h.Report(t, h.Home, c.HomeHandoff, "plan_change_proposed")
	asked := asks(t, h, h.Contact, c, "2027-09-30")
	got, err := followup.ReadExitReview(t.Context(), h.DB, h.Vault, h.Contact, c.Code)
	must(t, err)
	if len(got.Concerns) != 1 || len(got.Reports) != 1 || got.Reports[0].ID != report.ID || len(got.Extensions) != 1 || got.Extensions[0].ID != asked.ID || len(got.Followups) != 3+4 {
		t.Errorf("%+v", got.ExitFacts)
	}
	for _, want := range []string{"A concern of 2026-10-12 (survey_alert) is not acknowledged.", "A partner's report of 2026-10-12 (plan_change_proposed) is not answered.",
		"An extension until 2027-09-30 is not decided.", "The follow-up month_3 of 2027-01-12 is open."} {
		if !contains(got.Missing, want) {
			t.Errorf("it does not say %q: %q", want, got.Missing)
		}
	}
	must(t, exits(t, h, c, followup.ReMigrated))
	got, err = followup.ReadExitReview(t.Context(), h.DB, h.Vault, h.Contact, c.Code)
	must(t, err)
	if len(got.Extensions)+len(got.Followups) != 0 {
		t.Errorf("after the outcome: %q", got.Missing)
	}
}

func contains(all []string, one string) bool {
	for _, a := range all {
		if a == one {
			return true
		}
	}
	return false
}

// The exit was made and its survey taken in April; the support goes on, and ends in
// September with another of each.
func TestR37_R38_EachExitHasASurveyOfItsOwn(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	answer := func(on string, well bool) error {
		service := housetest.Service("none")
		return second(followup.AnswerSurvey(t.Context(), h.DB, h.Contact, c.Code, followup.NewSurvey{Kind: followup.Exit, AnsweredOn: day(on), Answers: extreme(well), Interview: housetest.Interview, Service: &service}))
	}
	e := asks(t, h, h.Contact, c, "2027-09-30")
	h.SetToday("2027-04-05")
	must(t, reaches(t, h, h.Followup(t, c, followup.Exit, ""), h.Today()), answer("2027-04-05", true))
	surveyed := func(want bool) {
		t.Helper()
		got, err := followup.ReadExitReview(t.Context(), h.DB, h.Vault, h.Contact, c.Code)
		must(t, err)
		if got.Surveyed != want {
			t.Errorf("%s: surveyed is %v", h.Today(), got.Surveyed)
		}
	}
	surveyed(true)
	housetest.Refused(t, answer("2027-04-05", false), fault.Conflict, "R37")
	must(t, approve(t, h, c, e))
	surveyed(false)
	housetest.Refused(t, answer("2027-04-05", false), fault.Conflict, "R37") // that end has its own
	h.SetToday("2027-09-28")
	draft := followup.NewDraft{Answers: part("has_id", "yes")}
	must(t, second(followup.SaveDraft(t.Context(), h.DB, h.Contact, c.Code, followup.Exit, 0, draft)))
	h.Set(t, `DELETE FROM survey_drafts`)
	errs := housetest.AtOnce(3, func(int) error { return answer("2027-09-28", false) })
	if n := housetest.Succeeded(errs); n != 1 {
		t.Fatalf("%d surveys of one exit: %v", n, errs)
	}
	surveyed(true)
	housetest.Refused(t, second(followup.SaveDraft(t.Context(), h.DB, h.Contact, c.Code, followup.Exit, 0, draft)), fault.Conflict, "R37")
	list, err := followup.ListSurveys(t.Context(), h.DB, h.Contact, c.Code)
	must(t, err)
	if len(list) != 2 || list[0].AnsweredOn != day("2027-04-05") || list[1].SinceLast == nil || list[1].SinceLast.Composite >= 0 {
		t.Errorf("history: %+v", list)
	}
	if n := h.Count(t, `SELECT count(*) FROM service_answers WHERE kind = 'exit'`); n != 2 {
		t.Errorf("the service questions were answered %d times", n)
	}
	_, err = h.Exec(t.Context(), h.Contact, `INSERT INTO surveys (case_id, kind, instrument, answers, answered_on, economic, social, psychosocial, composite, non_answers, level, interviewer_gives_support, recorded_by)
		SELECT case_id, kind, instrument, answers, answered_on, 0, 0, 0, 0, 0, 'light', false, actor_id() FROM surveys ORDER BY answered_on LIMIT 1`)
	housetest.Broken(t, err, "survey_once")
	if got := h.Text(t, `SELECT count(*) || ' ' || min(exit_composite) FROM (SELECT set_config('hjemvej.role', 'manager', false)) r, outcome_facts`); got != "1 "+list[1].Composite.String() {
		t.Errorf("the outcome counts %s", got)
	}
}
