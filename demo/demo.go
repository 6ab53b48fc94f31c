// Package demo is a fictional caseload, made through the same use cases as real
// work, for people who want to see the program at work. Everybody and everything
// in it is invented.
//
// A course is a script of dated steps. All scripts are played together, day by
// day, on a clock that walks through the past up to yesterday: what a script
// dates later has not happened yet. So one way, begun on different days, shows
// people at every step of it, and all rules about dates hold as they would have.
package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/casework/filing"
	"hjemvej/casework/followup"
	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/audit"
	"hjemvej/internal/calendar"
	"hjemvej/internal/files"
	"hjemvej/internal/postgres"
)

// Person is somebody, or a partner, whom a visitor of the demo can act as.
type Person struct {
	Name      string // such as contact_person_1; the user's subject as well
	UserID    string // of a member of staff
	PartnerID string // of a partner
}

// Caseload is what a visitor needs to find their way in the demo.
type Caseload struct {
	People  []Person // staff first; partners are iom, partner_1 and so on, referrer_1
	CourseE string   // the code of the case that runs the whole course "E"
}

// Why a database is not filled.
var (
	ErrFilled     = errors.New("the database holds a caseload already")
	ErrUnfinished = errors.New("the database holds the beginning of a caseload that was not finished: begin again with an empty one")
)

// fillDemo is the operation under which the caseload's own acts are recorded.
// Its audit row about course E is written last: a database that has it is full.
const fillDemo access.Operation = "fill-demo"

// Fill makes the caseload, as of now, in an empty database that has the schema.
// The URL may be the owner's: Fill takes on the program's role. progress is told
// how many of all steps are done, from one goroutine at a time; it may be nil.
// The ways are told as of a day and played up to now, which may lie before that
// day or after it (see Earliest and Latest): the same people earlier, or later.
// The same days give the same content, but for ids and codes. Errors: ErrFilled,
// ErrUnfinished.
func Fill(ctx context.Context, databaseURL string, vault person.Vault, store *files.Store, told calendar.Date, now time.Time, progress func(done, total int)) (Caseload, error) {
	today := calendar.Today(now)
	hand := &clock{}
	hand.turnTo(told.AddDays(-firstDay))
	db, err := postgres.Open(ctx, withoutWaiting(databaseURL), hand.now)
	if err != nil {
		return Caseload{}, err
	}
	defer db.Close()
	switch filled, err := Filled(ctx, db); {
	case err != nil:
		return Caseload{}, err
	case filled:
		return Caseload{}, ErrFilled
	}
	h, err := furnish(ctx, filing.Cabinet{DB: db, Vault: vault, Store: store})
	if err != nil {
		return Caseload{}, fmt.Errorf("furnish the demo: %w", err)
	}
	e, all := courses(told, today)
	if err := play(ctx, h, hand, all, progress); err != nil {
		return Caseload{}, fmt.Errorf("play the demo: %w", err)
	}
	hand.turnTo(today.AddDays(-1))
	if err := finish(ctx, db, e.code, now); err != nil {
		return Caseload{}, fmt.Errorf("finish the demo: %w", err)
	}
	return Find(ctx, db)
}

// finish ends the periods that ran out before yesterday, as the nightly sweeps
// would have, and counts the letters of the past as sent. Its trace is the mark
// of a full database.
func finish(ctx context.Context, db *postgres.DB, codeE string, now time.Time) error {
	if _, err := casefile.EndReflection(ctx, db); err != nil {
		return err
	}
	if _, err := followup.EndSupport(ctx, db); err != nil {
		return err
	}
	return postgres.Do(ctx, db, access.Program, fillDemo, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE letters SET state = 'sent', ended_at = queued_at WHERE state = 'queued' AND queued_at < $1`, now.AddDate(0, 0, -1))
		if err != nil {
			return fmt.Errorf("count old letters as sent: %w", err)
		}
		_, err = tx.Exec(ctx, `DELETE FROM river_job j USING letters l WHERE l.state = 'sent' AND j.kind = 'send_letter' AND l.id = (j.args->>'letter_id')::uuid`)
		if err != nil {
			return fmt.Errorf("drop the jobs of old letters: %w", err)
		}
		e, err := casefile.Find(ctx, tx, codeE) // leaves the trace
		if err != nil {
			return err
		}
		tx.Touch(e.ID, e.Code, "")
		return nil
	})
}

// Filled reports whether the database holds the whole caseload. ErrUnfinished
// says that somebody began to fill it and did not come to the end.
func Filled(ctx context.Context, db *postgres.DB) (bool, error) {
	code, err := codeOfE(ctx, db)
	if err != nil || code != "" {
		return code != "", err
	}
	begun, err := postgres.Write(ctx, db, access.Program, fillDemo, func(ctx context.Context, tx *postgres.Tx) (yes bool, err error) {
		err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM programmes) OR EXISTS (SELECT FROM users)`).Scan(&yes)
		return yes, err
	})
	if begun {
		err = ErrUnfinished
	}
	return false, err
}

// Find is the caseload of a database that Fill filled, on this start of the
// program or an earlier one.
func Find(ctx context.Context, db *postgres.DB) (Caseload, error) {
	code, err := codeOfE(ctx, db)
	if err != nil {
		return Caseload{}, err
	}
	people, err := findPeople(ctx, db)
	return Caseload{People: people, CourseE: code}, err
}

// codeOfE is the case that Fill's last trace names, or "".
func codeOfE(ctx context.Context, db *postgres.DB) (string, error) {
	reader := access.Actor{ID: access.Program.ID, Role: access.Auditor}
	rows, _, err := audit.List(ctx, db, reader, audit.Filter{Operation: string(fillDemo), Limit: 1})
	if err != nil || len(rows) == 0 {
		return "", err
	}
	return rows[0].Case, nil
}
