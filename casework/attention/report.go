package attention

import (
	"context"
	"fmt"

	"hjemvej/internal/access"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
)

// reportSize is how many open cases one transaction looks at.
const reportSize = 500

// Report looks at every open case, tells contact person and team lead of each that
// would be forgotten, once for each step that was missed, and answers how many
// cases there are of which nobody would hear any more. There should be none.
func Report(ctx context.Context, db *postgres.DB) (forgotten int, err error) {
	for after := access.Program.ID; after != ""; {
		type page struct {
			Forgotten int
			Last      string
		}
		p, err := postgres.Write(ctx, db, access.Program, "report-forgotten-cases", func(ctx context.Context, tx *postgres.Tx) (page, error) {
			rows, err := postgres.Collect[factsRow](ctx, tx, factsSQL+`AND c.id > $1::uuid ORDER BY c.id LIMIT $2`, after, reportSize)
			if err != nil {
				return page{}, fmt.Errorf("find open cases: %w", err)
			}
			var p page
			if len(rows) == reportSize {
				p.Last = rows[len(rows)-1].ID
			}
			p.Forgotten, err = tell(ctx, tx, rows)
			return p, err
		})
		if err != nil {
			return forgotten, err
		}
		forgotten, after = forgotten+p.Forgotten, p.Last
	}
	return forgotten, nil
}

// Nothing that is reported reaches nobody: where a team has no lead, the
// administrators are told, who can name one.
const readersSQL = `WITH told AS (SELECT id, role FROM users WHERE active AND (id = $1 OR team_id = $2 AND role = 'team_lead'))
	SELECT id FROM told UNION ALL SELECT id FROM users WHERE active AND role = 'administrator' AND NOT EXISTS (SELECT FROM told WHERE role = 'team_lead') ORDER BY id`

// missed names a step in its letters' names: each state has one, but for a case
// that nobody has.
func (r factsRow) missed(s Step) string {
	if s.What == NameContactPerson {
		return string(s.What)
	}
	return string(r.State)
}

func tell(ctx context.Context, tx *postgres.Tx, rows []factsRow) (forgotten int, err error) {
	var letters []outbox.Letter
	for _, r := range rows {
		step, ok := Next(r.Facts)
		if !ok || !step.Forgotten(tx.Today) {
			continue
		}
		forgotten++
		readers, err := postgres.Collect[struct{ ID string }](ctx, tx, readersSQL, r.ContactPersonID, r.TeamID)
		if err != nil {
			return 0, fmt.Errorf("find who is told of a case: %w", err)
		}
		for _, u := range readers {
			letters = append(letters, outbox.Letter{Once: fmt.Sprintf("forgotten:%s:%s:%s:%s", r.ID, r.missed(step), step.By, u.ID), Kind: letter.CaseWithoutNextStep,
				CaseID: r.ID, CaseCode: r.Code, UserID: u.ID})
		}
	}
	_, err = outbox.QueueAll(ctx, tx, letters)
	return forgotten, err
}
