package followup

import (
	"context"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/money"
	"hjemvej/internal/postgres"
)

// ExitStanding is what the exit of a case stands on, and what it lacks (R35).
type ExitStanding struct {
	ExitFacts
	Missing []string `json:"missing" nullable:"false" doc:"All of it at once; empty where nothing is"`
}

// ReadExitReview is everything that is missing or open for the exit of a case.
func ReadExitReview(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, code string) (ExitStanding, error) {
	return postgres.Write(ctx, db, who, "read-exit-review", func(ctx context.Context, tx *postgres.Tx) (ExitStanding, error) {
		c, err := casefile.Find(ctx, tx, code)
		if err != nil {
			return ExitStanding{}, err
		}
		f := ExitFacts{LastDay: c.LastDay, Passed: !c.LastDay.IsZero() && c.DayThere(tx.Now).After(c.LastDay)}
		if c.ExitOutcome != nil {
			f.Outcome = ExitOutcome(*c.ExitOutcome)
		}
		if err := f.readContact(ctx, tx, v, c.ID); err != nil {
			return ExitStanding{}, err
		}
		if err := f.readMoney(ctx, tx, c.ID); err != nil {
			return ExitStanding{}, err
		}
		if err := f.readUnanswered(ctx, tx, c.ID); err != nil {
			return ExitStanding{}, err
		}
		f.Handoffs, err = postgres.Collect[ExitHandoff](ctx, tx, `SELECT id, partner_id, state FROM handoffs
			WHERE case_id = $1 AND state IN ('draft','offered','received','accepted','in_progress') ORDER BY offered_at, id`, c.ID)
		if err != nil {
			return ExitStanding{}, fmt.Errorf("find open hand-offs: %w", err)
		}
		f.Handoffs = append([]ExitHandoff{}, f.Handoffs...)
		return ExitStanding{f, ExitMissing(f)}, nil
	})
}

func (f *ExitFacts) readContact(ctx context.Context, tx *postgres.Tx, v person.Vault, caseID string) error {
	f.LostMissing = []string{}
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM surveys WHERE case_id = $1 AND kind = 'exit'
		AND ends_before($1, answered_on) = (SELECT count(*) FROM extensions WHERE case_id = $1 AND approved_at IS NOT NULL))`, caseID).Scan(&f.Surveyed)
	if err != nil {
		return fmt.Errorf("find the exit survey: %w", err)
	}
	slot, err := postgres.One[followupRow](ctx, tx, followupSQL+`WHERE f.case_id = $1 AND f.kind = 'exit' AND f.state <> 'dropped' ORDER BY f.due_on DESC LIMIT 1`, caseID)
	if noRow(err) {
		f.Followup = "missing"
		return nil
	}
	if err != nil {
		return fmt.Errorf("find the exit follow-up: %w", err)
	}
	if f.Followup = slot.State; slot.State != "open" {
		return nil
	}
	missing, err := slot.lostMissing(ctx, tx, v)
	f.LostMissing = append(f.LostMissing, missing...)
	return err
}

// What is read of the money is read here: support stands on this room.
func (f *ExitFacts) readMoney(ctx context.Context, tx *postgres.Tx, caseID string) error {
	f.Payments, f.Lines = []ExitPayment{}, []ExitLine{}
	open, err := postgres.Collect[struct{ ID, Line, Amount, Currency, State string }](ctx, tx, `SELECT p.id, l.key AS line, trim_scale(p.amount)::text AS amount, p.currency, p.state
		FROM payments p JOIN budget_lines l ON l.id = p.line_id WHERE p.case_id = $1 AND p.state IN ('planned','authorised','sent') ORDER BY l.key, p.planned_for, p.id`, caseID)
	if err != nil {
		return fmt.Errorf("find open payments: %w", err)
	}
	for _, p := range open {
		amount, err := money.New(p.Amount, p.Currency)
		if err != nil {
			return err
		}
		f.Payments = append(f.Payments, ExitPayment{p.ID, p.Line, amount, p.State})
	}
	lines, err := postgres.Collect[struct{ Key, Unspent, Unreceived string }](ctx, tx, `SELECT key, unspent::text, unreceived::text FROM line_remains WHERE case_id = $1 ORDER BY key`, caseID)
	if err != nil {
		return fmt.Errorf("find unspent lines: %w", err)
	}
	for _, l := range lines {
		unspent, err := money.New(l.Unspent, money.Krone)
		if err != nil {
			return err
		}
		unreceived, err := money.New(l.Unreceived, money.Krone)
		if err != nil {
			return err
		}
		f.Lines = append(f.Lines, ExitLine{l.Key, unspent, unreceived})
	}
	return nil
}

func (f *ExitFacts) readUnanswered(ctx context.Context, tx *postgres.Tx, caseID string) (err error) {
	if f.Incidents, err = OpenIncidents(ctx, tx, caseID); err != nil {
		return err
	}
	if f.Concerns, err = OpenConcerns(ctx, tx, caseID); err != nil {
		return err
	}
	if f.Reports, err = OpenReports(ctx, tx, caseID); err != nil {
		return err
	}
	if f.Extensions, err = listOpen[ExitAsked](ctx, tx, "extensions", `SELECT id, until FROM extensions WHERE case_id = $1 AND state = 'asked'`, caseID); err != nil {
		return err
	}
	f.Followups, err = listOpen[ExitOwed](ctx, tx, "follow-ups", `SELECT id, kind, due_on FROM followups
		WHERE case_id = $1 AND state = 'open' AND kind NOT IN ('exit','month_12') ORDER BY due_on, kind, ref`, caseID)
	return err
}

// OpenConcerns are the concerns of a case that nobody has acknowledged, the oldest
// first.
func OpenConcerns(ctx context.Context, tx *postgres.Tx, caseID string) ([]ExitConcern, error) {
	return listOpen[ExitConcern](ctx, tx, "concerns", `SELECT id, kind, (raised_at AT TIME ZONE 'Europe/Copenhagen')::date AS raised_on FROM concerns
		WHERE case_id = $1 AND acknowledged_at IS NULL ORDER BY raised_at, id`, caseID)
}

// OpenReports are partners' reports about a case that nobody has answered, the
// oldest first.
func OpenReports(ctx context.Context, tx *postgres.Tx, caseID string) ([]ExitReport, error) {
	return listOpen[ExitReport](ctx, tx, "reports", `SELECT id, kind, happened_on FROM partner_reports WHERE case_id = $1 AND state = 'open' ORDER BY recorded_at, id`, caseID)
}

// OpenIncidents are the incidents of a case that are not closed, the oldest first.
func OpenIncidents(ctx context.Context, tx *postgres.Tx, caseID string) ([]ExitIncident, error) {
	return listOpen[ExitIncident](ctx, tx, "incidents", `SELECT id, kind, occurred_on FROM incidents WHERE case_id = $1 AND state <> 'closed' ORDER BY occurred_on, recorded_at, id`, caseID)
}

// listOpen is what is open of a case: an empty list where nothing is.
func listOpen[T any](ctx context.Context, tx *postgres.Tx, what, sql, caseID string) ([]T, error) {
	open, err := postgres.Collect[T](ctx, tx, sql, caseID)
	if err != nil {
		return nil, fmt.Errorf("find open %s: %w", what, err)
	}
	return append([]T{}, open...), nil
}
