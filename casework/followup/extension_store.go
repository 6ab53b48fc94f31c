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

const extensionsSQL = `SELECT e.id, e.state, e.until, e.reason, e.asked_by, e.asked_at, coalesce(e.approved_by::text, '') AS approved_by, e.approved_at,
		coalesce(e.ended_by::text, '') AS ended_by, e.ended_at, coalesce(e.refusal, '') AS refusal
	FROM extensions e JOIN cases c ON c.id = e.case_id `

// AskExtension asks for a later last day, and tells those who may approve. Nothing
// changes before one of them does. One extension of a case waits at a time.
func AskExtension(ctx context.Context, db *postgres.DB, who access.Actor, code string, in NewExtension) (Extended, error) {
	return postgres.Write(ctx, db, who, "ask-extension", func(ctx context.Context, tx *postgres.Tx) (Extended, error) {
		c, err := casefile.Lock(ctx, tx, code, 0)
		if err != nil {
			return Extended{}, err
		}
		if err := mayExtend(c, in.Until, c.LastDay, c.DayThere(tx.Now), supportIsOver); err != nil {
			return Extended{}, err
		}
		var id string
		err = tx.QueryRow(ctx, `INSERT INTO extensions (case_id, until, reason, asked_by) VALUES ($1,$2,$3,$4) RETURNING id`, c.ID, in.Until, in.Reason, who.ID).Scan(&id)
		if err != nil {
			return Extended{}, fmt.Errorf("ask for an extension: %w", err)
		}
		tx.Touch(c.ID, c.Code, id)
		if err := tellAsked(ctx, tx, c, id); err != nil {
			return Extended{}, err
		}
		return shownExtension(ctx, tx, code, id)
	})
}

// ApproveExtension moves the last day of support, and the exit with it; whoever
// asked cannot. Payments may be dated until the new last day (R23). What was asked
// for in time may be approved for some days after the last day: support then goes on
// as if it had not ended, without a day between.
func ApproveExtension(ctx context.Context, db *postgres.DB, who access.Actor, code, id string) (Extended, error) {
	return decideExtension(ctx, db, who, "approve-extension", code, id, func(ctx context.Context, tx *postgres.Tx, c *casefile.Row, e Extended) error {
		if e.AskedBy == who.ID {
			return notYourExtension
		}
		if err := mayExtend(c, e.Until, lastDecision(c.LastDay), c.DayThere(tx.Now), tooLateToDecide); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE extensions SET approved_by = $2, approved_at = $3 WHERE id = $1`, id, who.ID, tx.Now); err != nil {
			return fmt.Errorf("approve an extension: %w", err)
		}
		_, err := tx.Exec(ctx, `UPDATE cases SET last_day = $2, support_ended_on = NULL, version = version + 1 WHERE id = $1`, c.ID, e.Until)
		if err != nil {
			return fmt.Errorf("move the last day: %w", err)
		}
		return replanned(ctx, tx, c.ID)
	})
}

// RefuseExtension refuses it, with the reason; whoever asked cannot.
func RefuseExtension(ctx context.Context, db *postgres.DB, who access.Actor, code, id string, in Refusal) (Extended, error) {
	return decideExtension(ctx, db, who, "refuse-extension", code, id, func(ctx context.Context, tx *postgres.Tx, _ *casefile.Row, e Extended) error {
		if e.AskedBy == who.ID {
			return notYourExtension
		}
		return endExtension(ctx, tx, id, ExtensionRefused, in.Reason)
	})
}

// WithdrawExtension takes back an extension that is not decided: by whoever asked
// for it, or the contact person.
func WithdrawExtension(ctx context.Context, db *postgres.DB, who access.Actor, code, id string) (Extended, error) {
	return decideExtension(ctx, db, who, "withdraw-extension", code, id, func(ctx context.Context, tx *postgres.Tx, c *casefile.Row, e Extended) error {
		if who.ID != e.AskedBy && who.ID != c.ContactPersonID {
			return notYoursToEnd
		}
		return endExtension(ctx, tx, id, ExtensionWithdrawn, "")
	})
}

// decideExtension does what decides an extension that waits, and tells whoever
// waits for the decision.
func decideExtension(ctx context.Context, db *postgres.DB, who access.Actor, op access.Operation, code, id string,
	do func(context.Context, *postgres.Tx, *casefile.Row, Extended) error) (Extended, error) {
	return postgres.Write(ctx, db, who, op, func(ctx context.Context, tx *postgres.Tx) (Extended, error) {
		c, err := casefile.Lock(ctx, tx, code, 0)
		if err != nil {
			return Extended{}, err
		}
		e, err := shownExtension(ctx, tx, code, id)
		if err != nil {
			return Extended{}, err
		}
		tx.Touch(c.ID, c.Code, id)
		if e.State != ExtensionAsked {
			return Extended{}, isDecided
		}
		if err := do(ctx, tx, c, e); err != nil {
			return Extended{}, err
		}
		if err := tellDecided(ctx, tx, c, e); err != nil {
			return Extended{}, err
		}
		return shownExtension(ctx, tx, code, id)
	})
}

func endExtension(ctx context.Context, tx *postgres.Tx, id string, as ExtensionState, why string) error {
	_, err := tx.Exec(ctx, `UPDATE extensions SET ended_as = $2, ended_by = $3, ended_at = $4, refusal = nullif($5, '') WHERE id = $1`, id, string(as), tx.Who.ID, tx.Now, why)
	if err != nil {
		return fmt.Errorf("end an extension: %w", err)
	}
	return nil
}

// ListExtensions is every extension of a case that was asked for, oldest first.
func ListExtensions(ctx context.Context, db *postgres.DB, who access.Actor, code string) ([]Extended, error) {
	return postgres.Write(ctx, db, who, "list-extensions", func(ctx context.Context, tx *postgres.Tx) ([]Extended, error) {
		c, err := casefile.Find(ctx, tx, code)
		if err != nil {
			return nil, err
		}
		out, err := postgres.Collect[Extended](ctx, tx, extensionsSQL+`WHERE c.id = $1 ORDER BY e.asked_at, e.id`, c.ID)
		if err != nil {
			return nil, fmt.Errorf("list extensions: %w", err)
		}
		return append([]Extended{}, out...), nil
	})
}

func shownExtension(ctx context.Context, tx *postgres.Tx, code, id string) (Extended, error) {
	e, err := postgres.One[Extended](ctx, tx, extensionsSQL+`WHERE c.code = $1 AND e.id = $2`, code, id)
	if noRow(err) {
		return e, fault.NoSuch("extension")
	}
	return e, err
}

// approvedExtensions are the last days that were approved for a case.
func approvedExtensions(ctx context.Context, tx *postgres.Tx, caseID string) ([]calendar.Date, error) {
	rows, err := postgres.Collect[struct{ Until calendar.Date }](ctx, tx, `SELECT until FROM extensions WHERE case_id = $1 AND approved_at IS NOT NULL ORDER BY until`, caseID)
	if err != nil {
		return nil, fmt.Errorf("read extensions: %w", err)
	}
	out := make([]calendar.Date, len(rows))
	for i, r := range rows {
		out[i] = r.Until
	}
	return out, nil
}
