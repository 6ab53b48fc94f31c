package api

import (
	"context"
	"net/http"

	"hjemvej/casework/policy"
	"hjemvej/internal/access"
)

func (s *Server) policies() {
	register(s, operation{
		ID: "list-policies", Method: http.MethodGet, Path: "/v1/policies", Tag: "Administration",
		Summary:     "List policies",
		Description: "Limits and times by the day from which they hold, those that were only proposed too. Whatever was decided is judged by the policy of its own day.",
	}, func(ctx context.Context, who access.Actor, _ *struct{}) (*Answer[[]policy.DatedPolicy], error) {
		return answer(policy.List(ctx, s.db, who))
	})
	register(s, operation{
		ID: "propose-policy", Method: http.MethodPost, Path: "/v1/policies", Tag: "Administration", Status: http.StatusCreated,
		Summary:     "Propose a policy",
		Description: "The whole of it: what is left out is not taken from the one in force. It changes nothing before another person approves it.",
		Example:     policy.Proposal{EffectiveFrom: day("2027-01-01"), Policy: policy.Default()},
	}, func(ctx context.Context, who access.Actor, in *struct{ Body policy.Proposal }) (*Answer[policy.DatedPolicy], error) {
		return answer(policy.Propose(ctx, s.db, who, in.Body))
	})
	register(s, operation{
		ID: "approve-policy", Method: http.MethodPost, Path: "/v1/policies/{policy_id}/approval", Tag: "Administration",
		Summary:     "Approve a policy",
		Description: "By another person than the proposer, before its first day. One policy begins on a day.",
	}, func(ctx context.Context, who access.Actor, in *struct {
		ID string `path:"policy_id" doc:"The policy's id"`
	}) (*Answer[policy.DatedPolicy], error) {
		return answer(policy.Approve(ctx, s.db, who, in.ID))
	})
}
