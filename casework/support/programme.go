package support

import (
	"context"

	"hjemvej/casework/policy"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/money"
	"hjemvej/internal/postgres"
)

// Programme is the money that a year's prepared returns may cost (R25).
type Programme struct {
	ID            string       `json:"id" format:"uuid"`
	Name          string       `json:"name" example:"Prepared return 2027"`
	Year          int          `json:"year,omitempty" example:"2027" doc:"The budget's; left out where it has none"`
	Active        bool         `json:"active" doc:"New cases are opened under the active programme that is first by name"`
	Ceiling       money.Amount `json:"ceiling" doc:"Of all lines together; DKK"`
	PersonCeiling money.Amount `json:"person_ceiling" doc:"Of one person's lines; DKK"`
	Allotted      money.Amount `json:"allotted" doc:"The sum of the approved lines; DKK"`
}

// NewProgramme is a programme to begin.
type NewProgramme struct {
	Name          string        `json:"name" minLength:"2" maxLength:"100" example:"Prepared return 2027"`
	Year          int           `json:"year,omitempty" minimum:"2000" maximum:"2200" example:"2027" doc:"The budget's year"`
	Ceiling       money.Amount  `json:"ceiling" doc:"Of all lines together; DKK"`
	PersonCeiling *money.Amount `json:"person_ceiling,omitempty" doc:"Of one person's lines; DKK. Left out: that of today's policy"`
}

type programmeRow struct {
	ID, Name                         string
	Year                             int
	Active                           bool
	Ceiling, PersonCeiling, Allotted string
}

const programmeColumns = `id::text AS id, name, coalesce(year, 0) AS year, active, ceiling_dkk::text AS ceiling, person_ceiling_dkk::text AS person_ceiling, allotted_dkk::text AS allotted`

var _ = postgres.Rule("programmes_name_key", fault.Conflictf("", "There is a programme of that name."))

func (r programmeRow) show() (p Programme, err error) {
	p = Programme{ID: r.ID, Name: r.Name, Year: r.Year, Active: r.Active}
	for dst, text := range map[*money.Amount]string{&p.Ceiling: r.Ceiling, &p.PersonCeiling: r.PersonCeiling, &p.Allotted: r.Allotted} {
		if *dst, err = money.New(text, money.Krone); err != nil {
			return Programme{}, err
		}
	}
	return p, nil
}

// ListProgrammes is every programme, by name.
func ListProgrammes(ctx context.Context, db *postgres.DB, who access.Actor) ([]Programme, error) {
	var rows []programmeRow
	_, err := postgres.Read(ctx, db, who, "list-programmes", postgres.About{}, postgres.Many(&rows, `SELECT `+programmeColumns+` FROM programmes ORDER BY name`))
	if err != nil {
		return nil, err
	}
	out := make([]Programme, len(rows))
	for i, r := range rows {
		if out[i], err = r.show(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// BeginProgramme begins a programme: without one no case can be opened.
func BeginProgramme(ctx context.Context, db *postgres.DB, who access.Actor, in NewProgramme) (Programme, error) {
	return postgres.Write(ctx, db, who, "begin-programme", func(ctx context.Context, tx *postgres.Tx) (Programme, error) {
		if in.PersonCeiling == nil {
			p, err := policy.On(ctx, tx, tx.Today)
			if err != nil {
				return Programme{}, err
			}
			in.PersonCeiling = &p.Support.PersonCeiling
		}
		for path, a := range map[string]*money.Amount{"body.ceiling": &in.Ceiling, "body.person_ceiling": in.PersonCeiling} {
			c, err := a.Canonical()
			if err != nil || c.Currency != money.Krone || !c.IsPositive() {
				return Programme{}, fault.Invalidf(path, "must be a positive amount in DKK with at most two decimals")
			}
			*a = c
		}
		r, err := postgres.One[programmeRow](ctx, tx, `INSERT INTO programmes (name, year, ceiling_dkk, person_ceiling_dkk) VALUES ($1,nullif($2, 0),$3,$4) RETURNING `+programmeColumns,
			in.Name, in.Year, in.Ceiling.Number(), in.PersonCeiling.Number())
		if err != nil {
			return Programme{}, err
		}
		tx.Touch("", "", r.ID)
		return r.show()
	})
}
