package api

import (
	"context"
	"net/http"

	"hjemvej/internal/access"
	"hjemvej/partners"
)

// HandoffPath names a hand-off.
type HandoffPath struct {
	ID string `path:"handoff_id" doc:"The hand-off's id"`
}

// HandoffChange names the version of a hand-off that the caller read.
type HandoffChange struct {
	HandoffPath
	IfMatch
}

func (s *Server) handoffs() {
	register(s, operation{
		ID: "offer-handoff", Method: http.MethodPost, Path: "/v1/cases/{code}/handoffs", Tag: "Hand-offs", Status: http.StatusCreated, Once: true,
		Summary:     "Hand a case off",
		Description: "Offers the case to a partner, which is told by letter and has three of its working days to answer; then it escalates (R20). From now on the partner sees what consent covers (R21).",
		Example:     partners.NewHandoff{PartnerID: examplePartner, Note: "Please meet at the airport."},
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		Body partners.NewHandoff
	}) (*Tagged[partners.Handoff], error) {
		h, err := partners.Offer(ctx, s.db, who, in.Code, in.Body)
		return tagged(h, h.Version, err)
	})
	register(s, operation{
		ID: "list-case-handoffs", Method: http.MethodGet, Path: "/v1/cases/{code}/handoffs", Tag: "Hand-offs",
		Summary:     "List a case's hand-offs",
		Description: "Oldest first, those that ended too.",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Answer[[]partners.Handoff], error) {
		return answer(partners.ListOfCase(ctx, s.db, who, in.Code))
	})
	register(s, operation{
		ID: "revoke-handoff", Method: http.MethodPost, Path: "/v1/cases/{code}/handoffs/{handoff_id}/revocation", Tag: "Hand-offs", Once: true,
		Summary:     "Take a hand-off back",
		Description: "From any open state (R20). The partner sees nothing any more, at once (R21).",
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		HandoffChange
	}) (*Tagged[partners.Handoff], error) {
		h, err := partners.Revoke(ctx, s.db, who, in.Code, in.ID, in.Version())
		return tagged(h, h.Version, err)
	})
	s.readings()
	s.handed()
	s.deletions()
}

func (s *Server) readings() {
	register(s, operation{
		ID: "list-handoff-readings", Method: http.MethodGet, Path: "/v1/cases/{code}/readings", Tag: "Hand-offs",
		Summary:     "List what partners have read",
		Description: "Newest first: who, when, and which categories were shown, with the hash of what was seen (R21).",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Answer[[]partners.Reading], error) {
		return answer(partners.ListReadings(ctx, s.db, who, in.Code))
	})
	register(s, operation{
		ID: "read-handoff-reading", Method: http.MethodGet, Path: "/v1/cases/{code}/readings/{reading_id}", Tag: "Hand-offs",
		Summary:     "Show what a partner saw",
		Description: "Exactly the content that was answered then, kept sealed. Each opening is recorded (R12).",
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		Reading string `path:"reading_id" doc:"The reading's id"`
	}) (*Answer[partners.Seen], error) {
		return answer(partners.ReadSeen(ctx, s.db, s.vault, who, in.Code, in.Reading))
	})
}

func (s *Server) deletions() {
	register(s, operation{
		ID: "list-deletion-duties", Method: http.MethodGet, Path: "/v1/deletion-duties", Tag: "Hand-offs",
		Summary:     "List what you were asked to delete",
		Description: "What you read of a case and may not know any more, newest first; also of cases that are yours no longer. Why is not said (R7).",
	}, func(ctx context.Context, who access.Actor, in *struct{}) (*Answer[[]partners.Duty], error) {
		return answer(partners.ListDuties(ctx, s.db, who))
	})
	register(s, operation{
		ID: "confirm-deletion", Method: http.MethodPost, Path: "/v1/deletion-duties/{duty_id}/confirmation", Tag: "Hand-offs", Status: http.StatusCreated,
		Summary:     "Confirm that you have deleted",
		Description: "Unless the law makes you keep something. Until it is confirmed the contact person sees it as open, and after 14 days both are reminded.",
		Example:     partners.Deletion{DeletedOn: day("2026-11-20")},
	}, func(ctx context.Context, who access.Actor, in *struct {
		Duty string `path:"duty_id" doc:"The duty's id"`
		Body partners.Deletion
	}) (*Answer[partners.Duty], error) {
		return answer(partners.ConfirmDeletion(ctx, s.db, who, in.Duty, in.Body))
	})
	register(s, operation{
		ID: "list-case-deletion-duties", Method: http.MethodGet, Path: "/v1/cases/{code}/deletion-duties", Tag: "Hand-offs",
		Summary:     "List what partners were asked to delete",
		Description: "Newest first, with whether they have confirmed it (R7).",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Answer[[]partners.Duty], error) {
		return answer(partners.ListDutiesOfCase(ctx, s.db, who, in.Code))
	})
}

func (s *Server) handed() {
	register(s, operation{
		ID: "list-handoffs", Method: http.MethodGet, Path: "/v1/handoffs", Tag: "Hand-offs",
		Summary:     "List what was handed to you",
		Description: "For partners: from the offer until it is declined, revoked, or completed plus 30 days (R21).",
	}, func(ctx context.Context, who access.Actor, in *struct {
		Paging
		State partners.State `query:"state" enum:"offered,received,accepted,in_progress,completed" doc:"Only hand-offs in this state"`
	}) (*Answer[Page[partners.Handoff]], error) {
		items, last, err := partners.ListHanded(ctx, s.db, who, partners.Filter{State: in.State, After: in.After(), Limit: in.Limit})
		return page(items, last, err)
	})
	register(s, operation{
		ID: "read-handoff", Method: http.MethodGet, Path: "/v1/handoffs/{handoff_id}", Tag: "Hand-offs",
		Summary:     "Read what was handed to you",
		Description: "Composed at this moment from what the person's consent covers; what was withheld is named by category only (R7, R21). Each reading is recorded.",
	}, func(ctx context.Context, who access.Actor, in *HandoffPath) (*Tagged[partners.Document], error) {
		d, err := partners.ReadHanded(ctx, s.db, s.vault, who, in.ID)
		if err != nil {
			return nil, err
		}
		// The version is the hand-off's, for the answer to it; it says nothing of
		// consents, so the document is always sent whole.
		return &Tagged[partners.Document]{tag(d.Handoff.Version), d}, nil
	})
	register(s, operation{
		ID: "receive-handoff", Method: http.MethodPost, Path: "/v1/handoffs/{handoff_id}/receipt", Tag: "Hand-offs", Once: true,
		Summary:     "Acknowledge a hand-off",
		Description: "Says that you have received the offer; you still have to answer it (R20).",
	}, func(ctx context.Context, who access.Actor, in *HandoffChange) (*Tagged[partners.Handoff], error) {
		h, err := partners.Receive(ctx, s.db, who, in.ID, in.Version())
		return tagged(h, h.Version, err)
	})
	register(s, operation{
		ID: "answer-handoff", Method: http.MethodPost, Path: "/v1/handoffs/{handoff_id}/answer", Tag: "Hand-offs", Once: true,
		Summary:     "Accept or decline a hand-off",
		Description: "A decline needs a reason (R20). The contact person is told.",
		Example:     partners.Answer{Answer: "accepted"},
	}, func(ctx context.Context, who access.Actor, in *struct {
		HandoffChange
		Body partners.Answer
	}) (*Tagged[partners.Handoff], error) {
		h, err := partners.AnswerOffer(ctx, s.db, who, in.ID, in.Version(), in.Body)
		return tagged(h, h.Version, err)
	})
	register(s, operation{
		ID: "complete-handoff", Method: http.MethodPost, Path: "/v1/handoffs/{handoff_id}/completion", Tag: "Hand-offs", Once: true,
		Summary:     "Complete a hand-off",
		Description: "Your part is done. You can read the case for 30 more days (R21).",
	}, func(ctx context.Context, who access.Actor, in *HandoffChange) (*Tagged[partners.Handoff], error) {
		h, err := partners.Complete(ctx, s.db, who, in.ID, in.Version())
		return tagged(h, h.Version, err)
	})
}
