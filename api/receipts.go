package api

import (
	"context"
	"net/http"

	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/money"
)

// examplePayment is the payment of the examples.
const examplePayment = "5f6a7b8c-9d0e-4f1a-8b2c-3d4e5f6a7b8c"

func (s *Server) receipts() {
	register(s, operation{
		ID: "record-receipt", Method: http.MethodPost, Path: "/v1/payments/{payment_id}/receipts", Tag: "Support", Once: true,
		Summary:     "Record that a payment was received",
		Description: "By a receipt, or by the person's own confirmation (R26): of all that is open of the payment, or of the amount that is named. The last part makes it received. The giver may report it too, weeks later and after the six months. In another currency than the payment's, say which part of the payment it covers (R28). What looks like a receipt that was recorded before is refused unless `again` is true.",
		Example:     support.Proof{Kind: "receipt", ReceivedOn: day("2026-10-20"), Reference: "R-2026-118"},
	}, func(ctx context.Context, who access.Actor, in *paymentStep[support.Proof]) (*Tagged[support.Payment], error) {
		p, err := support.RecordReceipt(ctx, s.db, who, in.ID, in.Version(), in.Body)
		return tagged(p, p.Version, err)
	})
	register(s, operation{
		ID: "record-case-receipt", Method: http.MethodPost, Path: "/v1/cases/{code}/receipts", Tag: "Support", Status: http.StatusCreated, Once: true,
		Summary:     "Record a receipt of several payments",
		Description: "With the share that is of each payment of the case; what is of none has a reason (R26). Otherwise as for one payment.",
		Example: support.NewReceipt{Kind: "receipt", ReceivedOn: day("2026-10-20"), Reference: "R-2026-119", Amount: money.DKK("30.00"),
			Shares: []support.Share{{PaymentID: examplePayment, Amount: money.DKK("25.00")}}, BeyondReason: "The partner paid the delivery itself"},
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		Body support.NewReceipt
	}) (*Answer[support.Receipt], error) {
		return answer(support.RecordCaseReceipt(ctx, s.db, who, in.Code, in.Body))
	})
	register(s, operation{
		ID: "list-receipts", Method: http.MethodGet, Path: "/v1/cases/{code}/receipts", Tag: "Support",
		Summary:     "List the receipts of a case",
		Description: "In the order of their days, with what each proves of which payment (R26, R28). A partner sees those that it reported itself.",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Answer[[]support.Receipt], error) {
		return answer(support.ListReceipts(ctx, s.db, who, in.Code))
	})
	register(s, operation{
		ID: "explain-difference", Method: http.MethodPost, Path: "/v1/payments/{payment_id}/differences", Tag: "Support", Once: true,
		Summary:     "Explain what is missing of a payment",
		Description: "What is open of a payment that was sent, or a part of it; not by whoever planned it. What was given back is free on the line again, all else stays a difference. With nothing open any more the payment is received where something of it is proven; otherwise returned where all was given back, and failed where not (R26).",
		Example:     support.NewDifference{Kind: "bank_fee", Note: "The bank kept a fee"},
	}, func(ctx context.Context, who access.Actor, in *paymentStep[support.NewDifference]) (*Tagged[support.Payment], error) {
		p, err := support.ExplainDifference(ctx, s.db, who, in.ID, in.Version(), in.Body)
		return tagged(p, p.Version, err)
	})
}
