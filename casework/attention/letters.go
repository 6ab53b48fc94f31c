package attention

import (
	"context"
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/letter"
	"hjemvej/internal/postgres"
)

// Letter is one letter about a case, as its way went: to whom, when, and about
// what. What it said and the address that it went to are kept nowhere (R11).
type Letter struct {
	ID        string        `json:"id" format:"uuid"`
	Kind      letter.Kind   `json:"kind" example:"followup_reminder_due"`
	UserID    string        `json:"user_id,omitempty" format:"uuid" doc:"Whose letter it is: a member of staff's"`
	PartnerID string        `json:"partner_id,omitempty" format:"uuid" doc:"Or a partner's"`
	PersonID  string        `json:"partner_person_id,omitempty" format:"uuid" doc:"One of the partner's people; left out where it goes to the partner's own address"`
	QueuedAt  time.Time     `json:"queued_at"`
	State     string        `json:"state" enum:"queued,sent,dropped,failed" example:"sent" doc:"dropped: what it told of had ended, or moved, before it went out; failed: the address refused it"`
	EndedAt   *time.Time    `json:"ended_at,omitempty" doc:"When it was sent, dropped or refused"`
	Digest    *LetterDigest `json:"digest,omitempty" db:"-" doc:"The letter of the day that carries it; left out where it goes by itself"`
	DueOn     calendar.Date `json:"due_on,omitzero" format:"date" doc:"The day that it tells of"`
	Days      int           `json:"days,omitempty" example:"3" doc:"Days before or after that day, where it counts them"`

	FollowupID string `json:"followup_id,omitempty" format:"uuid" doc:"What it is about, where that is one thing"`
	HandoffID  string `json:"handoff_id,omitempty" format:"uuid"`
	ReportID   string `json:"report_id,omitempty" format:"uuid"`
	IncidentID string `json:"incident_id,omitempty" format:"uuid"`
	LineID     string `json:"line_id,omitempty" format:"uuid" doc:"The line of a promise"`
}

// LetterDigest is a letter that carries others of the same reader.
type LetterDigest struct {
	ID      string     `json:"id" format:"uuid"`
	Planned time.Time  `json:"planned_for" doc:"It goes out then, or soon after"`
	State   string     `json:"state" enum:"queued,sent,dropped,failed" example:"sent"`
	EndedAt *time.Time `json:"ended_at,omitempty" doc:"When it was sent, dropped or refused"`
}

type letterRow struct {
	Letter
	DigestID      *string
	DigestPlanned *time.Time
	DigestState   *string
	DigestEnded   *time.Time
}

// What a letter is about stands in columns of its own, or as the second word of its
// name.
const lettersSQL = `SELECT l.id, l.kind, coalesce(l.user_id::text, '') AS user_id, coalesce(l.partner_id::text, '') AS partner_id, coalesce(l.partner_person_id::text, '') AS person_id,
		l.queued_at, l.state, l.ended_at, l.due_on, l.days,
		coalesce(l.followup_id::text, '') AS followup_id, coalesce(l.handoff_id::text, '') AS handoff_id, coalesce(l.report_id::text, '') AS report_id,
		CASE WHEN l.once LIKE 'incident:%' THEN split_part(l.once, ':', 2) ELSE '' END AS incident_id,
		CASE WHEN l.once LIKE 'promise:%' THEN split_part(l.once, ':', 2) ELSE '' END AS line_id,
		d.id AS digest_id, d.not_before AS digest_planned, d.state AS digest_state, d.ended_at AS digest_ended
	FROM letters l JOIN cases c ON c.id = l.case_id LEFT JOIN LATERAL digest_of(l.id) d ON l.digest_id IS NOT NULL`

// ListLetters is a page of every letter about a case, to whomever, the newest
// first, and the cursor of the next page. after is the cursor of the page before;
// limit is 1 to 200. The reading is recorded.
func ListLetters(ctx context.Context, db *postgres.DB, who access.Actor, code, after string, limit int) ([]Letter, string, error) {
	const op = "list-case-letters"
	if !access.IsCode(code) {
		return nil, "", fault.NoSuch("case")
	}
	var w postgres.Where
	w.And("c.code = ?", code)
	if err := w.Past("(l.queued_at, l.id) < (?::timestamptz, ?::uuid)", after); err != nil {
		return nil, "", err
	}
	n := w.Arg(limit + 1)
	var head casefile.Reach
	var rows []letterRow
	_, err := postgres.Read(ctx, db, who, op, postgres.About{Case: code},
		postgres.Single(&head, "case", casefile.ReachOfCaseSQL, code),
		postgres.Many(&rows, lettersSQL+w.SQL()+` ORDER BY l.queued_at DESC, l.id DESC LIMIT `+n, w.Args...))
	if err != nil {
		return nil, "", err
	}
	if err := postgres.Allow(ctx, db, who, op, head.Record(), "case"); err != nil {
		return nil, "", err
	}
	next := ""
	if len(rows) > limit {
		rows = rows[:limit]
		last := rows[limit-1]
		next = postgres.Key(last.QueuedAt, last.ID)
	}
	out := make([]Letter, len(rows))
	for i, r := range rows {
		out[i] = r.show()
	}
	return out, next, nil
}

func (r letterRow) show() Letter {
	if r.DigestID != nil {
		r.Digest = &LetterDigest{ID: *r.DigestID, Planned: *r.DigestPlanned, State: *r.DigestState, EndedAt: r.DigestEnded}
	}
	return r.Letter
}
