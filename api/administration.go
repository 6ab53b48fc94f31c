package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/audit"
	"hjemvej/internal/fault"
	"hjemvej/internal/money"
	"hjemvej/internal/staff"
)

func (s *Server) administration() {
	s.registry()
	s.partnerPeople()
	s.partnerKeys()
	s.programmes()
	s.policies()
	s.users()
	s.auditLog()
}

func (s *Server) programmes() {
	register(s, operation{
		ID: "list-programmes", Method: http.MethodGet, Path: "/v1/programmes", Tag: "Administration",
		Summary:     "List programmes",
		Description: "With their ceilings, and what is allotted to approved lines (R25).",
	}, func(ctx context.Context, who access.Actor, _ *struct{}) (*Answer[[]support.Programme], error) {
		return answer(support.ListProgrammes(ctx, s.db, who))
	})
	register(s, operation{
		ID: "begin-programme", Method: http.MethodPost, Path: "/v1/programmes", Tag: "Administration", Status: http.StatusCreated,
		Summary:     "Begin a programme",
		Description: "The ceiling of all lines together, and of one person's (R25). Without an active programme no case can be opened.",
		Example:     support.NewProgramme{Name: "Prepared return 2027", Ceiling: money.DKK("5000000.00"), PersonCeiling: new(money.DKK("50000.00"))},
	}, func(ctx context.Context, who access.Actor, in *struct{ Body support.NewProgramme }) (*Answer[support.Programme], error) {
		return answer(support.BeginProgramme(ctx, s.db, who, in.Body))
	})
}

func (s *Server) users() {
	register(s, operation{
		ID: "list-users", Method: http.MethodGet, Path: "/v1/users", Tag: "Administration",
		Summary:     "List staff",
		Description: "By name, those who left too.",
	}, func(ctx context.Context, who access.Actor, _ *struct{}) (*Answer[[]staff.User], error) {
		return answer(staff.List(ctx, s.db, who))
	})
	register(s, operation{
		ID: "create-user", Method: http.MethodPost, Path: "/v1/users", Tag: "Administration", Status: http.StatusCreated,
		Summary:     "Register a member of staff",
		Description: "Who signs in through the identity provider; one role each.",
		Example:     staff.NewUser{Subject: "00u1ab2cd3", Name: "Kim Eksempel", Email: "kim@example.org", Role: access.ContactPerson, Team: "Jylland", Language: "da"},
	}, func(ctx context.Context, who access.Actor, in *struct{ Body staff.NewUser }) (*Answer[staff.User], error) {
		return answer(staff.Create(ctx, s.db, who, in.Body))
	})
	register(s, operation{
		ID: "deactivate-user", Method: http.MethodPost, Path: "/v1/users/{user_id}/deactivation", Tag: "Administration",
		Summary:     "End a member of staff's access",
		Description: "Within a second. Their past stays as it was.",
	}, func(ctx context.Context, who access.Actor, in *struct {
		UserID string `path:"user_id" doc:"The user's id"`
	}) (*struct{}, error) {
		return &struct{}{}, staff.Deactivate(ctx, s.db, who, in.UserID)
	})
}

func (s *Server) auditLog() {
	register(s, operation{
		ID: "read-audit-log", Method: http.MethodGet, Path: "/v1/audit", Tag: "Administration",
		Summary:     "Read the audit log",
		Description: "Who did, read or was refused what, newest first. Reading it is recorded in it.",
	}, func(ctx context.Context, who access.Actor, in *struct {
		Paging
		Case      string    `query:"case" doc:"Only rows about this case"`
		Actor     string    `query:"actor" format:"uuid" doc:"Only rows of this user or key"`
		Operation string    `query:"operation" doc:"Only rows of this operation"`
		Outcome   string    `query:"outcome" enum:"done,denied" doc:"Only what was done, or what was refused"`
		From      time.Time `query:"from" doc:"At or after this instant"`
		To        time.Time `query:"to" doc:"Before this instant"`
	}) (*Answer[Page[audit.Entry]], error) {
		before, err := beforeOf(in.After())
		if err != nil {
			return nil, err
		}
		items, next, err := audit.List(ctx, s.db, who, audit.Filter{Case: in.Case, Actor: in.Actor, Operation: in.Operation,
			Outcome: in.Outcome, From: in.From, To: in.To, Before: before, Limit: in.Limit})
		last := ""
		if next != 0 {
			last = strconv.FormatInt(next, 10)
		}
		return page(items, last, err)
	})
}

func beforeOf(cursor string) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(cursor, 10, 64)
	if err != nil || n < 1 {
		return 0, fault.Invalidf("query.cursor", "expected a cursor that was answered here")
	}
	return n, nil
}
