package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"hjemvej/internal/access"
	"hjemvej/partners/events"
)

// EndpointPath names an endpoint of a partner's.
type EndpointPath struct {
	PartnerPath
	EndpointID string `path:"endpoint_id" doc:"The endpoint's id"`
}

// CreatedEndpoint is a new endpoint, with its secret.
type CreatedEndpoint struct {
	events.Endpoint
	Secret string `json:"secret" example:"" doc:"What its events are signed with: shown this once and stored sealed. Empty in the answer to a repeated request"`
}

// NewEndpointSecret is a new secret of an endpoint's.
type NewEndpointSecret struct {
	Secret   string    `json:"secret" example:"" doc:"Shown this once and stored sealed. Empty in the answer to a repeated request"`
	OldUntil time.Time `json:"old_until" doc:"Until then events are signed with the old one, too"`
}

func (s *Server) events() {
	register(s, operation{
		ID: "list-events", Method: http.MethodGet, Path: "/v1/events", Tag: "Events",
		Summary:     "Poll your events",
		Description: "What an endpoint would be handed, oldest first, for partners who cannot receive or want to make sure. Go on after `last`: no event is missed. What you may not know any more is left out, so there are gaps in the numbers.",
	}, func(ctx context.Context, who access.Actor, in *struct {
		After int64 `query:"after" minimum:"0" doc:"The last number that you have; leave it out for the first"`
		Limit int   `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Events at a time"`
	}) (*Answer[events.Feed], error) {
		return answer(events.List(ctx, s.db, who, in.After, in.Limit))
	})
	s.endpoints()
	s.deliveries()
}

func (s *Server) endpoints() {
	register(s, operation{
		ID: "create-endpoint", Method: http.MethodPost, Path: "/v1/partners/{partner_id}/endpoints", Tag: "Events", Status: http.StatusCreated,
		Summary:     "Add an endpoint",
		Description: "It is handed each of the partner's events from now on, signed as Standard Webhooks says. At most ten endpoints.",
		Example:     events.NewEndpoint{URL: "https://partner.example/events", Description: "production"},
	}, func(ctx context.Context, who access.Actor, in *struct {
		PartnerPath
		Body events.NewEndpoint
	}) (*Tagged[CreatedEndpoint], error) {
		e, err := events.Create(ctx, s.db, s.vault, s.sender, who, in.PartnerID, in.Body)
		return tagged(CreatedEndpoint{e.Endpoint, e.Secret.Reveal()}, e.Version, err)
	})
	register(s, operation{
		ID: "list-endpoints", Method: http.MethodGet, Path: "/v1/partners/{partner_id}/endpoints", Tag: "Events",
		Summary:     "List endpoints",
		Description: "Oldest first, with how they do; never their secrets.",
	}, func(ctx context.Context, who access.Actor, in *PartnerPath) (*Answer[[]events.Endpoint], error) {
		return answer(events.ListEndpoints(ctx, s.db, who, in.PartnerID))
	})
	register(s, operation{
		ID: "change-endpoint", Method: http.MethodPut, Path: "/v1/partners/{partner_id}/endpoints/{endpoint_id}", Tag: "Events",
		Summary:     "Change, pause or resume an endpoint",
		Description: "What happens while it is paused waits for it. An endpoint that is resumed, or moved, is handed at once what waits.",
		Example:     events.ChangedEndpoint{NewEndpoint: events.NewEndpoint{URL: "https://partner.example/events", Description: "production"}},
	}, func(ctx context.Context, who access.Actor, in *struct {
		EndpointPath
		IfMatch
		Body events.ChangedEndpoint
	}) (*Tagged[events.Endpoint], error) {
		e, err := events.Change(ctx, s.db, s.sender, who, in.PartnerID, in.EndpointID, in.Version(), in.Body)
		return tagged(e, e.Version, err)
	})
	register(s, operation{
		ID: "rotate-endpoint-secret", Method: http.MethodPost, Path: "/v1/partners/{partner_id}/endpoints/{endpoint_id}/secrets", Tag: "Events", Status: http.StatusCreated,
		Summary:     "Replace an endpoint's secret",
		Description: "Until the overlap ends each event carries two signatures, and the receiver may hold either secret.",
		Example:     events.Overlap{},
	}, func(ctx context.Context, who access.Actor, in *struct {
		EndpointPath
		Body events.Overlap
	}) (*Answer[NewEndpointSecret], error) {
		n, err := events.Rotate(ctx, s.db, s.vault, who, in.PartnerID, in.EndpointID, in.Body)
		return answer(NewEndpointSecret{n.Secret.Reveal(), n.OldUntil}, err)
	})
	register(s, operation{
		ID: "send-test-event", Method: http.MethodPost, Path: "/v1/partners/{partner_id}/endpoints/{endpoint_id}/test-events", Tag: "Events", Status: http.StatusCreated,
		Summary:     "Try an endpoint",
		Description: "Hands it an event of the type endpoint.test, about nothing. What became of it stands among its deliveries within seconds.",
	}, func(ctx context.Context, who access.Actor, in *EndpointPath) (*Answer[events.Event], error) {
		return answer(events.SendTest(ctx, s.db, who, in.PartnerID, in.EndpointID))
	})
}

func (s *Server) deliveries() {
	register(s, operation{
		ID: "list-event-deliveries", Method: http.MethodGet, Path: "/v1/partners/{partner_id}/endpoints/{endpoint_id}/deliveries", Tag: "Events",
		Summary:     "List what goes to an endpoint",
		Description: "Newest first, with what became of it. Dead is what was not taken for three days; it can be replayed.",
	}, func(ctx context.Context, who access.Actor, in *struct {
		EndpointPath
		Paging
		State string `query:"state" enum:"pending,delivered,dead,dropped" doc:"Only in this state"`
	}) (*Answer[Page[events.Delivery]], error) {
		before, err := beforeOf(in.After())
		if err != nil {
			return nil, err
		}
		items, next, err := events.ListDeliveries(ctx, s.db, who, in.PartnerID, in.EndpointID, events.Filter{State: in.State, Before: before, Limit: in.Limit})
		last := ""
		if next != 0 {
			last = strconv.FormatInt(next, 10)
		}
		return page(items, last, err)
	})
	register(s, operation{
		ID: "replay-events", Method: http.MethodPost, Path: "/v1/partners/{partner_id}/endpoints/{endpoint_id}/replays", Tag: "Events", Status: http.StatusCreated, Once: true,
		Summary:     "Hand events to an endpoint again",
		Description: "One event, or everything that happened in a period, whatever became of it before; also what happened before the endpoint was added. The events keep their ids, so that a receiver knows what it has.",
		Example:     events.Replay{From: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), Until: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)},
	}, func(ctx context.Context, who access.Actor, in *struct {
		EndpointPath
		Body events.Replay
	}) (*Answer[events.Replayed], error) {
		return answer(events.ReplayEvents(ctx, s.db, who, in.PartnerID, in.EndpointID, in.Body))
	})
}
