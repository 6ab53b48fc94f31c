package api

import (
	"context"
	"net/http"

	"hjemvej/casework/followup"
	"hjemvej/internal/access"
)

func (s *Server) serviceQuestions() {
	register(s, operation{
		ID: "read-service-questions", Method: http.MethodGet, Path: "/v1/instruments/service", Tag: "Follow-up",
		Summary:     "Read the service questions",
		Description: "How the support was, as the person sees it: as promised, on time, what they would have chosen first, whether helpers were easy to reach, what went wrong, and how a business does. In Danish, English, French and Romanian.",
	}, func(context.Context, access.Actor, *struct{}) (*Answer[followup.ServiceInstrument], error) {
		return answer(followup.ServiceQuestions(), nil)
	})
	register(s, operation{
		ID: "answer-service-questions", Method: http.MethodPost, Path: "/v1/cases/{code}/service-answers", Tag: "Follow-up", Status: http.StatusCreated,
		Summary:     "Record the answers to the service questions",
		Description: "At month 3 and at the exit, each once, with the survey or apart from it. Who was treated badly is told to the contact person the same day, and marks the case.",
		Example: followup.NewService{Kind: followup.Month3, AnsweredOn: day("2026-11-05"), Interview: exampleInterview, Answers: followup.ServiceAnswers{
			"as_promised": {"partly"}, "on_time": {"mostly"}, "first_choice": {"yes"}, "easy_to_reach": {"yes"}, "problems": {"money_late", "wrong_thing"}}},
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		Body followup.NewService
	}) (*Answer[followup.Service], error) {
		return answer(followup.AnswerService(ctx, s.db, who, in.Code, in.Body))
	})
	register(s, operation{
		ID: "list-service-answers", Method: http.MethodGet, Path: "/v1/cases/{code}/service-answers", Tag: "Follow-up",
		Summary:     "List a case's answers to the service questions",
		Description: "Oldest first, with who asked, and whether they give the support, too (R39).",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Answer[[]followup.Service], error) {
		return answer(followup.ListService(ctx, s.db, who, in.Code))
	})
}
