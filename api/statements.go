package api

import (
	"context"
	"net/http"

	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/money"
)

// StatementPath names a statement of a partner's.
type StatementPath struct {
	PartnerPath
	Statement string `path:"statement_id" doc:"The statement's id"`
}

func (s *Server) statements() {
	register(s, operation{
		ID: "submit-statement", Method: http.MethodPost, Path: "/v1/partners/{partner_id}/statements", Tag: "Support", Status: http.StatusCreated, Once: true,
		Summary:     "Submit an account statement",
		Description: "The partner's own, from the partner or from finance. Each line is matched with a payment that the partner gives and proved in just that amount and currency, and that was sent within 31 days: it is settled. The others are answered with the reason; what is not known to be the partner's is unknown. The same statement again answers as it stands now; another one under the same reference is a conflict.",
		Example: support.NewStatement{Reference: "2026-09", From: day("2026-09-01"), Until: day("2026-09-30"), Currency: "RON",
			Lines: []support.StatementLine{{PaidOn: day("2026-09-16"), Amount: money.Must("1183.43", "RON"), Reference: "R-2026-118"}}},
	}, func(ctx context.Context, who access.Actor, in *struct {
		PartnerPath
		Body support.NewStatement
	}) (*Answer[support.Statement], error) {
		return answer(support.SubmitStatement(ctx, s.db, who, in.PartnerID, in.Body))
	})
	register(s, operation{
		ID: "list-statements", Method: http.MethodGet, Path: "/v1/partners/{partner_id}/statements", Tag: "Support",
		Summary:     "List account statements",
		Description: "The newest first, with how many of their lines are not matched.",
	}, func(ctx context.Context, who access.Actor, in *PartnerPath) (*Answer[[]support.StatementHead], error) {
		return answer(support.ListStatements(ctx, s.db, who, in.PartnerID))
	})
	register(s, operation{
		ID: "read-statement", Method: http.MethodGet, Path: "/v1/partners/{partner_id}/statements/{statement_id}", Tag: "Support",
		Summary:     "Read an account statement",
		Description: "With what each line was matched with, or why with nothing. A partner sees the payments that consent shows it.",
	}, func(ctx context.Context, who access.Actor, in *StatementPath) (*Answer[support.Statement], error) {
		return answer(support.ReadStatement(ctx, s.db, who, in.PartnerID, in.Statement))
	})
	register(s, operation{
		ID: "match-statement-line", Method: http.MethodPost, Path: "/v1/partners/{partner_id}/statements/{statement_id}/lines/{n}/matches", Tag: "Support", Status: http.StatusCreated, Once: true,
		Summary:     "Match a line of a statement by hand",
		Description: "With a payment that the partner gives and that is proven, in whole or in part; where the two differ, the note says why.",
		Example:     support.HandMatch{PaymentID: examplePayment, Amount: new(money.DKK("1.00")), Note: "The rest was another delivery"},
	}, func(ctx context.Context, who access.Actor, in *struct {
		StatementPath
		N    int `path:"n" minimum:"1" doc:"The line's number"`
		Body support.HandMatch
	}) (*Answer[support.Statement], error) {
		return answer(support.MatchStatementLine(ctx, s.db, who, in.PartnerID, in.Statement, in.N, in.Body))
	})
}
