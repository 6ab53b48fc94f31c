package api

import (
	"context"
	"net/http"

	"hjemvej/casework/outcome"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
)

func (s *Server) outcomes() {
	register(s, operation{
		ID: "read-outcome-report", Method: http.MethodGet, Path: "/v1/reports/outcome", Tag: "Outcomes",
		Summary:     "Read the outcome report",
		Description: "Of the cases opened in a period: the funnel with its denominators, days to first contact and first support, reached rate, exits and mean scores with n (R40). Counts are not suppressed: it is for managers only, and each view is recorded (R43).",
	}, func(ctx context.Context, who access.Actor, in *struct {
		From calendar.Date `query:"from" format:"date" required:"true" example:"2026-01-01" doc:"Opened on or after this day"`
		To   calendar.Date `query:"to" format:"date" required:"true" example:"2026-12-31" doc:"Opened on or before this day"`
	}) (*Answer[outcome.Report], error) {
		return answer(outcome.Read(ctx, s.db, who, in.From, in.To))
	})
}
