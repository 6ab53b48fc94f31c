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
	PocketMoney money.Amount `json:"of_which_pocket_money" doc:"Counted apart: it is not reintegration support (R24)"`
	Lines       []Line       `json:"lines"`
}

// Line is one line of support with what is committed and delivered (R30).
type Line struct {
	Key       string        `json:"key" example:"rent"`
	Category  string        `json:"category" example:"housing"`
	Form      string        `json:"form" example:"in_kind"`
	Purpose   string        `json:"purpose" example:"Six monthly rents"`
	PartnerID string        `json:"partner_id" format:"uuid"`
	DueOn     calendar.Date `json:"due_on,omitzero" format:"date" doc:"When the first of it was promised for"`
	ToldOn    calendar.Date `json:"told_on,omitzero" format:"date"`
	Approved  money.Amount  `json:"approved" doc:"Promised; DKK"`
	Committed money.Amount  `json:"committed" doc:"Payments planned, authorised, sent or received; DKK"`
	Delivered money.Amount  `json:"delivered" doc:"Received with proof; DKK"`
	FirstOn   calendar.Date `json:"first_received_on,omitzero" format:"date"`
	Late      bool          `json:"late" doc:"The first delivery came, or is missing, after its promised day"`
}

type lineRow struct {
	Key, Category, Form, Purpose, PartnerID string
	DueOn, ToldOn, FirstOn                  calendar.Date
	Approved, Committed, Delivered          string
}

const linesSQL = `SELECT l.key, l.category, l.form, l.purpose, l.partner_id, l.due_on, l.told_on,
		l.approved_dkk::text AS approved, l.committed_dkk::text AS committed,
		(l.proven_dkk + l.settled_dkk)::text AS delivered,
		(SELECT min(p.received_on) FROM payments p WHERE p.line_id = l.id AND p.state = 'received') AS first_on
	FROM budget_lines l JOIN cases c ON c.id = l.case_id WHERE c.code = $1 AND (l.approved_dkk > 0 OR l.committed_dkk > 0) ORDER BY l.key`

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
	var head budgetRow
	var rows []lineRow
	moment, err := postgres.Read(ctx, db, who, op, postgres.About{Case: code},
		postgres.Single(&head, "case", budgetSQL, code), postgres.Many(&rows, linesSQL, code))
	if err != nil {
		return Budget{}, err
	}
	if err := postgres.Allow(ctx, db, who, op, head.Record(), "case"); err != nil {
		return Budget{}, err
	}
	return addUp(head.Ceiling, rows, moment.Today)
}

func addUp(ceiling string, rows []lineRow, today calendar.Date) (b Budget, err error) {
	b = Budget{Approved: money.DKK("0.00"), PocketMoney: money.DKK("0.00"), Lines: make([]Line, 0, len(rows))}
	if b.Ceiling, err = money.New(ceiling, money.Krone); err != nil {
		return Budget{}, err
	}
	for _, r := range rows {
		l := Line{Key: r.Key, Category: r.Category, Form: r.Form, Purpose: r.Purpose, PartnerID: r.PartnerID,
			DueOn: r.DueOn, ToldOn: r.ToldOn, FirstOn: r.FirstOn, Late: late(r.DueOn, r.FirstOn, today)}
		for dst, text := range map[*money.Amount]string{&l.Approved: r.Approved, &l.Committed: r.Committed, &l.Delivered: r.Delivered} {
			if *dst, err = money.New(text, money.Krone); err != nil {
				return Budget{}, err
			}
		}
		if b.Approved, err = b.Approved.Add(l.Approved); err != nil {
			return Budget{}, err
		}
		if l.Category == "pocket_money" {
			if b.PocketMoney, err = b.PocketMoney.Add(l.Approved); err != nil {
				return Budget{}, err
			}
		}
		b.Lines = append(b.Lines, l)
	}
	return b, nil
}

// late says whether what was promised for a day came after it, or has not come
// and the day has passed (R30).
func late(due, first, today calendar.Date) bool {
	switch {
	case due.IsZero():
		return false
	case first.IsZero():
		return today.After(due)
	default:
		return first.After(due)
	}
}
