package support

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
	"hjemvej/internal/seal"

	"github.com/jackc/pgx/v5"
)

// PartnerAccount is what is shown of where a partner is paid for what it gives:
// never the account.
type PartnerAccount struct {
	Verified     bool      `json:"verified" doc:"Over another channel, by a second person; until then nothing goes there through the bank (R27)"`
	CameOver     string    `json:"came_over" example:"email" doc:"The channel that brought the account: verify it over another"`
	VerifiedOver string    `json:"verified_over,omitempty" example:"call"`
	ChangedAt    time.Time `json:"changed_at" format:"date-time"`
	Version      int       `json:"version" example:"1"`
}

const partnerAccountSQL = `SELECT verified_by IS NOT NULL AS verified, came_over, coalesce(verified_over, '') AS verified_over, edited_at AS changed_at, version
	FROM partner_accounts WHERE partner_id = $1`

// ReadPartnerAccount is whether a partner's account is verified.
func ReadPartnerAccount(ctx context.Context, db *postgres.DB, who access.Actor, partnerID string) (PartnerAccount, error) {
	return postgres.Write(ctx, db, who, "read-partner-account", func(ctx context.Context, tx *postgres.Tx) (PartnerAccount, error) {
		return findPartnerAccount(ctx, tx, partnerID, "")
	})
}

func findPartnerAccount(ctx context.Context, tx *postgres.Tx, partnerID, lock string) (PartnerAccount, error) {
	tx.Seek(partnerID)
	a, err := postgres.One[PartnerAccount](ctx, tx, partnerAccountSQL+lock, partnerID)
	if errors.Is(err, pgx.ErrNoRows) {
		return a, fault.NoSuch("account")
	}
	tx.Touch("", "", partnerID)
	return a, err
}

// ChangePartnerAccount sets or changes where a partner is paid. Nothing goes there
// through the bank until finance has verified it over another channel (R27).
// Faults: those of Account.Canonical; no such partner; MustMatch's.
func ChangePartnerAccount(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, partnerID string, version int, in Account) (PartnerAccount, error) {
	return postgres.Write(ctx, db, who, "change-partner-account", func(ctx context.Context, tx *postgres.Tx) (PartnerAccount, error) {
		tx.Seek(partnerID)
		in, err := in.Canonical()
		if err != nil {
			return PartnerAccount{}, err
		}
		// The partner is held, so that two first accounts wait for each other.
		if _, err := postgres.One[struct{ ID string }](ctx, tx, `SELECT id FROM partners WHERE id = $1 FOR NO KEY UPDATE`, partnerID); errors.Is(err, pgx.ErrNoRows) {
			return PartnerAccount{}, fault.NoSuch("partner")
		} else if err != nil {
			return PartnerAccount{}, err
		}
		was, err := findPartnerAccount(ctx, tx, partnerID, "")
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return PartnerAccount{}, err
		}
		if err := casefile.MustMatch(was.Version, version); err != nil {
			return PartnerAccount{}, err
		}
		key, err := v.HouseKey(ctx, tx)
		if err != nil {
			return PartnerAccount{}, err
		}
		sealed, err := in.sealed(key, partnerPlace(partnerID))
		if err != nil {
			return PartnerAccount{}, err
		}
		_, err = tx.Exec(ctx, `INSERT INTO partner_accounts (partner_id, sealed_account, came_over, edited_by) VALUES ($1,$2,$3,$4)
			ON CONFLICT (partner_id) DO UPDATE SET sealed_account = excluded.sealed_account, came_over = excluded.came_over,
				edited_by = excluded.edited_by, edited_at = actor_now(), version = partner_accounts.version + 1`,
			partnerID, sealed, in.CameOver, who.ID)
		if err != nil {
			return PartnerAccount{}, fmt.Errorf("change a partner's account: %w", err)
		}
		return findPartnerAccount(ctx, tx, partnerID, "")
	})
}

// VerifyPartnerAccount lets payments go to a partner's account: a second person
// has asked the partner over another channel (R27).
func VerifyPartnerAccount(ctx context.Context, db *postgres.DB, who access.Actor, partnerID string, version int, in Verification) (PartnerAccount, error) {
	return postgres.Write(ctx, db, who, "verify-partner-account", func(ctx context.Context, tx *postgres.Tx) (PartnerAccount, error) {
		was, err := findPartnerAccount(ctx, tx, partnerID, " FOR UPDATE")
		if err != nil {
			return PartnerAccount{}, err
		}
		if err := casefile.Current(was.Version, version); err != nil {
			return PartnerAccount{}, err
		}
		_, err = tx.Exec(ctx, `UPDATE partner_accounts SET verified_by = $2, verified_at = $3, verified_over = $4, version = version + 1 WHERE partner_id = $1`,
			partnerID, who.ID, tx.Now, in.Over)
		if err != nil {
			return PartnerAccount{}, fmt.Errorf("verify a partner's account: %w", err)
		}
		return findPartnerAccount(ctx, tx, partnerID, "")
	})
}

func partnerPlace(partnerID string) string {
	return seal.At("partner_accounts", "sealed_account", partnerID)
}
