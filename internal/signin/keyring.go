package signin

import (
	"context"
	"sync/atomic"
	"time"

	"hjemvej/internal/postgres"

	"golang.org/x/sync/singleflight"
)

// keyring is every key that is valid, as the database had it less than
// rememberFor ago. There are some hundred, so that reading them all at once costs
// what reading one does; and keys that were made up cost nothing, however many
// come, from wherever.
type keyring struct {
	db     *postgres.DB
	flight singleflight.Group
	kept   atomic.Pointer[keys]
}

type keys struct {
	byHash map[string]*validKey // by the SHA-256 of the key
	until  time.Time            // by the machine's clock
}

type validKey struct {
	keyRow
	noting atomic.Bool // its use was noted, or found to be noted, since this was read
}

// ringTime bounds the reading that all wait for.
const ringTime = 5 * time.Second

// now answers the keys as they are at some moment less than rememberFor before
// it was called, or after. Whoever asks while they are read waits for that
// reading, and for one more where it began too long ago.
func (r *keyring) now(ctx context.Context) (map[string]*validKey, error) {
	asked := time.Now()
	for {
		if k := r.kept.Load(); k != nil && asked.Before(k.until) {
			return k.byHash, nil
		}
		_, err, _ := r.flight.Do("", func() (any, error) { return nil, r.read(ctx) })
		if err != nil {
			return nil, lookedUp(err)
		}
	}
}

func (r *keyring) read(ctx context.Context) error {
	begun := time.Now()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ringTime) // others wait for it
	defer cancel()
	rows, err := postgres.Collect[keyRow](ctx, r.db.Pool, keysSQL, r.db.Now())
	if err != nil {
		return err
	}
	k := &keys{byHash: make(map[string]*validKey, len(rows)), until: begun.Add(rememberFor)}
	for _, row := range rows {
		k.byHash[string(row.Hash)] = &validKey{keyRow: row}
	}
	r.kept.Store(k)
	return nil
}
