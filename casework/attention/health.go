package attention

import (
	"context"
	"fmt"

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
	Partner       string        `json:"partner_id,omitempty" format:"uuid" doc:"Or by the home-country partner at work, where the person's consent to follow-up covers the day"`
	Since         calendar.Date `json:"since" format:"date" doc:"The day on which it was due"`
	Days          int           `json:"days" example:"4" doc:"Since then, by the day at the destination"`
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

// Open follow-ups of the actor's cases, with the day at their destinations.
const (
	openThereSQL = `SELECT DISTINCT coalesce(c.destination, '') AS country, coalesce(c.destination_time_zone, '') AS said
		FROM followups f JOIN cases c ON c.id = f.case_id WHERE f.state = 'open' AND `
	openSQL = `FROM followups f JOIN (SELECT *, coalesce(destination, '') AS country, coalesce(destination_time_zone, '') AS said FROM cases) x ON x.id = f.case_id` + thereSQL + `
		WHERE f.state = 'open' AND `
)

// By whom is asked as for any follow-up: for the day on which it can be made at
// the earliest.
const overdueSQL = `SELECT x.code AS "case", f.id AS followup_id, f.kind, x.contact_person_id AS contact_person,
		coalesce(follows_up(f.case_id, greatest(f.due_on, actor_today()))::text, '') AS partner,
		f.due_on AS since, ` + todaySQL + ` - f.due_on AS days, contact_blocked(x.person_id) AS hold, f.quiet_until ` + openSQL + `f.due_on < ` + todaySQL + ` AND `

const countsSQL = `SELECT count(*) FILTER (WHERE f.due_on < ` + todaySQL + `)::int AS overdue, count(*) FILTER (WHERE contact_blocked(x.person_id))::int AS holds,
		count(*) FILTER (WHERE f.quiet_until >= ` + todaySQL + `)::int AS quiet ` + openSQL

// ReadHealth is how the actor's own caseload stands, or their team's. A follow-up
// is overdue once its day is over at the destination.
func ReadHealth(ctx context.Context, db *postgres.DB, who access.Actor) (Health, error) {
	return postgres.Write(ctx, db, who, "read-caseload-health", func(ctx context.Context, tx *postgres.Tx) (h Health, err error) {
		column, id := own(who)
		there, err := daysThere(ctx, tx, openThereSQL+`c.`+column+` = $1`, id)
		if err != nil {
			return h, err
		}
		mine := append(there, id)
		h.Overdue, err = postgres.Collect[Overdue](ctx, tx, overdueSQL+`x.`+column+` = $4 ORDER BY f.due_on, f.id LIMIT $5`, append(mine, maxListed)...)
		if err != nil {
			return h, fmt.Errorf("list what is overdue: %w", err)
		}
		err = tx.QueryRow(ctx, countsSQL+`x.`+column+` = $4`, mine...).Scan(&h.OverdueCount, &h.Holds, &h.Quiet)
		if err != nil {
			return h, fmt.Errorf("count open follow-ups: %w", err)
		}
		open, err := postgres.Collect[factsRow](ctx, tx, factsSQL+`AND c.`+column+` = $1 ORDER BY c.code`, id)
		if err != nil {
			return h, fmt.Errorf("list open cases: %w", err)
		}
		h.sum(open, tx.Today)
		return h, nil
	})
}

// own is whose cases are the actor's own: a contact person's, or a lead's team's,
// as a column of the case and its value. A case that was opened in an emergency is
// not.
func own(who access.Actor) (column, id string) {
	if who.Role == access.TeamLead {
		return `team_id`, who.Team
	}
	return `contact_person_id`, who.ID
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
