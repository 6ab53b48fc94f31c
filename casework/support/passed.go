package support

import (
	"context"
	"fmt"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
)

// passedSQL looks once at each promise whose day is over. Those of an earlier plan
// are looked at too, so that no sweep finds them again, and are told of to nobody.
const passedSQL = `UPDATE promises p SET looked_on = $1 FROM budget_lines l, cases c
	WHERE p.looked_on IS NULL AND p.due_on < $1 AND l.id = p.line_id AND c.id = p.case_id AND c.state <> 'joined'
	RETURNING p.case_id, c.code, c.contact_person_id, p.line_id, p.number, p.due_on,
		p.plan_version_id = l.plan_version_id AND c.state NOT IN ('closed','withdrawn') AND NOT promise_kept(p) AS missing`

// TellPassed queues, once for each promise and day, the letters that something was
// promised for a day that is over and has not all come, up to now (R30). It costs by
// the promises that passed since it looked last.
func TellPassed(ctx context.Context, db *postgres.DB) (queued int, err error) {
	type passed struct {
		CaseID, Code, ContactPersonID, LineID string
		Number                                int
		DueOn                                 calendar.Date
		Missing                               bool
	}
	return postgres.Write(ctx, db, access.Program, "tell-passed-promises", func(ctx context.Context, tx *postgres.Tx) (int, error) {
		rows, err := postgres.Collect[passed](ctx, tx, passedSQL, tx.Today)
		if err != nil {
			return 0, fmt.Errorf("find promises that passed: %w", err)
		}
		var letters []outbox.Letter
		for _, p := range rows {
			if p.Missing {
				letters = append(letters, outbox.Letter{Once: fmt.Sprintf("promise:%s:%d:%s", p.LineID, p.Number, p.DueOn), Kind: letter.PromisePassed,
					CaseID: p.CaseID, CaseCode: p.Code, UserID: p.ContactPersonID, DueOn: p.DueOn})
			}
		}
		return outbox.QueueAll(ctx, tx, letters)
	})
}
