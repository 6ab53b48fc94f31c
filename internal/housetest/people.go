package housetest

import (
	"context"
	"errors"
	"fmt"

	"hjemvej/internal/access"
	"hjemvej/migrations"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// People is everybody who is registered. The ids are the same in every house.
type People struct {
	Contact, Colleague, Lead access.Actor // team 1
	OtherContact, OtherLead  access.Actor // team 2
	Finance, Finance2        access.Actor
	Manager                  access.Actor
	Administrator            access.Actor
	Auditor                  access.Actor
	Return                   access.Actor // a key of the return organisation
	Home, OtherHome          access.Actor // keys of two home-country partners
	Referrer                 access.Actor // a key of a referring organisation (R41)
	HomeFocalPoint           access.Actor // the key of Home's protection focal point (R9)
	Program                  access.Actor // the program itself
	Nobody                   access.Actor // not signed in
}

// Staff is every registered member of staff.
func (p People) Staff() []access.Actor {
	return []access.Actor{p.Contact, p.Colleague, p.Lead, p.OtherContact, p.OtherLead, p.Finance, p.Finance2, p.Manager, p.Administrator, p.Auditor}
}

// Partners is a key of each partner.
func (p People) Partners() []access.Actor {
	return []access.Actor{p.Return, p.Home, p.OtherHome, p.Referrer}
}

// ProgrammeID is the one programme. Its ceiling is DKK 1,000,000; a person's is
// the default, 50,000.
var ProgrammeID = id(301)

var everybody = func() People {
	team1, team2 := id(101), id(102)
	staff := func(n int, role access.Role, team string) access.Actor {
		return access.Actor{ID: id(n), Role: role, Team: team}
	}
	partner := func(n int) access.Actor {
		return access.Actor{ID: id(n + 10), Role: access.Partner, Partner: id(n), Scopes: access.EveryScope}
	}
	return People{
		Contact: staff(1, access.ContactPerson, team1), Colleague: staff(2, access.ContactPerson, team1), Lead: staff(3, access.TeamLead, team1),
		OtherContact: staff(4, access.ContactPerson, team2), OtherLead: staff(5, access.TeamLead, team2),
		Finance: staff(6, access.Finance, ""), Finance2: staff(7, access.Finance, ""),
		Manager: staff(8, access.Manager, ""), Administrator: staff(9, access.Administrator, ""), Auditor: staff(10, access.Auditor, ""),
		Return: partner(201), Home: partner(202), OtherHome: partner(203), Referrer: partner(205),
		HomeFocalPoint: access.Actor{ID: id(222), Role: access.Partner, Partner: id(202), Scopes: access.EveryScope},
		Program:        access.Program,
	}
}()

// id is a UUID that is recognised in a failing test's output.
func id(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

// Furnish lays the schema and registers everybody. It prepares the template, so
// a test pays for a copy only.
func Furnish(ctx context.Context, url string) error {
	if err := migrations.Apply(ctx, url); err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	b := &pgx.Batch{}
	b.Queue(`INSERT INTO teams (id, name) VALUES ($1, 'Team 1'), ($2, 'Team 2')`, everybody.Contact.Team, everybody.OtherContact.Team)
	for i, a := range everybody.Staff() {
		b.Queue(`INSERT INTO users (id, subject, name, email, role, team_id) VALUES ($1, $2, $3, $4, $5, nullif($6,'')::uuid)`,
			a.ID, fmt.Sprintf("subject-%d", i+1), fmt.Sprintf("Kim %d", i+1), fmt.Sprintf("kim%d@example.org", i+1), string(a.Role), a.Team)
	}
	roles := []string{"return_organisation", "home_country_partner", "home_country_partner", "referring_organisation"}
	for i, p := range everybody.Partners() {
		b.Queue(`INSERT INTO partners (id, name, role, countries, email, transfer_ground, transfer_reference, active_from) VALUES ($1, $2, $3, '{RO,NG}', $4, 'safeguards', 'Agreement', '2020-01-01')`,
			p.Partner, fmt.Sprintf("Partner %d", i+1), roles[i], fmt.Sprintf("desk%d@partner.example", i+1))
		b.Queue(`INSERT INTO partner_keys (id, partner_id, label, prefix, hash, expires_at) VALUES ($1, $2, 'test', 'hjv_test', sha256($3), '2036-01-01')`,
			p.ID, p.Partner, []byte(p.ID))
	}
	b.Queue(`INSERT INTO partner_keys (id, partner_id, label, prefix, hash, expires_at, protection_focal_point) VALUES ($1, $2, 'focal point', 'hjv_test', sha256($3), '2036-01-01', true)`,
		everybody.HomeFocalPoint.ID, everybody.HomeFocalPoint.Partner, []byte(everybody.HomeFocalPoint.ID))
	b.Queue(`INSERT INTO programmes (id, name, ceiling_dkk) VALUES ($1, 'The programme', 1000000)`, ProgrammeID)
	return conn.SendBatch(ctx, b).Close()
}

// Constraint is the name of the constraint, or of a trigger's rule, that the
// database refused by; its SQLSTATE where it named none; "" where it did not
// refuse.
func Constraint(err error) string {
	var pg *pgconn.PgError
	switch {
	case !errors.As(err, &pg):
		return ""
	case pg.ConstraintName != "":
		return pg.ConstraintName
	}
	return pg.Code
}
