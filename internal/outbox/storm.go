package outbox

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hjemvej/internal/calendar"
	"hjemvej/internal/letter"
	"hjemvej/internal/postgres"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
)

const (
	storm     = 5                // letters of one sweep that a reader gets by themselves, at the most
	oneSweep  = 10 * time.Minute // what is queued within it is of one sweep: its looks are transactions of their own
	gathering = 10 * time.Second // how long more may join those that go out as one
)

// gatherStorms puts into one digest what is not urgent of a reader to whom more
// than a few new letters would go, whatever the reader chose: after a week's outage
// nobody reads four hundred (R36).
func gatherStorms(ctx context.Context, tx *postgres.Tx, jobs *river.Client[pgx.Tx], letters []Letter) error {
	many, err := recentlyQueued(ctx, tx, letters)
	if err != nil {
		return err
	}
	for _, l := range letters {
		if l.Kind.Gathers() {
			many[l.reader()]++
		}
	}
	joint := map[string]string{} // the digest by the reader
	for i, l := range letters {
		if !l.Kind.Gathers() || l.reader() == "" || many[l.reader()] <= storm {
			continue
		}
		if joint[l.reader()] == "" {
			id, err := l.gathered(ctx, tx, jobs)
			if err != nil {
				return fmt.Errorf("gather a reader's letters: %w", err)
			}
			joint[l.reader()] = id
		}
		letters[i].digestID = joint[l.reader()]
	}
	return nil
}

// recentlyQueued is how many letters of this sweep each of the letters' readers
// gets by themselves already.
func recentlyQueued(ctx context.Context, tx *postgres.Tx, letters []Letter) (map[string]int, error) {
	var readers []string
	for _, l := range letters {
		if id := l.reader(); id != "" && !slices.Contains(readers, id) {
			readers = append(readers, id)
		}
	}
	type row struct {
		Reader string
		Kind   letter.Kind
		Count  int
	}
	rows, err := postgres.Collect[row](ctx, tx, `SELECT coalesce(user_id, partner_person_id)::text AS reader, kind, count(*) FROM letters
		WHERE coalesce(user_id, partner_person_id) = ANY($1::uuid[]) AND queued_at > $2 AND digest_id IS NULL GROUP BY 1, kind`, readers, tx.Now.Add(-oneSweep))
	if err != nil {
		return nil, fmt.Errorf("count what readers get: %w", err)
	}
	many := map[string]int{}
	for _, r := range rows {
		if r.Kind.Gathers() {
			many[r.Reader] += r.Count
		}
	}
	return many, nil
}

// reader is whom a letter reaches: a member of staff or one of a partner's people;
// "" for a partner's own address, which gets each by itself.
func (l Letter) reader() string { return l.UserID + l.recipient }

// gathered is the digest that goes out to the letter's reader in a moment: one
// that still takes letters, or a new one.
func (l Letter) gathered(ctx context.Context, tx *postgres.Tx, jobs *river.Client[pgx.Tx]) (id string, err error) {
	open, err := postgres.Collect[struct{ ID string }](ctx, tx, `SELECT id FROM letters
		WHERE kind = 'digest' AND state = 'queued' AND closed_at IS NULL AND once LIKE 'digest:%:gathered:%' AND $1 IN (user_id::text, partner_person_id::text)
		ORDER BY not_before LIMIT 1 FOR SHARE`, l.reader())
	if err != nil {
		return "", err
	}
	if len(open) > 0 {
		return open[0].ID, nil
	}
	once := fmt.Sprintf("digest:%s:gathered:%s", l.reader(), uuid.NewString())
	return l.digest(ctx, tx, jobs, once, calendar.Today(tx.Now), tx.Now, time.Now().Add(gathering))
}
