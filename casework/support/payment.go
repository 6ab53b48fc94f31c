package support

import (
	"context"
	"errors"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/money"
	"hjemvej/internal/postgres"

	"github.com/jackc/pgx/v5"
)

// Payment is one delivery of support: cash, or something bought (R26, R28).
type Payment struct {
	ID         string        `json:"id" format:"uuid"`
	Case       string        `json:"case_code" example:"K7QX-2MVD"`
	Line       string        `json:"line" example:"rent"`
	State      State         `json:"state" enum:"planned,authorised,sent,received,cancelled,failed,returned" example:"planned"`
	OnHold     bool          `json:"on_hold" doc:"The payee changed and is not verified (R27)"`
	Amount     money.Amount  `json:"amount" doc:"In the currency paid"`
	Rate       string        `json:"rate" example:"1.69" doc:"DKK for one unit of the currency (R28)"`
	RateOn     calendar.Date `json:"rate_on" format:"date"`
	Counted    money.Amount  `json:"counted_as" doc:"In DKK, against the line (R28)"`
	Proven     money.Amount  `json:"proven" doc:"Of what was sent, by receipts or the person's own confirmation; in the currency paid, like the next four"`
	Settled    money.Amount  `json:"settled" doc:"Of what is proven, found in the partner's account statement"`
	Explained  money.Amount  `json:"explained" doc:"Of what was sent, accounted for as a difference"`
	GivenBack  money.Amount  `json:"given_back" doc:"Of what was sent, free on the line again"`
	Open       money.Amount  `json:"open" doc:"Of what was sent, neither proven, explained nor given back: with nothing open the payment is received"`
	Form       string        `json:"form" enum:"in_kind,cash" example:"in_kind"`
	PlannedFor calendar.Date `json:"planned_for" format:"date"`
	Exception  string        `json:"exception_reason,omitempty" doc:"Of a payment dated outside the six months (R23)"`
	Excepted   bool          `json:"exception_approved,omitempty"`
	SentOn     calendar.Date `json:"sent_on,omitzero" format:"date"`
	ReceivedOn calendar.Date `json:"received_on,omitzero" format:"date"`
	Ended      string        `json:"ended_reason,omitempty" doc:"Of a cancelled, failed or returned payment"`
	Version    int           `json:"version" example:"1"`
}

// NewPayment is a payment to plan.
type NewPayment struct {
	Line       string        `json:"line" minLength:"1" maxLength:"40" example:"rent" doc:"The key of an approved budget line"`
	Amount     money.Amount  `json:"amount"`
	Rate       string        `json:"rate,omitempty" pattern:"^[0-9]{1,8}([.][0-9]{1,8})?$" example:"1.69" doc:"DKK for one unit; left out for DKK (R28)"`
	RateOn     calendar.Date `json:"rate_on,omitzero" format:"date" example:"2026-10-14" doc:"The day of the rate; left out for DKK"`
	Form       string        `json:"form" enum:"in_kind,cash" example:"in_kind"`
	PlannedFor calendar.Date `json:"planned_for" format:"date" example:"2026-10-15" doc:"Within the six months from arrival to the last day (R23)"`
	Exception  string        `json:"exception_reason,omitempty" maxLength:"500" doc:"Why a payment is dated outside; another person must approve it (R23)"`
}

type paymentRow struct {
	ID, CaseID, Case, Line string
	casefile.Reach
	State                                  State
	OnHold                                 bool
	Amount, Currency, Rate, Dkk            string
	Form, Exception, Ended                 string
	Excepted                               bool
	RateOn, PlannedFor, SentOn, ReceivedOn calendar.Date
	PlannedBy                              string
	Proven, Settled, Explained, GivenBack  string
	Open, OpenDkk                          string
	Version                                int
}

const paymentSQL = `SELECT p.id, p.case_id, c.code AS "case", coalesce(l.key, '') AS line, ` + casefile.ReachSQL + `,
		p.state, p.form = 'cash' AND p.state IN ('planned','authorised') AND NOT EXISTS (SELECT FROM payees y WHERE y.case_id = p.case_id AND y.verified_by IS NOT NULL) AS on_hold,
		p.amount::text AS amount, p.currency, p.rate::text AS rate, p.dkk::text AS dkk, p.form,
		coalesce(p.exception_reason, '') AS exception, coalesce(p.ended_reason, '') AS ended, p.exception_approved_by IS NOT NULL AS excepted,
		p.rate_on, p.planned_for, p.sent_on, p.received_on, p.planned_by,
		p.proven_amount::text AS proven, p.settled_amount::text AS settled, p.explained_amount::text AS explained, p.given_back_amount::text AS given_back,
		CASE WHEN p.state = 'sent' THEN open_amount(p) ELSE 0 END::text AS open, open_dkk(p)::text AS open_dkk, p.version
	FROM payments p JOIN cases c ON c.id = p.case_id JOIN budget_lines l ON l.id = p.line_id `

func (r paymentRow) show() (Payment, error) {
	amount, err := amountOf(r.Amount, r.Currency)
	if err != nil {
		return Payment{}, err
	}
	dkk, err := money.New(r.Dkk, money.Krone)
	if err != nil {
		return Payment{}, err
	}
	p := Payment{ID: r.ID, Case: r.Case, Line: r.Line, State: r.State, OnHold: r.OnHold, Amount: amount, Rate: trimRate(r.Rate), RateOn: r.RateOn,
		Counted: dkk, Form: r.Form, PlannedFor: r.PlannedFor, Exception: r.Exception, Excepted: r.Excepted, SentOn: r.SentOn,
		ReceivedOn: r.ReceivedOn, Ended: r.Ended, Version: r.Version}
	for dst, text := range map[*money.Amount]string{&p.Proven: r.Proven, &p.Settled: r.Settled, &p.Explained: r.Explained, &p.GivenBack: r.GivenBack, &p.Open: r.Open} {
		if *dst, err = amountOf(text, r.Currency); err != nil {
			return Payment{}, err
		}
	}
	return p, nil
}

// open is what is left of a sent payment to prove or to explain.
func (r paymentRow) open() (o Outstanding, err error) {
	if o.Amount, err = amountOf(r.Open, r.Currency); err != nil {
		return o, err
	}
	o.Counted, err = money.New(r.OpenDkk, money.Krone)
	o.Rate = trimRate(r.Rate)
	return o, err
}

// counted is what a payment counts as in DKK, and the rate it was counted with
// (R28). DKK counts as itself.
func (in NewPayment) counted(today calendar.Date) (amount, dkk money.Amount, rate string, on calendar.Date, err error) {
	amount, err = in.Amount.Canonical()
	if err != nil || !amount.IsPositive() {
		return amount, dkk, "", on, fault.Invalidf("body.amount", "must be a positive amount with at most as many decimals as its currency has")
	}
	if amount.Currency == money.Krone {
		if in.Rate != "" && in.Rate != "1" {
			return amount, dkk, "", on, fault.Invalidf("body.rate", "is left out for DKK")
		}
		return amount, amount, "1", today, nil
	}
	switch {
	case in.Rate == "":
		return amount, dkk, "", on, fault.Invalidf("body.rate", "is required for another currency than DKK (R28)")
	case in.RateOn.IsZero() || in.RateOn.After(today) || in.RateOn.Before(today.AddMonths(-24)):
		return amount, dkk, "", on, fault.Invalidf("body.rate_on", "must be the day of the rate, not in the future")
	}
	dkk, err = money.InDKK(amount, in.Rate)
	if err != nil || !dkk.IsPositive() {
		return amount, dkk, "", on, fault.Invalidf("body.rate", "must be a positive rate that gives an amount in DKK")
	}
	return amount, dkk, in.Rate, in.RateOn, nil
}

// Plan plans a payment against an approved line. It counts against the line at
// once; the database refuses what exceeds it (R25), or lies outside the six
// months without an exception (R23).
func Plan(ctx context.Context, db *postgres.DB, who access.Actor, code string, in NewPayment) (Payment, error) {
	return postgres.Write(ctx, db, who, "plan-payment", func(ctx context.Context, tx *postgres.Tx) (Payment, error) {
		c, err := casefile.Find(ctx, tx, code)
		if err != nil {
			return Payment{}, err
		}
		if c.State.Over() {
			return Payment{}, fault.Conflictf("R23", "The case is over.")
		}
		amount, dkk, rate, rateOn, err := in.counted(tx.Today)
		if err != nil {
			return Payment{}, err
		}
		if in.PlannedFor.After(tx.Today.AddMonths(24)) {
			return Payment{}, fault.Invalidf("body.planned_for", "must lie at most two years ahead")
		}
		lineID, err := findLine(ctx, tx, c, in)
		if err != nil {
			return Payment{}, err
		}
		var id string
		err = tx.QueryRow(ctx, `INSERT INTO payments (case_id, line_id, amount, currency, rate, rate_on, dkk, form, planned_for, planned_by, exception_reason)
			VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,nullif($11,'')) RETURNING id`,
			c.ID, lineID, amount.Number(), amount.Currency, rate, rateOn, dkk.Number(), in.Form, in.PlannedFor, who.ID, in.Exception).Scan(&id)
		if err != nil {
			return Payment{}, fmt.Errorf("plan a payment: %w", err)
		}
		tx.Touch(c.ID, c.Code, id)
		return shown(ctx, tx, id)
	})
}

// findLine is the id of the line, which must pay in the form asked for.
func findLine(ctx context.Context, tx *postgres.Tx, c *casefile.Row, in NewPayment) (id string, err error) {
	var form string
	err = tx.QueryRow(ctx, `SELECT id, form FROM budget_lines WHERE case_id = $1 AND key = $2`, c.ID, in.Line).Scan(&id, &form)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return "", fault.Invalidf("body.line", "is not the key of an approved budget line of this case")
	case err != nil:
		return "", fmt.Errorf("find a line: %w", err)
	case form != "mixed" && form != in.Form:
		return "", fault.Conflictf("R24", "The line was approved in the form %s.", form)
	}
	return id, nil
}

func shown(ctx context.Context, tx *postgres.Tx, id string) (Payment, error) {
	r, err := postgres.One[paymentRow](ctx, tx, paymentSQL+`WHERE p.id = $1`, id)
	if err != nil {
		return Payment{}, err
	}
	return r.show()
}
