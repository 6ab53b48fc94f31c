package partners

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/letter"
	"hjemvej/internal/postgres"

	"github.com/jackc/pgx/v5"
)

// NewRecipient is one of a partner's people to write to.
type NewRecipient struct {
	Name       string `json:"name" minLength:"1" maxLength:"200" pattern:"^[^\\r\\n\\t]+$" example:"Mihai Exemplu"`
	Email      string `json:"email" format:"email" maxLength:"254" example:"mihai@partner.example"`
	Language   string `json:"language" enum:"da,en" example:"en" doc:"Of letters"`
	Wants      string `json:"wants,omitempty" enum:"each_letter,daily_digest" example:"each_letter" doc:"Each letter by itself, or one a day; each where it is left out"`
	FocalPoint bool   `json:"protection_focal_point,omitempty" doc:"The one who is told of risk (R9); a partner has at most one"`
}

// RecipientChange replaces one of a partner's people.
type RecipientChange struct {
	NewRecipient
	Active bool `json:"active" example:"true" doc:"false: no letter goes there any more"`
}

// Recipient is one of a partner's people to write to, with what became of the
// last letter.
type Recipient struct {
	ID string `json:"id" format:"uuid"`
	RecipientChange
	UndeliverableSince *time.Time `json:"undeliverable_since,omitempty" doc:"The mail server refused the address for good; no letter goes there until this person is changed"`
	Version            int        `json:"version" example:"1"`
}

const recipientColumns = `id, name, email, language, wants, protection_focal_point AS focal_point, active, undeliverable_since, version`

var (
	_ = postgres.Rule("partner_people_once", fault.Conflictf("", "The partner has somebody at that address."))
	_ = postgres.Rule("partner_people_one_focal_point", fault.Conflictf("R9", "The partner has a protection focal point. Let them cease to be it first."))
	_ = postgres.Rule("partner_people_email", notAnAddress)
	_ = postgres.Rule("partner_people_partner_id_fkey", fault.NoSuch("partner"))
)

func (r *NewRecipient) complete() error {
	if r.Wants == "" {
		r.Wants = "each_letter"
	}
	if !letter.BareAddress(r.Email) {
		return notAnAddress
	}
	return nil
}

// ListRecipients is a partner's people to write to, those who were before too,
// in the order in which they were added.
func ListRecipients(ctx context.Context, db *postgres.DB, who access.Actor, partnerID string) ([]Recipient, error) {
	out := []Recipient{}
	var partner struct{ ID string }
	_, err := postgres.Read(ctx, db, who, "list-partner-people", postgres.About{Partner: partnerID},
		postgres.Single(&partner, "partner", `SELECT id FROM partners WHERE id = $1`, partnerID),
		postgres.Many(&out, `SELECT `+recipientColumns+` FROM partner_people WHERE partner_id = $1 ORDER BY created_at, id`, partnerID))
	return out, err
}

// AddRecipient adds somebody to write to: letters to the partner go to them
// from now on, instead of to its own address.
func AddRecipient(ctx context.Context, db *postgres.DB, who access.Actor, partnerID string, in NewRecipient) (Recipient, error) {
	return postgres.Write(ctx, db, who, "add-partner-person", func(ctx context.Context, tx *postgres.Tx) (Recipient, error) {
		tx.Seek(partnerID)
		if err := in.complete(); err != nil {
			return Recipient{}, err
		}
		r, err := postgres.One[Recipient](ctx, tx, `INSERT INTO partner_people (partner_id, name, email, language, wants, protection_focal_point)
			VALUES ($1,$2,$3,$4,$5,$6) RETURNING `+recipientColumns, partnerID, in.Name, in.Email, in.Language, in.Wants, in.FocalPoint)
		if err != nil {
			return Recipient{}, fmt.Errorf("add somebody to write to: %w", err)
		}
		tx.Touch("", "", r.ID)
		return r, nil
	})
}

// ChangeRecipient replaces one of a partner's people. Whatever is changed,
// letters are tried there again.
func ChangeRecipient(ctx context.Context, db *postgres.DB, who access.Actor, partnerID, id string, version int, in RecipientChange) (Recipient, error) {
	return postgres.Write(ctx, db, who, "change-partner-person", func(ctx context.Context, tx *postgres.Tx) (Recipient, error) {
		tx.Seek(id)
		have, err := postgres.One[Recipient](ctx, tx, `SELECT `+recipientColumns+` FROM partner_people WHERE id = $1 AND partner_id = $2 FOR UPDATE`, id, partnerID)
		if errors.Is(err, pgx.ErrNoRows) {
			return Recipient{}, fault.NoSuch("person")
		}
		if err != nil {
			return Recipient{}, fmt.Errorf("find somebody to write to: %w", err)
		}
		if err := casefile.Current(have.Version, version); err != nil {
			return Recipient{}, err
		}
		if err := in.complete(); err != nil {
			return Recipient{}, err
		}
		r, err := postgres.One[Recipient](ctx, tx, `UPDATE partner_people SET name = $2, email = $3, language = $4, wants = $5,
				protection_focal_point = $6, active = $7, undeliverable_since = NULL, version = version + 1
			WHERE id = $1 RETURNING `+recipientColumns, id, in.Name, in.Email, in.Language, in.Wants, in.FocalPoint, in.Active)
		if err != nil {
			return Recipient{}, fmt.Errorf("change somebody to write to: %w", err)
		}
		tx.Touch("", "", id)
		return r, nil
	})
}
