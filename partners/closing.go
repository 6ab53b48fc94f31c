package partners

import (
	"context"
	"fmt"
	"slices"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/money"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
)

// Closing ends a case.
type Closing struct {
	ClosedOn calendar.Date `json:"closed_on" format:"date" example:"2027-04-20"`
}

// Close ends a case that was declined, withdrawn or exited. It is refused, with
// a list, while payments or incidents are open. Hand-offs in progress are completed, others
// revoked.
func Close(ctx context.Context, db *postgres.DB, who access.Actor, code string, version int, in Closing) (casefile.Case, error) {
	return postgres.Write(ctx, db, who, "close-case", func(ctx context.Context, tx *postgres.Tx) (casefile.Case, error) {
		c, err := casefile.Lock(ctx, tx, code, version)
		if err != nil {
			return casefile.Case{}, err
		}
		if err := c.State.Move(casefile.Closed); err != nil {
			return casefile.Case{}, err
		}
		if err := c.Happened("body.closed_on", in.ClosedOn, tx.Today); err != nil {
			return casefile.Case{}, err
		}
		if err := refuseWhatIsOpen(ctx, tx, c.ID); err != nil {
			return casefile.Case{}, err
		}
		completed, err := postgres.Collect[ended](ctx, tx, `UPDATE handoffs SET state = 'completed', completed_at = $2, version = version + 1
			WHERE case_id = $1 AND state IN ('accepted','in_progress') RETURNING id, partner_id, $3 AS event`, c.ID, tx.Now, string(outbox.HandoffCompleted))
		if err != nil {
			return casefile.Case{}, fmt.Errorf("complete hand-offs: %w", err)
		}
		revoked, err := takeBack(ctx, tx, c.ID)
		if err != nil {
			return casefile.Case{}, err
		}
		if err := c.MoveTo(ctx, tx, casefile.Closed, `, closed_on = $3`, in.ClosedOn); err != nil {
			return casefile.Case{}, err
		}
		if err := tellEnded(ctx, tx, c.ID, slices.Concat(completed, revoked)); err != nil {
			return casefile.Case{}, err
		}
		return casefile.Shown(ctx, tx, code)
	})
}

var (
	_ = postgres.Rule("case_closed_with_open_payments", paymentsOpen(nil))
	_ = postgres.Rule("case_closed_with_open_incidents", incidentsOpen(nil))
)

func paymentsOpen(fields []fault.Field) *fault.Error {
	return fault.Missing("R26", "The case cannot be closed while payments are open: settle or cancel them.", fields)
}

func incidentsOpen(fields []fault.Field) *fault.Error {
	return fault.Missing("R35", "The case cannot be closed while an incident is open: close it with how it ended, also where others took it over.", fields)
}

// refuseWhatIsOpen names every open payment and incident; the database refuses
// them, too.
func refuseWhatIsOpen(ctx context.Context, tx *postgres.Tx, caseID string) error {
	fields, err := openPayments(ctx, tx, caseID)
	if err != nil {
		return err
	}
	refused := paymentsOpen
	if len(fields) == 0 {
		refused = incidentsOpen
	}
	incidents, err := followup.OpenIncidents(ctx, tx, caseID)
	if err != nil {
		return err
	}
	for _, i := range incidents {
		fields = append(fields, fault.Field{Path: "incidents." + i.ID, Message: i.String()})
	}
	if len(fields) == 0 {
		return nil
	}
	return refused(fields)
}

func openPayments(ctx context.Context, tx *postgres.Tx, caseID string) (fields []fault.Field, err error) {
	open, err := postgres.Collect[struct{ ID, Key, Amount, Currency, State string }](ctx, tx, `SELECT p.id, l.key, trim_scale(p.amount)::text AS amount, p.currency, p.state
		FROM payments p JOIN budget_lines l ON l.id = p.line_id
		WHERE p.case_id = $1 AND p.state IN ('planned','authorised','sent') ORDER BY l.key, p.planned_for, p.id`, caseID)
	if err != nil {
		return nil, fmt.Errorf("find open payments: %w", err)
	}
	for _, p := range open {
		amount, err := money.New(p.Amount, p.Currency)
		if err != nil {
			return nil, fmt.Errorf("read an open payment: %w", err)
		}
		fields = append(fields, fault.Field{Path: "payments." + p.ID, Message: fmt.Sprintf("%s: %s is %s.", p.Key, amount, p.State)})
	}
	return fields, nil
}
