package casefile

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
	"hjemvej/internal/seal"

	"github.com/jackc/pgx/v5"
)

// ConcernKind is what raised a concern.
type ConcernKind string

// The kinds of concern. Ref of each is the row that raised it.
const (
	SurveyAlert  ConcernKind = "survey_alert"  // answers to a survey that alarm (R37)
	TreatedBadly ConcernKind = "treated_badly" // the person says so of those who give the support
)

// Concern is something that stands on the case until a caseworker has said what
// was done about it.
type Concern struct {
	ID             string      `json:"id" format:"uuid"`
	Kind           ConcernKind `json:"kind" enum:"survey_alert,treated_badly" example:"survey_alert"`
	Ref            string      `json:"ref" format:"uuid" doc:"What raised it: the survey, or the service answers"`
	RaisedAt       time.Time   `json:"raised_at"`
	AcknowledgedBy string      `json:"acknowledged_by,omitempty" format:"uuid"`
	AcknowledgedAt *time.Time  `json:"acknowledged_at,omitempty"`
	Done           string      `json:"done,omitempty" doc:"What was done; sealed, and left out where the case is read"`
}

// Acknowledgement is what was done about a concern.
type Acknowledgement struct {
	Done string `json:"done" minLength:"3" maxLength:"2000" example:"Called the same afternoon. She stays with her sister until the lock is changed." doc:"Sealed; read by the case's staff alone"`
}

// concernRow is a concern as it lies in the database.
type concernRow struct {
	Concern
	CaseID, Case string
	Sealed       []byte
}

const concernSQL = `SELECT n.id, n.case_id, c.code AS "case", n.kind, n.ref, n.raised_at, coalesce(n.acknowledged_by::text, '') AS acknowledged_by, n.acknowledged_at, '' AS done, n.sealed
	FROM concerns n JOIN cases c ON c.id = n.case_id `

const openConcernsSQL = `SELECT n.id, n.kind, n.ref, n.raised_at, '' AS acknowledged_by, n.acknowledged_at, '' AS done
	FROM concerns n JOIN cases c ON c.id = n.case_id WHERE c.code = $1 AND n.acknowledged_at IS NULL ORDER BY n.raised_at, n.id`

// RaiseConcern marks a case, within tx, as the program. ref is the row that
// raised it; raised twice by one row, it stands once. The case's version rises:
// whoever is about to change the case reads it again first.
func RaiseConcern(ctx context.Context, tx *postgres.Tx, caseID string, kind ConcernKind, ref string) error {
	return tx.AsProgram(ctx, func() error {
		made, err := tx.Exec(ctx, `INSERT INTO concerns (case_id, kind, ref) VALUES ($1,$2,$3) ON CONFLICT DO NOTHING`, caseID, string(kind), ref)
		if err != nil {
			return fmt.Errorf("raise a concern: %w", err)
		}
		if made.RowsAffected() == 0 {
			return nil
		}
		return (&Row{ID: caseID}).bump(ctx, tx)
	})
}

// AcknowledgeConcern records what was done about a concern, once.
func AcknowledgeConcern(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, id string, in Acknowledgement) (Concern, error) {
	return postgres.Write(ctx, db, who, "acknowledge-concern", func(ctx context.Context, tx *postgres.Tx) (Concern, error) {
		n, err := findConcern(ctx, tx, id)
		if err != nil {
			return Concern{}, err
		}
		if n.AcknowledgedAt != nil {
			return Concern{}, acknowledgedBefore
		}
		if strings.TrimSpace(in.Done) == "" {
			return Concern{}, fault.Invalidf("body.done", "says what was done")
		}
		if err := n.acknowledge(ctx, tx, v, in.Done); err != nil {
			return Concern{}, err
		}
		n.AcknowledgedBy, n.AcknowledgedAt, n.Done = tx.Who.ID, &tx.Now, in.Done
		return n.Concern, (&Row{ID: n.CaseID}).bump(ctx, tx)
	})
}

func findConcern(ctx context.Context, tx *postgres.Tx, id string) (concernRow, error) {
	tx.Seek(id)
	n, err := postgres.One[concernRow](ctx, tx, concernSQL+`WHERE n.id = $1 FOR UPDATE OF n`, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return n, fault.NoSuch("concern")
	}
	if err != nil {
		return n, fmt.Errorf("find a concern: %w", err)
	}
	_, err = Find(ctx, tx, n.Case)
	tx.Touch(n.CaseID, n.Case, n.ID)
	return n, err
}

func (r concernRow) acknowledge(ctx context.Context, tx *postgres.Tx, v person.Vault, done string) error {
	whose, err := person.Find(ctx, tx, r.Case)
	if err != nil {
		return fmt.Errorf("find a person: %w", err)
	}
	key, err := v.Key(whose)
	if err != nil {
		return err
	}
	sealed, err := key.Seal([]byte(done), concernPlace(r.ID))
	if err != nil {
		return fmt.Errorf("seal what was done: %w", err)
	}
	_, err = tx.Exec(ctx, `UPDATE concerns SET acknowledged_by = $2, acknowledged_at = $3, sealed = $4 WHERE id = $1`, r.ID, tx.Who.ID, tx.Now, sealed)
	if err != nil {
		return fmt.Errorf("acknowledge a concern: %w", err)
	}
	return nil
}

// ListConcerns is every concern of a case with what was done about each, those
// that wait first. The reading is recorded.
func ListConcerns(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, code string) ([]Concern, error) {
	return ListSealed(ctx, db, v, who, "list-concerns", code, person.FindSQL, concernRow.open,
		concernSQL+`WHERE c.code = $1 ORDER BY n.acknowledged_at DESC NULLS FIRST, n.raised_at, n.id`)
}

func (r concernRow) open(key seal.Key) (Concern, error) {
	if r.Sealed == nil {
		return r.Concern, nil
	}
	done, err := key.Open(r.Sealed, concernPlace(r.ID))
	if err != nil {
		return Concern{}, fmt.Errorf("open what was done: %w", err)
	}
	r.Done = string(done)
	return r.Concern, nil
}

func concernPlace(id string) string { return seal.At("concerns", "sealed", id) }

var (
	acknowledgedBefore = fault.Conflictf("", "The concern was acknowledged before.")
	_                  = postgres.Rule("concern_acknowledged_once", acknowledgedBefore)
	_                  = postgres.Rule("concern_in_own_name", fault.Conflictf("", "Whoever acknowledges a concern does it in their own name."))
)
