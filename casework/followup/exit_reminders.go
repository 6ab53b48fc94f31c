package followup

import (
	"context"
	"fmt"

	"hjemvej/casework/casefile"
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
const unfinishedSQL = `SELECT c.id, c.id AS case_id, c.last_day AS due_on, ` + caseColumns + ` FROM cases c
	WHERE c.state = 'arrived' AND (c.last_day, c.id) > ($1::date, $2::uuid) AND c.last_day < $3 ORDER BY c.last_day, c.id LIMIT $4`

// EscalateExits queues the letters that an exit is not recorded, once each; they
// end when it is (R35).
func EscalateExits(ctx context.Context, db *postgres.DB) (queued int, err error) {
	return inParts(ctx, db, "escalate-exits", func(ctx context.Context, tx *postgres.Tx, after dueRow) ([]dueRow, []outbox.Letter, error) {
		rows, err := postgres.Collect[dueRow](ctx, tx, unfinishedSQL, after.DueOn, after.ID, casefile.LastDayAnywhere(tx.Today), sweepSize)
		if err != nil {
			return nil, nil, fmt.Errorf("find exits that are not recorded: %w", err)
		}
		letters, err := eachLetters(ctx, tx, rows, dueRow.askForExit)
		return rows, letters, err
	})
}

// askForExit is what should have gone out by today about an exit that is not
// recorded.
func (r dueRow) askForExit(tx *postgres.Tx, leads leadsOf) (letters []outbox.Letter, err error) {
	late := r.today(tx.Now).DaysSince(r.DueOn)
	for _, due := range DueExitReminders(late) {
		readers, err := r.readers(due.To, leads)
		if err != nil {
			return nil, err
		}
		for _, user := range readers {
			letters = append(letters, outbox.Letter{Once: fmt.Sprintf("exit:%s:%s:%d:%s", r.CaseID, r.DueOn, due.Step, user), Kind: letter.ExitUnfinished,
				CaseID: r.CaseID, CaseCode: r.Code, UserID: user, Days: late, DueOn: r.DueOn})
		}
	}
	return letters, nil
}
