package plan

import (
	"context"
	"fmt"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
)

// Deadlines are the days on which actions of the content are due that are still
// open, with how many (R13).
func (c Content) Deadlines() map[calendar.Date]int {
	out := map[calendar.Date]int{}
	for _, g := range c.Goals {
		for _, a := range g.Actions {
			if a.State == "open" {
				out[a.DueOn]++
			}
		}
	}
	return out
}

// keepDeadlines lays the days of the newest action plan where the sweep finds
// them.
func keepDeadlines(ctx context.Context, tx *postgres.Tx, caseID string, kind Kind, c Content) error {
	if kind != Action {
		return nil
	}
	var days []calendar.Date
	var actions []int
	for day, n := range c.Deadlines() {
		days, actions = append(days, day), append(actions, n)
	}
	_, err := tx.Exec(ctx, `WITH lifted AS (UPDATE plan_deadlines SET actions = 0 WHERE case_id = $1 AND NOT due_on = ANY($2::date[]))
		INSERT INTO plan_deadlines (case_id, due_on, actions) SELECT $1, * FROM unnest($2::date[], $3::int[])
		ON CONFLICT (case_id, due_on) DO UPDATE SET actions = excluded.actions`, caseID, days, actions)
	if err != nil {
		return fmt.Errorf("lay the plan's deadlines: %w", err)
	}
	return nil
}

// Remind queues, once for each case and day, the letters that actions of an
// action plan are due, up to now. After the departure the plan's days are past.
func Remind(ctx context.Context, db *postgres.DB) (queued int, err error) {
	type due struct {
		CaseID, Code, ContactPersonID string
		DueOn                         calendar.Date
	}
	return postgres.Write(ctx, db, access.Program, "remind-plans", func(ctx context.Context, tx *postgres.Tx) (int, error) {
		rows, err := postgres.Collect[due](ctx, tx, `SELECT d.case_id, c.code, c.contact_person_id, d.due_on FROM plan_deadlines d JOIN cases c ON c.id = d.case_id
			WHERE d.due_on <= $1 AND d.actions > 0 AND c.departed_on IS NULL AND c.state NOT IN ('closed','withdrawn','joined')
			  AND NOT EXISTS (SELECT FROM letters l WHERE l.case_id = d.case_id AND l.kind = 'plan_actions_due' AND l.due_on = d.due_on)
			ORDER BY d.case_id, d.due_on`, tx.Today)
		if err != nil {
			return 0, fmt.Errorf("find actions that are due: %w", err)
		}
		letters := make([]outbox.Letter, len(rows))
		for i, d := range rows {
			letters[i] = outbox.Letter{Once: fmt.Sprintf("plan:%s:%s", d.CaseID, d.DueOn), Kind: letter.PlanActionsDue,
				CaseID: d.CaseID, CaseCode: d.Code, UserID: d.ContactPersonID, DueOn: d.DueOn}
		}
		return outbox.QueueAll(ctx, tx, letters)
	})
}
