// Package partners is IOM, other return organisations and home-country
// partners: who they are and with which keys they come, what was handed over to
// them, how they answered and what they report, and the steps of a case that
// reach across rooms because a partner takes part in them. Organisations that
// referred people are partners, too, and are told how it goes (R41).
package partners

import (
	"context"
	"fmt"
	"time"

	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
	"hjemvej/internal/signin"
)

// Role is what a partner does in a return.
type Role string

// The roles of partners.
const (
	ReturnOrganisation Role = "return_organisation"
	HomeCountryPartner Role = "home_country_partner"

	// ReferringOrganisation referred people to CMM. No case is handed to it.
	ReferringOrganisation Role = "referring_organisation"
)

// Partner is an organisation that cases are handed to, or that referred people.
type Partner struct {
	ID        string   `json:"id" format:"uuid"`
	Name      string   `json:"name" example:"Return Aid International"`
	Role      Role     `json:"role" enum:"return_organisation,home_country_partner,referring_organisation" example:"home_country_partner"`
	Countries []string `json:"countries" nullable:"false" example:"[\"RO\"]" doc:"ISO 3166-1 alpha-2"`
	Language  string   `json:"language" enum:"da,en" example:"en" doc:"Of letters"`
	Active    bool     `json:"active"`
}

// NewPartner is a partner to register.
type NewPartner struct {
	Name      string   `json:"name" minLength:"2" maxLength:"200" example:"Casa Exemplu"`
	Role      Role     `json:"role" enum:"return_organisation,home_country_partner,referring_organisation" example:"home_country_partner"`
	Countries []string `json:"countries" maxItems:"250" nullable:"false" pattern:"^[A-Z]{2}$" example:"[\"RO\"]" doc:"ISO 3166-1 alpha-2"`
	Language  string   `json:"language" enum:"da,en" example:"en"`
	Email     string   `json:"email" format:"email" maxLength:"254" example:"desk@partner.example" doc:"Where letters about hand-offs go"`
}

const partnerColumns = `id, name, role, countries, language, active`

var _ = postgres.Rule("partners_name_key", fault.Conflictf("", "There is a partner of that name."))

// List is every partner, by name.
func List(ctx context.Context, db *postgres.DB, who access.Actor) ([]Partner, error) {
	out := []Partner{}
	_, err := postgres.Read(ctx, db, who, "list-partners", postgres.About{},
		postgres.Many(&out, `SELECT `+partnerColumns+` FROM partners ORDER BY name`))
	return out, err
}

// Create registers a partner.
func Create(ctx context.Context, db *postgres.DB, who access.Actor, in NewPartner) (Partner, error) {
	return postgres.Write(ctx, db, who, "create-partner", func(ctx context.Context, tx *postgres.Tx) (Partner, error) {
		return postgres.One[Partner](ctx, tx, `INSERT INTO partners (name, role, countries, language, email) VALUES ($1,$2,$3,$4,$5) RETURNING `+partnerColumns,
			in.Name, string(in.Role), in.Countries, in.Language, in.Email)
	})
}

// Key is one of a partner's keys as it may be shown: never the key itself.
type Key struct {
	ID         string     `json:"id" format:"uuid"`
	Label      string     `json:"label" example:"production"`
	Prefix     string     `json:"prefix" example:"hjv_3kx9" doc:"The beginning of the key, to recognise it by"`
	FocalPoint bool       `json:"protection_focal_point" doc:"The key of the partner's protection focal point: it alone reads what is written of risk (R9)"`
	ExpiresAt  time.Time  `json:"expires_at"`
	RevokedAt  *time.Time `json:"revoked_at,omitempty"`
	LastUsedAt *time.Time `json:"last_used_at,omitempty"`
}

// NewKey is a key to issue.
type NewKey struct {
	Label      string `json:"label" minLength:"1" maxLength:"100" example:"production"`
	Days       int    `json:"valid_days" minimum:"1" maximum:"730" example:"365" doc:"Days until the key expires"`
	FocalPoint bool   `json:"protection_focal_point,omitempty" doc:"For the partner's protection focal point, whom the label names: it alone reads what is written of risk (R9)"`
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

const keyColumns = `id, label, prefix, protection_focal_point AS focal_point, expires_at, revoked_at, last_used_at`

// IssueKey makes a key for a partner. Older keys go on working until they
// expire or are revoked, so that keys can be changed without a gap.
func IssueKey(ctx context.Context, db *postgres.DB, who access.Actor, partnerID string, in NewKey) (Issued, error) {
	return postgres.Write(ctx, db, who, "issue-partner-key", func(ctx context.Context, tx *postgres.Tx) (Issued, error) {
		key, prefix, hash := signin.NewPartnerKey()
		k, err := postgres.One[Key](ctx, tx, `INSERT INTO partner_keys (partner_id, label, prefix, hash, expires_at, protection_focal_point)
			VALUES ($1,$2,$3,$4,$5,$6) RETURNING `+keyColumns, partnerID, in.Label, prefix, hash, tx.Now.AddDate(0, 0, in.Days), in.FocalPoint)
		if err != nil {
			return Issued{}, fmt.Errorf("issue a key: %w", err)
		}
		tx.Touch("", "", k.ID)
		return Issued{k, Secret(key)}, nil
	})
}

var _ = postgres.Rule("partner_keys_partner_id_fkey", fault.NoSuch("partner"))

// ListKeys is every key of a partner, newest first.
func ListKeys(ctx context.Context, db *postgres.DB, who access.Actor, partnerID string) ([]Key, error) {
	out := []Key{}
	var partner struct{ ID string }
	_, err := postgres.Read(ctx, db, who, "list-partner-keys", postgres.About{Partner: partnerID},
		postgres.Single(&partner, "partner", `SELECT id FROM partners WHERE id = $1`, partnerID),
		postgres.Many(&out, `SELECT `+keyColumns+` FROM partner_keys WHERE partner_id = $1 ORDER BY created_at DESC, id`, partnerID))
	return out, err
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
