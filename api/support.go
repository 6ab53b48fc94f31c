package api

import (
	"context"
	"net/http"

	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/money"
)

// PaymentPath names a payment.
type PaymentPath struct {
	ID string `path:"payment_id" doc:"The payment's id"`
}

// PaymentChange names the version of a payment that the caller read.
type PaymentChange struct {
	PaymentPath
	IfMatch
}

type paymentStep[T any] struct {
	PaymentChange
	Body T
}

func (s *Server) support() {
	register(s, operation{
		ID: "read-budget", Method: http.MethodGet, Path: "/v1/cases/{code}/budget", Tag: "Support",
		Summary:     "Read the budget",
		Description: "What was promised, committed and delivered, line by line and instalment by instalment, late and short ones marked (R25, R30); cash and in kind apart, pocket money apart from support, school fees for each child (R24). A partner sees the lines that it gives, by consent, and no ceiling.",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Answer[support.Budget], error) {
		return answer(support.ReadBudget(ctx, s.db, who, in.Code))
	})
	s.books()
	register(s, operation{
		ID: "change-payee", Method: http.MethodPut, Path: "/v1/cases/{code}/payee", Tag: "Support",
		Summary:     "Set or change where cash goes",
		Description: "The account is checked (IBANs by country, length and check digits; national numbers where their form is published), sealed and never shown again. came_over says which channel brought it. Open cash payments are on hold until a second person has verified it over another channel (R27). Send If-Match to change an account.",
		Example:     support.Account{Kind: "iban", Number: "RO49AAAA1B31007593840000", Holder: "Ana Exemplu", CameOver: "visit"},
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		MaybeIfMatch
		Body support.Account
	}) (*Tagged[support.Payee], error) {
		p, err := support.ChangePayee(ctx, s.db, s.vault, who, in.Code, in.Version(), in.Body)
		return tagged(p, p.Version, err)
	})
	register(s, operation{
		ID: "read-payee", Method: http.MethodGet, Path: "/v1/cases/{code}/payee", Tag: "Support",
		Summary:     "Read whether the payee is verified",
		Description: "Never the account itself; with how many payments wait (R27).",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Tagged[support.Payee], error) {
		p, err := support.ReadPayee(ctx, s.db, who, in.Code)
		return tagged(p, p.Version, err)
	})
	register(s, operation{
		ID: "verify-payee", Method: http.MethodPost, Path: "/v1/cases/{code}/payee/verification", Tag: "Support", Once: true,
		Summary:     "Verify the payee",
		Description: "By a second person, over another channel than the one that brought the account; releases the payments on hold (R27).",
		Example:     support.Verification{Over: "call"},
	}, func(ctx context.Context, who access.Actor, in *caseChange[support.Verification]) (*Tagged[support.Payee], error) {
		p, err := support.VerifyPayee(ctx, s.db, who, in.Code, in.Version(), in.Body)
		return tagged(p, p.Version, err)
	})
	register(s, operation{
		ID: "plan-payment", Method: http.MethodPost, Path: "/v1/cases/{code}/payments", Tag: "Support", Status: http.StatusCreated, Once: true,
		Summary:     "Plan a payment",
		Description: "Against a line of the approved plan; it counts against the line at once, and never beyond it (R25). Dated within the six months, or with the reason of an exception that another person approves (R23). Another currency than DKK is counted with the rate that is recorded for `rate_on` or shortly before; without one the answer says so (R28).",
		Example: support.NewPayment{Line: "rent", Amount: money.Must("1183.43", "RON"), RateOn: day("2026-10-14"),
			Form: "in_kind", PlannedFor: day("2026-10-15")},
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		Body support.NewPayment
	}) (*Tagged[support.Payment], error) {
		p, err := support.Plan(ctx, s.db, who, in.Code, in.Body)
		return tagged(p, p.Version, err)
	})
	s.promises()
	s.payments()
	s.paymentSteps()
	s.rates()
}

func (s *Server) payments() {
	register(s, operation{
		ID: "list-payments", Method: http.MethodGet, Path: "/v1/payments", Tag: "Support",
		Summary:     "List payments",
		Description: "Finance sees all, caseworkers those of their cases.",
	}, func(ctx context.Context, who access.Actor, in *struct {
		Paging
		State  support.State `query:"state" enum:"planned,authorised,sent,received,cancelled,failed,returned" doc:"Only payments in this state"`
		OnHold bool          `query:"on_hold" doc:"Only those that wait for a payee's verification (R27)"`
		Case   string        `query:"case" doc:"Only those of this case"`
	}) (*Answer[Page[support.Payment]], error) {
		items, last, err := support.List(ctx, s.db, who, support.Filter{State: in.State, OnHold: in.OnHold, Case: in.Case, After: in.After(), Limit: in.Limit})
		return page(items, last, err)
	})
	register(s, operation{
		ID: "read-payment", Method: http.MethodGet, Path: "/v1/payments/{payment_id}", Tag: "Support",
		Summary:     "Read a payment",
		Description: "With its state, its rate with the rate's age, and what it counts as in DKK (R28).",
	}, func(ctx context.Context, who access.Actor, in *PaymentPath) (*Tagged[support.Payment], error) {
		p, err := support.Read(ctx, s.db, who, in.ID)
		return tagged(p, p.Version, err)
	})
	register(s, operation{
		ID: "approve-payment-exception", Method: http.MethodPost, Path: "/v1/payments/{payment_id}/exception-approval", Tag: "Support", Once: true,
		Summary:     "Approve a payment outside the six months",
		Description: "By another person than the one who planned it (R23).",
	}, func(ctx context.Context, who access.Actor, in *PaymentChange) (*Tagged[support.Payment], error) {
		p, err := support.ApproveException(ctx, s.db, who, in.ID, in.Version())
		return tagged(p, p.Version, err)
	})
	register(s, operation{
		ID: "authorise-payment", Method: http.MethodPost, Path: "/v1/payments/{payment_id}/authorisation", Tag: "Support", Once: true,
		Summary:     "Authorise a payment",
		Description: "Neither by who planned it nor by who last edited the payee, nor by anybody for more than the policy of today lets them (R26).",
	}, func(ctx context.Context, who access.Actor, in *PaymentChange) (*Tagged[support.Payment], error) {
		p, err := support.Authorise(ctx, s.db, who, in.ID, in.Version())
		return tagged(p, p.Version, err)
	})
}

func (s *Server) paymentSteps() {
	register(s, operation{
		ID: "send-payment", Method: http.MethodPost, Path: "/v1/payments/{payment_id}/dispatch", Tag: "Support", Once: true,
		Summary:     "Record that a payment went out",
		Description: "A payment that is large by the policy of that day is followed by a check (R31).",
		Example:     support.Dispatch{SentOn: day("2026-10-15")},
	}, func(ctx context.Context, who access.Actor, in *paymentStep[support.Dispatch]) (*Tagged[support.Payment], error) {
		p, err := support.Send(ctx, s.db, who, in.ID, in.Version(), in.Body)
		return tagged(p, p.Version, err)
	})
	s.receipts()
	s.statements()
	for _, end := range []struct {
		id, path, summary, does string
		to                      support.State
	}{
		{"cancel-payment", "cancellation", "Cancel a payment", "Before it went out. ", support.Cancelled},
		{"fail-payment", "failure", "Record that a payment failed", "The money did not arrive. ", support.Failed},
		{"return-payment", "return", "Record that a payment came back", "The money came back. ", support.Returned},
	} {
		register(s, operation{
			ID: access.Operation(end.id), Method: http.MethodPost, Path: "/v1/payments/{payment_id}/" + end.path, Tag: "Support", Once: true,
			Summary: end.summary, Description: end.does + "What it counted against its line is free again (R25, R26).",
			Example: support.Ending{Reason: "The account was closed"},
		}, func(ctx context.Context, who access.Actor, in *paymentStep[support.Ending]) (*Tagged[support.Payment], error) {
			p, err := support.End(ctx, s.db, who, access.Operation(end.id), in.ID, in.Version(), end.to, in.Body)
			return tagged(p, p.Version, err)
		})
	}
}
