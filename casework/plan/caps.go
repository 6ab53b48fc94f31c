package plan

import (
	"context"
	"fmt"

	"hjemvej/casework/policy"
	"hjemvej/internal/fault"
	"hjemvej/internal/money"
	"hjemvej/internal/postgres"
)

const overCap = "The lines of a category together exceed its cap."

var _ = postgres.Rule("category_cap", fault.Conflictf("R25", overCap))

// withinCaps refuses lines that exceed a category's cap by today's policy, with
// every category that does (R25). What was approved under an older policy stays.
func withinCaps(ctx context.Context, tx *postgres.Tx, lines []Line) error {
	p, err := policy.On(ctx, tx, tx.Today)
	if err != nil {
		return err
	}
	sums := map[string]money.Amount{}
	for _, l := range lines {
		if sums[l.Category], err = sums[l.Category].Add(l.Amount); err != nil {
			return fmt.Errorf("add up a category: %w", err)
		}
	}
	over, err := p.Support.OverCaps(sums)
	if err != nil {
		return fmt.Errorf("compare with the caps: %w", err)
	}
	if len(over) == 0 {
		return nil
	}
	fields := make([]fault.Field, len(over))
	for i, category := range over {
		fields[i] = fault.Field{Path: "lines." + category, Message: "together exceed the cap of " + p.Support.CategoryCaps[category].String()}
	}
	return fault.Missing("R25", overCap, fields)
}
