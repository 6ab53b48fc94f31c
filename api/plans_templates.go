package api

import (
	"context"
	"net/http"

	"hjemvej/casework/plan"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
)

func (s *Server) planTemplates() {
	register(s, operation{
		ID: "list-plan-templates", Method: http.MethodGet, Path: "/v1/plan-templates", Tag: "Plans",
		Summary:     "List the plans to start from",
		Description: "Each has an action plan (R13) and a reintegration plan (R14).",
	}, func(_ context.Context, _ access.Actor, in *struct {
		Language string `query:"language" enum:"da,en" default:"da" doc:"Of the texts"`
	}) (*Answer[[]plan.Template], error) {
		return answer(plan.Templates(in.Language), nil)
	})
	register(s, operation{
		ID: "read-plan-template", Method: http.MethodGet, Path: "/v1/plan-templates/{template}", Tag: "Plans",
		Summary:     "Read a plan to start from",
		Description: "A content to change until it is this person's own, and then to save. Due days count from `from`. Who gives a line and when the person was told of it (R14) no template knows: they are empty unless you send them. Nor does it know which child school fees are for: `child_id` (R24). Saving refuses the plan until all of them are filled in.",
	}, func(_ context.Context, _ access.Actor, in *struct {
		Template  string        `path:"template" enum:"with_child,small_business,health_first" example:"small_business" doc:"The template's key"`
		Kind      plan.Kind     `query:"kind" required:"true" enum:"action,reintegration" example:"reintegration" doc:"Which of its two plans"`
		From      calendar.Date `query:"from" required:"true" format:"date" example:"2026-10-01" doc:"The first day of an action plan, the planned arrival of a reintegration plan"`
		Language  string        `query:"language" enum:"da,en" default:"da" doc:"Of the texts"`
		PartnerID string        `query:"partner_id" format:"uuid" example:"5f0c8a52-6d3e-4b57-9d0a-0c5b7e1f2a10" doc:"Who gives the lines"`
		ToldOn    calendar.Date `query:"told_on" format:"date" example:"2026-09-01" doc:"When the person was told of the lines"`
	}) (*Answer[plan.Content], error) {
		return answer(plan.FromTemplate(in.Template, in.Kind, plan.Start{Language: in.Language, From: in.From, PartnerID: in.PartnerID, ToldOn: in.ToldOn}))
	})
}
