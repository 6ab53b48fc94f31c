package partners

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// Join joins a case into another of the same person, which goes on. The case
// stays readable as it was and is never changed again; one that was closed or
// withdrawn is only linked. It is refused, with everything that stands in the
// way, while the case is handed to a partner or has money allotted. Partners of
// the case that goes on are told where they may read less than before (R7).
func Join(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, code string, version int, in casefile.Joining) (casefile.JoinedCase, error) {
	return postgres.Write(ctx, db, who, "join-cases", func(ctx context.Context, tx *postgres.Tx) (out casefile.JoinedCase, err error) {
		from, into, err := casefile.LockBoth(ctx, tx, code, in.Into, version)
		if err != nil {
			return out, err
		}
		if err := mayJoin(ctx, tx, from, into); err != nil {
			return out, err
		}
		var lost []casefile.Consent
		if out.Carried, lost, err = from.Join(ctx, tx, v, into, in); err != nil {
			return out, err
		}
		slices.SortFunc(lost, func(a, b casefile.Consent) int { return cmp.Compare(a.PartnerID, b.PartnerID) }) // as partners are told
		for _, k := range lost {
			if err := endSharing(ctx, tx, into, k); err != nil {
				return out, err
			}
		}
		out.Case, err = casefile.Shown(ctx, tx, code)
		return out, err
	})
}

func mayJoin(ctx context.Context, tx *postgres.Tx, from, into *casefile.Row) error {
	f := casefile.JoinFacts{From: from.State, Into: into.State, Departed: !from.DepartedOn.IsZero()}
	err := tx.QueryRow(ctx, `SELECT (SELECT count(*) FROM handoffs WHERE case_id = $1 AND state IN ('draft','offered','received','accepted','in_progress')),
		(SELECT count(*) FROM budget_lines WHERE case_id = $1 AND approved_dkk > 0)`, from.ID).Scan(&f.OpenHandoffs, &f.Lines)
	if err != nil {
		return fmt.Errorf("find what is open: %w", err)
	}
	if missing := casefile.JoinMissing(f); len(missing) > 0 {
		return fault.Missing("", "The cases cannot be joined like this; see errors for all that stands in the way.", missing)
	}
	return nil
}
