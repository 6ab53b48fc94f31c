package support

import (
	"context"

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
	var count []struct{ N int }
	_, err = postgres.Read(ctx, db, access.Program, "check-ledger", postgres.About{},
		postgres.Many(&count, `SELECT count(*)::int AS n FROM postings`),
		postgres.Many(&faults, `SELECT of, id::text AS id, place FROM ledger_faults ORDER BY of, id, place`))
	if err != nil {
		return 0, nil, err
	}
	return count[0].N, faults, nil
}
