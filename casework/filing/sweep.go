package filing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hjemvej/internal/access"
	"hjemvej/internal/postgres"
)

// afterUpload is when what has no row is certainly no upload under way.
const afterUpload = time.Hour

// leftovers is how many files without a row there may be, however few have one.
const leftovers = 10

// ErrForeign keeps a sweep from emptying a place that belongs to another database.
var ErrForeign = errors.New("most of the files that lie there are unknown to this database, so none was removed: is the place another database's?")

// Sweep takes away what lies in the store and has no row: what a killed program
// left, and what was removed while the store did not work. It reports how many.
// Where most of what lies there is unknown it answers ErrForeign.
func (c Cabinet) Sweep(ctx context.Context) (taken int, err error) {
	return c.Store.Sweep(ctx, c.DB.Now().Add(-afterUpload), func(ctx context.Context, ids []string) ([]string, error) {
		return postgres.Write(ctx, c.DB, access.Program, "sweep-files", func(ctx context.Context, tx *postgres.Tx) ([]string, error) {
			return kept(ctx, tx, ids)
		})
	})
}

// kept are those of some files that have a row and were not removed.
func kept(ctx context.Context, tx *postgres.Tx, ids []string) (out []string, err error) {
	rows, err := postgres.Collect[struct {
		ID      string
		Removed bool
	}](ctx, tx, `SELECT id::text AS id, removed_at IS NOT NULL AS removed FROM files WHERE id = ANY ($1::uuid[])`, ids)
	if err != nil {
		return nil, fmt.Errorf("find files: %w", err)
	}
	if unknown := len(ids) - len(rows); unknown > leftovers && unknown > len(rows) {
		return nil, ErrForeign
	}
	for _, r := range rows {
		if !r.Removed {
			out = append(out, r.ID)
		}
	}
	return out, nil
}
