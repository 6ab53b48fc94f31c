package followup

import (
	"context"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
)

// EndSupport ends, once its last day is over at the destination, every period of
// support that ran out (R23), and answers how many. The case stays open for its
// exit review.
func EndSupport(ctx context.Context, db *postgres.DB) (ended int, err error) {
	return postgres.Write(ctx, db, access.Program, "end-support", func(ctx context.Context, tx *postgres.Tx) (int, error) {
		rows, err := postgres.Collect[dueRow](ctx, tx, `SELECT c.id, c.id AS case_id, c.last_day AS due_on, `+caseColumns+` FROM cases c
			WHERE c.last_day < $1 AND c.support_ended_on IS NULL AND c.withdrawn_on IS NULL FOR UPDATE`, casefile.LastDayAnywhere(tx.Today))
		if err != nil {
			return 0, fmt.Errorf("find support that ran out: %w", err)
		}
		var over []string
		for _, c := range rows {
			if c.today(tx.Now).After(c.DueOn) {
				over = append(over, c.ID)
				tx.Touch(c.ID, c.Code, "")
			}
		}
		_, err = tx.Exec(ctx, `UPDATE cases SET support_ended_on = last_day, version = version + 1 WHERE id = ANY($1::uuid[])`, over)
		if err != nil {
			return 0, fmt.Errorf("end support: %w", err)
		}
		return len(over), nil
	})
}

// warnSupportDays are the days before the last day on which the contact person
// and the partners there are told that support ends.
var warnSupportDays = []int{30, 14, 7}

// WarnSupport queues the letters that support ends soon, once each for whoever is
// the contact person: one who took the case over has not read the former one's.
func WarnSupport(ctx context.Context, db *postgres.DB) (queued int, err error) {
	return postgres.Write(ctx, db, access.Program, "warn-support", func(ctx context.Context, tx *postgres.Tx) (int, error) {
		rows, err := postgres.Collect[dueRow](ctx, tx, `SELECT c.id, c.id AS case_id, c.last_day AS due_on, `+caseColumns+` FROM cases c
			WHERE c.state = 'arrived' AND c.support_ended_on IS NULL AND c.last_day BETWEEN $1 AND $1::date + 31 ORDER BY c.last_day, c.id`, tx.Today)
		if err != nil {
			return 0, fmt.Errorf("find support that ends: %w", err)
		}
		var letters []outbox.Letter
		for _, c := range rows {
			left := c.DueOn.DaysSince(c.today(tx.Now))
			if warning, ok := SupportWarning(left); ok {
				letters = append(letters, outbox.Letter{Once: fmt.Sprintf("support:%s:%s:%d:%s", c.CaseID, c.DueOn, warning, c.ContactPersonID), Kind: letter.SupportEnds,
					CaseID: c.CaseID, CaseCode: c.Code, UserID: c.ContactPersonID, Days: left, DueOn: c.DueOn})
			}
		}
		return outbox.QueueAll(ctx, tx, letters)
	})
}

// SupportWarning is which of the warnings stands when so many days of support are
// left; ok is false where none does, as on the last day. After an outage only the
// latest is worth a letter (R23).
func SupportWarning(left int) (warning int, ok bool) {
	for _, d := range warnSupportDays {
		if left <= d {
			warning = d
		}
	}
	return warning, warning > 0 && left > 0
}
