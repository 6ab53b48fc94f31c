package rates

import (
	"context"
	"errors"
	"fmt"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/money"
	"hjemvej/internal/postgres"

	"github.com/jackc/pgx/v5"
)

// NewRate is a rate to record by hand.
type NewRate struct {
	Currency string        `json:"currency" pattern:"^[A-Z]{3}$" example:"RON" doc:"ISO 4217; never DKK"`
	RatedOn  calendar.Date `json:"rated_on" format:"date" example:"2026-10-09" doc:"Within the last 24 months"`
	Rate     string        `json:"rate" pattern:"^[0-9]{1,8}([.][0-9]{1,8})?$" example:"1.69" doc:"DKK for one unit"`
	Reason   string        `json:"reason,omitempty" minLength:"3" maxLength:"500" doc:"Why it replaces the rate that is in force on that day; left out where there is none"`
}

// Months is how far back a rate may be recorded by hand or asked for.
const Months = 24

func (in NewRate) check(today calendar.Date) error {
	switch {
	case !known(in.Currency):
		return fault.Invalidf("body.currency", "must be a currency of ISO 4217 other than DKK")
	case in.RatedOn.After(today) || in.RatedOn.Before(today.AddMonths(-Months)):
		return fault.Invalidf("body.rated_on", "must lie within the last %d months, not in the future", Months)
	}
	if _, err := money.InDKK(money.Amount{Amount: "1", Currency: in.Currency}, in.Rate); err != nil {
		return fault.Invalidf("body.rate", "must be above zero, with at most 8 digits before and 8 after the point")
	}
	return nil
}

// Record records a rate by hand. Where the day has one already it is kept, and
// replaced only with a reason: a conflict by R28 without one. Payments stay as
// they were counted.
func Record(ctx context.Context, db *postgres.DB, who access.Actor, in NewRate) (Rate, error) {
	return postgres.Write(ctx, db, who, "record-rate", func(ctx context.Context, tx *postgres.Tx) (Rate, error) {
		if err := in.check(tx.Today); err != nil {
			return Rate{}, err
		}
		var replaces *int64
		if in.Reason != "" {
			number, err := inForce(ctx, tx, in.Currency, in.RatedOn)
			if err != nil {
				return Rate{}, err
			}
			replaces = &number
		}
		var number int64
		err := tx.QueryRow(ctx, `INSERT INTO rates (currency, rated_on, rate, source, replaces, reason, entered_by)
			VALUES ($1,$2,$3,$4,$5,nullif($6,''),$7) RETURNING number`, in.Currency, in.RatedOn, in.Rate, string(Hand), replaces, in.Reason, who.ID).Scan(&number)
		if err != nil {
			return Rate{}, fmt.Errorf("record a rate: %w", err)
		}
		tx.Touch("", "", in.Currency+" "+in.RatedOn.String())
		r, err := postgres.One[Rate](ctx, tx, rateSQL+` WHERE r.number = $1`, number)
		return r.aged(tx.Today), err
	})
}

// inForce is the number of the rate that a new one of the day replaces.
func inForce(ctx context.Context, tx *postgres.Tx, currency string, on calendar.Date) (number int64, err error) {
	err = tx.QueryRow(ctx, `SELECT number FROM rates WHERE currency = $1 AND rated_on = $2 ORDER BY number DESC LIMIT 1`, currency, on).Scan(&number)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, fault.Invalidf("body.reason", "is left out where there is no rate of that day to replace")
	}
	if err != nil {
		return 0, fmt.Errorf("find the rate in force: %w", err)
	}
	return number, nil
}
