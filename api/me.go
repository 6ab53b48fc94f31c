package api

import (
	"context"
	"net/http"

	"hjemvej/internal/access"
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
}
