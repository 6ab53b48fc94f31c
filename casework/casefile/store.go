package casefile

import (
	"context"
	"errors"
	"fmt"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"

	"github.com/jackc/pgx/v5"
)

// Row is the case as it lies in the database, for the rooms that stand on this
// one. Dates that have not come are zero.
type Row struct {
	ID          string
	Code        string
	PersonID    string
	ProgrammeID string
	State       State
	Track       Track
	AssessedBy  Authority
	AssessedOn  calendar.Date
	Reach
	SupportPersonReason   *string
	SupportPersonAgreedOn calendar.Date
	Destination           *string
	DestinationKind       *string
	DestinationPlace      *string
	DestinationTimeZone   *string
	ReflectionStartsOn    calendar.Date
	ReflectionEndsOn      calendar.Date
	OpenedOn              calendar.Date
	OfferedOn             calendar.Date
	AnsweredOn            calendar.Date
	DepartedOn            calendar.Date
	ArrivedOn             calendar.Date
	LastDay               calendar.Date
	SupportEndedOn        calendar.Date
	WithdrawnOn           calendar.Date
	ExitOutcome           *string
	ExitedOn              calendar.Date
	ClosedOn              calendar.Date
	OpenConcerns          int
	Version               int
}

const rowSQL = `SELECT c.id, code, person_id, programme_id, state, track, assessed_by, assessed_on,
	support_person_reason, support_person_agreed_on, destination, destination_kind, destination_place, destination_time_zone,
	reflection_starts_on, reflection_ends_on, opened_on, offered_on, answered_on, departed_on, arrived_on, last_day,
	support_ended_on, withdrawn_on, exit_outcome, exited_on, closed_on, version, ` + ConcernsSQL + `, ` + ReachSQL + `
	FROM cases c WHERE code = $1`

// concernedSQL are the concerns of a case that nobody has acknowledged, and what
// partners reported and somebody must see at once; the case must be called c.
const concernedSQL = `(SELECT r.case_id FROM partner_reports r WHERE r.case_id = c.id AND r.state = 'open' AND r.kind IN ('safety_concern','incident')
	UNION ALL SELECT n.case_id FROM concerns n WHERE n.case_id = c.id AND n.acknowledged_at IS NULL)`

// ConcernsSQL counts them.
const ConcernsSQL = `(SELECT count(*) FROM ` + concernedSQL + ` o) AS open_concerns`

// Lock finds a case for a change, holds it until the transaction ends, and
// checks that the actor may and that the version is the one they read. Version
// 0 asks for no check: for things that are added to a case rather than change
// it. Errors: no such case; stale; a conflict where the case was joined into
// another.
func Lock(ctx context.Context, tx *postgres.Tx, code string, version int) (*Row, error) {
	row, err := hold(ctx, tx, code)
	if err != nil {
		return nil, err
	}
	if err := row.GoesOn(); err != nil {
		return nil, err
	}
	return row, Current(row.Version, version)
}

// GoesOn answers the conflict where the case was joined into another: it stays as
// it was. What hangs on a case is held to that by the database too.
func (r *Row) GoesOn() error {
	if r.State == Joined {
		return whereJoined
	}
	return nil
}

// hold is Lock for what may be done to a case that was joined, too.
func hold(ctx context.Context, tx *postgres.Tx, code string) (*Row, error) {
	return find(ctx, tx, code, " FOR UPDATE OF c")
}

// Find is Lock without the lock, for acts that change only what hangs on the
// case, and for those who may see a case but not change it.
func Find(ctx context.Context, tx *postgres.Tx, code string) (*Row, error) {
	return find(ctx, tx, code, "")
}

func find(ctx context.Context, tx *postgres.Tx, code, lock string) (*Row, error) {
	if !access.IsCode(code) {
		return nil, fault.NoSuch("case")
	}
	tx.Seek(code)
	row, err := postgres.One[Row](ctx, tx, rowSQL+lock, code)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.NoSuch("case")
	}
	if err != nil {
		return nil, fmt.Errorf("find a case: %w", err)
	}
	if err := tx.May(row.Record(), "case"); err != nil {
		return nil, err
	}
	tx.Touch(row.ID, row.Code, "")
	return &row, nil
}

// Current compares the version that somebody read with the one there is now. 0
// asks for no comparison.
func Current(now, read int) error {
	if read != 0 && read != now {
		return &fault.Error{Kind: fault.Stale, Message: "It changed since you read it. Read it again and decide anew."}
	}
	return nil
}

// MoveTo changes the case's state together with the columns that go with it.
// set is SQL for further columns and begins with a comma, or is empty; its
// parameters start at $3.
func (r *Row) MoveTo(ctx context.Context, tx *postgres.Tx, to State, set string, args ...any) error {
	if err := r.State.Move(to); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE cases SET state = $2, version = version + 1`+set+` WHERE id = $1`,
		append([]any{r.ID, string(to)}, args...)...)
	if err != nil {
		return fmt.Errorf("move a case: %w", err)
	}
	return nil
}

// bump raises the version of a case whose own parts changed.
func (r *Row) bump(ctx context.Context, tx *postgres.Tx) error {
	_, err := tx.Exec(ctx, `UPDATE cases SET version = version + 1 WHERE id = $1`, r.ID)
	return err
}
