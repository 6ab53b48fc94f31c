package followup_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
)

func TestR30_TheServiceQuestionsAreAskedOnceAtMonth3AndExit(t *testing.T) {
	t.Parallel()
	b := newInterviews(t)
	ask := func(kind followup.Kind, change func(followup.ServiceAnswers)) error {
		a := housetest.Service("none")
		change(a)
		return second(followup.AnswerService(t.Context(), b.DB, b.By, b.Code, followup.NewService{Kind: kind, AnsweredOn: b.Today(), Answers: a, Interview: housetest.Interview}))
	}
	as := func(key string, codes ...string) func(followup.ServiceAnswers) {
		return func(a followup.ServiceAnswers) { a[key] = codes }
	}
	for name, wrong := range map[string]func(followup.ServiceAnswers){
		"missing": func(a followup.ServiceAnswers) { delete(a, "on_time") }, "none given": as("on_time"), "two of one": as("on_time", "yes", "no"),
		"unknown": as("on_time", "=x"), "unasked": as("=x", "yes"), "twice": as("problems", "other", "other"),
		"none beside one": as("problems", "none", "other"), "silence beside one": as("problems", "declined", "other"),
		"no business": as("business_state", "running"),
	} {
		if name == "no business" {
			b.Set(t, `UPDATE budget_lines SET category = 'housing' WHERE case_id = $1`, b.ID)
		}
		err := ask(followup.Month3, wrong)
		housetest.Refused(t, err, fault.Invalid, "")
		if strings.Contains(err.Error(), "=x") {
			t.Errorf("%s: repeats what was sent", name)
		}
	}
	b.Set(t, `UPDATE budget_lines SET category = 'small_business' WHERE case_id = $1`, b.ID)
	housetest.Refused(t, ask(followup.Month3, func(followup.ServiceAnswers) {}), fault.Invalid, "")
	must(t, ask(followup.Month3, as("business_state", "running_with_help")))
	housetest.Refused(t, ask(followup.Month3, as("business_state", "sold")), fault.Conflict, "")
	b.Set(t, `UPDATE budget_lines SET category = 'housing' WHERE case_id = $1`, b.ID)
	a := housetest.Service("money_late", "no_contact")
	in := followup.NewSurvey{Kind: followup.Exit, AnsweredOn: b.Today(), Answers: extreme(true), Interview: housetest.Interview, Service: &a}
	must(t, second(followup.AnswerSurvey(t.Context(), b.DB, b.By, b.Code, in)))
	list, err := followup.ListService(t.Context(), b.DB, b.Lead, b.Code)
	if err != nil || len(list) != 2 {
		t.Fatalf("%d sets, %v", len(list), err)
	}
	for _, s := range list {
		if s.Instrument != followup.ServiceQuestions().Version || s.Kind == followup.Exit && !maps.EqualFunc(s.Answers, a, slices.Equal) {
			t.Errorf("kept %+v", s)
		}
	}
	baseline := in
	baseline.Kind = followup.Baseline
	housetest.Refused(t, second(followup.AnswerSurvey(t.Context(), b.DB, b.By, b.Code, baseline)), fault.Invalid, "")
	if n := b.Count(t, `SELECT count(*) FROM surveys WHERE kind = 'baseline'`); n != 0 {
		t.Error("the survey was kept without its service questions")
	}
}

func TestWhoWasTreatedBadlyIsToldOfTheSameDay(t *testing.T) {
	t.Parallel()
	b := newInterviews(t)
	b.Set(t, `UPDATE budget_lines SET category = 'housing' WHERE case_id = $1`, b.ID)
	in := housetest.Interview
	in.Interviewer = "partner"
	must(t, second(followup.AnswerService(t.Context(), b.DB, b.Home, b.Code, followup.NewService{Kind: followup.Month3, AnsweredOn: b.Today(), Answers: housetest.Service("treated_badly", "other"), Interview: in})))
	c, err := casefile.Read(t.Context(), b.DB, b.By, b.Code)
	must(t, err)
	if len(c.Concerns) != 1 || c.Concerns[0].Kind != casefile.TreatedBadly {
		t.Errorf("the case shows %+v", c.Concerns)
	}
	if got := b.Text(t, `SELECT string_agg(user_id::text, ' ') FROM letters WHERE kind = 'survey_alert'`); got != b.By.ID {
		t.Errorf("told %s", got)
	}
}

func TestEveryServiceQuestionHoldsTogether(t *testing.T) {
	in := followup.ServiceQuestions()
	whole := func(p followup.Prompt) bool { return p.EN != "" && p.DA != "" && p.FR != "" && p.RO != "" }
	for _, q := range in.Questions {
		codes := map[string]bool{}
		for _, o := range append(slices.Clone(in.NonAnswers), q.Options...) {
			if codes[o.Code] || !whole(o.Label) {
				t.Errorf("%s: %s stands twice, or lacks a language", q.Key, o.Code)
			}
			codes[o.Code] = true
		}
		if !whole(q.Prompt) || q.None != "" && !codes[q.None] || slices.ContainsFunc(q.AlarmOn, func(c string) bool { return !codes[c] }) {
			t.Errorf("%s lacks a language, or names an answer that it does not have", q.Key)
		}
	}
}
