package followup

import (
	"context"
	"fmt"
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
)

// RemindIncidents queues the letters about incidents that nobody took in hand, to
// the leads on each working day after the one on which they were recorded, and
// about plans whose day has passed, to the contact person once. After an outage
// only the latest goes out.
func RemindIncidents(ctx context.Context, db *postgres.DB) (queued int, err error) {
	return postgres.Write(ctx, db, access.Program, "remind-incidents", func(ctx context.Context, tx *postgres.Tx) (int, error) {
		waiting, err := unattended(ctx, tx)
		if err != nil {
			return 0, err
		}
		late, err := plansPassed(ctx, tx)
		if err != nil {
			return 0, err
		}
		return outbox.QueueAll(ctx, tx, append(waiting, late...))
	})
}

func unattended(ctx context.Context, tx *postgres.Tx) (letters []outbox.Letter, err error) {
	type row struct {
		ID, CaseID, Code, TeamID string
		RecordedAt               time.Time
	}
	rows, err := postgres.Collect[row](ctx, tx, `SELECT i.id, i.case_id, c.code, c.team_id, i.recorded_at
		FROM incidents i JOIN cases c ON c.id = i.case_id WHERE i.state = 'open' ORDER BY i.recorded_at, i.id`)
	if err != nil {
		return nil, fmt.Errorf("find unattended incidents: %w", err)
	}
	for _, i := range rows {
		recorded := calendar.Today(i.RecordedAt)
		day := UnattendedOn(recorded, tx.Today)
		if day.IsZero() {
			continue
		}
		leads, err := casefile.TeamLeads(ctx, tx, i.TeamID)
		if err != nil {
			return nil, err
		}
		for _, user := range leads {
			letters = append(letters, outbox.Letter{Once: fmt.Sprintf("incident:%s:waits:%s:%s", i.ID, day, user), Kind: letter.IncidentWaits,
				CaseID: i.CaseID, CaseCode: i.Code, UserID: user, DueOn: recorded})
		}
	}
	return letters, nil
}

func plansPassed(ctx context.Context, tx *postgres.Tx) ([]outbox.Letter, error) {
	rows, err := postgres.Collect[dueRow](ctx, tx, `SELECT i.id, i.case_id, i.plan_due_on AS due_on, `+caseColumns+`
		FROM incidents i JOIN cases c ON c.id = i.case_id WHERE i.state = 'in_hand' AND i.plan_due_on < $1 ORDER BY i.plan_due_on, i.id`, tx.Today)
	if err != nil {
		return nil, fmt.Errorf("find plans that passed: %w", err)
	}
	letters := make([]outbox.Letter, len(rows))
	for n, i := range rows {
		letters[n] = outbox.Letter{Once: fmt.Sprintf("incident:%s:plan:%s:%s", i.ID, i.DueOn, i.ContactPersonID), Kind: letter.IncidentPlanPassed,
			CaseID: i.CaseID, CaseCode: i.Code, UserID: i.ContactPersonID, DueOn: i.DueOn}
	}
	return letters, nil
}
