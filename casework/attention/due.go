package attention

import (
	"strings"
	"time"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
)

// Due is one day in a calendar. What is due stays inside: it only makes the entry
// the same one each time.
type Due struct {
	Case    string
	On      calendar.Date
	Thing   string     // a word and an id; never shown
	Version int        // rises when the day moves
	Changed *time.Time // when it last did; nil where nobody notes it
}

// The statements of what is due, each of the cases that the common mine has. A
// reader cannot see what an entry is for. So nobody is led to somebody who must not
// be contacted (R10), nor to somebody who was not free to talk before the quiet is
// over: their follow-ups are in no calendar. What a caseworker does about them at a
// desk is in theirs, as its letter would come.
const (
	followupsDueSQL = `SELECT c.code AS "case", greatest(f.due_on, f.quiet_until + 1) AS "on", 'followup:' || f.id AS thing, f.version, f.changed_at AS changed
		FROM followups f JOIN mine c ON c.id = f.case_id WHERE f.state = 'open' AND NOT contact_blocked(c.person_id)`

	answersDueSQL = `SELECT c.code, h.answer_due_on, 'handoff:' || h.id, h.version, h.offered_at
		FROM handoffs h JOIN mine c ON c.id = h.case_id WHERE h.state IN ('offered','received')`

	supportDueSQL = `SELECT c.code, c.last_day, 'support:' || c.id, c.version, support_moved_at(c.id) FROM mine c WHERE c.state = 'arrived'`

	// An action has no name of its own and is known by its place in the plan: one
	// whose day moves stays the same.
	actionsDueSQL = `SELECT c.code, (a.action->>'due_on')::date, 'plan:' || c.id || ':' || g.place || ':' || a.place, v.version, v.saved_at
		FROM mine c
		CROSS JOIN LATERAL (SELECT v.version, v.saved_at, v.content FROM plan_versions v WHERE v.case_id = c.id AND v.kind = 'action' ORDER BY v.version DESC LIMIT 1) v
		CROSS JOIN LATERAL jsonb_path_query(v.content::jsonb, '$.goals[*]') WITH ORDINALITY AS g(goal, place)
		CROSS JOIN LATERAL jsonb_path_query(g.goal, '$.actions[*]') WITH ORDINALITY AS a(action, place)
		WHERE a.action->>'state' = 'open' AND c.departed_on IS NULL AND c.state NOT IN ('closed','withdrawn','joined')`

	periodsDueSQL = `SELECT c.code, c.reflection_ends_on, 'reflection:' || c.id, c.version, (SELECT max(d.recorded_at) FROM reflection_decisions d WHERE d.case_id = c.id)
		FROM mine c WHERE c.reflection_ends_on IS NOT NULL AND c.reflection_ended_on IS NULL AND c.departed_on IS NULL AND c.state NOT IN ('closed','withdrawn','joined')`

	// What ends on one day is one entry, as it is one letter. That end never moves.
	consentsDueSQL = `SELECT c.code, k.valid_until, 'consents:' || c.id || ':' || k.valid_until, 0, max(k.recorded_at)
		FROM consents k JOIN mine c ON c.id = k.case_id
		WHERE k.withdrawn_at IS NULL AND k.valid_until >= actor_today() AND c.state NOT IN ('closed','withdrawn','joined','declined') GROUP BY c.id, c.code, k.valid_until`

	incidentsDueSQL = `SELECT c.code, i.plan_due_on, 'incident:' || i.id, i.version, coalesce(i.plan_moved_at, i.taken_at)
		FROM incidents i JOIN mine c ON c.id = i.case_id WHERE i.state = 'in_hand' AND i.plan_due_on IS NOT NULL`

	promisesDueSQL = `SELECT c.code, p.due_on, 'promise:' || p.line_id || ':' || p.number, v.version,
			(SELECT a.approved_at FROM plan_approvals a WHERE a.plan_version_id = v.id)
		FROM promises p JOIN budget_lines l ON l.id = p.line_id AND l.plan_version_id = p.plan_version_id
			JOIN plan_versions v ON v.id = p.plan_version_id JOIN mine c ON c.id = p.case_id
		WHERE NOT promise_kept(p) AND c.state NOT IN ('closed','withdrawn','joined')`
)

// staffsDue is what is due in the actor's own cases, or their team's.
func staffsDue(who access.Actor) (sql string, args []any) {
	column, id := own(who)
	return inOrder(`SELECT * FROM cases WHERE `+column+` = $1`,
		followupsDueSQL, answersDueSQL, supportDueSQL, actionsDueSQL, periodsDueSQL, consentsDueSQL, incidentsDueSQL, promisesDueSQL), []any{id}
}

// partnersDue is what is due to a partner: row security shows it its own, and its
// key as far as the scopes go (R21). The last day is that of the support that it
// gives, as its letter tells of it.
func partnersDue(who access.Actor) (sql string, args []any) {
	return inOrder(`SELECT * FROM cases WHERE id IN (SELECT case_id FROM handoffs WHERE partner_id = actor_partner())`,
			followupsDueSQL+` AND $1`, answersDueSQL+` AND $2`, supportDueSQL+` AND $3 AND NOT contact_blocked(c.person_id)
			AND EXISTS (SELECT FROM handoffs h WHERE h.case_id = c.id AND h.role = 'home_country_partner' AND h.state IN ('accepted','in_progress'))
			AND shares_with(c.id, actor_partner(), 'support_and_payments', actor_today())`),
		[]any{who.Scopes.Has(access.FollowUp), who.Scopes.Has(access.ReadHandoffs), who.Scopes.Has(access.ReportSupport)}
}

// inOrder is all of it, of the cases that a statement finds, by day.
func inOrder(mine string, each ...string) string {
	return `WITH mine AS NOT MATERIALIZED (` + mine + `) ` + strings.Join(each, ` UNION ALL `) + ` ORDER BY 2, 3`
}
