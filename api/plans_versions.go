package api

import (
	"context"
	"net/http"

	"hjemvej/casework/plan"
	"hjemvej/internal/access"
)

// VersionPath names one version of a plan.
type VersionPath struct {
	PlanPath
	Number int `path:"version" minimum:"1" maximum:"1000000" example:"1" doc:"The version's number"`
}

func (s *Server) versions() {
	register(s, operation{
		ID: "read-plan-version", Method: http.MethodGet, Path: "/v1/cases/{code}/plans/{kind}/versions/{version}", Tag: "Plans",
		Summary:     "Read one version of a plan",
		Description: "As it was saved; versions never change (R15).",
	}, func(ctx context.Context, who access.Actor, in *VersionPath) (*Answer[plan.Version], error) {
		return answer(plan.Read(ctx, s.db, who, "read-plan-version", in.Code, in.Kind, in.Number))
	})
	register(s, operation{
		ID: "compare-plan-versions", Method: http.MethodGet, Path: "/v1/cases/{code}/plans/{kind}/comparison", Tag: "Plans",
		Summary:     "Compare two versions of a plan",
		Description: "Everything in which `to` differs from `from`, field by field (R15). Lines are told apart by their key; goals and actions by their text, and a reworded one by its neighbours. What only changed its place is `moved`.",
	}, func(ctx context.Context, who access.Actor, in *struct {
		PlanPath
		From int `query:"from" required:"true" minimum:"1" maximum:"1000000" example:"1" doc:"The version to compare with"`
		To   int `query:"to" minimum:"1" maximum:"1000000" example:"3" doc:"The version that is compared; left out, the newest"`
	}) (*Answer[plan.Comparison], error) {
		return answer(plan.CompareVersions(ctx, s.db, who, in.Code, in.Kind, in.From, in.To))
	})
	register(s, operation{
		ID: "restore-plan-version", Method: http.MethodPost, Path: "/v1/cases/{code}/plans/{kind}/versions/{version}/restoration", Tag: "Plans",
		Summary:     "Go back to an earlier version",
		Description: "Makes a new version with the content of an earlier one, as it was then (R15). It is an edit like any other: the agreement and the approval stay with the versions that they were given to (R16). Send If-Match with the newest version that you read.",
	}, func(ctx context.Context, who access.Actor, in *struct {
		VersionPath
		IfMatch
	}) (*Tagged[plan.Version], error) {
		v, err := plan.Restore(ctx, s.db, who, in.Code, in.Kind, in.Number, in.Version())
		return tagged(v, v.Version, err)
	})
}
