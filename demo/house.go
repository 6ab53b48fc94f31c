package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hjemvej/casework/filing"
	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/postgres"
	"hjemvej/internal/staff"
	"hjemvej/partners"
)

// house is where the courses happen: the database on the demo's clock, and
// everybody who works with it, by name.
type house struct {
	db       *postgres.DB
	vault    person.Vault
	cabinet  filing.Cabinet
	actors   map[string]access.Actor // staff, and partners by their first key
	partners map[string]string       // ids
}

func (h *house) as(name string) access.Actor { return h.actors[name] }

// Two teams, so that there is somebody who must not see; two of finance, so
// that one can be away.
var workers = []staff.NewUser{
	{Subject: "contact_person_1", Name: "Kim Eksempel", Role: access.ContactPerson, Team: "Sjælland", Language: "da"},
	{Subject: "contact_person_2", Name: "Noor Prøve", Role: access.ContactPerson, Team: "Sjælland", Language: "en"},
	{Subject: "team_lead", Name: "Tove Mønster", Role: access.TeamLead, Team: "Sjælland", Language: "da"},
	{Subject: "contact_person_3", Name: "Jens Tænkt", Role: access.ContactPerson, Team: "Jylland", Language: "da"},
	{Subject: "contact_person_4", Name: "Lea Skitse", Role: access.ContactPerson, Team: "Jylland", Language: "da"},
	{Subject: "team_lead_2", Name: "Bent Udkast", Role: access.TeamLead, Team: "Jylland", Language: "da"},
	{Subject: "finance", Name: "Rikke Attrap", Role: access.Finance, Language: "da"},
	{Subject: "finance_2", Name: "Omar Model", Role: access.Finance, Language: "da"},
	{Subject: "manager", Name: "Ida Fiktiv", Role: access.Manager, Language: "da"},
	{Subject: "administrator", Name: "Per Opdigt", Role: access.Administrator, Language: "da"},
	{Subject: "auditor", Name: "Signe Digt", Role: access.Auditor, Language: "en"},
}

// furnish makes the programme, the staff and the partners. The programme is the
// first thing that is written: it says that somebody began.
func furnish(ctx context.Context, c filing.Cabinet) (*house, error) {
	db := c.DB
	err := postgres.Do(ctx, db, access.Program, fillDemo, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO programmes (name, ceiling_dkk) VALUES ('Prepared return', 5000000)`)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("make the programme: %w", err)
	}
	h := &house{db: db, vault: c.Vault, cabinet: c, actors: map[string]access.Actor{}, partners: map[string]string{}}
	for _, w := range workers {
		w.Email = w.Subject + "@example.org"
		if _, err := staff.Create(ctx, db, access.Program, w); err != nil {
			return nil, fmt.Errorf("register %s: %w", w.Subject, err)
		}
	}
	if err := h.findActors(ctx); err != nil {
		return nil, err
	}
	for _, o := range organisations {
		if err := h.addPartner(ctx, o); err != nil {
			return nil, fmt.Errorf("register %s: %w", o.key, err)
		}
	}
	return h, nil
}

func (h *house) findActors(ctx context.Context) error {
	type row struct{ ID, Subject, Role, Team string }
	rows, err := postgres.Write(ctx, h.db, access.Program, fillDemo, func(ctx context.Context, tx *postgres.Tx) ([]row, error) {
		return postgres.Collect[row](ctx, tx, `SELECT id, subject, role, coalesce(team_id::text, '') AS team FROM users`)
	})
	for _, r := range rows {
		h.actors[r.Subject] = access.Actor{ID: r.ID, Role: access.Role(r.Role), Team: r.Team}
	}
	return err
}

func findPeople(ctx context.Context, db *postgres.DB) ([]Person, error) {
	users, err := staff.List(ctx, db, access.Program)
	if err != nil {
		return nil, fmt.Errorf("list the staff: %w", err)
	}
	orgs, err := partners.List(ctx, db, access.Program, partners.Search{})
	if err != nil {
		return nil, fmt.Errorf("list the partners: %w", err)
	}
	var out []Person
	for _, u := range users {
		out = append(out, Person{Name: u.Subject, UserID: u.ID})
	}
	slices.SortFunc(out, func(a, b Person) int { return strings.Compare(a.Name, b.Name) })
	for _, o := range organisations {
		for _, p := range orgs {
			if p.Name == o.Name {
				out = append(out, Person{Name: o.key, PartnerID: p.ID})
			}
		}
	}
	return out, nil
}
