package followup

import (
	"context"
	"fmt"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
)

// ExitReminder is one letter about an exit that nobody recorded, Step days after
// the last day of support (R35).
type ExitReminder struct {
	Step int
	To   Reader
}

// DueExitReminders is what should have gone out so many days after the last day of
// support, for each reader only the latest (R35): to the contact person after 1 and
// 3 days, to the team's leads after 10 and then each week.
func DueExitReminders(late int) (out []ExitReminder) {
	switch {
	case late >= 3:
		out = append(out, ExitReminder{3, ToContactPerson})
	case late >= 1:
		out = append(out, ExitReminder{1, ToContactPerson})
	}
	if late >= 10 {
		out = append(out, ExitReminder{late - (late-10)%7, ToTeamLead})
	}
	return out
}

// Cases whose last day has passed and whose exit is not recorded. The letters ask
// for a decision, not for contact: who must not be contacted is among them.
const unfinishedSQL = `SELECT id, id AS case_id, code, contact_person_id, team_id, last_day AS due_on FROM cases
	WHERE state = 'arrived' AND (last_day, id) > ($1::date, $2::uuid) AND last_day < $3 ORDER BY last_day, id LIMIT $4`

// EscalateExits queues the letters that an exit is not recorded, once each; they
// end when it is (R35).
func EscalateExits(ctx context.Context, db *postgres.DB) (queued int, err error) {
	after := dueRow{ID: access.Program.ID, DueOn: calendar.MustParse("1900-01-01")}
	for {
		n, rows, err := escalateSome(ctx, db, after)
		queued += n
		if err != nil || len(rows) < sweepSize {
			return queued, err
		}
		after = rows[len(rows)-1]
	}
}

func escalateSome(ctx context.Context, db *postgres.DB, after dueRow) (queued int, rows []dueRow, err error) {
	queued, err = postgres.Write(ctx, db, access.Program, "escalate-exits", func(ctx context.Context, tx *postgres.Tx) (int, error) {
		var letters []outbox.Letter
		rows, err = postgres.Collect[dueRow](ctx, tx, unfinishedSQL, after.DueOn, after.ID, tx.Today, sweepSize)
		if err != nil {
			return 0, fmt.Errorf("find exits that are not recorded: %w", err)
		}
		for _, c := range rows {
			some, err := exitLetters(ctx, tx, c)
			if err != nil {
				return 0, err
			}
			letters = append(letters, some...)
		}
		return outbox.QueueAll(ctx, tx, letters)
	})
	return queued, rows, err
}

func exitLetters(ctx context.Context, tx *postgres.Tx, c dueRow) (letters []outbox.Letter, err error) {
	late := tx.Today.DaysSince(c.DueOn)
	for _, r := range DueExitReminders(late) {
		readers := []string{c.ContactPersonID}
		if r.To == ToTeamLead {
			if readers, err = TeamLeads(ctx, tx, c.TeamID); err != nil {
				return nil, err
			}
		}
		for _, user := range readers {
			letters = append(letters, outbox.Letter{Once: fmt.Sprintf("exit:%s:%s:%d:%s", c.CaseID, c.DueOn, r.Step, user), Kind: letter.ExitUnfinished,
				CaseID: c.CaseID, CaseCode: c.Code, UserID: user, Days: late, DueOn: c.DueOn})
		}
	}
	return letters, nil
}
