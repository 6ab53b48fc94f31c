package partners

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
	"hjemvej/internal/signin"

	"github.com/jackc/pgx/v5"
)

// Key is one of a partner's keys as it may be shown: never the key itself.
type Key struct {
	ID         string         `json:"id" format:"uuid"`
	Label      string         `json:"label" example:"production"`
	Prefix     string         `json:"prefix" example:"hjv_3kx9" doc:"The beginning of the key, to recognise it by"`
	Scopes     []access.Scope `json:"scopes" nullable:"false" enum:"read_handoffs,answer_handoffs,report_arrival,report_support,upload,follow_up" doc:"What it may be used for"`
	Addresses  []netip.Prefix `json:"addresses,omitempty" example:"[\"192.0.2.0/24\"]" doc:"From which alone it may come"`
	FocalPoint bool           `json:"protection_focal_point" doc:"The key of the partner's protection focal point: it alone reads what is written of risk (R9)"`
	ExpiresAt  time.Time      `json:"expires_at"`
	RevokedAt  *time.Time     `json:"revoked_at,omitempty"`
	ReplacedBy string         `json:"replaced_by,omitempty" format:"uuid" doc:"The key that it was rotated to"`
	LastUsedAt *time.Time     `json:"last_used_at,omitempty"`
}

// NewKey is a key to issue.
type NewKey struct {
	Label      string         `json:"label" minLength:"1" maxLength:"100" example:"production"`
	Days       int            `json:"valid_days" minimum:"1" maximum:"730" example:"365" doc:"Days until the key expires"`
	Scopes     []access.Scope `json:"scopes" minItems:"1" maxItems:"6" uniqueItems:"true" nullable:"false" enum:"read_handoffs,answer_handoffs,report_arrival,report_support,upload,follow_up" example:"[\"read_handoffs\",\"answer_handoffs\"]" doc:"What it may be used for, and nothing more"`
	Addresses  []string       `json:"addresses,omitempty" maxItems:"20" uniqueItems:"true" minLength:"1" maxLength:"50" example:"[\"192.0.2.0/24\"]" doc:"Addresses or networks (CIDR) from which alone it may come; from anywhere where it is left out"`
	FocalPoint bool           `json:"protection_focal_point,omitempty" doc:"For the partner's protection focal point, whom the label names: it alone reads what is written of risk (R9)"`
}

// Issued is a new key, with the key itself: it is shown this once and stored
// only as a hash. A repeated request answers without it.
type Issued struct {
	Key
	Secret Secret `json:"key" doc:"Shown once. Empty in the answer to a repeated request"`
}

// Secret is a text that is kept out of stored answers: it marshals as empty
// there and is shown through Reveal.
type Secret string

// MarshalJSON keeps the secret out of whatever is stored.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`""`), nil }

// Reveal is the secret itself, for the one answer that shows it.
func (s Secret) Reveal() string { return string(s) }

const keyColumns = `id, label, prefix, scopes, addresses, protection_focal_point AS focal_point, expires_at, revoked_at, coalesce(replaced_by::text, '') AS replaced_by, last_used_at`

var (
	_ = postgres.Rule("partner_keys_partner_id_fkey", fault.NoSuch("partner"))
	_ = postgres.Rule("partner_key_scopes", fault.Invalidf("body.scopes", "must name what the key may be used for"))
)

// IssueKey makes a key for a partner. Older keys go on working until they
// expire or are revoked.
func IssueKey(ctx context.Context, db *postgres.DB, who access.Actor, partnerID string, in NewKey) (Issued, error) {
	return postgres.Write(ctx, db, who, "issue-partner-key", func(ctx context.Context, tx *postgres.Tx) (Issued, error) {
		tx.Seek(partnerID)
		from, err := networks(in.Addresses)
		if err != nil {
			return Issued{}, err
		}
		return issue(ctx, tx, `INSERT INTO partner_keys (prefix, hash, partner_id, label, expires_at, protection_focal_point, scopes, addresses)
			VALUES ($1,$2,$3,$4,$5,$6,$7,$8)`, partnerID, in.Label, tx.Now.AddDate(0, 0, in.Days), in.FocalPoint, in.Scopes, from)
	})
}

// issue makes a key by a statement whose first two parameters are its prefix and
// its hash.
func issue(ctx context.Context, tx *postgres.Tx, sql string, args ...any) (Issued, error) {
	key, prefix, hash := signin.NewPartnerKey()
	k, err := postgres.One[Key](ctx, tx, sql+` RETURNING `+keyColumns, append([]any{prefix, hash}, args...)...)
	if err != nil {
		return Issued{}, fmt.Errorf("issue a key: %w", err)
	}
	tx.Touch("", "", k.ID)
	return Issued{k, Secret(key)}, nil
}

// ListKeys is every key of a partner, newest first.
func ListKeys(ctx context.Context, db *postgres.DB, who access.Actor, partnerID string) ([]Key, error) {
	out := []Key{}
	var partner struct{ ID string }
	_, err := postgres.Read(ctx, db, who, "list-partner-keys", postgres.About{Partner: partnerID},
		postgres.Single(&partner, "partner", `SELECT id FROM partners WHERE id = $1`, partnerID),
		postgres.Many(&out, `SELECT `+keyColumns+` FROM partner_keys WHERE partner_id = $1 ORDER BY created_at DESC, id`, partnerID))
	return out, err
}

// Rotation is how a key gives way to the next.
type Rotation struct {
	OverlapDays *int `json:"overlap_days,omitempty" minimum:"0" maximum:"30" example:"7" doc:"Days in which both keys work; 7 where it is left out. The old one never lasts longer than it would have"`
}

const overlapDays = 7

// RotateKey issues the next key: with the same label, scopes and addresses, and
// for as long as the old one was issued for. The old one ends after the overlap.
// A key is rotated once, and not after its end.
func RotateKey(ctx context.Context, db *postgres.DB, who access.Actor, partnerID, keyID string, in Rotation) (Issued, error) {
	return postgres.Write(ctx, db, who, "rotate-partner-key", func(ctx context.Context, tx *postgres.Tx) (Issued, error) {
		tx.Seek(keyID)
		old, err := postgres.One[Key](ctx, tx, `SELECT `+keyColumns+` FROM partner_keys WHERE id = $1 AND partner_id = $2 FOR UPDATE`, keyID, partnerID)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return Issued{}, fault.NoSuch("key")
		case err != nil:
			return Issued{}, fmt.Errorf("find a key: %w", err)
		case old.ReplacedBy != "":
			return Issued{}, fault.Conflictf("", "The key was rotated before. Rotate the one that replaced it.")
		case old.RevokedAt != nil || !old.ExpiresAt.After(tx.Now):
			return Issued{}, fault.Conflictf("", "The key has ended. Issue a new one.")
		}
		next, err := issue(ctx, tx, `INSERT INTO partner_keys (prefix, hash, partner_id, label, expires_at, protection_focal_point, scopes, addresses)
			SELECT $1, $2, partner_id, label, $4::timestamptz + (expires_at - created_at), protection_focal_point, scopes, addresses FROM partner_keys WHERE id = $3`, keyID, tx.Now)
		if err != nil {
			return Issued{}, err
		}
		overlap := overlapDays
		if in.OverlapDays != nil {
			overlap = *in.OverlapDays
		}
		_, err = tx.Exec(ctx, `UPDATE partner_keys SET expires_at = least(expires_at, $2), replaced_by = $3 WHERE id = $1`, keyID, tx.Now.AddDate(0, 0, overlap), next.ID)
		if err != nil {
			return Issued{}, fmt.Errorf("let the old key end: %w", err)
		}
		tx.Touch("", "", keyID)
		return next, nil
	})
}

// RevokeKey ends a key at once. Revoking one that ended before changes nothing.
func RevokeKey(ctx context.Context, db *postgres.DB, who access.Actor, partnerID, keyID string) error {
	return postgres.Do(ctx, db, who, "revoke-partner-key", func(ctx context.Context, tx *postgres.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE partner_keys SET revoked_at = coalesce(revoked_at, $3) WHERE partner_id = $1 AND id = $2`, partnerID, keyID, tx.Now)
		if err != nil {
			return fmt.Errorf("revoke a key: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return fault.NoSuch("key")
		}
		tx.Touch("", "", keyID)
		return nil
	})
}
