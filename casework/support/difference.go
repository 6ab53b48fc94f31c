package support

import (
	"context"
	"fmt"

	"hjemvej/casework/followup"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/money"
	"hjemvej/internal/postgres"
)

// NewDifference explains what is missing between a payment and its proof.
type NewDifference struct {
	Kind   string        `json:"kind" enum:"bank_fee,exchange,price,given_back,lost,rounding" example:"bank_fee" doc:"What was given back is free on the line again; all else stays a difference"`
	Amount *money.Amount `json:"amount,omitempty" doc:"In the payment's currency; left out, it is all that is open"`
	Note   string        `json:"note" minLength:"3" maxLength:"500" example:"The bank kept a fee" doc:"Never a name"`
}

var (
	_ = postgres.Rule("difference_four_eyes", fault.Conflictf("R26", "Whoever planned the payment cannot explain what is missing of it."))
	_ = postgres.Rule("difference_counts", fault.Conflictf("R28", "The difference does not count as that."))
	_ = postgres.Rule("payment_failed_is_not_proven", fault.Conflictf("R26", "Some of the payment is proven: explain what is missing, or record that it came back."))
)

// ExplainDifference accounts for what is open of a payment that was sent, or for
// a part of it (R26, R28); not by whoever planned it, and the database says so
// too. When nothing is open any more, the payment is received where something of
// it is proven; otherwise it is returned where all was given back, and failed
// where some is a difference for good.
func ExplainDifference(ctx context.Context, db *postgres.DB, who access.Actor, id string, version int, in NewDifference) (Payment, error) {
	return change(ctx, db, who, "explain-difference", id, version, func(ctx context.Context, tx *postgres.Tx, p paymentRow) error {
		if p.State != Sent {
			return fault.Conflictf("R26", "The payment is not at that step.")
		}
		o, err := p.open()
		if err != nil {
			return err
		}
		amount := o.Amount
		if in.Amount != nil {
			amount = *in.Amount
		}
		counted, _, err := o.Take(amount)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO payment_differences (case_id, payment_id, kind, amount, dkk, note, explained_by) VALUES ($1,$2,$3,$4,$5,$6,$7)`,
			p.CaseID, p.ID, in.Kind, amount.Number(), counted.Number(), in.Note, who.ID)
		if err != nil {
			return fmt.Errorf("explain a difference: %w", err)
		}
		return tx.AsProgram(ctx, func() error { return followup.Replan(ctx, tx, p.CaseID) })
	})
}
