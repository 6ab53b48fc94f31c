package attention

import (
	"context"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"

	"github.com/google/uuid"
)

// reportSize is how many open cases one transaction looks at.
const reportSize = 5000

// The last case of a part of the open cases, or what is beyond all of them.
const lastOfPartSQL = `SELECT coalesce((SELECT id FROM cases WHERE id > $1::uuid AND state NOT IN ('closed','withdrawn','joined')
	ORDER BY id OFFSET $2::int - 1 LIMIT 1), $3::uuid)::text`

// Report looks at every open case, tells contact person and team lead of each that
// would be forgotten, once for each step that was missed, and answers how many
// cases there are of which nobody would hear any more. There should be none.
func Report(ctx context.Context, db *postgres.DB) (forgotten int, err error) {
	return reportInParts(ctx, db, reportSize)
}

// reportInParts is Report with a transaction for each so many open cases, of which
// only those that wait too long are read.
func reportInParts(ctx context.Context, db *postgres.DB, size int) (forgotten int, err error) {
	type part struct {
		Forgotten int
		Last      string
	}
	beyond := uuid.Max.String()
	for after := access.Program.ID; after != beyond; {
		p, err := postgres.Write(ctx, db, access.Program, "report-forgotten-cases", func(ctx context.Context, tx *postgres.Tx) (p part, err error) {
			if err := tx.QueryRow(ctx, lastOfPartSQL, after, size, beyond).Scan(&p.Last); err != nil {
				return p, fmt.Errorf("find a part of the open cases: %w", err)
			}
			rows, err := postgres.Collect[factsRow](ctx, tx, forgottenSQL, after, p.Last, tx.Today, Grace)
			if err != nil {
				return p, fmt.Errorf("find forgotten cases: %w", err)
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
		readers, err := casefile.TeamLeads(ctx, tx, r.TeamID)
		if err != nil {
			return 0, err
		}
		if !r.Unattended {
			readers = append(readers, r.ContactPersonID)
		}
		for _, user := range readers {
			letters = append(letters, outbox.Letter{Once: fmt.Sprintf("forgotten:%s:%s:%s:%s", r.ID, r.missed(step), step.By, user), Kind: letter.CaseWithoutNextStep,
				CaseID: r.ID, CaseCode: r.Code, UserID: user})
		}
	}
	_, err = outbox.QueueAll(ctx, tx, letters)
	return forgotten, err
}
