package support

import (
	"context"
	"fmt"

	"hjemvej/internal/access"
	"hjemvej/internal/postgres"
)

// LedgerFault is a place at which the books do not say what they must.
type LedgerFault struct {
	Of    string // "line": its sums against the postings; "payments": its payments against its sums; "programme"; "person": the lines against their sum
	ID    string // of the line or the programme; of a person the case's id
	Place Place
}

// CheckLedger reads every posting and answers what does not agree: the postings
// with the sums that are kept, the payments with their line, the lines with
// person and programme. None is what there must be, at all times. It costs by
// what was ever posted: it is for operations and for tests.
func CheckLedger(ctx context.Context, db *postgres.DB) (postings int, faults []LedgerFault, err error) {
	faults, err = postgres.Write(ctx, db, access.Program, "check-ledger", func(ctx context.Context, tx *postgres.Tx) ([]LedgerFault, error) {
		// Reading all of many years takes longer than a request may.
		if _, err := tx.Exec(ctx, `SET LOCAL statement_timeout = 0`); err != nil {
			return nil, fmt.Errorf("take the time to read: %w", err)
		}
		if err := tx.QueryRow(ctx, `SELECT count(*)::int FROM postings`).Scan(&postings); err != nil {
			return nil, fmt.Errorf("count postings: %w", err)
		}
		return postgres.Collect[LedgerFault](ctx, tx, `SELECT of, id::text AS id, place FROM ledger_faults ORDER BY of, id, place`)
	})
	return postings, faults, err
}
