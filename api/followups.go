package api

import (
	"context"
	"net/http"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
)

// FollowupPath names a follow-up.
type FollowupPath struct {
	ID string `path:"followup_id" doc:"The follow-up's id"`
}

func (s *Server) followups() {
	register(s, operation{
		ID: "list-followups", Method: http.MethodGet, Path: "/v1/cases/{code}/followups", Tag: "Follow-up",
		Summary:     "List a case's follow-ups",
		Description: "The series laid out at arrival, by due day, with the attempts (R31, R33). A partner sees it by consent, with its own attempts only (R21).",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Answer[[]followup.Followup], error) {
		return answer(followup.List(ctx, s.db, who, in.Code))
	})
	register(s, operation{
		ID: "list-due-followups", Method: http.MethodGet, Path: "/v1/followups", Tag: "Follow-up",
		Summary:     "Whom to call?",
		Description: "The open follow-ups that are due, of all your cases, oldest first.",
	}, func(ctx context.Context, who access.Actor, in *struct {
		Paging
		Until calendar.Date `query:"due_until" format:"date" doc:"Due on or before this day; today where it is left out"`
	}) (*Answer[Page[followup.Followup]], error) {
		items, last, err := followup.ListDue(ctx, s.db, who, followup.Due{Until: in.Until, After: in.After(), Limit: in.Limit})
		return page(items, last, err)
	})
	register(s, operation{
		ID: "record-attempt", Method: http.MethodPost, Path: "/v1/followups/{followup_id}/attempts", Tag: "Follow-up", Status: http.StatusCreated,
		Summary:     "Record an attempt at a contact",
		Description: "Reached and safe completes the follow-up, refused ends it as declined; everything else leaves it open (R33). Attempts can be recorded after the end (R32).",
		Example:     followup.NewAttempt{MadeOn: day("2026-10-20"), Channel: followup.Call, Outcome: followup.ReachedSafe},
	}, func(ctx context.Context, who access.Actor, in *struct {
		FollowupPath
		Body followup.NewAttempt
	}) (*Tagged[followup.Followup], error) {
		f, err := followup.RecordAttempt(ctx, s.db, s.vault, who, in.ID, in.Body)
		return tagged(f, f.Version, err)
	})
	register(s, operation{
		ID: "record-lost-contact", Method: http.MethodPost, Path: "/v1/followups/{followup_id}/lost-contact", Tag: "Follow-up",
		Summary:     "Record that contact was lost",
		Description: "Only after as many attempts, days and channels as the policy of today asks for; refused with what is missing. It is a result, counted like any other (R34).",
	}, func(ctx context.Context, who access.Actor, in *struct {
		FollowupPath
		IfMatch
	}) (*Tagged[followup.Followup], error) {
		f, err := followup.RecordLost(ctx, s.db, s.vault, who, in.ID, in.Version())
		return tagged(f, f.Version, err)
	})
	s.surveys()
	s.series()
}

var exampleAnswers = followup.Answers{Choices: map[string]string{
	"economic_satisfaction": "satisfied", "food_reduced": "often", "can_borrow": "yes", "borrows_how_often": "often", "debt_to_spending": "spending_larger",
	"access_jobs_training": "good", "works_now": "yes", "owns_productive_asset": "yes", "seeks_job": "yes", "access_housing": "good", "housing_standard": "good",
	"access_education": "good", "children_in_school": "all", "access_justice": "very_good", "has_id": "yes", "access_documentation": "very_good",
	"access_water": "very_good", "access_health": "good", "health_quality": "poor", "social_activities": "rarely", "support_network": "bad", "belonging": "disagree",
	"physical_safety": "unsafe", "family_tension": "sometimes", "discrimination": "never", "distress": "very_often", "wants_psychological_support": "yes",
	"able_to_stay": "no"}, ReasonsToLeave: []string{"no_jobs"}}

func (s *Server) surveys() {
	register(s, operation{
		ID: "read-instrument", Method: http.MethodGet, Path: "/v1/instruments/rss", Tag: "Follow-up",
		Summary:     "Read the survey's questions",
		Description: "The Reintegration Sustainability Survey: its questions in Danish and English, the codes of the answers, weights and thresholds (R37).",
	}, func(_ context.Context, _ access.Actor, _ *struct{}) (*Answer[followup.Instrument], error) {
		return answer(followup.RSS(), nil)
	})
	register(s, operation{
		ID: "answer-survey", Method: http.MethodPost, Path: "/v1/cases/{code}/surveys", Tag: "Follow-up", Status: http.StatusCreated,
		Summary:     "Record an answered survey",
		Description: "The raw answers are kept with the instrument's version and scored. Poor answers on safety, distress, wish for psychological support or need to leave again are told to the contact person the same day (R37). Scores say how it was on that day, nothing lasting (R38).",
		Example:     followup.NewSurvey{Kind: "baseline", AnsweredOn: day("2026-11-05"), Answers: exampleAnswers},
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		Body followup.NewSurvey
	}) (*Answer[followup.Survey], error) {
		return answer(followup.AnswerSurvey(ctx, s.db, who, in.Code, in.Body))
	})
	register(s, operation{
		ID: "list-surveys", Method: http.MethodGet, Path: "/v1/cases/{code}/surveys", Tag: "Follow-up",
		Summary:     "List a case's surveys",
		Description: "Raw answers and scores, oldest first.",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Answer[[]followup.Survey], error) {
		return answer(followup.ListSurveys(ctx, s.db, who, in.Code))
	})
	register(s, operation{
		ID: "read-exit-review", Method: http.MethodGet, Path: "/v1/cases/{code}/exit-review", Tag: "Follow-up",
		Summary:     "What is missing before the exit?",
		Description: "Everything at once: the exit follow-up and what lost contact would still take (R34), the exit survey, open payments (R26), unspent lines (R23), open hand-offs. None of it keeps an outcome from being recorded that needs no follow-up (R35).",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Answer[followup.ExitStanding], error) {
		return answer(followup.ReadExitReview(ctx, s.db, s.vault, who, in.Code))
	})
	register(s, operation{
		ID: "record-exit", Method: http.MethodPost, Path: "/v1/cases/{code}/exit", Tag: "Follow-up",
		Summary:     "Record the outcome at six months",
		Description: "Reached, lost and declined contact need the exit follow-up to say the same; the others can come at any time after arrival (R35).",
		Example:     followup.ExitReview{Outcome: followup.Reached, ExitedOn: day("2027-04-11")},
	}, func(ctx context.Context, who access.Actor, in *caseChange[followup.ExitReview]) (*Tagged[casefile.Case], error) {
		c, err := followup.RecordExit(ctx, s.db, who, in.Code, in.Version(), in.Body)
		return tagged(c, c.Version, err)
	})
}
