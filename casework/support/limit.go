package support

import (
	"context"
	"fmt"

	"hjemvej/casework/policy"
	"hjemvej/internal/fault"
	"hjemvej/internal/money"
	"hjemvej/internal/postgres"
)

// withinLimit refuses what counts, in DKK, as more than the actor may authorise by
// today's policy (R26).
func (r paymentRow) withinLimit(ctx context.Context, tx *postgres.Tx) error {
	p, err := policy.On(ctx, tx, tx.Today)
	if err != nil {
		return err
	}
	limit := p.Authorisation.UpTo(tx.Who.ID)
	dkk, err := money.New(r.Dkk, money.Krone)
	if err != nil {
		return fmt.Errorf("read what a payment counts as: %w", err)
	}
	more, err := dkk.Cmp(limit)
	if err != nil {
		return fmt.Errorf("compare with a limit: %w", err)
	}
	if more > 0 {
		return fault.Conflictf("R26", "The payment counts as more than the %s that you may authorise; somebody with a higher limit must.", limit)
	}
	return nil
}
