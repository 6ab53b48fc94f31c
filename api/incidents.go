package api

import (
	"context"
	"net/http"

	"hjemvej/casework/followup"
	"hjemvej/internal/access"
)

// IncidentPath names an incident.
type IncidentPath struct {
	ID string `path:"incident_id" doc:"The incident's id"`
}

func (s *Server) incidents() {
	register(s, operation{
		ID: "record-incident", Method: http.MethodPost, Path: "/v1/cases/{code}/incidents", Tag: "Incidents", Status: http.StatusCreated,
		Summary:     "Record an incident",
		Description: "Harm, a threat, exploitation again, or the fear of it. No consent is needed. The contact person and the team's leads are told at once, with a letter that says nothing of it (R11).",
		Example:     followup.NewIncident{Kind: followup.Threat, OccurredOn: day("2026-10-20"), Text: "A man whom she does not know asks for her at the door"},
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		Body followup.NewIncident
	}) (*Tagged[followup.Incident], error) {
		i, err := followup.RecordIncident(ctx, s.db, s.vault, who, in.Code, in.Body)
		return tagged(i, i.Version, err)
	})
	register(s, operation{
		ID: "list-case-incidents", Method: http.MethodGet, Path: "/v1/cases/{code}/incidents", Tag: "Incidents",
		Summary:     "List a case's incidents",
		Description: "What is not closed first, then the newest. A partner gets those that it recorded itself (R21), and not what is done about them. Each reading is recorded.",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Answer[[]followup.Incident], error) {
		return answer(followup.ListCaseIncidents(ctx, s.db, s.vault, who, in.Code))
	})
	register(s, operation{
		ID: "read-incident", Method: http.MethodGet, Path: "/v1/incidents/{incident_id}", Tag: "Incidents",
		Summary:     "Read an incident",
		Description: "With its text and what is done about it. Each reading is recorded.",
	}, func(ctx context.Context, who access.Actor, in *IncidentPath) (*Tagged[followup.Incident], error) {
		i, err := followup.ReadIncident(ctx, s.db, s.vault, who, in.ID)
		return tagged(i, i.Version, err)
	})
	register(s, operation{
		ID: "list-incidents", Method: http.MethodGet, Path: "/v1/incidents", Tag: "Incidents",
		Summary:     "What is not closed?",
		Description: "The incidents of all your cases, or your team's, that are not closed, without their texts, the longest waiting first.",
	}, func(ctx context.Context, who access.Actor, in *Paging) (*Answer[Page[followup.Incident]], error) {
		items, last, err := followup.ListIncidents(ctx, s.db, who, in.After(), in.Limit)
		return page(items, last, err)
	})
	s.incidentsInHand()
}

func (s *Server) incidentsInHand() {
	register(s, operation{
		ID: "plan-incident", Method: http.MethodPost, Path: "/v1/incidents/{incident_id}/plan", Tag: "Incidents",
		Summary:     "Plan what is done about an incident",
		Description: "Takes it in hand; until then the team's leads are told on each working day. It may be planned anew as often as needed, and its kind corrected.",
		Example:     followup.IncidentPlan{Plan: "She sleeps at her aunt's; the partner visits on Thursday", DueOn: day("2026-10-27")},
	}, func(ctx context.Context, who access.Actor, in *struct {
		IncidentPath
		IfMatch
		Body followup.IncidentPlan
	}) (*Tagged[followup.Incident], error) {
		i, err := followup.PlanIncident(ctx, s.db, s.vault, who, in.ID, in.Version(), in.Body)
		return tagged(i, i.Version, err)
	})
	register(s, operation{
		ID: "close-incident", Method: http.MethodPost, Path: "/v1/incidents/{incident_id}/closing", Tag: "Incidents",
		Summary:     "Close an incident",
		Description: "With how it ended. Only what was unfounded is closed without a plan. What is closed stays as it is.",
		Example:     followup.IncidentClosing{Result: "resolved", ClosedOn: day("2026-10-26")},
	}, func(ctx context.Context, who access.Actor, in *struct {
		IncidentPath
		IfMatch
		Body followup.IncidentClosing
	}) (*Tagged[followup.Incident], error) {
		i, err := followup.CloseIncident(ctx, s.db, s.vault, who, in.ID, in.Version(), in.Body)
		return tagged(i, i.Version, err)
	})
}
