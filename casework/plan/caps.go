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

// withinLimits refuses lines that today's policy does not allow. What was approved
// under an older policy stays.
func withinLimits(ctx context.Context, tx *postgres.Tx, lines []Line) error {
	p, err := policy.On(ctx, tx, tx.Today)
	if err != nil {
		return err
	}
	if err := withinCaps(p.Support, lines); err != nil {
		return err
	}
	return provenBetween(p.Support, lines)
}

// withinCaps refuses lines that exceed a category's cap, with every category that
// does (R25).
func withinCaps(limits policy.SupportLimits, lines []Line) (err error) {
	sums := map[string]money.Amount{}
	for _, l := range lines {
		if sums[l.Category], err = sums[l.Category].Add(l.Amount); err != nil {
			return fmt.Errorf("add up a category: %w", err)
		}
	}
	over, err := limits.OverCaps(sums)
	if err != nil {
		return fmt.Errorf("compare with the caps: %w", err)
	}
	if len(over) == 0 {
		return nil
	}
	fields := make([]fault.Field, len(over))
	for i, category := range over {
		fields[i] = fault.Field{Path: "lines." + category, Message: "together exceed the cap of " + limits.CategoryCaps[category].String()}
	}
	return fault.Missing("R25", overCap, fields)
}
