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

// Escalate queues the letters about hand-offs that nobody answered: at the
// deadline the partner again, a working day later the contact person, another
// one later the team lead (R20). Each goes out once.
func Escalate(ctx context.Context, db *postgres.DB) (queued int, err error) {
	type due struct {
		ID, CaseID, Code, PartnerID, ContactPersonID, TeamID string
		AnswerDueOn                                          calendar.Date
	}
	return postgres.Write(ctx, db, access.Program, "escalate-handoffs", func(ctx context.Context, tx *postgres.Tx) (int, error) {
		rows, err := postgres.Collect[due](ctx, tx, `SELECT h.id, h.case_id, c.code, h.partner_id, c.contact_person_id, c.team_id, h.answer_due_on
			FROM handoffs h JOIN cases c ON c.id = h.case_id WHERE h.state IN ('offered','received') AND h.answer_due_on < $1 ORDER BY h.id`, tx.Today)
		if err != nil {
			return 0, fmt.Errorf("find unanswered hand-offs: %w", err)
		}
		queued := 0
		for _, h := range rows {
			late := h.AnswerDueOn.WorkdaysUntil(tx.Today)
			letters := []outbox.Letter{{PartnerID: h.PartnerID}}
			if late > 1 {
				letters = append(letters, outbox.Letter{UserID: h.ContactPersonID})
			}
			if late > 2 {
				leads, err := postgres.Collect[struct{ ID string }](ctx, tx, `SELECT id FROM users WHERE team_id = $1 AND role = 'team_lead' AND active`, h.TeamID)
				if err != nil {
					return queued, fmt.Errorf("find team leads: %w", err)
				}
				for _, l := range leads {
					letters = append(letters, outbox.Letter{UserID: l.ID})
				}
			}
			for i := range letters {
				l := &letters[i]
				l.Once = fmt.Sprintf("handoff:%s:unanswered:%s%s", h.ID, l.PartnerID, l.UserID)
				l.Kind, l.CaseID, l.CaseCode, l.HandoffID, l.DueOn = letter.HandoffUnanswered, h.CaseID, h.Code, h.ID, h.AnswerDueOn
			}
			n, err := outbox.QueueAll(ctx, tx, letters)
			queued += n
			if err != nil {
				return queued, err
			}
		}
		return queued, nil
	})
}

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
