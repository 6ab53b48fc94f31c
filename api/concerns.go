package api

import (
	"context"
	"net/http"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
)

func (s *Server) concerns() {
	register(s, operation{
		ID: "list-concerns", Method: http.MethodGet, Path: "/v1/cases/{code}/concerns", Tag: "Cases",
		Summary:     "List what alarmed on a case",
		Description: "Those that wait first, then those that were acknowledged, with what was done about each.",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Answer[[]casefile.Concern], error) {
		return answer(casefile.ListConcerns(ctx, s.db, s.vault, who, in.Code))
	})
	register(s, operation{
		ID: "acknowledge-concern", Method: http.MethodPost, Path: "/v1/concerns/{concern_id}/acknowledgement", Tag: "Cases", Status: http.StatusCreated,
		Summary:     "Say what was done about a concern",
		Description: "Once; then it no longer stands on the case. What was done is sealed.",
		Example:     casefile.Acknowledgement{Done: "Called the same afternoon. She stays with her sister until the lock is changed."},
	}, func(ctx context.Context, who access.Actor, in *struct {
		ConcernID string `path:"concern_id" doc:"The concern's id, as the case shows it"`
		Body      casefile.Acknowledgement
	}) (*Answer[casefile.Concern], error) {
		return answer(casefile.AcknowledgeConcern(ctx, s.db, s.vault, who, in.ConcernID, in.Body))
	})
}
