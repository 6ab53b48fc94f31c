// Package staff is the register of those who work here: who they are to the
// identity provider, which role they have, and in which team.
package staff

import (
	"context"
	"fmt"

	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
)

// User is one member of staff.
type User struct {
	ID       string      `json:"id" format:"uuid"`
	Subject  string      `json:"subject" doc:"The identity provider's name for this member of staff"`
	Name     string      `json:"name"`
	Email    string      `json:"email"`
	Role     access.Role `json:"role" enum:"contact_person,team_lead,finance,manager,administrator,auditor"`
	Team     string      `json:"team,omitempty" doc:"The team's name"`
	Language string      `json:"language" enum:"da,en"`
	Active   bool        `json:"active"`
}

// NewUser is a member of staff to register.
type NewUser struct {
	Subject  string      `json:"subject" minLength:"1" maxLength:"200" example:"00u1ab2cd3" doc:"The identity provider's name for this member of staff"`
	Name     string      `json:"name" minLength:"1" maxLength:"200" example:"Kim Eksempel"`
	Email    string      `json:"email" format:"email" maxLength:"254" example:"kim@example.org" doc:"Where letters go"`
	Role     access.Role `json:"role" enum:"contact_person,team_lead,finance,manager,administrator,auditor" example:"contact_person"`
	Team     string      `json:"team,omitempty" maxLength:"100" example:"Jylland" doc:"Required for contact persons and team leads; made if it is new"`
	Language string      `json:"language" enum:"da,en" example:"da"`
}

const userSQL = `SELECT u.id, u.subject, u.name, u.email, u.role, coalesce(t.name, '') AS team, u.language, u.active FROM users u LEFT JOIN teams t ON t.id = u.team_id`

var _ = postgres.Rule("users_subject_key", fault.Conflictf("", "This member of staff is registered already."))

// List is everybody, by name.
func List(ctx context.Context, db *postgres.DB, who access.Actor) ([]User, error) {
	out := []User{}
	_, err := postgres.Read(ctx, db, who, "list-users", postgres.About{}, postgres.Many(&out, userSQL+` ORDER BY u.name, u.id`))
	return out, err
}

// Create registers a member of staff.
func Create(ctx context.Context, db *postgres.DB, who access.Actor, in NewUser) (User, error) {
	return postgres.Write(ctx, db, who, "create-user", func(ctx context.Context, tx *postgres.Tx) (User, error) {
		if in.Team == "" && (in.Role == access.ContactPerson || in.Role == access.TeamLead) {
			return User{}, fault.Invalidf("body.team", "is required for this role")
		}
		_, err := tx.Exec(ctx, `INSERT INTO teams (name) SELECT $1 WHERE $1 <> '' ON CONFLICT (name) DO NOTHING`, in.Team)
		if err != nil {
			return User{}, fmt.Errorf("make a team: %w", err)
		}
		var id string
		err = tx.QueryRow(ctx, `INSERT INTO users (subject, name, email, role, team_id, language)
			VALUES ($1,$2,$3,$4,(SELECT id FROM teams WHERE name = $5),$6) RETURNING id`,
			in.Subject, in.Name, in.Email, string(in.Role), in.Team, in.Language).Scan(&id)
		if err != nil {
			return User{}, fmt.Errorf("register a member of staff: %w", err)
		}
		tx.Touch("", "", id)
		return postgres.One[User](ctx, tx, userSQL+` WHERE u.id = $1`, id)
	})
}

// Deactivate ends a member of staff's access. Their cases stay theirs until a team
// lead gives them to somebody else, and is told so for each (R2); their past stays
// as it was.
func Deactivate(ctx context.Context, db *postgres.DB, who access.Actor, id string) error {
	return postgres.Do(ctx, db, who, "deactivate-user", func(ctx context.Context, tx *postgres.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE users SET active = false WHERE id = $1`, id)
		if err != nil {
			return fmt.Errorf("deactivate a member of staff: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return fault.NoSuch("user")
		}
		tx.Touch("", "", id)
		return tx.AsProgram(ctx, func() error { return tellLeads(ctx, tx, id) })
	})
}

// tellLeads tells the leads of each open case of somebody who has left that
// nobody is in charge of it.
func tellLeads(ctx context.Context, tx *postgres.Tx, user string) error {
	rows, err := postgres.Collect[struct{ CaseID, Lead string }](ctx, tx, `SELECT c.id AS case_id, l.id AS lead FROM cases c JOIN users l ON l.team_id = c.team_id AND l.role = 'team_lead' AND l.active
		WHERE c.contact_person_id = $1 AND c.state NOT IN ('closed','withdrawn','joined') ORDER BY c.id, l.id`, user)
	if err != nil {
		return fmt.Errorf("find cases that nobody has: %w", err)
	}
	for _, r := range rows {
		_, err := outbox.Queue(ctx, tx, outbox.Letter{Once: "unattended:" + r.CaseID + ":" + user + ":" + r.Lead, Kind: letter.CaseUnattended, CaseID: r.CaseID, UserID: r.Lead})
		if err != nil {
			return err
		}
	}
	return nil
}
