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

// Close ends a case that was declined, withdrawn or exited. It is refused, with a
// list, while payments or incidents are open, or concerns or partners' reports
// unanswered. Hand-offs in progress are completed, others revoked.
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
	_ = postgres.Rule("case_closed_with_open_concerns", concernsOpen(nil))
	_ = postgres.Rule("case_closed_with_open_reports", reportsOpen(nil))
)

func paymentsOpen(fields []fault.Field) *fault.Error {
	return fault.Missing("R26", "The case cannot be closed while payments are open: settle or cancel them.", fields)
}

func incidentsOpen(fields []fault.Field) *fault.Error {
	return fault.Missing("R35", "The case cannot be closed while an incident is open: close it with how it ended, also where others took it over.", fields)
}

func concernsOpen(fields []fault.Field) *fault.Error {
	return fault.Missing("R35", "The case cannot be closed while a concern stands on it: say what was done about it.", fields)
}

func reportsOpen(fields []fault.Field) *fault.Error {
	return fault.Missing("R35", "The case cannot be closed while a partner's report waits: mark it as seen, or answer it.", fields)
}

// refuseWhatIsOpen names every open payment, incident, concern and report, under the
// sentence of the first that there is; the database refuses them, too.
func refuseWhatIsOpen(ctx context.Context, tx *postgres.Tx, caseID string) error {
	payments, err := openPayments(ctx, tx, caseID)
	if err != nil {
		return err
	}
	incidents, err := followup.OpenIncidents(ctx, tx, caseID)
	if err != nil {
		return err
	}
	concerns, err := followup.OpenConcerns(ctx, tx, caseID)
	if err != nil {
		return err
	}
	reports, err := followup.OpenReports(ctx, tx, caseID)
	if err != nil {
		return err
	}
	var refused func([]fault.Field) *fault.Error
	var all []fault.Field
	for _, open := range []struct {
		refused func([]fault.Field) *fault.Error
		fields  []fault.Field
	}{
		{paymentsOpen, payments},
		{incidentsOpen, fieldsOf("incidents.", incidents, func(i followup.ExitIncident) string { return i.ID })},
		{concernsOpen, fieldsOf("concerns.", concerns, func(c followup.ExitConcern) string { return c.ID })},
		{reportsOpen, fieldsOf("reports.", reports, func(r followup.ExitReport) string { return r.ID })},
	} {
		if refused == nil && len(open.fields) > 0 {
			refused = open.refused
		}
		all = append(all, open.fields...)
	}
	if refused == nil {
		return nil
	}
	return refused(all)
}

// fieldsOf are things that are open, each under its id with its own sentence.
func fieldsOf[T fmt.Stringer](path string, open []T, id func(T) string) (fields []fault.Field) {
	for _, o := range open {
		fields = append(fields, fault.Field{Path: path + id(o), Message: o.String()})
	}
	return fields
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
