package casefile

import (
	"context"

	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
	"hjemvej/internal/seal"
)

// listOf reads what hangs on a case, as one who may, and records the reading.
// The statement takes the case's code.
func listOf[T any](ctx context.Context, db *postgres.DB, who access.Actor, op access.Operation, code, sql string) ([]T, error) {
	if !access.IsCode(code) {
		return nil, fault.NoSuch("case")
	}
	var reach Reach
	out := []T{}
	_, err := postgres.Read(ctx, db, who, op, postgres.About{Case: code},
		postgres.Single(&reach, "case", ReachOfCaseSQL, code), postgres.Many(&out, sql, code))
	if err != nil {
		return nil, err
	}
	return out, postgres.Allow(ctx, db, who, op, reach.Record(), "case")
}

// ListSealed reads what hangs on a case and is sealed with the person's key, as one
// who may, opens each row, and records the reading. keySQL selects the person by
// the case's code, as far as the actor may know them; sql takes the code and args.
func ListSealed[R, T any](ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, op access.Operation, code, keySQL string,
	open func(R, seal.Key) (T, error), sql string, args ...any) ([]T, error) {
	if !access.IsCode(code) {
		return nil, fault.NoSuch("case")
	}
	var reach Reach
	var whose person.Sealed
	var rows []R
	_, err := postgres.Read(ctx, db, who, op, postgres.About{Case: code},
		postgres.Single(&reach, "case", ReachOfCaseSQL, code),
		postgres.Single(&whose, "case", keySQL, code),
		postgres.Many(&rows, sql, append([]any{code}, args...)...))
	if err != nil {
		return nil, err
	}
	if err := postgres.Allow(ctx, db, who, op, reach.Record(), "case"); err != nil {
		return nil, err
	}
	key, err := v.Key(whose)
	if err != nil {
		return nil, err
	}
	out := make([]T, len(rows))
	for i, r := range rows {
		if out[i], err = open(r, key); err != nil {
			return nil, err
		}
	}
	return out, nil
}
