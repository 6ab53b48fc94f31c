package partners

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"

	"github.com/jackc/pgx/v5"
)

// DeletionDays is how long a partner has to delete what it may not know any more
// (default).
const DeletionDays = 14

// Duty is a partner's duty to delete what it read of a case and may not know any
// more. Why it may not is not said (R7).
type Duty struct {
	ID             string            `json:"id" format:"uuid"`
	Case           string            `json:"case_code" example:"K7QX-2MVD"`
	PartnerID      string            `json:"partner_id" format:"uuid"`
	Category       casefile.Category `json:"category" example:"identity"`
	AskedAt        time.Time         `json:"asked_at"`
	DueOn          calendar.Date     `json:"due_on" format:"date"`
	Lifted         bool              `json:"lifted" doc:"There is a new consent for it: nothing is to be deleted now"`
	AcknowledgedAt *time.Time        `json:"acknowledged_at,omitempty"`
	DeletedOn      calendar.Date     `json:"deleted_on,omitzero" format:"date"`
}

// Deletion is a partner's word that it has deleted what it may not know, unless
// the law makes it keep something.
type Deletion struct {
	DeletedOn calendar.Date `json:"deleted_on" format:"date" example:"2026-11-20"`
}

// The code is known of a case that is the partner's no longer, too.
const dutySQL = `SELECT d.id, code_of_duty(d.id) AS "case", d.partner_id, d.category, d.asked_at, d.due_on,
		d.acknowledged_at IS NULL AND shares_with(d.case_id, d.partner_id, d.category, actor_today()) AS lifted, d.acknowledged_at, d.deleted_on
	FROM deletion_duties d `

// owe puts the duty to delete to a partner that has read the category of the
// case, once while it is open, and tells it.
func owe(ctx context.Context, tx *postgres.Tx, row *casefile.Row, k casefile.Consent) error {
	return tx.AsProgram(ctx, func() error {
		put, err := postgres.Collect[struct{ ID string }](ctx, tx, `INSERT INTO deletion_duties (case_id, partner_id, category, due_on) SELECT $1, $2, $3, $4
			WHERE EXISTS (SELECT FROM handoff_readings r WHERE r.case_id = $1 AND r.partner_id = $2 AND $3 = ANY (r.categories)) ON CONFLICT DO NOTHING RETURNING id`,
			row.ID, k.PartnerID, string(k.Category), tx.Today.AddDays(DeletionDays))
		if err != nil {
			return fmt.Errorf("put a duty to delete: %w", err)
		}
		for _, d := range put { // one, or none
			_, err = outbox.Emit(ctx, tx, outbox.Event{Type: outbox.DeletionAsked, PartnerID: k.PartnerID, CaseID: row.ID, ObjectID: d.ID})
		}
		return err
	})
}

// ListDuties is what the partner was asked to delete, newest first.
func ListDuties(ctx context.Context, db *postgres.DB, who access.Actor) ([]Duty, error) {
	out := []Duty{}
	_, err := postgres.Read(ctx, db, who, "list-deletion-duties", postgres.About{},
		postgres.Many(&out, dutySQL+`WHERE d.partner_id = actor_partner() ORDER BY d.asked_at DESC, d.id`))
	return out, err
}

// ListDutiesOfCase is what partners were asked to delete of a case.
func ListDutiesOfCase(ctx context.Context, db *postgres.DB, who access.Actor, code string) ([]Duty, error) {
	const op = "list-case-deletion-duties"
	if !access.IsCode(code) {
		return nil, fault.NoSuch("case")
	}
	var head casefile.Reach
	out := []Duty{}
	_, err := postgres.Read(ctx, db, who, op, postgres.About{Case: code},
		postgres.Single(&head, "case", casefile.ReachOfCaseSQL, code),
		postgres.Many(&out, dutySQL+`JOIN cases c ON c.id = d.case_id WHERE c.code = $1 ORDER BY d.asked_at DESC, d.id`, code))
	if err != nil {
		return nil, err
	}
	return out, postgres.Allow(ctx, db, who, op, head.Record(), "case")
}

// ConfirmDeletion is the partner's word that it has deleted.
func ConfirmDeletion(ctx context.Context, db *postgres.DB, who access.Actor, id string, in Deletion) (Duty, error) {
	return postgres.Write(ctx, db, who, "confirm-deletion", func(ctx context.Context, tx *postgres.Tx) (Duty, error) {
		tx.Seek(id)
		d, err := postgres.One[Duty](ctx, tx, dutySQL+`WHERE d.id = $1 AND d.partner_id = actor_partner()`, id)
		if errors.Is(err, pgx.ErrNoRows) {
			return d, fault.NoSuch("duty to delete")
		}
		if err != nil {
			return d, fmt.Errorf("find a duty to delete: %w", err)
		}
		if err := tx.May(access.Record{HandedTo: []string{d.PartnerID}}, "duty to delete"); err != nil {
			return d, err
		}
		tx.Touch("", d.Case, d.ID)
		if in.DeletedOn.After(tx.Today) || in.DeletedOn.Before(calendar.Today(d.AskedAt)) {
			return d, fault.Invalidf("body.deleted_on", "must lie between the day on which it was asked for and today")
		}
		_, err = tx.Exec(ctx, `UPDATE deletion_duties SET acknowledged_at = $2, deleted_on = $3, acknowledged_by = $4 WHERE id = $1`, id, tx.Now, in.DeletedOn, who.ID)
		if err != nil {
			return d, fmt.Errorf("confirm a deletion: %w", err)
		}
		return postgres.One[Duty](ctx, tx, dutySQL+`WHERE d.id = $1`, id)
	})
}

var _ = postgres.Rule("deletion_confirmed_once", fault.Conflictf("R7", "The deletion was confirmed before."))

// RemindDeletions queues, once each, the letters that a deletion is not confirmed
// in time: to the partner, and to the contact person.
func RemindDeletions(ctx context.Context, db *postgres.DB) (queued int, err error) {
	type late struct {
		ID, CaseID, Code, PartnerID, ContactPersonID string
		DueOn                                        calendar.Date
	}
	return postgres.Write(ctx, db, access.Program, "remind-deletions", func(ctx context.Context, tx *postgres.Tx) (int, error) {
		rows, err := postgres.Collect[late](ctx, tx, `SELECT d.id, d.case_id, c.code, d.partner_id, c.contact_person_id, d.due_on FROM deletion_duties d JOIN cases c ON c.id = d.case_id
			WHERE d.acknowledged_at IS NULL AND d.due_on < $1 AND NOT shares_with(d.case_id, d.partner_id, d.category, $1)
			AND NOT EXISTS (SELECT FROM letters l WHERE l.once = 'deletion:' || d.id || ':contact') ORDER BY d.id`, tx.Today)
		if err != nil {
			return 0, fmt.Errorf("find deletions that are late: %w", err)
		}
		var letters []outbox.Letter
		for _, d := range rows {
			l := outbox.Letter{Kind: letter.DeletionUnconfirmed, CaseID: d.CaseID, CaseCode: d.Code, DueOn: d.DueOn}
			toPartner, toContact := l, l
			toPartner.Once, toPartner.PartnerID = "deletion:"+d.ID+":partner", d.PartnerID
			toContact.Once, toContact.UserID = "deletion:"+d.ID+":contact", d.ContactPersonID
			letters = append(letters, toPartner, toContact)
		}
		return outbox.QueueAll(ctx, tx, letters)
	})
}
