package partners

import (
	"context"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/internal/calendar"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
	"hjemvej/internal/seal"
)

// follow does what a new report leads to: it acts as the program.
func (r handoffRow) follow(ctx context.Context, tx *postgres.Tx, report string, in NewReport) error {
	kind := Reportings[in.Kind]
	return tx.AsProgram(ctx, func() error {
		if in.Kind == BookingConfirmed {
			if err := r.confirmBooking(ctx, tx, in.HappenedOn); err != nil {
				return err
			}
		}
		if kind.Leads {
			if err := concernsChanged(ctx, tx, r.CaseID); err != nil {
				return err
			}
		}
		return r.tell(ctx, tx, kind, report)
	})
}

// openIncident begins the incident that a report of danger is, with the report's
// words. The letter about the report tells of it.
func (r handoffRow) openIncident(ctx context.Context, tx *postgres.Tx, key seal.Key, report string, in NewReport) error {
	kind := Reportings[in.Kind].Opens
	if kind == "" {
		return nil
	}
	_, err := followup.OpenIncident(ctx, tx, key, r.CaseID, report, followup.NewIncident{Kind: kind, OccurredOn: in.HappenedOn, Text: in.Text})
	return err
}

// confirmBooking notes the day of the confirmation where none is noted (R19).
func (r handoffRow) confirmBooking(ctx context.Context, tx *postgres.Tx, on calendar.Date) error {
	_, err := tx.Exec(ctx, `UPDATE departures SET confirmed_on = $2, version = version + 1 WHERE case_id = $1 AND confirmed_on IS NULL`, r.CaseID, on)
	if err != nil {
		return fmt.Errorf("confirm a booking: %w", err)
	}
	return nil
}

// concernsChanged raises the case's version: whoever is about to change the case
// reads it again, with the concern, and decides anew.
func concernsChanged(ctx context.Context, tx *postgres.Tx, caseID string) error {
	if _, err := tx.Exec(ctx, `UPDATE cases SET version = version + 1 WHERE id = $1`, caseID); err != nil {
		return fmt.Errorf("mark a case: %w", err)
	}
	return nil
}

func (r handoffRow) tell(ctx context.Context, tx *postgres.Tx, kind Reporting, report string) error {
	if kind.Tells == "" {
		return nil
	}
	readers := []string{r.ContactPersonID}
	if kind.Leads {
		leads, err := casefile.TeamLeads(ctx, tx, r.TeamID)
		if err != nil {
			return err
		}
		readers = append(readers, leads...)
	}
	for _, user := range readers {
		_, err := outbox.Queue(ctx, tx, outbox.Letter{Once: "report:" + report + ":" + user, Kind: kind.Tells, CaseID: r.CaseID, UserID: user, ReportID: report})
		if err != nil {
			return err
		}
	}
	return nil
}
