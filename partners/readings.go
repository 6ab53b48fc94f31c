package partners

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
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

// Reading is one reading of a case by a partner (R21).
type Reading struct {
	ID         string              `json:"id" format:"uuid"`
	HandoffID  string              `json:"handoff_id" format:"uuid"`
	PartnerID  string              `json:"partner_id" format:"uuid"`
	KeyID      string              `json:"key_id" format:"uuid" doc:"The partner's key"`
	Kind       string              `json:"kind" enum:"document,risk" example:"document"`
	Categories []casefile.Category `json:"categories" nullable:"false" doc:"That it showed"`
	Hash       string              `json:"content_hash" doc:"SHA-256 of what was seen"`
	ReadAt     time.Time           `json:"read_at"`
}

const readingsSQL = `SELECT r.id, r.handoff_id, r.partner_id, r.key_id, r.kind, r.categories, encode(r.hash, 'hex') AS hash, r.read_at
	FROM handoff_readings r JOIN cases c ON c.id = r.case_id WHERE c.code = $1`

// categories are those that the document showed.
func (doc Document) categories() []casefile.Category {
	out := make([]casefile.Category, len(doc.Shared))
	for i, s := range doc.Shared {
		out[i] = s.Category
	}
	return out
}

// keepReading keeps what a partner is about to see: the content once, sealed with
// the person's key, and the reading with its hash. It answers the hash, in hex.
// Whoever may not write it may not see it.
func keepReading(ctx context.Context, tx *postgres.Tx, v person.Vault, h handoffRow, kind string, shows []casefile.Category, seen any) (string, error) {
	content, err := json.Marshal(seen)
	if err != nil {
		return "", fmt.Errorf("write what was seen: %w", err)
	}
	hash := sha256.Sum256(content)
	err = tx.AsProgram(ctx, func() error { // the partner reads; that it did is ours to keep
		whose, err := person.Find(ctx, tx, h.Case)
		if err != nil {
			return fmt.Errorf("find a person: %w", err)
		}
		key, err := v.Key(whose)
		if err != nil {
			return err
		}
		sealed, err := key.Seal(content, contentPlace(h.CaseID, hash[:]))
		if err != nil {
			return fmt.Errorf("seal what was seen: %w", err)
		}
		b := &pgx.Batch{}
		b.Queue(`INSERT INTO handoff_contents (case_id, hash, sealed) VALUES ($1,$2,$3) ON CONFLICT DO NOTHING`, h.CaseID, hash[:], sealed)
		b.Queue(`INSERT INTO handoff_readings (case_id, handoff_id, partner_id, key_id, kind, hash, categories) VALUES ($1,$2,$3,$4,$5,$6,$7)`,
			h.CaseID, h.ID, h.PartnerID, tx.Who.ID, kind, hash[:], shows)
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return fmt.Errorf("keep what was seen: %w", err)
		}
		return nil
	})
	return hex.EncodeToString(hash[:]), err
}

func contentPlace(caseID string, hash []byte) string {
	return seal.At("handoff_contents", "sealed", caseID+"/"+hex.EncodeToString(hash))
}

// ListReadings is what partners read of a case, newest first (R21).
func ListReadings(ctx context.Context, db *postgres.DB, who access.Actor, code string) ([]Reading, error) {
	const op = "list-handoff-readings"
	if !access.IsCode(code) {
		return nil, fault.NoSuch("case")
	}
	var head casefile.Reach
	out := []Reading{}
	_, err := postgres.Read(ctx, db, who, op, postgres.About{Case: code},
		postgres.Single(&head, "case", casefile.ReachOfCaseSQL, code),
		postgres.Many(&out, readingsSQL+` ORDER BY r.read_at DESC, r.id`, code))
	if err != nil {
		return nil, err
	}
	return out, postgres.Allow(ctx, db, who, op, head.Record(), "case")
}

// Seen is one reading with what was seen.
type Seen struct {
	Reading
	Content json.RawMessage `json:"content" doc:"Exactly what the partner was answered, without the moment's safe_contact"`
}

// ReadSeen opens what a partner saw at one reading. It is recorded like any
// opening (R12).
func ReadSeen(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, code, id string) (Seen, error) {
	return postgres.Write(ctx, db, who, "read-handoff-reading", func(ctx context.Context, tx *postgres.Tx) (Seen, error) {
		c, err := casefile.Find(ctx, tx, code)
		if err != nil {
			return Seen{}, err
		}
		r, err := postgres.One[Reading](ctx, tx, readingsSQL+` AND r.id = $2`, code, id)
		if errors.Is(err, pgx.ErrNoRows) {
			return Seen{}, fault.NoSuch("reading")
		}
		if err != nil {
			return Seen{}, fmt.Errorf("find a reading: %w", err)
		}
		tx.Touch(c.ID, c.Code, r.ID)
		content, err := openContent(ctx, tx, v, c, r.Hash)
		return Seen{r, content}, err
	})
}

func openContent(ctx context.Context, tx *postgres.Tx, v person.Vault, c *casefile.Row, hash string) ([]byte, error) {
	raw, err := hex.DecodeString(hash)
	if err != nil {
		return nil, fmt.Errorf("read a hash: %w", err)
	}
	var sealed []byte
	if err := tx.QueryRow(ctx, `SELECT sealed FROM handoff_contents WHERE case_id = $1 AND hash = $2`, c.ID, raw).Scan(&sealed); err != nil {
		return nil, fmt.Errorf("find what was seen: %w", err)
	}
	whose, err := person.Find(ctx, tx, c.Code)
	if err != nil {
		return nil, fmt.Errorf("find a person: %w", err)
	}
	key, err := v.Key(whose)
	if err != nil {
		return nil, err
	}
	return key.Open(sealed, contentPlace(c.ID, raw))
}
