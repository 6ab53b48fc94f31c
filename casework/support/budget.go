package support

import (
	"context"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/money"
	"hjemvej/internal/postgres"
)

// Budget is what was approved for a person, and what became of it (R25, R30).
// All amounts are DKK. A partner sees only the lines that it gives.
type Budget struct {
	Ceiling     money.Amount `json:"ceiling" doc:"The person's; DKK"`
	Approved    money.Amount `json:"approved" doc:"The sum of the lines"`
	Unspent     money.Amount `json:"unspent" doc:"Of the lines, together: approved and not committed"`
	PocketMoney money.Amount `json:"of_which_pocket_money" doc:"Counted apart: it is not reintegration support (R24)"`
	Apart       Apart        `json:"apart"`
	Lines       []Line       `json:"lines"`
}

// Line is one line of support with what is committed and delivered (R30).
type Line struct {
	Key       string        `json:"key" example:"rent"`
	Category  string        `json:"category" example:"housing"`
	ChildID   string        `json:"child_id,omitempty" format:"uuid" doc:"Of school fees: the family member whose they are (R24); no partner is told"`
	Form      string        `json:"form" example:"in_kind"`
	Purpose   string        `json:"purpose" example:"Six monthly rents"`
	PartnerID string        `json:"partner_id" format:"uuid"`
	DueOn     calendar.Date `json:"due_on,omitzero" format:"date" doc:"When the first of it was promised for"`
	ToldOn    calendar.Date `json:"told_on,omitzero" format:"date"`
	Approved  money.Amount  `json:"approved" doc:"Promised; DKK"`
	Committed money.Amount  `json:"committed" doc:"Payments planned, authorised, sent or received; DKK"`
	Unspent   money.Amount  `json:"unspent" doc:"Approved and not committed: it ends with the period of support (R23); DKK"`
	Delivered money.Amount  `json:"delivered" doc:"Received with proof; DKK"`
	FirstOn   calendar.Date `json:"first_received_on,omitzero" format:"date"`
	Late      bool          `json:"late" doc:"Something of it came after its promised day, or is missing since"`

	ProofBeforeNext bool   `json:"proof_before_next" doc:"The next payment waits for the proof of the one before"`
	Promises        []Kept `json:"promises" nullable:"false" doc:"Its instalments, by their days: promised beside delivered (R30)"`
}

// Kept is what became of one instalment, and what was said about it.
type Kept struct {
	Outcome
	Delays []Delay `json:"delays,omitempty" nullable:"false" doc:"Why it is late or short, oldest first; a partner sees what it said itself"`
}

type lineRow struct {
	Key, Category, Form, Purpose, PartnerID, ChildID string
	ProofBeforeNext                                  bool
	DueOn, ToldOn                                    calendar.Date
	Approved, Committed                              string
}

const linesSQL = `SELECT l.key, l.category, l.form, l.purpose, l.partner_id, CASE WHEN actor_role() = 'partner' THEN '' ELSE coalesce(l.child_id::text, '') END AS child_id,
		l.proof_before_next, l.due_on, l.told_on, l.approved_dkk::text AS approved, l.committed_dkk::text AS committed
	FROM budget_lines l JOIN cases c ON c.id = l.case_id WHERE c.code = $1 AND (l.approved_dkk > 0 OR l.committed_dkk > 0) ORDER BY l.key`

// promiseRow, deliveryRow and formRow are of the line with a key.
type promiseRow struct {
	Key    string
	Number int
	DueOn  calendar.Date
	Dkk    string
}

const promisesSQL = `SELECT l.key, p.number, p.due_on, p.dkk::text AS dkk
	FROM promises p JOIN budget_lines l ON l.id = p.line_id AND l.plan_version_id = p.plan_version_id JOIN cases c ON c.id = p.case_id WHERE c.code = $1`

type deliveryRow struct {
	Key, Form, Dkk string
	ReceivedOn     calendar.Date
}

const deliveriesSQL = `SELECT l.key, d.form, d.received_on, d.dkk::text AS dkk
	FROM deliveries d JOIN budget_lines l ON l.id = d.line_id JOIN cases c ON c.id = d.case_id WHERE c.code = $1`

type formRow struct{ Form, Committed string }

const formsSQL = `SELECT p.form, sum(p.dkk)::text AS committed FROM payments p JOIN cases c ON c.id = p.case_id
	WHERE c.code = $1 AND p.state NOT IN ('cancelled','failed','returned') GROUP BY p.form`

// told is everything that a budget is put together from.
type told struct {
	head       budgetRow
	lines      []lineRow
	promises   []promiseRow
	deliveries []deliveryRow
	forms      []formRow
	delays     []delayRow
}

type budgetRow struct {
	Ceiling string
	casefile.Reach
}

const budgetSQL = `SELECT coalesce((SELECT b.ceiling_dkk::text FROM case_budgets b WHERE b.case_id = c.id), '0.00') AS ceiling, ` + casefile.ReachSQL + `
	FROM cases c WHERE c.code = $1`

// ReadBudget is the budget of a case as the actor may see it. A partner sees
// no ceiling (0.00) and only its own lines, by consent.
func ReadBudget(ctx context.Context, db *postgres.DB, who access.Actor, code string) (Budget, error) {
	const op = "read-budget"
	if !access.IsCode(code) {
		return Budget{}, fault.NoSuch("case")
	}
	var t told
	moment, err := postgres.Read(ctx, db, who, op, postgres.About{Case: code},
		postgres.Single(&t.head, "case", budgetSQL, code), postgres.Many(&t.lines, linesSQL, code),
		postgres.Many(&t.promises, promisesSQL, code), postgres.Many(&t.deliveries, deliveriesSQL, code),
		postgres.Many(&t.forms, formsSQL, code), postgres.Many(&t.delays, delaysSQL, code))
	if err != nil {
		return Budget{}, err
	}
	if err := postgres.Allow(ctx, db, who, op, t.head.Record(), "case"); err != nil {
		return Budget{}, err
	}
	return t.addUp(moment.Today)
}

func (t told) addUp(today calendar.Date) (b Budget, err error) {
	b = Budget{Approved: money.DKK("0.00"), Unspent: money.DKK("0.00"), PocketMoney: money.DKK("0.00"), Lines: make([]Line, 0, len(t.lines))}
	if b.Ceiling, err = money.New(t.head.Ceiling, money.Krone); err != nil {
		return Budget{}, err
	}
	for _, r := range t.lines {
		l, err := t.line(r, today)
		if err != nil {
			return Budget{}, err
		}
		if b.Approved, err = b.Approved.Add(l.Approved); err != nil {
			return Budget{}, err
		}
		if b.Unspent, err = b.Unspent.Add(l.Unspent); err != nil {
			return Budget{}, err
		}
		b.Lines = append(b.Lines, l)
	}
	if b.Apart, err = apart(b.Lines, t); err != nil {
		return Budget{}, err
	}
	b.PocketMoney = b.Apart.PocketMoney.Approved
	return b, nil
}

// line is one line with its promises beside what was delivered.
func (t told) line(r lineRow, today calendar.Date) (l Line, err error) {
	l = Line{Key: r.Key, Category: r.Category, ChildID: r.ChildID, Form: r.Form, Purpose: r.Purpose, PartnerID: r.PartnerID,
		DueOn: r.DueOn, ToldOn: r.ToldOn, Delivered: money.DKK("0.00"), ProofBeforeNext: r.ProofBeforeNext, Promises: []Kept{}}
	for dst, text := range map[*money.Amount]string{&l.Approved: r.Approved, &l.Committed: r.Committed} {
		if *dst, err = money.New(text, money.Krone); err != nil {
			return l, err
		}
	}
	if l.Unspent, err = l.Approved.Sub(l.Committed); err != nil {
		return l, err
	}
	var promises []Promise
	for _, p := range t.promises {
		if p.Key == r.Key {
			promises = append(promises, Promise{p.Number, p.DueOn, money.Amount{Amount: p.Dkk, Currency: money.Krone}})
		}
	}
	var deliveries []Delivery
	for _, d := range t.deliveries {
		if d.Key != r.Key {
			continue
		}
		came := Delivery{d.ReceivedOn, money.Amount{Amount: d.Dkk, Currency: money.Krone}}
		deliveries = append(deliveries, came)
		if l.FirstOn.IsZero() || came.On.Before(l.FirstOn) {
			l.FirstOn = came.On
		}
		if l.Delivered, err = l.Delivered.Add(came.Amount); err != nil {
			return l, err
		}
	}
	outcomes, err := Compare(promises, deliveries, today)
	if err != nil {
		return l, err
	}
	for _, o := range outcomes {
		l.Late = l.Late || o.LateDays > 0
		l.Promises = append(l.Promises, Kept{o, t.delaysOf(r.Key, o)})
	}
	return l, nil
}
