package api

import (
	"context"
	"net/http"

	"hjemvej/internal/access"
	"hjemvej/internal/staff"
)

// Me is who the caller is to the service.
type Me struct {
	ID      string         `json:"id" format:"uuid" example:"6f1c2a9e-7d53-4a0e-9a55-0f6f1f0b8a11" doc:"The user's id, or the key's"`
	Role    access.Role    `json:"role" enum:"contact_person,team_lead,finance,manager,administrator,auditor,partner" example:"contact_person"`
	Team    string         `json:"team_id,omitempty" format:"uuid" doc:"Of contact persons and team leads"`
	Partner string         `json:"partner_id,omitempty" format:"uuid" doc:"Of partners"`
	Scopes  []access.Scope `json:"scopes,omitempty" enum:"read_handoffs,answer_handoffs,report_arrival,report_support,upload,follow_up" doc:"Of partners: what the key may be used for"`
}

func (s *Server) me() {
	register(s, operation{
		ID: "read-me", Method: http.MethodGet, Path: "/v1/me", Tag: "Yourself",
		Summary:     "Who am I?",
		Description: "Who your token or key says you are. Nothing is looked up about anybody else, and nothing is recorded.",
	}, func(_ context.Context, who access.Actor, _ *struct{}) (*Answer[Me], error) {
		return answer(Me{who.ID, who.Role, who.Team, who.Partner, who.Scopes.List()}, nil)
	})
	register(s, operation{
		ID: "read-my-letters", Method: http.MethodGet, Path: "/v1/me/letters", Tag: "Yourself",
		Summary:     "How do letters come to me?",
		Description: "Each by itself, or one a working day. Partners' people stand in the registry with theirs.",
	}, func(ctx context.Context, who access.Actor, _ *struct{}) (*Answer[staff.Letters], error) {
		return answer(staff.ReadLetters(ctx, s.db, who))
	})
	register(s, operation{
		ID: "choose-my-letters", Method: http.MethodPut, Path: "/v1/me/letters", Tag: "Yourself",
		Summary:     "Choose how letters come",
		Description: "With daily_digest, what can wait comes in one letter at 08:00 on working days, a sentence for each. What cannot wait, and reminders to call somebody, come by themselves.",
		Example:     staff.Letters{Wants: "daily_digest"},
	}, func(ctx context.Context, who access.Actor, in *struct{ Body staff.Letters }) (*Answer[staff.Letters], error) {
		return answer(staff.ChooseLetters(ctx, s.db, who, in.Body))
	})
}
