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
// be recorded; the others may come at any time after the arrival.
var needsState = map[ExitOutcome]string{Reached: "done", Lost: "lost", DeclinedContact: "declined"}

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
		if want := needsState[in.Outcome]; want != "" {
			var have string
			err := tx.QueryRow(ctx, `SELECT coalesce((SELECT state FROM followups WHERE case_id = $1 AND kind = 'exit' AND state <> 'dropped' ORDER BY due_on DESC LIMIT 1), 'missing')`, c.ID).Scan(&have)
			if err != nil {
				return casefile.Case{}, fmt.Errorf("read the exit follow-up: %w", err)
			}
			if have != want {
				return casefile.Case{}, fault.Conflictf("R35", "This outcome needs the exit follow-up to be %s; it is %s.", want, have)
			}
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

// Drop ends every open follow-up of a person who left the programme or died,
// within tx.
func Drop(ctx context.Context, tx *postgres.Tx, caseID string) error {
	_, err := tx.Exec(ctx, `UPDATE followups SET state = 'dropped', version = version + 1 WHERE case_id = $1 AND state = 'open'`, caseID)
	if err != nil {
		return fmt.Errorf("drop follow-ups: %w", err)
	}
	return nil
}
