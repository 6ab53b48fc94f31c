package demo

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"hjemvej/casework/support/rates"
	"hjemvej/internal/calendar"
)

// ratesEvery is after how many days finance records rates again: before the last
// ones are too old for a payment (R28).
const ratesEvery = 3

// recordRates records what the purses' currencies cost on a day.
func (h *house) recordRates(ctx context.Context, day calendar.Date) error {
	for _, country := range slices.Sorted(maps.Keys(purses)) {
		p := purses[country]
		if _, err := rates.Record(ctx, h.db, h.as("finance"), rates.NewRate{Currency: p.currency, RatedOn: day, Rate: p.rate}); err != nil {
			return fmt.Errorf("record the rate of %s: %w", p.currency, err)
		}
	}
	return nil
}
