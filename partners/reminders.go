package partners

import (
	"context"
	"fmt"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
)

// RemindOfAnswers queues, once for each, the letters that the answer to a
// hand-off is due on the partner's next working day (R20).
func RemindOfAnswers(ctx context.Context, db *postgres.DB) (queued int, err error) {
	type open struct {
		ID, CaseID, Code, PartnerID string
		AnswerDueOn                 calendar.Date
		TimeZone                    string
		WorkingDays                 []int
		Holidays                    []calendar.Date
	}
	return postgres.Write(ctx, db, access.Program, "remind-of-answers", func(ctx context.Context, tx *postgres.Tx) (int, error) {
		rows, err := postgres.Collect[open](ctx, tx, `SELECT h.id, h.case_id, c.code, h.partner_id, h.answer_due_on, p.time_zone, p.working_days, p.holidays
			FROM handoffs h JOIN cases c ON c.id = h.case_id JOIN partners p ON p.id = h.partner_id
			WHERE h.state IN ('offered','received') AND h.answer_due_on >= $1 ORDER BY h.id`, tx.Today)
		if err != nil {
			return 0, fmt.Errorf("find hand-offs that await an answer: %w", err)
		}
		var letters []outbox.Letter
		for _, h := range rows {
			entry := RegistryEntry{TimeZone: h.TimeZone, WorkingDays: h.WorkingDays, Holidays: h.Holidays}
			due, err := entry.lastCall(tx.Now, h.AnswerDueOn)
			if err != nil {
				return 0, err
			}
			if due {
				letters = append(letters, outbox.Letter{Once: "handoff:" + h.ID + ":due", Kind: letter.HandoffDue,
					CaseID: h.CaseID, CaseCode: h.Code, PartnerID: h.PartnerID, HandoffID: h.ID, DueOn: h.AnswerDueOn})
			}
		}
		return outbox.QueueAll(ctx, tx, letters)
	})
}
