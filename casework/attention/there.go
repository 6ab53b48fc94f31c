package attention

import (
	"context"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/internal/postgres"
)

// thereSQL joins the day at the destination of x, a case or what has its country
// and zone, as the arguments $1 to $3 have it. Where a case came or moved a moment
// ago there is none.
const thereSQL = ` LEFT JOIN unnest($1::text[], $2::text[], $3::date[]) AS there(country, said, today)
	ON there.country = x.country AND there.said = x.said `

// todaySQL is the day at the destination, else Copenhagen's.
const todaySQL = `coalesce(there.today, actor_today())`

// daysThere are the days at the destinations that a query finds, as the first
// arguments of a statement with thereSQL.
func daysThere(ctx context.Context, tx *postgres.Tx, sql string, args ...any) ([]any, error) {
	clocks, err := postgres.Collect[casefile.Clock](ctx, tx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("find destinations: %w", err)
	}
	countries, said, today := casefile.DaysThere(tx.Now, clocks)
	return []any{countries, said, today}, nil
}
