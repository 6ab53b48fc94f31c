package outbox

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hjemvej/internal/access"
	"hjemvej/internal/postgres"
)

// ClosedDigest is a digest that nothing joins any more, with the letters that it
// carries, by case and day.
type ClosedDigest struct {
	Waiting
	Items []Waiting
	Early time.Duration // its morning has not come: nothing is closed yet
}

// CloseDigest lets nothing more join a digest whose morning has come, and takes
// over what the reader's earlier ones still hold: after an outage one letter goes
// out, not one for each morning. Items that are not needed any more are dropped.
// It may be called again, and then answers what is still needed. Errors: ErrEnded,
// also where nothing is left to tell.
func CloseDigest(ctx context.Context, db *postgres.DB, id string) (ClosedDigest, error) {
	out, err := postgres.Write(ctx, db, access.Program, "send-letter", func(ctx context.Context, tx *postgres.Tx) (ClosedDigest, error) {
		digests, early, err := dueDigests(ctx, tx, id)
		if err != nil || !slices.Contains(digests, id) {
			return ClosedDigest{Early: early}, err
		}
		if err := gather(ctx, tx, id, digests); err != nil {
			return ClosedDigest{}, err
		}
		d, err := readDigest(ctx, tx, id)
		if err == nil && len(d.Items) == 0 {
			err = end(ctx, tx, id, "dropped")
		}
		return d, err
	})
	if err == nil && out.Early == 0 && len(out.Items) == 0 { // not an error inside, which would undo the drops
		err = ErrEnded
	}
	return out, err
}

// dueDigests holds the queued digests of a digest's reader whose morning has come,
// or says how early it is for the one.
func dueDigests(ctx context.Context, tx *postgres.Tx, id string) (ids []string, early time.Duration, err error) {
	type row struct {
		ID        string
		NotBefore time.Time
	}
	rows, err := postgres.Collect[row](ctx, tx, `SELECT d.id, d.not_before FROM letters d, letters this
		WHERE this.id = $1 AND d.kind = 'digest' AND d.state = 'queued' AND (d.id = this.id OR d.not_before <= $2)
		  AND d.user_id IS NOT DISTINCT FROM this.user_id AND d.partner_person_id IS NOT DISTINCT FROM this.partner_person_id
		ORDER BY d.id FOR UPDATE OF d`, id, tx.Now)
	if err != nil {
		return nil, 0, fmt.Errorf("find a reader's digests: %w", err)
	}
	for _, r := range rows {
		if r.ID == id && r.NotBefore.After(tx.Now) {
			return nil, r.NotBefore.Sub(tx.Now), nil
		}
		ids = append(ids, r.ID)
	}
	return ids, 0, nil
}

// gather closes a digest and moves into it what the reader's others hold, which
// end.
func gather(ctx context.Context, tx *postgres.Tx, id string, digests []string) error {
	_, err := tx.Exec(ctx, `WITH closed AS (UPDATE letters SET closed_at = coalesce(closed_at, $3) WHERE id = $1),
			moved AS (UPDATE letters SET digest_id = $1 WHERE digest_id = ANY($2::uuid[]) AND digest_id <> $1 AND state = 'queued')
		UPDATE letters SET state = 'dropped', ended_at = $3 WHERE id = ANY($2::uuid[]) AND id <> $1`, id, digests, tx.Now)
	if err != nil {
		return fmt.Errorf("gather a reader's digests: %w", err)
	}
	return nil
}

// readDigest is the digest with what is still needed of it; the rest is dropped.
func readDigest(ctx context.Context, tx *postgres.Tx, id string) (d ClosedDigest, err error) {
	if d.Waiting, err = postgres.One[Waiting](ctx, tx, waitingSQL+` AND l.id = $1`, id); err != nil {
		return d, fmt.Errorf("read a digest: %w", err)
	}
	all, err := postgres.Collect[Waiting](ctx, tx, waitingSQL+` AND l.digest_id = $1 ORDER BY case_code, l.due_on, l.kind, l.id`, id)
	if err != nil {
		return d, fmt.Errorf("read what a digest carries: %w", err)
	}
	for _, item := range all {
		if item.Needed {
			d.Items = append(d.Items, item)
		} else if err := drop(ctx, tx, item); err != nil {
			return d, err
		}
	}
	return d, nil
}
