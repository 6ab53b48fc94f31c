package casefile

import (
	"context"
	"fmt"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
)

// WarnDays are the days before its last day on which the end of a reflection
// period is announced (R3).
var WarnDays = []int{14, 7, 1}

// WarningFor is the warning that is due with so many days left: the latest one
// reached, so that after an outage one letter goes out and not three. 0 is none.
func WarningFor(left int) int {
	due := 0
	for _, d := range WarnDays {
		if left <= d && left >= 0 {
			due = d
		}
	}
	return due
}

// WarnReflection queues the letters that a reflection period runs out: 14, 7
// and 1 days before, once each (R3).
func WarnReflection(ctx context.Context, db *postgres.DB) (queued int, err error) {
	type due struct {
		ID, Code, ContactPersonID string
		EndsOn                    calendar.Date
	}
	return postgres.Write(ctx, db, access.Program, "warn-reflection", func(ctx context.Context, tx *postgres.Tx) (int, error) {
		rows, err := postgres.Collect[due](ctx, tx, `SELECT id, code, contact_person_id, reflection_ends_on AS ends_on FROM cases
			WHERE reflection_ended_on IS NULL AND reflection_ends_on BETWEEN $1::date + 1 AND $1::date + 14
			  AND departed_on IS NULL AND state NOT IN ('closed','withdrawn','joined') ORDER BY id`, tx.Today)
		if err != nil {
			return 0, fmt.Errorf("find periods that run out: %w", err)
		}
		letters := make([]outbox.Letter, len(rows))
		for i, c := range rows {
			left := c.EndsOn.DaysSince(tx.Today)
			letters[i] = outbox.Letter{Once: fmt.Sprintf("reflection:%s:%s:%d", c.ID, c.EndsOn, WarningFor(left)), Kind: letter.ReflectionEnds,
				CaseID: c.ID, CaseCode: c.Code, UserID: c.ContactPersonID, Days: left, DueOn: c.EndsOn}
		}
		return outbox.QueueAll(ctx, tx, letters)
	})
}

// EndReflection ends, on the day after its last day, every reflection period
// that ran out, and answers how many. Nothing that is shown changes, so whoever
// edits the case meanwhile is not disturbed.
func EndReflection(ctx context.Context, db *postgres.DB) (ended int, err error) {
	return postgres.Write(ctx, db, access.Program, "end-reflection", func(ctx context.Context, tx *postgres.Tx) (int, error) {
		rows, err := postgres.Collect[struct{ ID, Code string }](ctx, tx, `UPDATE cases SET reflection_ended_on = reflection_ends_on
			WHERE reflection_ends_on < $1 AND reflection_ended_on IS NULL AND state <> 'joined' RETURNING id, code`, tx.Today)
		if err != nil {
			return 0, fmt.Errorf("end periods: %w", err)
		}
		for _, c := range rows {
			tx.Touch(c.ID, c.Code, "")
		}
		return len(rows), nil
	})
}

// consentWarnDays is how long before its last day a consent's end is announced.
const consentWarnDays = 14

// WarnConsents queues, once for each, the letters that a consent expires soon:
// what it covers will then not be shared any more (R7).
func WarnConsents(ctx context.Context, db *postgres.DB) (queued int, err error) {
	type due struct {
		ID, CaseID, Code, ContactPersonID string
		ValidUntil                        calendar.Date
	}
	return postgres.Write(ctx, db, access.Program, "warn-consents", func(ctx context.Context, tx *postgres.Tx) (int, error) {
		rows, err := postgres.Collect[due](ctx, tx, `SELECT min(k.id::text) AS id, k.case_id, c.code, c.contact_person_id, k.valid_until FROM consents k JOIN cases c ON c.id = k.case_id
			WHERE k.withdrawn_at IS NULL AND k.valid_until BETWEEN $1::date + 1 AND $1::date + $2::int AND c.state NOT IN ('closed','withdrawn','joined','declined')
			GROUP BY k.case_id, c.code, c.contact_person_id, k.valid_until ORDER BY k.case_id, k.valid_until`, tx.Today, consentWarnDays)
		if err != nil {
			return 0, fmt.Errorf("find consents that expire: %w", err)
		}
		letters := make([]outbox.Letter, len(rows))
		for i, c := range rows {
			letters[i] = outbox.Letter{Once: fmt.Sprintf("consents:%s:%s", c.CaseID, c.ValidUntil), Kind: letter.ConsentExpires,
				CaseID: c.CaseID, CaseCode: c.Code, UserID: c.ContactPersonID, Days: c.ValidUntil.DaysSince(tx.Today), DueOn: c.ValidUntil}
		}
		return outbox.QueueAll(ctx, tx, letters)
	})
}
