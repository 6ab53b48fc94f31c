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

// sweepSize is how many follow-ups one transaction of a sweep takes.
const sweepSize = 200

type dueRow struct {
	ID, CaseID, Code        string
	ContactPersonID, TeamID string
	DueOn                   calendar.Date
}

// What is due up to now and has not had its last letter yet: the cost is what is
// due, not what exists. A letter is due for one day; a follow-up that moved is
// remembered on its new day (R32).
const dueSQL = `SELECT f.id, f.case_id, c.code, c.contact_person_id, c.team_id, f.due_on
	FROM followups f JOIN cases c ON c.id = f.case_id
	WHERE f.state = 'open' AND f.due_on <= $1::date + 3 AND f.id > $2::uuid AND NOT contact_blocked(c.person_id)
	  AND (f.quiet_until IS NULL OR f.quiet_until < $1)
	  AND NOT EXISTS (SELECT FROM letters l WHERE l.followup_id = f.id AND l.due_on = f.due_on AND l.kind = 'followup_escalated' AND l.once NOT LIKE '%:quiet:%')
	ORDER BY f.id LIMIT $3`

var reminderLetters = map[ReminderKind]letter.Kind{
	ReminderBefore:    letter.FollowupReminderBefore,
	ReminderDue:       letter.FollowupReminderDue,
	ReminderOverdue:   letter.FollowupReminderOverdue,
	ReminderEscalated: letter.FollowupEscalated,
}

// Remind queues the reminders of every open follow-up that are due up to now
// and were not queued before (R36). It may run at any time, twice, and on two
// replicas at once: each letter goes out once.
func Remind(ctx context.Context, db *postgres.DB) (queued int, err error) {
	after := access.Program.ID
	for {
		n, last, err := remindSome(ctx, db, after)
		queued += n
		if err != nil || last == "" {
			return queued, err
		}
		after = last
	}
}

func remindSome(ctx context.Context, db *postgres.DB, after string) (queued int, last string, err error) {
	type result struct {
		Queued int
		Last   string
	}
	r, err := postgres.Write(ctx, db, access.Program, "remind-followups", func(ctx context.Context, tx *postgres.Tx) (result, error) {
		var out result
		rows, err := postgres.Collect[dueRow](ctx, tx, dueSQL, tx.Today, after, sweepSize)
		if err != nil {
			return out, fmt.Errorf("find due follow-ups: %w", err)
		}
		var letters []outbox.Letter
		for _, f := range rows {
			if letters, err = f.remind(ctx, tx, letters); err != nil {
				return out, err
			}
		}
		if out.Queued, err = outbox.QueueAll(ctx, tx, letters); err != nil {
			return out, err
		}
		if len(rows) == sweepSize {
			out.Last = rows[len(rows)-1].ID
		}
		return out, nil
	})
	return r.Queued, r.Last, err
}

// remind adds what should have gone out about a follow-up by today.
func (f dueRow) remind(ctx context.Context, tx *postgres.Tx, letters []outbox.Letter) (_ []outbox.Letter, err error) {
	for _, r := range DueReminders(f.DueOn, tx.Today) {
		readers := []string{f.ContactPersonID}
		if r.To == ToTeamLead {
			if readers, err = TeamLeads(ctx, tx, f.TeamID); err != nil {
				return nil, err
			}
		}
		for _, user := range readers {
			letters = append(letters, outbox.Letter{Once: fmt.Sprintf("followup:%s:%s:%s:%s", f.ID, f.DueOn, r.Kind, user), Kind: reminderLetters[r.Kind],
				CaseID: f.CaseID, CaseCode: f.Code, UserID: user, FollowupID: f.ID, Days: abs(tx.Today.DaysSince(f.DueOn)), DueOn: f.DueOn})
		}
	}
	return letters, nil
}

// TeamLeads are the ids of a team's active leads; of a team without one, of every
// active administrator, who can name one: nothing that is escalated reaches nobody.
func TeamLeads(ctx context.Context, tx *postgres.Tx, team string) ([]string, error) {
	rows, err := postgres.Collect[struct{ ID string }](ctx, tx, `WITH leads AS (SELECT id FROM users WHERE team_id = $1 AND role = 'team_lead' AND active)
		SELECT id FROM leads UNION ALL SELECT id FROM users WHERE role = 'administrator' AND active AND NOT EXISTS (SELECT FROM leads) ORDER BY id`, team)
	if err != nil {
		return nil, fmt.Errorf("find team leads: %w", err)
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	return ids, nil
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

// EndSupport ends, on the day after its last day, every period of support that
// ran out (R23), and answers how many. The case stays open for its exit review.
func EndSupport(ctx context.Context, db *postgres.DB) (ended int, err error) {
	return postgres.Write(ctx, db, access.Program, "end-support", func(ctx context.Context, tx *postgres.Tx) (int, error) {
		rows, err := postgres.Collect[struct{ ID, Code string }](ctx, tx, `UPDATE cases SET support_ended_on = last_day, version = version + 1
			WHERE last_day < $1 AND support_ended_on IS NULL AND withdrawn_on IS NULL RETURNING id, code`, tx.Today)
		if err != nil {
			return 0, fmt.Errorf("end support: %w", err)
		}
		for _, c := range rows {
			tx.Touch(c.ID, c.Code, "")
		}
		return len(rows), nil
	})
}

// warnSupportDays are the days before the last day on which the contact person
// and the partners there are told that support ends.
var warnSupportDays = []int{30, 14, 7}

// WarnSupport queues the letters that support ends soon, once each.
func WarnSupport(ctx context.Context, db *postgres.DB) (queued int, err error) {
	return postgres.Write(ctx, db, access.Program, "warn-support", func(ctx context.Context, tx *postgres.Tx) (int, error) {
		rows, err := postgres.Collect[dueRow](ctx, tx, `SELECT id, id AS case_id, code, contact_person_id, team_id, last_day AS due_on FROM cases
			WHERE state = 'arrived' AND support_ended_on IS NULL AND last_day BETWEEN $1::date + 1 AND $1::date + 30 ORDER BY id`, tx.Today)
		if err != nil {
			return 0, fmt.Errorf("find support that ends: %w", err)
		}
		letters := make([]outbox.Letter, len(rows))
		for i, c := range rows {
			left := c.DueOn.DaysSince(tx.Today)
			letters[i] = outbox.Letter{Once: fmt.Sprintf("support:%s:%s:%d", c.CaseID, c.DueOn, SupportWarning(left)), Kind: letter.SupportEnds,
				CaseID: c.CaseID, CaseCode: c.Code, UserID: c.ContactPersonID, Days: left, DueOn: c.DueOn}
		}
		return outbox.QueueAll(ctx, tx, letters)
	})
}

// SupportWarning is which of the warnings stands when so many days of support are
// left, 1 to 30: after an outage only the latest is worth a letter (R23).
func SupportWarning(left int) int {
	reached := warnSupportDays[0]
	for _, d := range warnSupportDays {
		if left <= d {
			reached = d
		}
	}
	return reached
}
