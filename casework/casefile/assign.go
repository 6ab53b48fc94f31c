package casefile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"

	"github.com/jackc/pgx/v5"
)

// NewContactPerson names who becomes the case's contact person (R2).
type NewContactPerson struct {
	UserID string `json:"user_id" format:"uuid" example:"7c1f0a52-6d3e-4b57-9d0a-0c5b7e1f2a11" doc:"An active contact person of any team; the case goes to their team"`
}

// ContactPersonChange is one change of the contact person, as it is kept.
type ContactPersonChange struct {
	From string    `json:"from_user_id" format:"uuid"`
	To   string    `json:"to_user_id" format:"uuid"`
	By   string    `json:"recorded_by" format:"uuid"`
	At   time.Time `json:"recorded_at"`
}

const contactPersonChangesSQL = `SELECT x.from_id::text AS "from", x.to_id::text AS "to", x.recorded_by::text AS "by", x.recorded_at AS at
	FROM contact_person_changes x JOIN cases c ON c.id = x.case_id WHERE c.code = $1 ORDER BY x.recorded_at, x.id`

// AssignContactPerson gives a case, and those of the same person that were
// joined into it, to another contact person (R2). Both are told by a letter. A
// case that goes to another team leaves the actor's sight.
func AssignContactPerson(ctx context.Context, db *postgres.DB, who access.Actor, code string, version int, in NewContactPerson) (Case, error) {
	return postgres.Write(ctx, db, who, "assign-contact-person", func(ctx context.Context, tx *postgres.Tx) (out Case, err error) {
		row, err := Lock(ctx, tx, code, version)
		if err != nil {
			return Case{}, err
		}
		team, err := row.teamOfNext(ctx, tx, in.UserID)
		if err != nil {
			return Case{}, err
		}
		err = tx.AsProgram(ctx, func() error { // the case may leave the actor's team
			if err := row.assignTo(ctx, tx, in.UserID, team); err != nil {
				return err
			}
			if err := row.tell(ctx, tx, letter.CaseAssigned, fmt.Sprint("assigned:", row.Version), row.ContactPersonID, in.UserID); err != nil {
				return err
			}
			out, err = shown(ctx, tx, code)
			return err
		})
		return out, err
	})
}

// teamOfNext is the team of whoever becomes the contact person.
func (r *Row) teamOfNext(ctx context.Context, tx *postgres.Tx, user string) (team string, err error) {
	if user == r.ContactPersonID {
		return "", fault.Conflictf("R2", "This is the case's contact person.")
	}
	err = tx.QueryRow(ctx, `SELECT team_id::text FROM users WHERE id = $1 AND role = 'contact_person' AND active`, user).Scan(&team)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", fault.Invalidf("body.user_id", "is not an active contact person")
	}
	if err != nil {
		return "", fmt.Errorf("find a contact person: %w", err)
	}
	return team, nil
}

// assignTo gives the case, and whatever was joined into it, to a contact person
// and their team, and keeps who had it before (R2).
func (r *Row) assignTo(ctx context.Context, tx *postgres.Tx, user, team string) error {
	const these = ` FROM cases c WHERE c.contact_person_id <> $2 AND (c.id = $1 OR c.person_id IN (SELECT p.id FROM persons p WHERE p.same_as = $3))`
	_, err := tx.Exec(ctx, `INSERT INTO contact_person_changes (case_id, from_id, to_id, recorded_by) SELECT c.id, c.contact_person_id, $2, $4`+these,
		r.ID, user, r.PersonID, tx.Who.ID)
	if err != nil {
		return fmt.Errorf("keep the earlier contact person: %w", err)
	}
	_, err = tx.Exec(ctx, `UPDATE cases SET contact_person_id = $2, team_id = $4, version = version + 1 WHERE id IN (SELECT c.id`+these+`)`,
		r.ID, user, r.PersonID, team)
	if err != nil {
		return fmt.Errorf("assign a contact person: %w", err)
	}
	return nil
}

// tell queues a letter about the case to members of staff, each once by name.
func (r *Row) tell(ctx context.Context, tx *postgres.Tx, kind letter.Kind, once string, users ...string) error {
	for _, user := range users {
		_, err := outbox.Queue(ctx, tx, outbox.Letter{Once: once + ":" + r.ID + ":" + user, Kind: kind, CaseID: r.ID, UserID: user})
		if err != nil {
			return err
		}
	}
	return nil
}

// ListContactPersonChanges is who had the case before, oldest first (R2).
func ListContactPersonChanges(ctx context.Context, db *postgres.DB, who access.Actor, code string) ([]ContactPersonChange, error) {
	return listOf[ContactPersonChange](ctx, db, who, "list-contact-person-changes", code, contactPersonChangesSQL)
}
