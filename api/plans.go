package api

import (
	"context"
	"net/http"

	"hjemvej/casework/plan"
	"hjemvej/internal/access"
	"hjemvej/internal/money"
)

// PlanPath names one of a case's two plans.
type PlanPath struct {
	CasePath
	Kind plan.Kind `path:"kind" enum:"action,reintegration" example:"reintegration" doc:"Up to departure, or after arrival"`
}

var examplePlan = plan.Content{Lines: []plan.Line{{Key: "rent", Category: "housing", Form: "in_kind", Purpose: "Six monthly rents",
	Amount: money.DKK("12000.00"), PartnerID: examplePartner, DueOn: day("2026-10-15"), ToldOn: day("2026-09-01")}}}

// PlanChange names the version of a plan that the caller read and now acts on.
type PlanChange struct {
	PlanPath
	IfMatch
}

func (s *Server) plans() {
	register(s, operation{
		ID: "save-plan", Method: http.MethodPut, Path: "/v1/cases/{code}/plans/{kind}", Tag: "Plans",
		Summary:     "Save a plan",
		Description: "Makes a new version; older ones stay readable (R15). An action plan holds goals (R13), a reintegration plan budget lines in DKK (R14). Any edit voids the approval: it belongs to the version before (R16). Send If-Match with the version that you edited; leave it out for the first.",
		Example:     examplePlan,
	}, func(ctx context.Context, who access.Actor, in *struct {
		PlanPath
		MaybeIfMatch
		Body plan.Content
	}) (*Tagged[plan.Version], error) {
		v, err := plan.Save(ctx, s.db, who, in.Code, in.Kind, in.Version(), in.Body)
		return tagged(v, v.Version, err)
	})
	register(s, operation{
		ID: "read-plan", Method: http.MethodGet, Path: "/v1/cases/{code}/plans/{kind}", Tag: "Plans",
		Summary:     "Read a plan",
		Description: "The newest version, with who agreed to it and who approved it.",
	}, func(ctx context.Context, who access.Actor, in *PlanPath) (*Tagged[plan.Version], error) {
		v, err := plan.Read(ctx, s.db, who, "read-plan", in.Code, in.Kind, 0)
		return tagged(v, v.Version, err)
	})
	register(s, operation{
		ID: "list-plan-versions", Method: http.MethodGet, Path: "/v1/cases/{code}/plans/{kind}/versions", Tag: "Plans",
		Summary:     "List the versions of a plan",
		Description: "Oldest first (R15).",
	}, func(ctx context.Context, who access.Actor, in *PlanPath) (*Answer[[]plan.Version], error) {
		return answer(plan.List(ctx, s.db, who, in.Code, in.Kind))
	})
	s.versions()
	s.planTemplates()
	s.papers()
	s.approvals()
}

func (s *Server) approvals() {
	register(s, operation{
		ID: "agree-plan", Method: http.MethodPost, Path: "/v1/cases/{code}/plans/{kind}/agreements", Tag: "Plans",
		Summary:     "Record that the person agreed",
		Description: "The person, or a child's representative, agrees to the version that you read, on a day and in a language (R17, R5).",
		Example:     plan.Agreement{GivenBy: "self", AgreedOn: day("2026-09-02"), Language: "ro"},
	}, func(ctx context.Context, who access.Actor, in *struct {
		PlanChange
		Body plan.Agreement
	}) (*Tagged[plan.Version], error) {
		v, err := plan.Agree(ctx, s.db, s.vault, who, in.Code, in.Kind, in.Version(), in.Body)
		return tagged(v, v.Version, err)
	})
	register(s, operation{
		ID: "request-plan-approval", Method: http.MethodPost, Path: "/v1/cases/{code}/plans/{kind}/approval-request", Tag: "Plans",
		Summary:     "Ask for a plan's approval",
		Description: "For the version that you read. Whoever asks cannot approve (R16).",
	}, func(ctx context.Context, who access.Actor, in *PlanChange) (*Tagged[plan.Version], error) {
		v, err := plan.RequestApproval(ctx, s.db, who, in.Code, in.Kind, in.Version())
		return tagged(v, v.Version, err)
	})
	register(s, operation{
		ID: "approve-plan", Method: http.MethodPost, Path: "/v1/cases/{code}/plans/{kind}/approval", Tag: "Plans",
		Summary:     "Approve a plan",
		Description: "Bound to the exact content of the version that you read. Neither its author, the plan's first author nor whoever asked may approve (R16). Approving a reintegration plan makes its lines what may be paid, within the person's ceiling and the programme's (R25).",
	}, func(ctx context.Context, who access.Actor, in *PlanChange) (*Tagged[plan.Version], error) {
		v, err := plan.Approve(ctx, s.db, s.vault, who, in.Code, in.Kind, in.Version())
		return tagged(v, v.Version, err)
	})
}
