package lists

import (
	"strconv"
	"time"

	"hjemvej/casework/policy"
	"hjemvej/casework/support"
	"hjemvej/internal/calendar"
	"hjemvej/internal/money"
)

const paymentsFrom = ` FROM payments p JOIN cases c ON c.id = p.case_id JOIN budget_lines l ON l.id = p.line_id
	LEFT JOIN payees y ON y.case_id = p.case_id AND p.form = 'cash'`

const (
	goesOn   = `c.state NOT IN ('closed','withdrawn','joined')`
	unproven = `p.form = 'cash' AND y.verified_by IS NULL` // R27: no payee, or one that nobody verified
)

// receiptWithin is after how many days a receipt is overdue, by the policy in force.
var receiptWithin = `(SELECT coalesce((policy_on(actor_today())->'support'->>'receipt_within_days')::int, ` +
	strconv.Itoa(policy.Default().Support.ReceiptWithinDays) + `))`

var (
	byPlan = order{"p.planned_for", "date", "p.id"}

	payments = asking[paymentRow](`c.code AS "case", l.key AS line, l.category, p.state, p.form, trim_scale(p.amount)::text AS amount, p.currency,
		p.dkk::text AS dkk, p.planned_for, p.sent_on, coalesce(p.exception_reason, '') AS reason, p.exception_approved_by IS NOT NULL AS excepted,
		p.planned_by, coalesce(y.edited_by::text, '') AS payee_by, ` + unproven + ` AND p.state IN ('planned','authorised') AS held,
		greatest(p.created_at, y.edited_at) AS held_since, trim_scale(p.proven_amount)::text AS proven, trim_scale(open_amount(p))::text AS open, ` + receiptWithin + ` AS receipt_within`)

	paymentColumns = []column{caseCode, line, category,
		text("payment_id", func(r Row) string { return r.Payment }),
		text("form", func(r Row) string { return r.Form }),
		text("state", func(r Row) string { return string(r.State) }),
		amount("amount", func(r Row) *money.Amount { return r.Amount }),
		amount("counted_as", func(r Row) *money.Amount { return r.Counted }),
		date("planned_for", func(r Row) calendar.Date { return r.PlannedFor }),
	}
)

// toAuthorise is what can be authorised (R26), the longest planned for first. An
// exception that nobody approved waits among the exceptions.
var toAuthorise = list{
	name: ToAuthorise, title: "To authorise", from: paymentsFrom, order: byPlan, ask: payments,
	where:   `p.state = 'planned' AND NOT (` + unproven + `) AND (p.exception_reason IS NULL OR p.exception_approved_by IS NOT NULL) AND ` + goesOn,
	columns: with(paymentColumns, mine),
}

// toSend is what was authorised and may go out (R26, R27).
var toSend = list{
	name: ToSend, title: "To send", from: paymentsFrom, order: byPlan, ask: payments,
	where:   `p.state = 'authorised' AND NOT (` + unproven + `) AND ` + goesOn,
	columns: paymentColumns,
}

// waitingForReceipt is what went out and is not proven or explained whole (R26),
// with what of it is open, the longest out first; also of cases that are over.
var waitingForReceipt = list{
	name: WaitingForReceipt, title: "Waiting for receipt", from: paymentsFrom, ask: payments,
	where: `p.state = 'sent'`, order: order{"p.sent_on", "date", "p.id"},
	columns: with(paymentColumns,
		amount("proven", func(r Row) *money.Amount { return r.Proven }),
		amount("open", func(r Row) *money.Amount { return r.Open }),
		date("sent_on", func(r Row) calendar.Date { return r.SentOn }),
		number("days_since_sent", func(r Row) int { return r.DaysOut }),
		yes("overdue", func(r Row) bool { return r.Overdue })),
}

// onHold is the cash that waits for a payee whom a second person verified (R27).
var onHold = list{
	name: OnHold, title: "On hold", from: paymentsFrom, order: byPlan, ask: payments,
	where: unproven + ` AND p.state IN ('planned','authorised') AND ` + goesOn,
	columns: with(paymentColumns,
		date("held_since", func(r Row) calendar.Date { return r.HeldSince }),
		text("held_because", func(r Row) string { return r.HeldBecause })),
}

// exceptions is the payments dated outside the six months (R23): those that wait
// for another person's approval, and those approved of the last twelve months.
var exceptions = list{
	name: Exceptions, title: "Exceptions", from: paymentsFrom, order: byPlan, ask: payments,
	where: `p.exception_reason IS NOT NULL AND (` + unapproved + ` OR
		p.exception_approved_by IS NOT NULL AND p.planned_for > actor_today() - interval '12 months')`,
	waits: unapproved,
	columns: with(paymentColumns,
		text("exception", func(r Row) string { return r.Exception }),
		text("exception_reason", func(r Row) string { return r.Reason }), mine),
}

const unapproved = `p.exception_approved_by IS NULL AND p.state = 'planned' AND ` + goesOn

func with(columns []column, more ...column) []column {
	return append(append([]column(nil), columns...), more...)
}

type paymentRow struct {
	position
	Case, Line, Category        string
	State                       support.State
	Form, Amount, Currency, Dkk string
	PlannedFor, SentOn          calendar.Date
	Reason                      string
	Excepted                    bool
	PlannedBy, PayeeBy          string
	Proven, Open                string
	ReceiptWithin               int // days
	Held                        bool
	HeldSince                   time.Time
}

func (p paymentRow) show(who reader) (Row, error) {
	paid, err := money.New(p.Amount, p.Currency)
	if err != nil {
		return Row{}, err
	}
	r := Row{About: "payment", Case: p.Case, Line: p.Line, Category: p.Category, Payment: p.ID, State: p.State, Form: p.Form, Amount: &paid, PlannedFor: p.PlannedFor}
	if p.State == support.Sent {
		r.SentOn, r.DaysOut = p.SentOn, who.today.DaysSince(p.SentOn)
		r.Overdue = r.DaysOut > p.ReceiptWithin
		if err := p.account(&r); err != nil {
			return Row{}, err
		}
	}
	if p.Held {
		r.HeldSince, r.HeldBecause = calendar.Today(p.HeldSince), "payee_not_verified"
		if p.PayeeBy == "" {
			r.HeldBecause = "no_payee"
		}
	}
	p.except(&r, who)
	return r, kroner(map[**money.Amount]string{&r.Counted: p.Dkk})
}

// account says what of a sent payment is proven, and what is open.
func (p paymentRow) account(r *Row) error {
	proven, err := money.New(p.Proven, p.Currency)
	if err != nil {
		return err
	}
	open, err := money.New(p.Open, p.Currency)
	r.Proven, r.Open = &proven, &open
	return err
}

// except says what there is to say of an exception, and what the reader may decide.
func (p paymentRow) except(r *Row, who reader) {
	planned := p.State == support.Planned
	if p.Reason == "" || p.Excepted {
		r.Mine = planned && !p.Held && who.decides("authorise-payment") && p.PlannedBy != who.ID && p.PayeeBy != who.ID
	} else {
		r.Mine = planned && who.decides("approve-payment-exception") && p.PlannedBy != who.ID
	}
	if p.Reason == "" {
		return
	}
	r.Exception = "waiting"
	if p.Excepted {
		r.Exception = "approved"
	}
	if who.decides("authorise-payment") || who.decides("approve-payment-exception") {
		r.Reason = p.Reason
	}
}
