package followup_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"hjemvej/casework/followup"
	"hjemvej/casework/policy"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
)

func TestR37_EachSurveyIsReadAndScoredByItsOwnVersion(t *testing.T) {
	t.Parallel()
	b := newInterviews(t)
	answer := func(kind followup.Kind, version string, a followup.Answers) followup.Survey {
		s, err := followup.AnswerSurvey(t.Context(), b.DB, b.By, b.Code, followup.NewSurvey{Kind: kind, AnsweredOn: b.Today(), Instrument: version, Answers: a, Interview: housetest.Interview})
		must(t, err)
		return s
	}
	old := answer(followup.Baseline, "1999-invented", part("works", "yes", "housed", "no", "stays", "dont_know"))
	if old.Economic.String() != "0.9000" || old.Social.String() != "0.1000" || old.Composite.String() != "0.5000" || !old.ManyNon {
		t.Errorf("the older version gives %+v", old)
	}
	answer(followup.Month3, "", extreme(true))
	list, err := followup.ListSurveys(t.Context(), b.DB, b.By, b.Code)
	must(t, err)
	if len(list) != 2 || list[0].Instrument != "1999-invented" || !list[0].ManyNon || list[1].Instrument != "2018-annex3" || list[1].SinceBaseline != nil {
		t.Errorf("listed %+v", list)
	}
	_, err = followup.AnswerSurvey(t.Context(), b.DB, b.By, b.Code, followup.NewSurvey{Kind: followup.Exit, AnsweredOn: b.Today(), Instrument: "3000", Answers: extreme(true), Interview: housetest.Interview})
	housetest.Refused(t, err, fault.Invalid, "")
	_, err = followup.SaveDraft(t.Context(), b.DB, b.By, b.Code, followup.Exit, 0, followup.NewDraft{Instrument: "1999-invented", Answers: part("works", "yes")})
	must(t, err)
	s, err := followup.AnswerSurvey(t.Context(), b.DB, b.By, b.Code, followup.NewSurvey{Kind: followup.Exit, AnsweredOn: b.Today(), DraftVersion: 1, Answers: part("works", "yes", "housed", "yes", "stays", "yes"), Interview: housetest.Interview})
	if err != nil || s.Instrument != "1999-invented" {
		t.Errorf("the draft's version is not its survey's: %+v, %v", s, err)
	}
}

func TestR37_R38_TheHistorySaysWhatChangedAndWhatToReadWithCare(t *testing.T) {
	t.Parallel()
	b := newInterviews(t)
	arrived := b.Today()
	worse := extreme(true)
	worse.Choices["works_now"] = "no" // .10 of economic, .03 of the composite
	for _, s := range []struct {
		days int
		kind followup.Kind
		a    followup.Answers
	}{{40, followup.Baseline, extreme(true)}, {60, followup.Month3, worse}, {80, followup.Exit, extreme(true)}} {
		b.Pass(s.days)
		_, err := followup.AnswerSurvey(t.Context(), b.DB, b.By, b.Code, followup.NewSurvey{Kind: s.kind, AnsweredOn: b.Today(), Answers: s.a, Interview: housetest.Interview})
		must(t, err)
	}
	list, err := followup.ListSurveys(t.Context(), b.DB, b.By, b.Code)
	must(t, err)
	first, middle, last := list[0], list[1], list[2]
	if first.SinceBaseline != nil || first.SinceLast != nil || !first.Late || !slices.Equal(first.Care, []string{"late", "known_dip"}) {
		t.Errorf("the baseline of %s: %+v", arrived, first)
	}
	if middle.SinceBaseline.Economic.String() != "-0.1000" || middle.SinceLast.Composite.String() != "-0.0300" || middle.SinceLast.Social.String() != "0.0000" || len(middle.Care) != 0 {
		t.Errorf("month 3: %+v", middle)
	}
	if last.SinceBaseline.Economic != 0 || last.SinceLast.Economic.String() != "0.1000" || !slices.Contains(last.Care, "known_dip") {
		t.Errorf("the exit: %+v", last)
	}
	text, err := json.Marshal(list)
	must(t, err)
	for _, word := range []string{"final", "lasting"} {
		if strings.Contains(string(text), word) {
			t.Errorf("the history says %q", word)
		}
	}
}

func TestR38_TheKnownDipAndWhatIsLate(t *testing.T) {
	t.Parallel()
	arrived := calendar.MustParse("2026-08-31")
	closes := map[followup.Kind]calendar.Date{}
	for _, s := range followup.Slots(followup.Facts{Arrived: arrived, Month12Consent: true}, policy.Default().FollowUp) {
		closes[s.Kind] = s.ClosesOn
	}
	for _, c := range []struct {
		kind      followup.Kind
		on        string
		dip, late bool
	}{
		{followup.Baseline, "2026-09-29", false, false}, {followup.Baseline, "2026-09-30", true, false}, {followup.Baseline, "2026-10-01", true, true},
		{followup.Baseline, "2026-10-31", true, true}, {followup.Baseline, "2026-11-01", false, true},
		{followup.Month3, "2026-11-30", false, false}, {followup.Month3, "2026-12-14", false, false}, {followup.Month3, "2026-12-15", false, true},
		{followup.Month3, "2027-01-31", true, true},
		{followup.Exit, "2026-12-24", true, false}, {followup.Exit, "2027-03-14", true, false}, {followup.Exit, "2027-03-15", true, true},
		{followup.Exit, "2027-03-31", true, true}, {followup.Exit, "2027-04-01", false, true},
		{followup.Month12, "2027-08-31", false, false},
	} {
		day := calendar.MustParse(c.on)
		if dip, late := followup.InKnownDip(c.kind, arrived, day), followup.Late(c.kind, arrived, closes[c.kind], day); dip != c.dip || late != c.late {
			t.Errorf("%s on %s: dip %v, late %v", c.kind, c.on, dip, late)
		}
	}
}

func TestR39_APartnerThatGivesALineCannotSayThatItDoesNot(t *testing.T) {
	t.Parallel()
	b := newInterviews(t)
	b.Set(t, `UPDATE budget_lines SET partner_id = $2 WHERE case_id = $1`, b.ID, b.Return.Partner)
	ask := func(who access.Actor, kind followup.Kind, interviewer string) bool {
		in := housetest.Interview
		in.Interviewer = interviewer
		s, err := followup.AnswerSurvey(t.Context(), b.DB, who, b.Code, followup.NewSurvey{Kind: kind, AnsweredOn: b.Today(), Answers: extreme(true), Interview: in})
		must(t, err)
		return s.Supports && slices.Contains(s.Care, "interviewer_gives_support")
	}
	if ask(b.Home, followup.Baseline, "partner") {
		t.Error("flagged, and it gives nothing")
	}
	b.Set(t, `UPDATE budget_lines SET partner_id = $2 WHERE case_id = $1`, b.ID, b.Home.Partner)
	if !ask(b.Home, followup.Month3, "") {
		t.Error("not flagged")
	}
	if !ask(b.By, followup.Exit, "partner") {
		t.Error("not flagged where the contact person writes it down")
	}
	_, err := followup.AnswerService(t.Context(), b.DB, b.Home, b.Code, followup.NewService{Kind: followup.Exit, AnsweredOn: b.Today(), Answers: housetest.Service("none"), Interview: housetest.Interview})
	housetest.Refused(t, err, fault.Invalid, "")
	if n := b.Count(t, `SELECT count(*) FROM surveys WHERE interviewer = 'partner' AND language = 'ro' AND mode = 'call'`); n != 3 {
		t.Errorf("%d surveys say who asked, and how", n)
	}
}
