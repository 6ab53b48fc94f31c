// Package partners is IOM, other return organisations and home-country
// partners: who they are, whom to write to and with which keys they come, what
// was handed over to them, how they answered and what they report, and the steps
// of a case that reach across rooms because a partner takes part in them.
// Organisations that referred people are partners, too, and are told how it goes
// (R41).
package partners

import (
	"context"
	"errors"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"

	"github.com/jackc/pgx/v5"
)

// Role is what a partner does in a return. It is for good.
type Role string

// The roles of partners. Cases are handed to the first two; the third refers
// people, and hears what became of them (R41).
const (
	ReturnOrganisation    Role = "return_organisation"
	HomeCountryPartner    Role = "home_country_partner"
	ReferringOrganisation Role = "referring_organisation"
)

// Partner is an organisation of the registry.
type Partner struct {
	ID   string `json:"id" format:"uuid"`
	Role Role   `json:"role" enum:"return_organisation,home_country_partner,referring_organisation" example:"home_country_partner"`
	RegistryEntry
	Active  bool `json:"active" doc:"Today, by active_from and active_until"`
	Version int  `json:"version" example:"1"`
}

// NewPartner is a partner to register.
type NewPartner struct {
	Role Role `json:"role" enum:"return_organisation,home_country_partner,referring_organisation" example:"home_country_partner"`
	RegistryEntry
}

const partnerColumns = `p.id, p.role, p.name, p.countries, p.places, p.services, p.languages, p.language, p.email,
	coalesce(p.transfer_ground, '') AS transfer_ground, coalesce(p.transfer_reference, '') AS transfer_reference,
	p.time_zone, p.working_days, p.holidays, p.active_from, p.active_until, partner_active(p, actor_now()) AS active, p.version`

var _ = postgres.Rule("partners_name_key", fault.Conflictf("", "There is a partner of that name."))

// Search narrows the list of partners; what is empty does not.
type Search struct {
	Role    Role
	Country string // ISO 3166-1 alpha-2
	Service string // a category of R24
}

// List is the partners that the search finds, by name: those whose time is over
// or has not begun too.
func List(ctx context.Context, db *postgres.DB, who access.Actor, s Search) ([]Partner, error) {
	var w postgres.Where
	if s.Role != "" {
		w.And("p.role = ?", string(s.Role))
	}
	if s.Country != "" {
		w.And("? = ANY (p.countries)", s.Country)
	}
	if s.Service != "" {
		w.And("? = ANY (p.services)", s.Service)
	}
	out := []Partner{}
	_, err := postgres.Read(ctx, db, who, "list-partners", postgres.About{},
		postgres.Many(&out, `SELECT `+partnerColumns+` FROM partners p`+w.SQL()+` ORDER BY p.name`, w.Args...))
	return out, err
}

// Read is one partner.
func Read(ctx context.Context, db *postgres.DB, who access.Actor, id string) (p Partner, err error) {
	_, err = postgres.Read(ctx, db, who, "read-partner", postgres.About{Partner: id},
		postgres.Single(&p, "partner", `SELECT `+partnerColumns+` FROM partners p WHERE p.id = $1`, id))
	return p, err
}

// Create registers a partner.
func Create(ctx context.Context, db *postgres.DB, who access.Actor, in NewPartner) (Partner, error) {
	return postgres.Write(ctx, db, who, "create-partner", func(ctx context.Context, tx *postgres.Tx) (Partner, error) {
		e, err := in.complete(tx.Today)
		if err != nil {
			return Partner{}, err
		}
		var id string
		err = tx.QueryRow(ctx, `INSERT INTO partners (name, countries, places, services, languages, language, email, transfer_ground, transfer_reference,
				time_zone, working_days, holidays, active_from, active_until, role)
			VALUES ($1,$2,$3,$4,$5,$6,$7,nullif($8,''),nullif($9,''),$10,$11,$12,$13,$14,$15) RETURNING id`, append(e.values(), string(in.Role))...).Scan(&id)
		if err != nil {
			return Partner{}, fmt.Errorf("register a partner: %w", err)
		}
		return shownPartner(ctx, tx, id)
	})
}

// Change replaces a partner's entry. What was handed to it before goes on,
// whatever the entry says now.
func Change(ctx context.Context, db *postgres.DB, who access.Actor, id string, version int, in RegistryEntry) (Partner, error) {
	return postgres.Write(ctx, db, who, "change-partner", func(ctx context.Context, tx *postgres.Tx) (Partner, error) {
		have, err := holdPartner(ctx, tx, id)
		if err != nil {
			return Partner{}, err
		}
		if err := casefile.Current(have.Version, version); err != nil {
			return Partner{}, err
		}
		e, err := in.complete(have.ActiveFrom)
		if err != nil {
			return Partner{}, err
		}
		_, err = tx.Exec(ctx, `UPDATE partners SET name = $1, countries = $2, places = $3, services = $4, languages = $5, language = $6, email = $7,
				transfer_ground = nullif($8,''), transfer_reference = nullif($9,''), time_zone = $10, working_days = $11, holidays = $12,
				active_from = $13, active_until = $14, version = version + 1 WHERE id = $15`, append(e.values(), id)...)
		if err != nil {
			return Partner{}, fmt.Errorf("change a partner: %w", err)
		}
		return shownPartner(ctx, tx, id)
	})
}

// holdPartner finds a partner and keeps others from changing it until the
// transaction ends.
func holdPartner(ctx context.Context, tx *postgres.Tx, id string) (Partner, error) {
	tx.Seek(id)
	p, err := postgres.One[Partner](ctx, tx, `SELECT `+partnerColumns+` FROM partners p WHERE p.id = $1 FOR UPDATE`, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return Partner{}, fault.NoSuch("partner")
	}
	return p, err
}

func shownPartner(ctx context.Context, tx *postgres.Tx, id string) (Partner, error) {
	tx.Touch("", "", id)
	return postgres.One[Partner](ctx, tx, `SELECT `+partnerColumns+` FROM partners p WHERE p.id = $1`, id)
}

// KeepActive brings the column that the previous version of the program reads up
// to the day, and reports for how many partners.
func KeepActive(ctx context.Context, db *postgres.DB) (int, error) {
	return postgres.Write(ctx, db, access.Program, "keep-partners-active", func(ctx context.Context, tx *postgres.Tx) (int, error) {
		tag, err := tx.Exec(ctx, `UPDATE partners p SET active = partner_active(p, actor_now()) WHERE p.active <> partner_active(p, actor_now())`)
		return int(tag.RowsAffected()), err
	})
}
