package outbox

import (
	"context"
	"errors"
	"fmt"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/letter"
	"hjemvej/internal/postgres"

	"github.com/jackc/pgx/v5"
)

// Waiting is a queued letter with the address that it goes to.
type Waiting struct {
	ID        string
	Kind      letter.Kind
	CaseCode  string
	Days      int
	DueOn     calendar.Date
	Lines     int // of the plan, or of what the partner gives of it, that are not used up now
	Address   string
	Language  string
	ToPartner bool
	Needed    bool // false once its condition has ended (R36), or its reader has gone
	Gone      bool // its reader has
	Astray    bool // it is to one of a partner's people who is not written to any more
}

// ErrEnded says that a letter was sent, dropped or given up before.
var ErrEnded = errors.New("the letter's way has ended")

// A reminder is needed while its follow-up is open and due on the day it tells
// of; a letter about a promise, while it stands and is not kept; a question about a hand-off, while it is not answered; a letter about a
// report, while the report waits, and the answer to one, while it can be read.
const waitingSQL = `SELECT l.id, l.kind, coalesce(c.code, '') AS case_code, l.days, l.due_on,
		CASE WHEN l.kind IN ('support_ends','support_ends_there') THEN (SELECT count(*) FROM line_remains x WHERE x.case_id = l.case_id AND (l.partner_id IS NULL OR x.partner_id = l.partner_id)) ELSE 0 END AS lines,
		coalesce(u.email, r.email, p.email) AS address, coalesce(u.language, r.language, p.language) AS language, l.partner_id IS NOT NULL AS to_partner,
		r.id IS NOT NULL AND (NOT r.active OR r.undeliverable_since IS NOT NULL) AS astray,
		(l.followup_id IS NULL OR NOT contact_blocked(c.person_id)
			AND EXISTS (SELECT FROM followups f WHERE f.id = l.followup_id AND f.state = 'open' AND f.due_on = l.due_on))
		AND (l.kind NOT IN ('consent_expires','case_without_next_step') OR c.state NOT IN ('closed','withdrawn','joined'))
		AND (l.kind <> 'plan_actions_due' OR c.departed_on IS NULL AND EXISTS (SELECT FROM plan_deadlines d WHERE d.case_id = l.case_id AND d.due_on = l.due_on AND d.actions > 0))
		AND (l.kind <> 'promise_passed' OR c.state NOT IN ('closed','withdrawn','joined') AND EXISTS (SELECT FROM promises p JOIN budget_lines b ON b.id = p.line_id AND b.plan_version_id = p.plan_version_id
			WHERE p.case_id = l.case_id AND l.once = 'promise:' || p.line_id || ':' || p.number || ':' || p.due_on AND NOT promise_kept(p)))
		AND (l.kind NOT IN ('handoff_offered','handoff_due','handoff_unanswered') OR EXISTS (SELECT FROM handoffs h WHERE h.id = l.handoff_id AND h.state IN ('offered','received')))
		AND (l.kind <> 'handoff_due' OR l.due_on >= actor_today())
		AND (l.kind <> 'reflection_ends' OR c.reflection_ends_on = l.due_on AND c.departed_on IS NULL AND c.state NOT IN ('closed','withdrawn','joined'))
		AND (l.kind <> 'deletion_unconfirmed' OR EXISTS (SELECT FROM deletion_duties d WHERE l.once LIKE 'deletion:' || d.id || ':%' AND d.acknowledged_at IS NULL))
		AND (l.kind <> 'endpoint_paused' OR EXISTS (SELECT FROM event_endpoints e WHERE l.once LIKE 'endpoint:' || e.id || ':%' AND e.state = 'paused'))
		AND (l.kind NOT IN ('incident_recorded','incident_waits','incident_plan_passed') OR EXISTS (SELECT FROM incidents i WHERE i.case_id = l.case_id AND l.once LIKE 'incident:' || i.id || ':%'
			AND CASE l.kind WHEN 'incident_plan_passed' THEN i.state = 'in_hand' AND i.plan_due_on = l.due_on ELSE i.state = 'open' END))
		AND (l.kind NOT IN ('extension_asked','extension_waits') OR EXISTS (SELECT FROM extensions x WHERE x.case_id = l.case_id AND l.once LIKE 'extension:' || x.id || ':%' AND x.state = 'asked'))
		AND (l.kind <> 'extension_waits' OR c.last_day = l.due_on)
		AND (l.kind NOT IN ('support_ends','support_ends_there','exit_unfinished') OR c.last_day = l.due_on AND c.state = 'arrived')
		AND (l.kind NOT IN ('support_ends','support_ends_there') OR l.partner_id IS NULL OR EXISTS (SELECT FROM handoffs h WHERE h.case_id = l.case_id AND h.partner_id = l.partner_id
			AND h.role = 'home_country_partner' AND h.state IN ('accepted','in_progress')) AND shares_with(l.case_id, l.partner_id, 'support_and_payments', actor_today()))
		AND (l.report_id IS NULL OR CASE l.kind WHEN 'report_answered' THEN EXISTS (SELECT FROM handoffs h WHERE h.id = l.handoff_id AND handoff_visible(h))
			ELSE EXISTS (SELECT FROM partner_reports r WHERE r.id = l.report_id AND r.state = 'open') END)
		AND coalesce(u.active, partner_active(p, actor_now())) AS needed, NOT coalesce(u.active, partner_active(p, actor_now())) AS gone
	FROM letters l LEFT JOIN cases c ON c.id = l.case_id LEFT JOIN users u ON u.id = l.user_id LEFT JOIN partners p ON p.id = l.partner_id
		LEFT JOIN partner_people r ON r.id = l.partner_person_id
	WHERE l.state = 'queued'`

// Find reads a queued letter, with whether it is still needed. Errors: ErrEnded.
func Find(ctx context.Context, db *postgres.DB, id string) (Waiting, error) {
	return postgres.Write(ctx, db, access.Program, "send-letter", func(ctx context.Context, tx *postgres.Tx) (Waiting, error) {
		w, err := postgres.One[Waiting](ctx, tx, waitingSQL+` AND l.id = $1`, id)
		if errors.Is(err, pgx.ErrNoRows) {
			return Waiting{}, ErrEnded
		}
		return w, err
	})
}

// Unread stands, with the letter's id behind it, at the end of the name of a letter
// that was put back before anybody read it: its name is free, and what it told may be
// told again.
const Unread = ":quiet:"

// Drop ends a letter that is not needed any more.
func Drop(ctx context.Context, db *postgres.DB, w Waiting) error {
	return postgres.Do(ctx, db, access.Program, "send-letter", func(ctx context.Context, tx *postgres.Tx) error { return drop(ctx, tx, w) })
}

// drop ends a letter that is not needed any more. Where its day may come back, as
// when an arrival is corrected forth and back, or a hold is lifted, it gives up its
// name: nobody has read it, and it must be told then (R32, R36).
func drop(ctx context.Context, tx *postgres.Tx, w Waiting) error {
	if w.Kind.ComesBack() && !w.Gone {
		if _, err := tx.Exec(ctx, `UPDATE letters SET once = once || $2 || id WHERE id = $1 AND state = 'queued'`, w.ID, Unread); err != nil {
			return fmt.Errorf("put a letter back: %w", err)
		}
	}
	return end(ctx, tx, w.ID, "dropped")
}

// End records how a letter's way ended, and that of what a digest carries: "sent"
// or "failed" (refused for good).
func End(ctx context.Context, db *postgres.DB, id, state string) error {
	return postgres.Do(ctx, db, access.Program, "send-letter", func(ctx context.Context, tx *postgres.Tx) error {
		return end(ctx, tx, id, state)
	})
}

func end(ctx context.Context, tx *postgres.Tx, id, state string) error {
	_, err := tx.Exec(ctx, `UPDATE letters SET state = $2, ended_at = $3 WHERE (id = $1 OR digest_id = $1) AND state = 'queued'`, id, state, tx.Now)
	if err != nil {
		return fmt.Errorf("end a letter: %w", err)
	}
	return nil
}
