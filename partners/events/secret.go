package events

import (
	"context"
	"fmt"
	"time"

	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/postgres"
	"hjemvej/internal/seal"
	"hjemvej/internal/webhook"
	"hjemvej/partners"

	"github.com/google/uuid"
)

// Overlap is how long events are signed with the replaced secret, too.
type Overlap struct {
	Hours *int `json:"overlap_hours,omitempty" minimum:"0" maximum:"168" example:"24" doc:"How long events are signed with the old secret, too; 24 where it is left out, 0 where the old one is known to others"`
}

const overlapHours = 24

func (o Overlap) hours() int {
	if o.Hours == nil {
		return overlapHours
	}
	return *o.Hours
}

// NewSecret is a secret that was just made. A repeated request answers without it.
type NewSecret struct {
	Secret   partners.Secret `json:"secret"`
	OldUntil time.Time       `json:"old_until"`
}

// Rotate replaces an endpoint's secret. Until the overlap ends each event carries
// a signature of both, and the receiver may hold either; of several replaced ones
// only the last stays.
func Rotate(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, partnerID, id string, in Overlap) (NewSecret, error) {
	return postgres.Write(ctx, db, who, "rotate-endpoint-secret", func(ctx context.Context, tx *postgres.Tx) (out NewSecret, err error) {
		if _, err := find(ctx, tx, partnerID, id, " FOR UPDATE"); err != nil {
			return out, err
		}
		out.OldUntil = tx.Now.Add(time.Duration(in.hours()) * time.Hour)
		err = tx.AsProgram(ctx, func() error {
			_, err := tx.Exec(ctx, `UPDATE endpoint_secrets SET ends_at = CASE WHEN ends_at IS NULL THEN $2 ELSE least(ends_at, $3) END WHERE endpoint_id = $1`, id, out.OldUntil, tx.Now)
			if err != nil {
				return fmt.Errorf("end a secret: %w", err)
			}
			return nil
		})
		if err != nil {
			return out, err
		}
		out.Secret, err = addSecret(ctx, tx, v, id)
		return out, err
	})
}

func secretPlaceOf(id string) string { return seal.At("endpoint_secrets", "sealed", id) }

func addSecret(ctx context.Context, tx *postgres.Tx, v person.Vault, endpointID string) (partners.Secret, error) {
	key, err := v.HouseKey(ctx, tx)
	if err != nil {
		return "", err
	}
	id, secret := uuid.NewString(), webhook.NewSecret()
	sealed, err := key.Seal([]byte(secret), secretPlaceOf(id))
	if err != nil {
		return "", fmt.Errorf("seal a secret: %w", err)
	}
	err = tx.AsProgram(ctx, func() error {
		_, err := tx.Exec(ctx, `INSERT INTO endpoint_secrets (id, endpoint_id, sealed) VALUES ($1, $2, $3)`, id, endpointID, sealed)
		if err != nil {
			return fmt.Errorf("keep a secret: %w", err)
		}
		return nil
	})
	return partners.Secret(secret), err
}

// secretsOf are those that an endpoint's events are signed with now.
func secretsOf(ctx context.Context, db *postgres.DB, v person.Vault, endpointID string) ([]string, error) {
	type row struct {
		ID     string
		Sealed []byte
	}
	return postgres.Write(ctx, db, access.Program, "carry-events", func(ctx context.Context, tx *postgres.Tx) (secrets []string, err error) {
		rows, err := postgres.Collect[row](ctx, tx, `SELECT id, sealed FROM endpoint_secrets WHERE endpoint_id = $1 AND (ends_at IS NULL OR ends_at > $2) ORDER BY created_at DESC`, endpointID, tx.Now)
		if err != nil {
			return nil, fmt.Errorf("find an endpoint's secrets: %w", err)
		}
		key, err := v.HouseKey(ctx, tx)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			secret, err := key.Open(r.Sealed, secretPlaceOf(r.ID))
			if err != nil {
				return nil, fmt.Errorf("open a secret: %w", err)
			}
			secrets = append(secrets, string(secret))
		}
		return secrets, nil
	})
}
