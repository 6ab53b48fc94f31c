package casefile

import "hjemvej/internal/access"

// Reach is what access to a case, or to anything that hangs on it, is measured
// against. Rooms embed it in what they read, selected by ReachSQL.
type Reach struct {
	ContactPersonID string
	TeamID          string
	Opened          bool     // the actor has broken the glass, and it is still open
	HandedTo        []string // the actor's organisation, where a hand-off is visible now (R21)
}

// ReachSQL selects a Reach; the case must be called c.
const ReachSQL = `c.contact_person_id, c.team_id, glass_open(c.id) AS opened,
	array(SELECT v.partner_id FROM handoffs v WHERE v.case_id = c.id AND v.partner_id = actor_partner() AND handoff_visible(v)) AS handed_to`

// ReachOfCaseSQL selects the Reach of the case with a code.
const ReachOfCaseSQL = `SELECT ` + ReachSQL + ` FROM cases c WHERE c.code = $1`

// Record is what the Go half of the record rule measures.
func (r Reach) Record() access.Record {
	return access.Record{ContactPerson: r.ContactPersonID, Team: r.TeamID, Opened: r.Opened, HandedTo: r.HandedTo}
}
