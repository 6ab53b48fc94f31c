package partners

import (
	"context"
	"fmt"
	"slices"

	"hjemvej/casework/casefile"
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
				leads, err := casefile.TeamLeads(ctx, tx, h.TeamID)
				if err != nil {
					return queued, err
				}
				for _, user := range leads {
					letters = append(letters, outbox.Letter{UserID: user})
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

// mustBeSeen are the kinds of report that somebody has to mark as seen.
func mustBeSeen() (kinds []string) {
	for kind, r := range Reportings {
		if slices.Contains(r.Answers, ReportSeen) {
			kinds = append(kinds, string(kind))
		}
	}
	return kinds
}

// EscalateReports queues, once for each team lead, the letters about reports
// that must be seen and that nobody marked as seen by the next working day.
func EscalateReports(ctx context.Context, db *postgres.DB) (queued int, err error) {
	type due struct {
		ID, CaseID, Code, TeamID string
		ReportedOn               calendar.Date
	}
	return postgres.Write(ctx, db, access.Program, "escalate-reports", func(ctx context.Context, tx *postgres.Tx) (int, error) {
		rows, err := postgres.Collect[due](ctx, tx, `SELECT r.id, r.case_id, c.code, c.team_id, (r.recorded_at AT TIME ZONE 'Europe/Copenhagen')::date AS reported_on
			FROM partner_reports r JOIN cases c ON c.id = r.case_id WHERE r.state = 'open' AND r.kind = ANY ($1)
			  AND (r.recorded_at AT TIME ZONE 'Europe/Copenhagen')::date < $2
			  AND NOT EXISTS (SELECT FROM letters l WHERE l.report_id = r.id AND l.kind = 'report_unseen') ORDER BY r.recorded_at, r.id`, mustBeSeen(), tx.Today)
		if err != nil {
			return 0, fmt.Errorf("find unseen reports: %w", err)
		}
		var letters []outbox.Letter
		for _, r := range rows {
			if r.ReportedOn.AddWorkdays(1).After(tx.Today) {
				continue
			}
			leads, err := casefile.TeamLeads(ctx, tx, r.TeamID)
			if err != nil {
				return 0, err
			}
			for _, user := range leads {
				letters = append(letters, outbox.Letter{Once: "report:" + r.ID + ":unseen:" + user, Kind: letter.ReportUnseen,
					CaseID: r.CaseID, CaseCode: r.Code, UserID: user, ReportID: r.ID, DueOn: r.ReportedOn})
			}
		}
		return outbox.QueueAll(ctx, tx, letters)
	})
}
