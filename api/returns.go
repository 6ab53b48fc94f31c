package api

import (
	"context"
	"net/http"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/internal/access"
	"hjemvej/partners"
)

func (s *Server) returns() {
	register(s, operation{
		ID: "record-check", Method: http.MethodPut, Path: "/v1/cases/{code}/checks/{kind}", Tag: "Return",
		Summary:     "Record a check before departure",
		Description: "What must be looked at before anybody departs: three checks for everybody (R18), six more for a child (R5). Send If-Match to replace one.",
		Example:     casefile.CheckResult{DoneOn: day("2026-08-20"), Result: "cleared"},
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		MaybeIfMatch
		Kind casefile.CheckKind `path:"kind" enum:"voluntary_declaration,risk_assessment,needs_assessment,guardian_in_denmark,guardian_at_destination,family_assessment,best_interests,childs_wish,escort" example:"risk_assessment" doc:"Which check"`
		Body casefile.CheckResult
	}) (*Tagged[casefile.Check], error) {
		c, err := casefile.RecordCheck(ctx, s.db, s.vault, who, in.Code, in.Kind, in.Version(), in.Body)
		return tagged(c, c.Version, err)
	})
	register(s, operation{
		ID: "list-checks", Method: http.MethodGet, Path: "/v1/cases/{code}/checks", Tag: "Return",
		Summary:     "List the checks",
		Description: "What has been checked before departure.",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Answer[[]casefile.Check], error) {
		return answer(casefile.ListChecks(ctx, s.db, who, in.Code))
	})
	register(s, operation{
		ID: "book-departure", Method: http.MethodPut, Path: "/v1/cases/{code}/booking", Tag: "Return",
		Summary:     "Book the departure",
		Description: "The planned day and the notice to the receiving office. Less than 5 Danish working days ahead needs a reason, and shows as late (R19). Send If-Match to change a booking.",
		Example:     casefile.Booking{PlannedOn: day("2026-10-10"), NotifiedOn: day("2026-10-01"), ConfirmedOn: day("2026-10-02")},
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		MaybeIfMatch
		Body casefile.Booking
	}) (*Tagged[casefile.Booked], error) {
		b, err := casefile.Book(ctx, s.db, who, in.Code, in.Version(), in.Body)
		return tagged(b, b.Version, err)
	})
	register(s, operation{
		ID: "read-booking", Method: http.MethodGet, Path: "/v1/cases/{code}/booking", Tag: "Return",
		Summary:     "Read the booking",
		Description: "The planned day and its notice, with the reason where it was late (R19).",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Tagged[casefile.Booked], error) {
		b, err := casefile.ReadBooking(ctx, s.db, who, in.Code)
		return tagged(b, b.Version, err)
	})
	register(s, operation{
		ID: "read-departure-gate", Method: http.MethodGet, Path: "/v1/cases/{code}/departure-gate", Tag: "Return",
		Summary:     "What is missing before departure?",
		Description: "Everything at once, each with what to do next; an empty list means that the person may depart (R18, R5).",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Answer[[]casefile.Missing], error) {
		return answer(casefile.ReadGate(ctx, s.db, s.vault, who, in.Code))
	})
	register(s, operation{
		ID: "depart", Method: http.MethodPost, Path: "/v1/cases/{code}/departure", Tag: "Return", Once: true,
		Summary:     "Record the departure",
		Description: "Refused with everything that is missing while the gate is not met (R18).",
		Example:     casefile.Departure{DepartedOn: day("2026-10-10")},
	}, func(ctx context.Context, who access.Actor, in *caseChange[casefile.Departure]) (*Tagged[casefile.Case], error) {
		c, err := casefile.Depart(ctx, s.db, s.vault, who, in.Code, in.Version(), in.Body)
		return tagged(c, c.Version, err)
	})
	s.arrivals()
}

func (s *Server) arrivals() {
	register(s, operation{
		ID: "confirm-arrival", Method: http.MethodPost, Path: "/v1/cases/{code}/arrivals", Tag: "Return", Status: http.StatusCreated,
		Summary:     "Confirm the arrival, or correct it",
		Description: "By the partner, or the contact person. The six months are counted from this day (R23) and the follow-ups are laid out (R31). A correction needs a reason; both are kept, and whatever hangs on the day moves with it (R22, R32).",
		Example:     followup.Arrival{ArrivedOn: day("2026-10-11")},
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		Body followup.Arrival
	}) (*Answer[[]followup.Arrived], error) {
		return answer(partners.ConfirmArrival(ctx, s.db, who, in.Code, in.Body))
	})
	register(s, operation{
		ID: "list-arrivals", Method: http.MethodGet, Path: "/v1/cases/{code}/arrivals", Tag: "Return",
		Summary:     "List the confirmations of the arrival",
		Description: "The first, and every correction with who and why, oldest first (R22).",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Answer[[]followup.Arrived], error) {
		return answer(partners.ListArrivals(ctx, s.db, who, in.Code))
	})
}
