package signin

import (
	"context"
	"net/netip"
	"time"

	"hjemvej/internal/access"
	"hjemvej/internal/postgres"
)

// The look-ups of sign-in run before anybody is known, so as nobody: row
// security lets the registers be read and nothing else.

type userRow struct{ ID, Role, Team string }

const (
	userBySubjectSQL = `SELECT id::text AS id, role, coalesce(team_id::text, '') AS team FROM users WHERE active AND subject = $1`
	userByIDSQL      = `SELECT id::text AS id, role, coalesce(team_id::text, '') AS team FROM users WHERE active AND id::text = $1`

	keysSQL = `SELECT k.hash, k.id::text AS id, k.partner_id::text AS partner, k.scopes, k.addresses, k.expires_at, k.last_used_at
		FROM partner_keys k JOIN partners p ON p.id = k.partner_id
		WHERE k.revoked_at IS NULL AND k.expires_at > $1 AND partner_active(p, $1)`
)

type keyRow struct {
	Hash        []byte
	ID, Partner string
	Scopes      []access.Scope
	Addresses   []netip.Prefix
	ExpiresAt   time.Time
	LastUsedAt  *time.Time
}

// noteUse writes when a key was last used, as the program: partners do not
// write the register. Two requests at once write one minute once.
func noteUse(ctx context.Context, db *postgres.DB, id string) error {
	return postgres.Do(ctx, db, access.Program, "note-key-use", func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE partner_keys SET last_used_at = $2
			WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2::timestamptz - interval '1 minute')`, id, tx.Now)
		return err
	})
}
