package followup

import (
	"context"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// ExitReview is how the six months ended (R35).
type ExitReview struct {
	Outcome  ExitOutcome   `json:"outcome" enum:"reached,lost,declined_contact,re_migrated,died,safety_hold" example:"reached"`
	ExitedOn calendar.Date `json:"exited_on" format:"date" example:"2027-04-11"`
}

// needsState is what the exit follow-up must have come to before an outcome may
// be recorded.
var needsState = map[ExitOutcome]string{Reached: "done", Lost: "lost", DeclinedContact: "declined"}

// EndsEarly reports whether an outcome may be recorded at any time after the
// arrival: who has died or gone elsewhere is owed nothing more where they are not.
// Every other outcome is one of the end, from the day on which the window of the
// exit opens (R31, R35).
func (o ExitOutcome) EndsEarly() bool { return o == Died || o == ReMigrated }

// exitNow is the exit follow-up that is owed now, or was made last.
type exitNow struct {
	State   string
	OpensOn calendar.Date
}

// mayBe refuses an outcome that the exit does not bear out: held is whether the
// person must not be contacted at this moment.
func (e exitNow) mayBe(in ExitReview, held bool) error {
	switch want := needsState[in.Outcome]; {
	case in.Outcome == SafetyHold && !held:
		return noHold
	case !in.Outcome.EndsEarly() && in.ExitedOn.Before(e.OpensOn):
		return beforeExit
	case want != "" && e.State != want:
		return fault.Conflictf("R35", "This outcome needs the exit follow-up to be %s; it is %s.", want, e.State)
	}
	return nil
}

var (
	beforeExit = fault.Conflictf("R35", "An outcome is recorded from the day on which the window of the exit opens; before it, only that the person died or re-migrated.")
	noHold     = fault.Conflictf("R35", "A safety hold is the outcome only where one is in force: a contact point of the person says that nobody may contact them.")
	_          = postgres.Rule("exit_in_its_window", beforeExit)
	_          = postgres.Rule("exit_hold_in_force", noHold)
)

// RecordExit records the outcome at the end of support. Follow-ups that are still
// open are dropped, for the exit is the last of them; month 12 alone is owed
// further, by its own consent (R31, R32).
func RecordExit(ctx context.Context, db *postgres.DB, who access.Actor, code string, version int, in ExitReview) (casefile.Case, error) {
	return postgres.Write(ctx, db, who, "record-exit", func(ctx context.Context, tx *postgres.Tx) (casefile.Case, error) {
		c, err := casefile.Lock(ctx, tx, code, version)
		if err != nil {
			return casefile.Case{}, err
		}
		if c.ArrivedOn.IsZero() {
			return casefile.Case{}, fault.Conflictf("R35", "There is no arrival yet.")
		}
		if in.ExitedOn.Before(c.ArrivedOn) || in.ExitedOn.After(c.DayThere(tx.Now)) {
			return casefile.Case{}, fault.Invalidf("body.exited_on", "must lie between the arrival and today there")
		}
		if err := bornOut(ctx, tx, c, in); err != nil {
			return casefile.Case{}, err
		}
		if err := c.MoveTo(ctx, tx, casefile.Exited, `, exit_outcome = $3, exited_on = $4`, string(in.Outcome), in.ExitedOn); err != nil {
			return casefile.Case{}, err
		}
		// Of who died nothing is owed, and Replan does not look.
		if in.Outcome == Died {
			err = Drop(ctx, tx, c.ID)
		} else {
			err = replanned(ctx, tx, c.ID)
		}
		if err != nil {
			return casefile.Case{}, err
		}
		return casefile.Shown(ctx, tx, code)
	})
}

// bornOut refuses an outcome for which the exit follow-up, or the hold, is missing.
func bornOut(ctx context.Context, tx *postgres.Tx, c *casefile.Row, in ExitReview) error {
	exit, held := exitNow{State: "missing", OpensOn: c.LastDay}, false
	err := tx.QueryRow(ctx, `SELECT contact_blocked($1)`, c.PersonID).Scan(&held)
	if err != nil {
		return fmt.Errorf("look for a hold: %w", err)
	}
	err = tx.QueryRow(ctx, `SELECT state, opens_on FROM followups WHERE case_id = $1 AND kind = 'exit' AND state <> 'dropped' ORDER BY due_on DESC LIMIT 1`, c.ID).Scan(&exit.State, &exit.OpensOn)
	if err != nil && !noRow(err) {
		return fmt.Errorf("read the exit follow-up: %w", err)
	}
	return exit.mayBe(in, held)
}

// Drop ends every open follow-up of a person who left the programme or died,
// within tx.
func Drop(ctx context.Context, tx *postgres.Tx, caseID string) error {
	_, err := tx.Exec(ctx, `UPDATE followups SET state = 'dropped', version = version + 1 WHERE case_id = $1 AND state = 'open'`, caseID)
	if err != nil {
		return fmt.Errorf("drop follow-ups: %w", err)
	}
	return nil
}
