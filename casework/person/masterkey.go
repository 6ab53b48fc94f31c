package person

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"hjemvej/internal/access"
	"hjemvej/internal/postgres"
	"hjemvej/internal/seal"

	"github.com/jackc/pgx/v5"
)

// ErrWrongKey says that identities in this database were sealed under another
// master key.
var ErrWrongKey = errors.New("the master key does not open this database's identities: it is another database's, or an older copy from before a rotation; without the right key no identity opens")

// canary is the one row that tells whether a master key is this database's.
type canary struct{ WrappedKey, FingerprintSecret []byte }

const (
	canarySQL   = `SELECT wrapped_key, fingerprint_secret FROM key_canary`
	canaryRow   = "true" // its primary key
	secretBytes = 32
)

var (
	canaryPlace = seal.At("key_canary", "wrapped_key", canaryRow)
	secretPlace = seal.At("key_canary", "fingerprint_secret", canaryRow)
)

// Prove answers ErrWrongKey unless the master key opens what this database was
// sealed with; a database without any identity takes it on.
func (v Vault) Prove(ctx context.Context, db *postgres.DB) error {
	return postgres.Do(ctx, db, access.Program, "prove-key", func(ctx context.Context, tx *postgres.Tx) error {
		_, err := v.secret(ctx, tx)
		if errors.Is(err, seal.ErrClosed) {
			return ErrWrongKey
		}
		return err
	})
}

// secret is the key of the fingerprints.
func (v Vault) secret(ctx context.Context, tx *postgres.Tx) ([]byte, error) {
	row, key, err := v.house(ctx, tx)
	if err != nil {
		return nil, err
	}
	return key.Open(row.FingerprintSecret, secretPlace)
}

// HouseKey is the house's own key, for secrets that are no person's, such as
// those that events are signed with. It lies in the canary, wrapped by the master
// key like a person's, and RewrapKeys reaches it.
func (v Vault) HouseKey(ctx context.Context, tx *postgres.Tx) (key seal.Key, err error) {
	err = tx.AsProgram(ctx, func() (err error) {
		_, key, err = v.house(ctx, tx)
		return err
	})
	return key, err
}

// house is the canary, which is made the first time, and the key in it.
func (v Vault) house(ctx context.Context, tx *postgres.Tx) (canary, seal.Key, error) {
	row, err := postgres.One[canary](ctx, tx, canarySQL)
	if errors.Is(err, pgx.ErrNoRows) {
		row, err = v.makeCanary(ctx, tx)
	}
	if err != nil {
		return row, seal.Key{}, fmt.Errorf("find the key's canary: %w", err)
	}
	key, err := v.Master.Unwrap(row.WrappedKey, canaryPlace)
	if err != nil {
		return row, seal.Key{}, fmt.Errorf("unwrap the key's canary: %w", err)
	}
	return row, key, nil
}

// makeCanary writes the canary, once the newest of the persons that are already
// there has opened.
func (v Vault) makeCanary(ctx context.Context, tx *postgres.Tx) (canary, error) {
	err := tx.AsProgram(ctx, func() error {
		newest, err := postgres.Collect[Sealed](ctx, tx, `SELECT id, wrapped_key, identity FROM persons ORDER BY created_at DESC LIMIT 1`)
		if err != nil || len(newest) == 0 {
			return err
		}
		_, err = v.Key(newest[0])
		return err
	})
	if err != nil {
		return canary{}, err
	}
	wrapped, key, err := v.Master.NewKey(canaryPlace)
	if err != nil {
		return canary{}, err
	}
	secret := make([]byte, secretBytes)
	_, _ = rand.Read(secret) // never fails (crypto/rand)
	sealed, err := key.Seal(secret, secretPlace)
	if err != nil {
		return canary{}, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO key_canary (wrapped_key, fingerprint_secret) VALUES ($1, $2) ON CONFLICT DO NOTHING`, wrapped, sealed)
	if err != nil {
		return canary{}, err
	}
	return postgres.One[canary](ctx, tx, canarySQL) // another's, where two came at once
}

// KeyCount is what came of a look at every person's wrapped key.
type KeyCount struct {
	Persons int // all
	Old     int // that open, with an older master key than the primary
	Closed  int // that do not open
	Wrapped int // anew, by RewrapKeys
}

func (n KeyCount) plus(m KeyCount) KeyCount {
	return KeyCount{n.Persons + m.Persons, n.Old + m.Old, n.Closed + m.Closed, n.Wrapped + m.Wrapped}
}

// CheckKeys opens every person's wrapped key, and nothing that is sealed with
// it.
func (v Vault) CheckKeys(ctx context.Context, db *postgres.DB) (KeyCount, error) {
	return eachBatch(ctx, db, "check-keys", func(_ context.Context, _ *postgres.Tx, keys []wrapped) (KeyCount, error) {
		n := KeyCount{Persons: len(keys)}
		for _, k := range keys {
			switch _, err := v.Master.Unwrap(k.WrappedKey, keyPlace(k.ID)); {
			case err != nil:
				n.Closed++
			case !v.Master.Current(k.WrappedKey):
				n.Old++
			}
		}
		return n, nil
	}, func(KeyCount) {})
}

// RewrapKeys wraps every person's key, and the canary's, with the master key's
// primary. It touches no data, may run while the program works, twice at once,
// and again after an interruption. Keys that do not open stay as they are.
func (v Vault) RewrapKeys(ctx context.Context, db *postgres.DB, progress func(KeyCount)) (KeyCount, error) {
	if err := v.rewrapCanary(ctx, db); err != nil {
		return KeyCount{}, err
	}
	done := 0
	for { // persons that came meanwhile behind the cursor are found by the next round
		n, err := eachBatch(ctx, db, "rewrap-keys", v.rewrap, progress)
		again := n.Wrapped > 0
		done += n.Wrapped
		n.Wrapped = done
		if err != nil || !again {
			return n, err
		}
	}
}

func (v Vault) rewrap(ctx context.Context, tx *postgres.Tx, keys []wrapped) (KeyCount, error) {
	n := KeyCount{Persons: len(keys)}
	var ids []string
	var before, after [][]byte
	for _, k := range keys {
		if v.Master.Current(k.WrappedKey) {
			continue
		}
		anew, err := v.Master.Rewrap(k.WrappedKey, keyPlace(k.ID))
		if err != nil {
			n.Closed++
			continue
		}
		ids, before, after = append(ids, k.ID), append(before, k.WrappedKey), append(after, anew)
	}
	if len(ids) == 0 {
		return n, nil
	}
	// What another run wrapped first is no longer what was read, and stays.
	tag, err := tx.Exec(ctx, `UPDATE persons p SET wrapped_key = n.after FROM unnest($1::uuid[], $2::bytea[], $3::bytea[]) AS n (id, before, after)
		WHERE p.id = n.id AND p.wrapped_key = n.before`, ids, before, after)
	if err != nil {
		return n, fmt.Errorf("wrap keys anew: %w", err)
	}
	tx.Touch("", "", "persons")
	n.Wrapped = int(tag.RowsAffected())
	return n, nil
}

func (v Vault) rewrapCanary(ctx context.Context, db *postgres.DB) error {
	return postgres.Do(ctx, db, access.Program, "rewrap-keys", func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := v.secret(ctx, tx); err != nil { // makes it where there is none
			if errors.Is(err, seal.ErrClosed) {
				return ErrWrongKey
			}
			return err
		}
		row, err := postgres.One[canary](ctx, tx, canarySQL)
		if err != nil || v.Master.Current(row.WrappedKey) {
			return err
		}
		anew, err := v.Master.Rewrap(row.WrappedKey, canaryPlace)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE key_canary SET wrapped_key = $1 WHERE wrapped_key = $2`, anew, row.WrappedKey)
		return err
	})
}

type wrapped struct {
	ID         string
	WrappedKey []byte
}

// keysInOne is how many keys one transaction looks at.
const keysInOne = 500

// eachBatch goes through all wrapped keys, a transaction for each batch, and
// answers what it found in all; told hears it after each.
func eachBatch(ctx context.Context, db *postgres.DB, op access.Operation, do func(context.Context, *postgres.Tx, []wrapped) (KeyCount, error), told func(KeyCount)) (KeyCount, error) {
	type batch struct {
		last string
		n    KeyCount
	}
	var all KeyCount
	after := "00000000-0000-0000-0000-000000000000"
	for {
		b, err := postgres.Write(ctx, db, access.Program, op, func(ctx context.Context, tx *postgres.Tx) (batch, error) {
			keys, err := postgres.Collect[wrapped](ctx, tx, `SELECT id, wrapped_key FROM persons WHERE id > $1 ORDER BY id LIMIT $2`, after, keysInOne)
			if err != nil || len(keys) == 0 {
				return batch{}, err
			}
			n, err := do(ctx, tx, keys)
			return batch{keys[len(keys)-1].ID, n}, err
		})
		if err != nil || b.last == "" {
			return all, err
		}
		all, after = all.plus(b.n), b.last
		told(all)
	}
}
