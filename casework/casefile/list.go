package casefile

import (
	"context"

	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
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
