package followup_test

import (
	"testing"

	"hjemvej/casework/followup"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
)

// The exit was made a week before the last day, and then the support was prolonged:
// there is another at the new end, and nobody is asked twice at the old one.
func TestR31_R32_AnExtensionAfterTheExitWasMadeHasAnExitOfItsOwn(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	asked, err := followup.AskExtension(t.Context(), h.DB, h.Contact, c.Code, longer)
	must(t, err)
	h.SetToday("2027-04-05")
	h.Set(t, `UPDATE followups SET state = 'done', done_on = due_on WHERE kind <> 'exit'`)
	exit := h.Followup(t, c, followup.Exit, "")
	must(t, second(followup.RecordAttempt(t.Context(), h.DB, h.Vault, h.Contact, exit, followup.NewAttempt{MadeOn: h.Today(), Channel: followup.Call, Outcome: followup.ReachedSafe})))
	must(t, second(followup.ApproveExtension(t.Context(), h.DB, h.Lead, c.Code, asked.ID)))
	want := `arrival_contact 2026-10-26 done
month_1 2026-11-12 done
month_3 2027-01-12 done
exit 2027-04-12 done
extension 2027-07-12 open
exit 2027-09-30 open`
	for range 2 {
		if got := slots(t, h, c); got != want {
			t.Errorf("extended:\n%s", got)
		}
		must(t, replan(t, h, c))
	}
	h.SetToday("2027-09-28")
	out := followup.ExitReview{Outcome: followup.Reached, ExitedOn: h.Today()}
	housetest.Refused(t, second(followup.RecordExit(t.Context(), h.DB, h.Contact, c.Code, h.Version(t, c), out)), fault.Conflict, "R35") // April's does not count
	last := h.Followup(t, c, followup.Exit, "2027-09-30")
	must(t, second(followup.RecordAttempt(t.Context(), h.DB, h.Vault, h.Contact, last, followup.NewAttempt{MadeOn: h.Today(), Channel: followup.Call, Outcome: followup.ReachedSafe})))
	must(t, second(followup.RecordExit(t.Context(), h.DB, h.Contact, c.Code, h.Version(t, c), out)))
}

func TestR37_WhatAlarmsReachesTheLeadsWhereTheContactPersonHasLeft(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	h.Set(t, `UPDATE users SET active = false WHERE id = $1`, h.Contact.ID)
	must(t, second(followup.AnswerSurvey(t.Context(), h.DB, h.Home, c.Code, followup.NewSurvey{Kind: followup.Baseline, AnsweredOn: h.Today(), Answers: extreme(false)})))
	if got := tellsOf(t, h, "survey_alert"); got != "03" {
		t.Errorf("told %q", got)
	}
}

// A poor survey alone adds a contact a week; a light one takes none away.
func TestR37_ASurveySetsTheLevelOfFollowUp(t *testing.T) {
	t.Parallel()
	for well, weekly := range map[bool]int{false: 4, true: 0} {
		h, c := housetest.NewArrived(t)
		must(t, second(followup.AnswerSurvey(t.Context(), h.DB, h.Contact, c.Code, followup.NewSurvey{Kind: followup.Baseline, AnsweredOn: h.Today(), Answers: extreme(well), Interview: housetest.Interview})))
		if n := h.Count(t, `SELECT count(*) FROM followups WHERE kind = 'weekly' AND state = 'open'`); n != weekly {
			t.Errorf("well is %v: %d weekly contacts", well, n)
		}
		if n := h.Count(t, `SELECT count(*) FROM followups WHERE kind <> 'weekly' AND state = 'open'`); n != 4 {
			t.Errorf("well is %v: %d others", well, n)
		}
	}
}

// An exit survey at the end of an extension is in time, and not of the known dip.
func TestR37_R38_AnExitSurveyAtTheEndOfAnExtensionIsInTime(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	asked, err := followup.AskExtension(t.Context(), h.DB, h.Contact, c.Code, longer)
	must(t, err)
	must(t, second(followup.ApproveExtension(t.Context(), h.DB, h.Lead, c.Code, asked.ID)))
	h.SetToday("2027-09-30")
	got, err := followup.AnswerSurvey(t.Context(), h.DB, h.Contact, c.Code, followup.NewSurvey{Kind: followup.Exit, AnsweredOn: h.Today(), Answers: extreme(true), Interview: housetest.Interview})
	must(t, err)
	list, err := followup.ListSurveys(t.Context(), h.DB, h.Contact, c.Code)
	must(t, err)
	if got.Late || list[0].Late || len(list[0].Care) != 0 {
		t.Errorf("late %v and %v, care %v", got.Late, list[0].Late, list[0].Care)
	}
}

// A survey that a partner sends in six weeks late makes nothing that is overdue.
func TestR37_WeeksCountFromTheDayOnWhichTheSurveyIsKnown(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	answered := h.Today()
	h.Pass(45)
	must(t, second(followup.AnswerSurvey(t.Context(), h.DB, h.Contact, c.Code, followup.NewSurvey{Kind: followup.Baseline, AnsweredOn: answered, Answers: extreme(false), Interview: housetest.Interview})))
	want := h.Today().AddDays(7).String() + " " + h.Today().AddDays(28).String()
	if got := h.Text(t, `SELECT min(due_on) || ' ' || max(due_on) FROM followups WHERE kind = 'weekly'`); got != want {
		t.Errorf("weeks from %s, want %s", got, want)
	}
}
