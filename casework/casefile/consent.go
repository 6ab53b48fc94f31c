package casefile

import (
	"context"
	"fmt"
	"time"

	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// Category is a kind of data that consent can cover (R8). What happened to the
// person is no category: it is never shared.
type Category string

// The categories.
const (
	ShareIdentity Category = "identity"
	ShareContact  Category = "contact"
	ShareTravel   Category = "travel"
	ShareHealth   Category = "health"
	ShareFamily   Category = "family"
	ShareNeeds    Category = "housing_and_livelihood"
	ShareRisk     Category = "risk"
	ShareSupport  Category = "support_and_payments"
	ShareFollowUp Category = "follow_up"
)

// Categories lists all of them.
var Categories = []Category{ShareIdentity, ShareContact, ShareTravel, ShareHealth, ShareFamily, ShareNeeds, ShareRisk, ShareSupport, ShareFollowUp}

// Purposes lists what a consent can be given for.
var Purposes = []string{"prepare_return", "reception", "support", "follow_up"}

// Consent lets one partner have one category for one purpose (R7). Without one
// that is in force, nothing is shared.
type Consent struct {
	ID          string        `json:"id" format:"uuid"`
	PartnerID   string        `json:"partner_id" format:"uuid"`
	Category    Category      `json:"category" example:"identity"`
	Purpose     string        `json:"purpose" example:"reception"`
	GivenBy     string        `json:"given_by" example:"self"`
	Language    string        `json:"language" example:"ro"`
	ValidFrom   calendar.Date `json:"valid_from" format:"date"`
	ValidUntil  calendar.Date `json:"valid_until" format:"date"`
	WithdrawnAt *time.Time    `json:"withdrawn_at,omitempty" doc:"Sharing stopped at this instant"`
	RecordedAt  time.Time     `json:"recorded_at"`
	Version     int           `json:"version" example:"1"`
}

// NewConsent is a consent as it is given, for one or more categories at once.
type NewConsent struct {
	PartnerID  string        `json:"partner_id" format:"uuid" example:"5f0c8a52-6d3e-4b57-9d0a-0c5b7e1f2a10"`
	Categories []Category    `json:"categories" minItems:"1" maxItems:"9" uniqueItems:"true" enum:"identity,contact,travel,health,family,housing_and_livelihood,risk,support_and_payments,follow_up" example:"[\"identity\",\"travel\"]" doc:"What happened to the person is no category: it is never shared (R8)"`
	Purpose    string        `json:"purpose" enum:"prepare_return,reception,support,follow_up" example:"reception"`
	GivenBy    string        `json:"given_by" enum:"self,representative" example:"self"`
	Language   string        `json:"language" pattern:"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$" maxLength:"35" example:"ro" doc:"In which it was explained and given, BCP 47"`
	ValidFrom  calendar.Date `json:"valid_from" format:"date" example:"2026-08-20"`
	ValidUntil calendar.Date `json:"valid_until" format:"date" example:"2027-08-20" doc:"At most two years after valid_from"`
}

const consentsSQL = `SELECT k.id, k.partner_id, k.category, k.purpose, k.given_by, k.language, k.valid_from, k.valid_until, k.withdrawn_at, k.recorded_at, k.version
	FROM consents k JOIN cases c ON c.id = k.case_id WHERE c.code = $1 ORDER BY k.recorded_at, k.id`

// ListConsents is every consent of a case, those that ended too.
func ListConsents(ctx context.Context, db *postgres.DB, who access.Actor, code string) ([]Consent, error) {
	return listOf[Consent](ctx, db, who, "list-consents", code, consentsSQL)
}

// GiveConsent records a consent: one row for each category.
func GiveConsent(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, code string, in NewConsent) ([]Consent, error) {
	return postgres.Write(ctx, db, who, "give-consent", func(ctx context.Context, tx *postgres.Tx) ([]Consent, error) {
		row, err := Lock(ctx, tx, code, 0)
		if err != nil {
			return nil, err
		}
		if err := in.validate(row, tx.Today); err != nil {
			return nil, err
		}
		if in.GivenBy == "representative" {
			if err := row.MustBeRepresented(ctx, tx, v, tx.Today); err != nil {
				return nil, err
			}
		}
		out := make([]Consent, 0, len(in.Categories))
		for _, category := range in.Categories {
			c, err := postgres.One[Consent](ctx, tx, `INSERT INTO consents (case_id, partner_id, category, purpose, given_by, language, valid_from, valid_until, recorded_by)
				VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)
				RETURNING id, partner_id, category, purpose, given_by, language, valid_from, valid_until, withdrawn_at, recorded_at, version`,
				row.ID, in.PartnerID, string(category), in.Purpose, in.GivenBy, in.Language, in.ValidFrom, in.ValidUntil, who.ID)
			if err != nil {
				return nil, fmt.Errorf("record a consent: %w", err)
			}
			tx.Touch(row.ID, row.Code, c.ID)
			out = append(out, c)
		}
		return out, nil
	})
}

func (in NewConsent) validate(row *Row, today calendar.Date) error {
	switch {
	case in.ValidUntil.Before(in.ValidFrom):
		return fault.Invalidf("body.valid_until", "must not lie before valid_from")
	case in.ValidUntil.After(in.ValidFrom.AddMonths(24)):
		return fault.Invalidf("body.valid_until", "must lie at most two years after valid_from")
	case in.ValidFrom.After(today.AddMonths(12)):
		return fault.Invalidf("body.valid_from", "must lie at most a year ahead")
	case in.ValidFrom.Before(row.AssessedOn):
		return fault.Invalidf("body.valid_from", "must not lie before the assessment")
	}
	return nil
}

// WithdrawConsent ends a consent at once, and every other one for the same
// partner and category (R7): sharing stops. It answers the consent and the
// case, for whoever tells the partner that it ended.
func WithdrawConsent(ctx context.Context, tx *postgres.Tx, code, id string, version int) (Consent, *Row, error) {
	row, err := hold(ctx, tx, code) // also of a case that was joined: at any time
	if err != nil {
		return Consent{}, nil, err
	}
	c, err := postgres.One[Consent](ctx, tx, `SELECT id, partner_id, category, purpose, given_by, language, valid_from, valid_until, withdrawn_at, recorded_at, version
		FROM consents WHERE case_id = $1 AND id = $2 FOR UPDATE`, row.ID, id)
	if err != nil {
		return Consent{}, nil, fmt.Errorf("find a consent: %w", err)
	}
	if err := Current(c.Version, version); err != nil {
		return Consent{}, nil, err
	}
	if c.WithdrawnAt != nil {
		return Consent{}, nil, fault.Conflictf("R7", "The consent was withdrawn before.")
	}
	tx.Touch(row.ID, row.Code, c.ID)
	// Whatever else was given of the category ends with it: the narrowest wins.
	_, err = tx.Exec(ctx, `UPDATE consents SET withdrawn_at = $4, version = version + 1
		WHERE case_id = $1 AND partner_id = $2 AND category = $3 AND withdrawn_at IS NULL`, row.ID, c.PartnerID, string(c.Category), tx.Now)
	c.WithdrawnAt, c.Version = &tx.Now, c.Version+1
	return c, row, err
}

func orElse(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

var _ = postgres.Rule("consent_withdrawal_is_final", fault.Conflictf("R7", "The consent was withdrawn before."))
var _ = postgres.Rule("consents_partner_id_fkey", fault.Invalidf("body.partner_id", "is not a partner"))
