package rates

import (
	"context"
	"errors"
	"fmt"

	"hjemvej/casework/policy"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"

	"github.com/jackc/pgx/v5"
)

// Quote is the rate of one currency on one day.
type Quote struct {
	Currency string
	On       calendar.Date
	Rate     string // DKK for one unit
}

// Find takes the transaction of whoever needs the rate of a currency for a day:
// it is the newest recorded of that day or before. Where there is none, or it is
// older than today's policy lets a rate be, it answers a conflict by R28 that says
// so.
func Find(ctx context.Context, tx *postgres.Tx, currency string, on calendar.Date) (Quote, error) {
	q, err := postgres.One[Quote](ctx, tx, `SELECT currency, rated_on AS "on", trim_scale(rate)::text AS rate FROM rates
		WHERE currency = $1 AND rated_on <= $2 ORDER BY rated_on DESC, number DESC LIMIT 1`, currency, on)
	if errors.Is(err, pgx.ErrNoRows) {
		return Quote{}, fault.Conflictf("R28", "No rate of %s is recorded for %s or before. %s", currency, on, remedy)
	}
	if err != nil {
		return Quote{}, fmt.Errorf("find a rate: %w", err)
	}
	p, err := policy.On(ctx, tx, tx.Today)
	if err != nil {
		return Quote{}, err
	}
	return q, q.goodFor(on, p.Support.RateMaxAgeDays)
}

const remedy = "Finance records one, or imports the ECB's file."

// goodFor refuses a rate that is too old for the day.
func (q Quote) goodFor(on calendar.Date, maxAge int) error {
	if age := on.DaysSince(q.On); age > maxAge {
		return fault.Conflictf("R28", "No rate of %s is recorded for %s or the %d days before: the newest is %d days older. %s", q.Currency, on, maxAge, age, remedy)
	}
	return nil
}
