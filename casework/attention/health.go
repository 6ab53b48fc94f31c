package attention

import (
	"context"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/postgres"
)

// maxListed is how many overdue follow-ups a reading names; the number counts all.
const maxListed = 500

// Health is how a caseload stands.
type Health struct {
	Overdue      []Overdue `json:"overdue" nullable:"false" doc:"Open follow-ups after their due day, the oldest first, 500 at the most"`
	OverdueCount int       `json:"overdue_count" example:"2" doc:"All of them"`
	Holds        int       `json:"safety_holds" example:"0" doc:"Open follow-ups of people who must not be contacted (R10)"`
	Quiet        int       `json:"quiet" example:"1" doc:"Open follow-ups of which nobody is reminded for some days: the person was not free to talk"`
	Forgotten    []Waiting `json:"forgotten" nullable:"false" doc:"Open cases whose next step should have been taken two weeks ago; must be none"`
	Steps        []StepSum `json:"next_steps" nullable:"false" doc:"What the open cases wait for. Each of them waits for something"`
}

// Overdue is a follow-up that somebody should have had.
type Overdue struct {
	Case          string        `json:"case_code" example:"K7QX-2MVD"`
	FollowupID    string        `json:"followup_id" format:"uuid"`
	Kind          string        `json:"kind" example:"month_1"`
	ContactPerson string        `json:"contact_person_id" format:"uuid" doc:"By whom"`
	Partner       string        `json:"partner_id,omitempty" format:"uuid" doc:"Or by the home-country partner, where follow-ups are shared with it"`
	Since         calendar.Date `json:"since" format:"date" doc:"The day on which it was due"`
	Days          int           `json:"days" example:"4" doc:"Since then"`
	Hold          bool          `json:"safety_hold" doc:"The person must not be contacted (R10)"`
	QuietUntil    calendar.Date `json:"quiet_until,omitzero" format:"date"`
}

// Waiting is a case and what it waits for.
type Waiting struct {
	Case          string        `json:"case_code" example:"K7QX-2MVD"`
	State         string        `json:"state" example:"accepted"`
	ContactPerson string        `json:"contact_person_id" format:"uuid"`
	Step          What          `json:"next_step" example:"prepare_return"`
	Owner         Owner         `json:"whose" enum:"contact_person,partner,team_lead" example:"contact_person" doc:"Who takes the step"`
	By            calendar.Date `json:"by" format:"date"`
}

// StepSum is how many cases wait for a step.
type StepSum struct {
	Step  What `json:"next_step" example:"follow_up"`
	Cases int  `json:"cases" example:"12"`
}

const overdueSQL = `SELECT c.code AS "case", f.id AS followup_id, f.kind, c.contact_person_id AS contact_person,
		coalesce((SELECT h.partner_id::text FROM handoffs h WHERE h.case_id = c.id AND h.role = 'home_country_partner' AND handoff_visible(h)
			AND shares_with(c.id, h.partner_id, 'follow_up', actor_today()) ORDER BY h.id LIMIT 1), '') AS partner,
		f.due_on AS since, $1::date - f.due_on AS days, contact_blocked(c.person_id) AS hold, f.quiet_until
	FROM followups f JOIN cases c ON c.id = f.case_id WHERE f.state = 'open' AND f.due_on < $1 `

const countsSQL = `SELECT count(*) FILTER (WHERE f.due_on < $1)::int AS overdue, count(*) FILTER (WHERE contact_blocked(c.person_id))::int AS holds,
		count(*) FILTER (WHERE f.quiet_until >= $1)::int AS quiet
	FROM followups f JOIN cases c ON c.id = f.case_id WHERE f.state = 'open' `

// ReadHealth is how the actor's own caseload stands, or their team's.
func ReadHealth(ctx context.Context, db *postgres.DB, who access.Actor) (Health, error) {
	today := calendar.Today(db.Now())
	mine, id := ownSQL(who)
	var counts struct{ Overdue, Holds, Quiet int }
	var open []factsRow
	var h Health
	_, err := postgres.Read(ctx, db, who, "read-caseload-health", postgres.About{},
		postgres.Many(&h.Overdue, overdueSQL+`AND `+mine+`$2 ORDER BY f.due_on, f.id LIMIT $3`, today, id, maxListed),
		postgres.Single(&counts, "caseload", countsSQL+`AND `+mine+`$2`, today, id),
		postgres.Many(&open, factsSQL+`AND `+mine+`$1 ORDER BY c.code`, id))
	if err != nil {
		return Health{}, err
	}
	h.OverdueCount, h.Holds, h.Quiet = counts.Overdue, counts.Holds, counts.Quiet
	h.sum(open, today)
	return h, nil
}

// ownSQL is whose cases are the actor's own: a contact person's, or a lead's team's.
// A case that was opened in an emergency is not.
func ownSQL(who access.Actor) (sql, id string) {
	if who.Role == access.TeamLead {
		return `c.team_id = `, who.Team
	}
	return `c.contact_person_id = `, who.ID
}

func (h *Health) sum(open []factsRow, today calendar.Date) {
	h.Forgotten, h.Steps = []Waiting{}, []StepSum{}
	at := map[What]int{}
	for _, r := range open {
		step, ok := Next(r.Facts)
		if !ok {
			continue
		}
		if _, seen := at[step.What]; !seen {
			at[step.What] = len(h.Steps)
			h.Steps = append(h.Steps, StepSum{Step: step.What})
		}
		h.Steps[at[step.What]].Cases++
		if step.Forgotten(today) {
			h.Forgotten = append(h.Forgotten, Waiting{r.Code, string(r.State), r.ContactPersonID, step.What, step.What.Owner(), step.By})
		}
	}
}
