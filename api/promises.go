package api

import (
	"context"
	"net/http"

	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/money"
)

var exampleTotal = money.DKK("12000.00")

func (s *Server) promises() {
	register(s, operation{
		ID: "plan-payments", Method: http.MethodPost, Path: "/v1/cases/{code}/payment-schedules", Tag: "Support", Status: http.StatusCreated, Once: true,
		Summary:     "Plan payments together",
		Description: "A total, or an amount each, a month or a week apart; or each with its day and amount. All are planned or none; each counts against the line at once, and never beyond it (R25). Calendar months, the day clamped to the month's end; those outside the six months need the reason of an exception (R23). A total is split exactly, to the minor unit of its currency (R28).",
		Example:     support.NewSchedule{Line: "rent", Form: "in_kind", Total: &exampleTotal, Count: 6, FirstOn: day("2026-10-15"), Every: "month"},
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		Body support.NewSchedule
	}) (*Answer[support.Schedule], error) {
		return answer(support.PlanSchedule(ctx, s.db, who, in.Code, in.Body))
	})
	register(s, operation{
		ID: "explain-delay", Method: http.MethodPost, Path: "/v1/cases/{code}/lines/{key}/delays", Tag: "Support", Status: http.StatusCreated,
		Summary:     "Say why an instalment is late or short",
		Description: "It stands beside the promise in the budget, and is never rewritten (R30). The partner that gives the line may say it too.",
		Example:     support.NewDelay{Instalment: 1, Reason: "supplier", Text: "The machine comes a week later"},
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		Key  string `path:"key" example:"rent" doc:"The line's key"`
		Body support.NewDelay
	}) (*Answer[support.Delay], error) {
		return answer(support.Explain(ctx, s.db, who, in.Code, in.Key, in.Body))
	})
	register(s, operation{
		ID: "list-deliveries", Method: http.MethodGet, Path: "/v1/deliveries", Tag: "Support",
		Summary:     "Compare promises with deliveries",
		Description: "What was promised for the days of a period beside what came: on time, late with the median of days, short by how much (R30). Finance and a manager see all cases, a team lead the team's; a manager cannot ask by case.",
	}, func(ctx context.Context, who access.Actor, in *struct {
		By   string        `query:"by" enum:"partner,category,case" default:"category" doc:"What to count by"`
		From calendar.Date `query:"from" format:"date" doc:"Promised for this day or later; left out, the last twelve months"`
		To   calendar.Date `query:"to" format:"date" doc:"Promised for this day or earlier; left out, today"`
	}) (*Answer[support.Overview], error) {
		return answer(support.ReadOverview(ctx, s.db, who, support.Span{By: in.By, From: in.From, To: in.To}))
	})
}
