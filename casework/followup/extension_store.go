package followup

import (
	"context"
	"fmt"
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// NewExtension asks that support lasts longer than six months (R32).
type NewExtension struct {
	Until  calendar.Date `json:"until" format:"date" example:"2027-06-30" doc:"The new last day: after the present one, and at most twelve calendar months after the arrival"`
	Reason string        `json:"reason" minLength:"3" maxLength:"1000" example:"The training ends in June"`
}

// Extended is an extension that was asked for, and where another approved it, in
// force.
type Extended struct {
	ID         string        `json:"id" format:"uuid"`
	Until      calendar.Date `json:"until" format:"date" doc:"The last day of support, unless the six months after a corrected arrival reach further"`
	Reason     string        `json:"reason"`
	AskedBy    string        `json:"asked_by" format:"uuid"`
	AskedAt    time.Time     `json:"asked_at"`
	ApprovedBy string        `json:"approved_by,omitempty" format:"uuid"`
	ApprovedAt *time.Time    `json:"approved_at,omitempty" doc:"Left out while it is only asked for"`
}

const extensionsSQL = `SELECT e.id, e.until, e.reason, e.asked_by, e.asked_at, coalesce(e.approved_by::text, '') AS approved_by, e.approved_at
	FROM extensions e JOIN cases c ON c.id = e.case_id `

var (
	supportIsOver    = fault.Conflictf("R32", "Support is extended while it runs: after the arrival, and on its last day at the latest.")
	notYourExtension = fault.Conflictf("R32", "Whoever asked for an extension cannot approve it.")
	isApproved       = fault.Conflictf("R32", "The extension was approved before.")
	notWithin        = fault.Invalidf("body.until", "must lie after the last day of support, and at most twelve months after the arrival")

	_ = postgres.Rule("extension_while_supported", supportIsOver)
	_ = postgres.Rule("extension_within", notWithin)
	_ = postgres.Rule("extension_four_eyes", notYourExtension)
	_ = postgres.Rule("extension_approval_is_final", isApproved)
)

// AskExtension asks for a later last day. Nothing changes before another person
// approves it.
func AskExtension(ctx context.Context, db *postgres.DB, who access.Actor, code string, in NewExtension) (Extended, error) {
	return postgres.Write(ctx, db, who, "ask-extension", func(ctx context.Context, tx *postgres.Tx) (Extended, error) {
		c, err := casefile.Lock(ctx, tx, code, 0)
		if err != nil {
			return Extended{}, err
		}
		if err := mayExtend(c, in.Until, tx.Today); err != nil {
			return Extended{}, err
		}
		var id string
		err = tx.QueryRow(ctx, `INSERT INTO extensions (case_id, until, reason, asked_by) VALUES ($1,$2,$3,$4) RETURNING id`, c.ID, in.Until, in.Reason, who.ID).Scan(&id)
		if err != nil {
			return Extended{}, fmt.Errorf("ask for an extension: %w", err)
		}
		tx.Touch(c.ID, c.Code, id)
		return shownExtension(ctx, tx, code, id)
	})
}

func mayExtend(c *casefile.Row, until, today calendar.Date) error {
	switch {
	case c.State != casefile.Arrived || today.After(c.LastDay):
		return supportIsOver
	case !until.After(c.LastDay) || until.After(c.ArrivedOn.AddMonths(ExtendedMonths)):
		return notWithin
	}
	return nil
}

// ApproveExtension moves the last day of support, and the exit with it; whoever
// asked cannot. Payments may be dated until the new last day (R23).
func ApproveExtension(ctx context.Context, db *postgres.DB, who access.Actor, code, id string) (Extended, error) {
	return postgres.Write(ctx, db, who, "approve-extension", func(ctx context.Context, tx *postgres.Tx) (Extended, error) {
		c, err := casefile.Lock(ctx, tx, code, 0)
		if err != nil {
			return Extended{}, err
		}
		e, err := shownExtension(ctx, tx, code, id)
		if err != nil {
			return Extended{}, err
		}
		tx.Touch(c.ID, c.Code, id)
		switch {
		case e.ApprovedAt != nil:
			return Extended{}, isApproved
		case e.AskedBy == who.ID:
			return Extended{}, notYourExtension
		}
		if err := mayExtend(c, e.Until, tx.Today); err != nil {
			return Extended{}, err
		}
		if _, err := tx.Exec(ctx, `UPDATE extensions SET approved_by = $2, approved_at = $3 WHERE id = $1`, id, who.ID, tx.Now); err != nil {
			return Extended{}, fmt.Errorf("approve an extension: %w", err)
		}
		if _, err := tx.Exec(ctx, `UPDATE cases SET last_day = $2, version = version + 1 WHERE id = $1`, c.ID, e.Until); err != nil {
			return Extended{}, fmt.Errorf("move the last day: %w", err)
		}
		if err := replanned(ctx, tx, c.ID); err != nil {
			return Extended{}, err
		}
		return shownExtension(ctx, tx, code, id)
	})
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
