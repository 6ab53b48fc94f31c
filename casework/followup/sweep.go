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

// sweepSize is how many rows one transaction of a sweep takes.
const sweepSize = 1000

type dueRow struct {
	ID, CaseID, Code        string
	ContactPersonID, TeamID string
	DueOn                   calendar.Date
	Destination, Zone       string
}

// today is the day at the case's destination.
func (r dueRow) today(now time.Time) calendar.Date {
	return casefile.DayThere(now, r.Destination, r.Zone)
}

// dueSlot is a follow-up that nobody is reminded of before the day after QuietUntil,
// by the days at its destination.
type dueSlot struct {
	dueRow
	QuietUntil calendar.Date
}

// caseColumns are those of a dueRow that are its case's; the case must be called c.
const caseColumns = `c.code, c.contact_person_id, c.team_id, coalesce(c.destination, '') AS destination, coalesce(c.destination_time_zone, '') AS zone`

// first is before every row of a sweep.
var first = dueRow{ID: access.Program.ID, DueOn: calendar.MustParse("1900-01-01")}

// What is due up to a day and has not had its last letter yet, oldest first: the
// cost is what is due, not what exists. OFFSET 0 keeps it so: joined, a plan that
// was made while there were few letters would read them all for each row. A letter
// is due for one day; a follow-up that moved is remembered on its new day (R32).
const dueSQL = `SELECT f.id, f.case_id, f.due_on, f.quiet_until, ` + caseColumns + `
	FROM followups f JOIN cases c ON c.id = f.case_id
	WHERE f.state = 'open' AND f.due_on <= $1::date + 3 AND (f.due_on, f.id) > ($2::date, $3::uuid) AND c.person_id NOT IN (SELECT blocked_people())
	  AND (f.quiet_until IS NULL OR f.quiet_until < $1)
	  AND NOT EXISTS (SELECT FROM letters l WHERE l.followup_id = f.id AND l.due_on = f.due_on AND l.kind = 'followup_escalated' AND l.once NOT LIKE '%` + outbox.Unread + `%' OFFSET 0)
	ORDER BY f.due_on, f.id LIMIT $4`

var reminderLetters = map[ReminderKind]letter.Kind{
	ReminderBefore:    letter.FollowupReminderBefore,
	ReminderDue:       letter.FollowupReminderDue,
	ReminderOverdue:   letter.FollowupReminderOverdue,
	ReminderEscalated: letter.FollowupEscalated,
}

// Remind queues the reminders of every open follow-up that are due up to now, by
// the day at its destination, and were not queued before (R36). It may run at any
// time, twice, and on two replicas at once: each letter goes out once.
func Remind(ctx context.Context, db *postgres.DB) (queued int, err error) {
	return inParts(ctx, db, "remind-followups", func(ctx context.Context, tx *postgres.Tx, after dueRow) ([]dueRow, []outbox.Letter, error) {
		slots, err := postgres.Collect[dueSlot](ctx, tx, dueSQL, casefile.LastDayAnywhere(tx.Today), after.DueOn, after.ID, sweepSize)
		if err != nil {
			return nil, nil, fmt.Errorf("find due follow-ups: %w", err)
		}
		var rows, loud []dueRow
		for _, s := range slots {
			rows = append(rows, s.dueRow)
			if s.QuietUntil.Before(s.today(tx.Now)) {
				loud = append(loud, s.dueRow)
			}
		}
		letters, err := eachLetters(ctx, tx, loud, dueRow.remind)
		return rows, letters, err
	})
}

// part answers the rows of a sweep that follow one, at most sweepSize, and the
// letters about them.
type part func(ctx context.Context, tx *postgres.Tx, after dueRow) ([]dueRow, []outbox.Letter, error)

// inParts runs a sweep, a transaction for each part.
func inParts(ctx context.Context, db *postgres.DB, op access.Operation, next part) (queued int, err error) {
	for after := first; ; {
		var rows []dueRow
		n, err := postgres.Write(ctx, db, access.Program, op, func(ctx context.Context, tx *postgres.Tx) (n int, err error) {
			var letters []outbox.Letter
			if rows, letters, err = next(ctx, tx, after); err != nil {
				return 0, err
			}
			return outbox.QueueAll(ctx, tx, letters)
		})
		queued += n
		if err != nil || len(rows) < sweepSize {
			return queued, err
		}
		after = rows[len(rows)-1]
	}
}

// leadsOf are a team's leads, or who stands in for them (casefile.TeamLeads).
type leadsOf func(team string) ([]string, error)

// eachLetters are the letters about each row, in order. A team's leads are looked
// up once.
func eachLetters(ctx context.Context, tx *postgres.Tx, rows []dueRow, of func(dueRow, *postgres.Tx, leadsOf) ([]outbox.Letter, error)) (letters []outbox.Letter, err error) {
	known := map[string][]string{}
	lookup := func(team string) ([]string, error) {
		if ids, ok := known[team]; ok {
			return ids, nil
		}
		ids, err := casefile.TeamLeads(ctx, tx, team)
		known[team] = ids
		return ids, err
	}
	for _, r := range rows {
		some, err := of(r, tx, lookup)
		if err != nil {
			return nil, err
		}
		letters = append(letters, some...)
	}
	return letters, nil
}

// readers are the ids of those whom a letter about the row goes to.
func (r dueRow) readers(to Reader, leads leadsOf) ([]string, error) {
	if to == ToTeamLead {
		return leads(r.TeamID)
	}
	return []string{r.ContactPersonID}, nil
}

// remind is what should have gone out about a follow-up by today.
func (r dueRow) remind(tx *postgres.Tx, leads leadsOf) (letters []outbox.Letter, err error) {
	today := r.today(tx.Now)
	for _, due := range DueReminders(r.DueOn, today) {
		readers, err := r.readers(due.To, leads)
		if err != nil {
			return nil, err
		}
		for _, user := range readers {
			letters = append(letters, outbox.Letter{Once: fmt.Sprintf("followup:%s:%s:%s:%s", r.ID, r.DueOn, due.Kind, user), Kind: reminderLetters[due.Kind],
				CaseID: r.CaseID, CaseCode: r.Code, UserID: user, FollowupID: r.ID, Days: abs(today.DaysSince(r.DueOn)), DueOn: r.DueOn})
		}
	}
	return letters, nil
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
