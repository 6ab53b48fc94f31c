package support

import (
	"context"
	"errors"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/casework/support/rates"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/money"
	"hjemvej/internal/postgres"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Payment is one delivery of support: cash, or something bought (R26, R28).
type Payment struct {
	ID         string        `json:"id" format:"uuid"`
	Case       string        `json:"case_code" example:"K7QX-2MVD"`
	Line       string        `json:"line" example:"rent"`
	Reference  string        `json:"reference" example:"4BC92DJH73FK" doc:"Its name on papers that leave, such as the bank's: it says nothing (R11)"`
	State      State         `json:"state" enum:"planned,authorised,sent,received,cancelled,failed,returned" example:"planned"`
	OnHold     bool          `json:"on_hold" doc:"The payee changed and is not verified (R27)"`
	Amount     money.Amount  `json:"amount" doc:"In the currency paid"`
	Rate       string        `json:"rate" example:"1.69" doc:"DKK for one unit of the currency (R28)"`
	RateOn     calendar.Date `json:"rate_on" format:"date" doc:"The day that the rate is of"`
	RateAge    int           `json:"rate_age_days" example:"3" doc:"From that day to the day whose rate was asked for (R28)"`
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
	ScheduleID string        `json:"schedule_id,omitempty" format:"uuid" doc:"Of a payment that was planned together with others"`
	Instalment int           `json:"instalment,omitempty" example:"1" doc:"Which one of them it is"`
	Of         int           `json:"of_instalments,omitempty" example:"6" doc:"How many they are"`
	Version    int           `json:"version" example:"1"`
}

// NewPayment is a payment to plan.
type NewPayment struct {
	Line       string        `json:"line" minLength:"1" maxLength:"40" example:"rent" doc:"The key of an approved budget line"`
	Amount     money.Amount  `json:"amount"`
	RateOn     calendar.Date `json:"rate_on,omitzero" format:"date" example:"2026-10-14" doc:"The day whose rate is asked for, today where it is left out: the newest recorded on or before it, no older than the policy lets it be (R28). Means nothing for DKK"`
	Form       string        `json:"form" enum:"in_kind,cash" example:"in_kind"`
	PlannedFor calendar.Date `json:"planned_for" format:"date" example:"2026-10-15" doc:"Within the six months from arrival to the last day (R23)"`
	Exception  string        `json:"exception_reason,omitempty" maxLength:"500" doc:"Why a payment is dated outside; another person must approve it (R23)"`
}

type paymentRow struct {
	ID, CaseID, Case, Line, Reference string
	casefile.Reach
	State                                  State
	OnHold                                 bool
	Amount, Currency, Rate, Dkk            string
	Form, Exception, Ended                 string
	Excepted                               bool
	RateOn, PlannedFor, SentOn, ReceivedOn calendar.Date
	RateAge                                int
	PlannedBy                              string
	ScheduleID                             string
	Instalment, Instalments                int
	Proven, Settled, Explained, GivenBack  string
	Open, OpenDkk                          string
	Version                                int
}

const paymentSQL = `SELECT p.id, p.case_id, c.code AS "case", coalesce(l.key, '') AS line, p.reference, ` + casefile.ReachSQL + `,
		p.state, p.form = 'cash' AND p.state IN ('planned','authorised') AND NOT EXISTS (SELECT FROM payees y WHERE y.case_id = p.case_id AND y.verified_by IS NOT NULL) AS on_hold,
		p.amount::text AS amount, p.currency, trim_scale(p.rate)::text AS rate, p.dkk::text AS dkk, p.form,
		coalesce(p.exception_reason, '') AS exception, coalesce(p.ended_reason, '') AS ended, p.exception_approved_by IS NOT NULL AS excepted,
		p.rate_on, coalesce(p.rate_asked_for - p.rate_on, 0) AS rate_age, p.planned_for, p.sent_on, p.received_on, p.planned_by,
		coalesce(p.schedule_id::text, '') AS schedule_id, coalesce(p.instalment, 0) AS instalment, coalesce(p.instalments, 0) AS instalments,
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
	p := Payment{ID: r.ID, Case: r.Case, Line: r.Line, Reference: r.Reference, State: r.State, OnHold: r.OnHold, Amount: amount, Rate: r.Rate, RateOn: r.RateOn, RateAge: r.RateAge,
		Counted: dkk, Form: r.Form, PlannedFor: r.PlannedFor, Exception: r.Exception, Excepted: r.Excepted, SentOn: r.SentOn,
		ReceivedOn: r.ReceivedOn, Ended: r.Ended, ScheduleID: r.ScheduleID, Instalment: r.Instalment, Of: r.Instalments, Version: r.Version}
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
	o.Rate = r.Rate
	return o, err
}

// counted is what a payment counts as in DKK, by which rate, and the day whose
// rate that was to be.
type counted struct {
	amount, dkk money.Amount
	quote       rates.Quote
	askedFor    calendar.Date
}

// count counts the payment with the rate that is recorded for its day (R28). DKK
// counts as itself.
func (in NewPayment) count(ctx context.Context, tx *postgres.Tx) (c counted, err error) {
	c.amount, err = in.Amount.Canonical()
	if err != nil || !c.amount.IsPositive() {
		return c, fault.Invalidf("body.amount", "must be a positive amount with at most as many decimals as its currency has")
	}
	if c.amount.Currency == money.Krone {
		c.dkk, c.askedFor = c.amount, tx.Today
		c.quote = rates.Quote{Currency: money.Krone, On: tx.Today, Rate: "1"}
		return c, nil
	}
	if c.askedFor = in.RateOn; c.askedFor.IsZero() {
		c.askedFor = tx.Today
	}
	if c.askedFor.After(tx.Today) || c.askedFor.Before(tx.Today.AddMonths(-rates.Months)) {
		return c, fault.Invalidf("body.rate_on", "must lie within the last %d months, not in the future", rates.Months)
	}
	if c.quote, err = rates.Find(ctx, tx, c.amount.Currency, c.askedFor); err != nil {
		return c, err
	}
	c.dkk, err = money.InDKK(c.amount, c.quote.Rate)
	if err != nil || !c.dkk.IsPositive() {
		return c, fault.Invalidf("body.amount", "must give an amount in DKK")
	}
	return c, nil
}

// Plan plans a payment against an approved line. It counts against the line at
// once; the database refuses what exceeds it (R25), or lies outside the six
// months without an exception (R23). Without a rate of its currency that is new
// enough it answers a conflict by R28.
func Plan(ctx context.Context, db *postgres.DB, who access.Actor, code string, in NewPayment) (Payment, error) {
	return postgres.Write(ctx, db, who, "plan-payment", func(ctx context.Context, tx *postgres.Tx) (Payment, error) {
		c, err := casefile.Find(ctx, tx, code)
		if err != nil {
			return Payment{}, err
		}
		return planOne(ctx, tx, c, in, instalment{})
	})
}

// instalment is which payment of a schedule one is; the zero instalment is a
// payment by itself.
type instalment struct {
	scheduleID string
	number, of int
}

// planOne plans one payment in tx. It writes and reads in one round trip: until the
// end of the transaction its line is held, and others may wait for it.
func planOne(ctx context.Context, tx *postgres.Tx, c *casefile.Row, in NewPayment, part instalment) (Payment, error) {
	if c.State.Over() {
		return Payment{}, fault.Conflictf("R23", "The case is over.")
	}
	n, err := in.count(ctx, tx)
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
	var made paymentRow
	id := uuid.NewString()
	err = tx.Ask(ctx, func(b *pgx.Batch) {
		b.Queue(`INSERT INTO payments (id, case_id, line_id, amount, currency, rate, rate_on, rate_asked_for, dkk, form, planned_for, planned_by, exception_reason, schedule_id, instalment, instalments)
			VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,nullif($13,''),nullif($14,'')::uuid,nullif($15,0),nullif($16,0))`,
			id, c.ID, lineID, n.amount.Number(), n.amount.Currency, n.quote.Rate, n.quote.On, n.askedFor, n.dkk.Number(), in.Form, in.PlannedFor, tx.Who.ID, in.Exception,
			part.scheduleID, part.number, part.of)
	}, postgres.Single(&made, "payment", paymentSQL+`WHERE p.id = $1`, id))
	if err != nil {
		return Payment{}, fmt.Errorf("plan a payment: %w", err)
	}
	tx.Touch(c.ID, c.Code, id)
	return made.show()
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
