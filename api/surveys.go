package api

import (
	"context"
	"net/http"

	"hjemvej/casework/followup"
	"hjemvej/casework/followup/form"
	"hjemvej/internal/access"
	"hjemvej/internal/press"
)

var exampleAnswers = followup.Answers{Choices: map[string]string{
	"economic_satisfaction": "satisfied", "food_reduced": "often", "can_borrow": "yes", "borrows_how_often": "often", "debt_to_spending": "spending_larger",
	"access_jobs_training": "good", "works_now": "yes", "owns_productive_asset": "yes", "seeks_job": "yes", "access_housing": "good", "housing_standard": "good",
	"access_education": "good", "children_in_school": "all", "access_justice": "very_good", "has_id": "yes", "access_documentation": "very_good",
	"access_water": "very_good", "access_health": "good", "health_quality": "poor", "social_activities": "rarely", "support_network": "bad", "belonging": "disagree",
	"physical_safety": "unsafe", "family_tension": "sometimes", "discrimination": "never", "distress": "very_often", "wants_psychological_support": "yes",
	"able_to_stay": "no"}, ReasonsToLeave: []string{"no_jobs"}}

var exampleInterview = followup.Interview{Interviewer: "partner", Mode: "in_person", Language: "ro"}

func (s *Server) surveys() {
	register(s, operation{
		ID: "read-instrument", Method: http.MethodGet, Path: "/v1/instruments/rss", Tag: "Follow-up",
		Summary:     "Read the survey's questions",
		Description: "The Reintegration Sustainability Survey: its questions and answers in Danish, English, French and Romanian, their codes, weights and thresholds (R37). Answers are read and scored by the version that was asked.",
	}, func(_ context.Context, _ access.Actor, in *struct {
		Version string `query:"version" maxLength:"40" example:"2018-annex3" doc:"The one in use where it is left out"`
	}) (*Answer[followup.Instrument], error) {
		return answer(followup.RSSVersion(in.Version))
	})
	register(s, operation{
		ID: "print-survey-form", Method: http.MethodGet, Path: "/v1/instruments/rss/form", Tag: "Follow-up",
		Summary:     "Print the survey as a form",
		Description: "For an interview on paper, in the person's language: the survey's questions, at month 3 and the exit the service questions too, with a box for the case's code. It says nothing of what the work is about (R11).",
	}, func(_ context.Context, _ access.Actor, in *struct {
		Language string        `query:"language" required:"true" enum:"da,en,fr,ro" example:"fr"`
		Kind     followup.Kind `query:"kind" required:"true" enum:"baseline,month_3,exit,month_12" example:"exit"`
		Format   press.Format  `query:"format" enum:"html,pdf" default:"pdf"`
	}) (*Printed, error) {
		f, err := form.Print(in.Kind, in.Language, in.Format)
		if err != nil {
			return nil, err
		}
		return &Printed{f.Type, `inline; filename="` + f.Name + `"`, press.Policy, f.Body}, nil
	})
	register(s, operation{
		ID: "answer-survey", Method: http.MethodPost, Path: "/v1/cases/{code}/surveys", Tag: "Follow-up", Status: http.StatusCreated, Also: []int{http.StatusPreconditionFailed},
		Summary:     "Record an answered survey",
		Description: "The raw answers are kept with the instrument's version and scored. Poor answers on safety, distress, wish for psychological support or need to leave again are told to the contact person the same day, and mark the case until somebody has acknowledged them (R37). Scores say how it was on that day, nothing lasting (R38). It completes the survey's draft, and the draft is gone.",
		Example:     followup.NewSurvey{Kind: followup.Baseline, AnsweredOn: day("2026-11-05"), Answers: exampleAnswers, Interview: exampleInterview},
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		Body followup.NewSurvey
	}) (*Answer[followup.Survey], error) {
		return answer(followup.AnswerSurvey(ctx, s.db, who, in.Code, in.Body))
	})
	register(s, operation{
		ID: "list-surveys", Method: http.MethodGet, Path: "/v1/cases/{code}/surveys", Tag: "Follow-up",
		Summary:     "List a case's surveys",
		Description: "Raw answers and scores, oldest first, with the change of each dimension since the baseline and since the survey before, and why the scores must be read with care (R37, R38, R39).",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Answer[[]followup.Survey], error) {
		return answer(followup.ListSurveys(ctx, s.db, who, in.Code))
	})
}

// SurveyPath names one survey of a case.
type SurveyPath struct {
	CasePath
	Kind followup.Kind `path:"kind" enum:"baseline,month_3,exit,month_12" example:"exit"`
}

func (s *Server) drafts() {
	register(s, operation{
		ID: "save-survey-draft", Method: http.MethodPut, Path: "/v1/cases/{code}/surveys/{kind}/draft", Tag: "Follow-up",
		Summary:     "Save a survey that is answered in part",
		Description: "All that was answered so far; each answer is checked, none is missed. When somebody saved in between, the answer is 412 with the questions that were answered otherwise since, and nothing of theirs is lost. A partner goes on with what it began itself (R21, R37).",
		Example:     followup.NewDraft{Answers: followup.Answers{Choices: map[string]string{"economic_satisfaction": "ok", "able_to_stay": "yes"}}},
	}, func(ctx context.Context, who access.Actor, in *struct {
		SurveyPath
		MaybeIfMatch
		Body followup.NewDraft
	}) (*Tagged[followup.Draft], error) {
		d, err := followup.SaveDraft(ctx, s.db, who, in.Code, in.Kind, in.Version(), in.Body)
		return tagged(d, d.Version, err)
	})
	register(s, operation{
		ID: "read-survey-draft", Method: http.MethodGet, Path: "/v1/cases/{code}/surveys/{kind}/draft", Tag: "Follow-up",
		Summary:     "Read a survey that is answered in part",
		Description: "What was answered so far, what is still to be asked, and what the answers make needless. A partner reads what it began itself, by consent (R21).",
	}, func(ctx context.Context, who access.Actor, in *struct{ SurveyPath }) (*Tagged[followup.Draft], error) {
		d, err := followup.ReadDraft(ctx, s.db, who, in.Code, in.Kind)
		return tagged(d, d.Version, err)
	})
}
