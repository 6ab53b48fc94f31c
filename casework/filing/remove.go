package filing

import (
	"context"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/postgres"
)

// Remove takes a file's key, so that nothing opens it any more, and then its
// content. The row stays and says who and when; removing again removes what was
// left the first time. A receipt that proves a payment stays (R26).
func (c Cabinet) Remove(ctx context.Context, who access.Actor, code, id string) (File, error) {
	out, err := postgres.Write(ctx, c.DB, who, "remove-file", func(ctx context.Context, tx *postgres.Tx) (File, error) {
		row, err := casefile.Find(ctx, tx, code)
		if err != nil {
			return File{}, err
		}
		f, err := find(ctx, tx, row, id)
		if err != nil || f.RemovedAt != nil {
			return f.File, err
		}
		_, err = tx.Exec(ctx, `UPDATE files SET wrapped_key = NULL, removed_by = $2, removed_at = $3 WHERE id = $1`, id, who.ID, tx.Now)
		if err != nil {
			return File{}, fmt.Errorf("remove a file: %w", err)
		}
		f, err = find(ctx, tx, row, id)
		return f.File, err
	})
	if err != nil {
		return File{}, err
	}
	return out, c.Store.Delete(context.WithoutCancel(ctx), out.ID)
}
