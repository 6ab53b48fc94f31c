package support

import (
	"context"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/casework/policy"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/money"
	"hjemvej/internal/postgres"

	"github.com/google/uuid"
)

// NewSchedule is payments to plan together: a total or an amount each, so many
// times, a month or a week apart; or each with its own day and amount.
type NewSchedule struct {
	Line        string             `json:"line" minLength:"1" maxLength:"40" example:"rent" doc:"The key of an approved budget line"`
	Form        string             `json:"form" enum:"in_kind,cash" example:"in_kind"`
	Total       *money.Amount      `json:"total,omitempty" doc:"Of all payments together: split exactly, the first ones get the minor units that are left over"`
	Each        *money.Amount      `json:"each,omitempty" doc:"Or of each payment"`
	Count       int                `json:"count,omitempty" minimum:"1" maximum:"24" example:"6" doc:"How many, with total or each"`
	FirstOn     calendar.Date      `json:"first_on,omitzero" format:"date" example:"2026-10-15"`
	Every       string             `json:"every,omitempty" enum:"month,week" example:"month" doc:"Calendar months, the day clamped to the month's end (R23)"`
	Instalments []ScheduledPayment `json:"instalments,omitempty" maxItems:"24" nullable:"false" doc:"Or each payment by itself, all in one currency"`
	RateOn      calendar.Date      `json:"rate_on,omitzero" format:"date" example:"2026-10-14" doc:"The day whose rate is asked for, as of a single payment (R28)"`
	Exception   string             `json:"exception_reason,omitempty" maxLength:"500" doc:"Why some are dated outside the six months; another person must approve each of those (R23)"`
}

// ScheduledPayment is one payment of a schedule.
type ScheduledPayment struct {
	PlannedFor calendar.Date `json:"planned_for" format:"date" example:"2026-10-15"`
	Amount     money.Amount  `json:"amount"`
}

// Schedule is payments that were planned together, by their days.
type Schedule struct {
	ID       string    `json:"id" format:"uuid"`
	Payments []Payment `json:"payments" nullable:"false"`
}

// parts are the schedule's payments. Errors: invalid, by the field.
func (in NewSchedule) parts() ([]ScheduledPayment, error) {
	ways := 0
	for _, given := range []bool{in.Total != nil, in.Each != nil, len(in.Instalments) > 0} {
		if given {
			ways++
		}
	}
	if ways != 1 {
		return nil, fault.Invalidf("body", "must have one of total, each and instalments")
	}
	if len(in.Instalments) > 0 {
		return in.Instalments, in.checkInstalments()
	}
	switch {
	case in.Count == 0:
		return nil, fault.Invalidf("body.count", "is required with total or each")
	case in.FirstOn.IsZero():
		return nil, fault.Invalidf("body.first_on", "is required with total or each")
	case in.Every == "" && in.Count > 1:
		return nil, fault.Invalidf("body.every", "is required with total or each")
	}
	amounts, err := in.amounts()
	if err != nil {
		return nil, err
	}
	parts := make([]ScheduledPayment, in.Count)
	for i := range parts {
		parts[i] = ScheduledPayment{in.day(i), amounts[i]}
	}
	return parts, nil
}

func (in NewSchedule) amounts() ([]money.Amount, error) {
	if in.Total != nil {
		amounts, err := money.Spread(*in.Total, in.Count)
		if err != nil {
			return nil, fault.Invalidf("body.total", "must be an amount that gives each payment a positive one, with at most as many decimals as its currency has")
		}
		return amounts, nil
	}
	each, err := in.Each.Canonical()
	if err != nil || !each.IsPositive() {
		return nil, fault.Invalidf("body.each", "must be a positive amount with at most as many decimals as its currency has")
	}
	amounts := make([]money.Amount, in.Count)
	for i := range amounts {
		amounts[i] = each
	}
	return amounts, nil
}

// day is the day of the i-th payment, counted from the first: what one month
// clamps, the next does not.
func (in NewSchedule) day(i int) calendar.Date {
	if in.Every == "week" {
		return in.FirstOn.AddDays(7 * i)
	}
	return in.FirstOn.AddMonths(i)
}

func (in NewSchedule) checkInstalments() error {
	if in.Count != 0 || !in.FirstOn.IsZero() || in.Every != "" {
		return fault.Invalidf("body.instalments", "stand alone, without count, first_on and every")
	}
	for i, p := range in.Instalments {
		amount, err := p.Amount.Canonical()
		switch {
		case err != nil || !amount.IsPositive():
			return fault.Invalidf(fmt.Sprintf("body.instalments[%d].amount", i), "must be a positive amount with at most as many decimals as its currency has")
		case p.Amount.Currency != in.Instalments[0].Amount.Currency:
			return fault.Invalidf(fmt.Sprintf("body.instalments[%d].amount", i), "must be in the currency of the first")
		case i > 0 && p.PlannedFor.Before(in.Instalments[i-1].PlannedFor):
			return fault.Invalidf(fmt.Sprintf("body.instalments[%d].planned_for", i), "must not lie before the instalment before")
		}
	}
	return nil
}

// PlanSchedule plans all payments of a schedule or none. Each is a payment like
// any other, and counts against its line at once (R25); only those outside the six
// months carry the exception (R23).
func PlanSchedule(ctx context.Context, db *postgres.DB, who access.Actor, code string, in NewSchedule) (Schedule, error) {
	return postgres.Write(ctx, db, who, "plan-payments", func(ctx context.Context, tx *postgres.Tx) (Schedule, error) {
		c, err := casefile.Find(ctx, tx, code)
		if err != nil {
			return Schedule{}, err
		}
		parts, err := in.parts()
		if err != nil {
			return Schedule{}, err
		}
		p, err := policy.On(ctx, tx, tx.Today)
		if err != nil {
			return Schedule{}, err
		}
		if most := p.Support.MaxInstalments; len(parts) > most {
			return Schedule{}, fault.Conflictf("R24", "The policy lets at most %d payments be planned together.", most)
		}
		if parts[len(parts)-1].PlannedFor.After(tx.Today.AddMonths(24)) {
			return Schedule{}, fault.Invalidf("body", "must end at most two years ahead")
		}
		out := Schedule{ID: uuid.NewString()}
		for i, part := range parts {
			p := NewPayment{Line: in.Line, Amount: part.Amount, RateOn: in.RateOn, Form: in.Form, PlannedFor: part.PlannedFor}
			if c.ArrivedOn.IsZero() || p.PlannedFor.Before(c.ArrivedOn) || p.PlannedFor.After(c.LastDay) {
				p.Exception = in.Exception
			}
			made, err := planOne(ctx, tx, c, p, instalment{out.ID, i + 1, len(parts)})
			if err != nil {
				return Schedule{}, err
			}
			out.Payments = append(out.Payments, made)
		}
		return out, nil
	})
}
