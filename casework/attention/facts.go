package attention

// factsSQL is every open case that the actor sees, with what its next step follows
// from.
const factsSQL = `SELECT c.id, c.code, c.contact_person_id, c.team_id, c.state, NOT u.active AS unattended,
		greatest(c.opened_on, c.offered_on, c.answered_on, c.departed_on, c.arrived_on, c.exited_on) AS since,
		CASE WHEN c.reflection_ended_on IS NULL THEN c.reflection_ends_on END AS reflection_ends,
		(SELECT max(d.due_on) FROM plan_deadlines d WHERE d.case_id = c.id AND d.actions > 0) AS action_due,
		(SELECT max(h.answer_due_on) FROM handoffs h WHERE h.case_id = c.id AND h.state IN ('offered','received')) AS answer_due,
		(SELECT d.planned_on FROM departures d WHERE d.case_id = c.id) AS departs,
		x.due AS slot_due, x.last AS last_slot_due, x.due IS NOT NULL AND contact_blocked(c.person_id) AS held, c.last_day
	FROM cases c JOIN users u ON u.id = c.contact_person_id
		CROSS JOIN LATERAL (SELECT min(greatest(f.due_on, f.quiet_until)) AS due, max(f.due_on) AS last FROM followups f WHERE f.case_id = c.id AND f.state = 'open') x
	WHERE c.state NOT IN ('closed','withdrawn','joined') `

// forgottenSQL is those of a part of them, by their ids, whose step has waited for
// longer than the grace.
const forgottenSQL = `SELECT f.* FROM (` + factsSQL + `AND c.id > $1::uuid AND c.id <= $2::uuid) f
	WHERE step_until(f.state, f.unattended, f.since, f.reflection_ends, f.action_due, f.answer_due, f.departs, f.slot_due, f.last_slot_due, f.held, f.last_day) < $3::date - $4::int
	ORDER BY f.id`

type factsRow struct {
	ID, Code, ContactPersonID, TeamID string
	Facts
}
