package outbox

import (
	"context"
	"fmt"
	"time"

	"hjemvej/internal/calendar"
	"hjemvej/internal/postgres"
)

// newLetter is a letter that was not queued before.
type newLetter struct {
	id string
	Letter
}

const insertSQL = `INSERT INTO letters (once, kind, case_id, user_id, partner_id, partner_person_id, followup_id, handoff_id, report_id, digest_id, days, due_on, not_before, queued_at)
	SELECT once, kind, nullif(case_id, '')::uuid, nullif(user_id, '')::uuid, nullif(partner_id, '')::uuid, nullif(recipient, '')::uuid,
		nullif(followup_id, '')::uuid, nullif(handoff_id, '')::uuid, nullif(report_id, '')::uuid, nullif(digest_id, '')::uuid, days, due_on, not_before, $14
	FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::int[], $12::date[], $13::timestamptz[])
		AS l(once, kind, case_id, user_id, partner_id, recipient, followup_id, handoff_id, report_id, digest_id, days, due_on, not_before)
	ON CONFLICT (once) DO NOTHING RETURNING id, once`

// insert keeps each letter once, all in one statement, and answers those that are
// new, in order. (It says when they were queued: the column's default would ask anew
// for each row.)
func insert(ctx context.Context, tx *postgres.Tx, letters []Letter) (fresh []newLetter, err error) {
	if len(letters) == 0 {
		return nil, nil
	}
	rows, err := postgres.Collect[struct{ ID, Once string }](ctx, tx, insertSQL, append(columns(letters), tx.Now)...)
	if err != nil {
		return nil, err
	}
	ids := map[string]string{}
	for _, r := range rows {
		ids[r.Once] = r.ID
	}
	for _, l := range letters {
		if id := ids[l.Once]; id != "" {
			fresh = append(fresh, newLetter{id, l})
			delete(ids, l.Once)
		}
	}
	return fresh, nil
}

// columns are the letters' values as insertSQL takes them.
func columns(letters []Letter) []any {
	texts := make([][]string, 10)
	var days []int
	var dueOn []calendar.Date
	var notBefore []*time.Time
	for _, l := range letters {
		for i, v := range []string{l.Once, string(l.Kind), l.CaseID, l.UserID, l.PartnerID, l.recipient, l.FollowupID, l.HandoffID, l.ReportID, l.digestID} {
			texts[i] = append(texts[i], v)
		}
		days, dueOn, notBefore = append(days, l.Days), append(dueOn, l.DueOn), append(notBefore, l.notBefore)
	}
	var out []any
	for _, column := range texts {
		out = append(out, column)
	}
	return append(out, days, dueOn, notBefore)
}

// notQueued are the letters that were not queued before, as far as can be seen:
// what another transaction queues at this moment, insert finds.
func notQueued(ctx context.Context, tx *postgres.Tx, letters []Letter) (out []Letter, err error) {
	names := make([]string, len(letters))
	for i, l := range letters {
		names[i] = l.Once
	}
	known, err := postgres.Collect[struct{ Once string }](ctx, tx, `SELECT once FROM letters WHERE once = ANY($1)`, names)
	if err != nil {
		return nil, fmt.Errorf("find letters that were queued: %w", err)
	}
	before := map[string]bool{}
	for _, k := range known {
		before[k.Once] = true
	}
	for _, l := range letters {
		if !before[l.Once] {
			out = append(out, l)
		}
	}
	return out, nil
}
