package attention

import (
	"context"
	"fmt"

	"hjemvej/internal/access"
	"hjemvej/internal/postgres"
)

// Counts is how a caseload stands, in numbers alone. They are not suppressed: they
// are for named roles inside, and each view is recorded (R43).
type Counts struct {
	Open            int `json:"open_cases" example:"31"`
	Overdue1To3     int `json:"overdue_1_to_3_days" example:"3" doc:"Open follow-ups so long after their due day, as the day is at the destination"`
	Overdue4To10    int `json:"overdue_4_to_10_days" example:"1"`
	OverdueMore     int `json:"overdue_over_10_days" example:"0"`
	Escalated       int `json:"escalated" example:"1" doc:"Of the overdue: the team's leads were told (R36)"`
	ByContactPerson int `json:"waiting_for_contact_person" example:"3" doc:"Of the overdue"`
	ByPartner       int `json:"waiting_for_partner" example:"1" doc:"Of the overdue: the home-country partner makes them"`
	Holds           int `json:"safety_holds" example:"0" doc:"Of the overdue: the person must not be contacted, and nobody is reminded (R10)"`
	ExitsMissing    int `json:"exits_without_outcome" example:"1" doc:"The last day of support has passed and no outcome is recorded (R35)"`
	IncidentsOpen   int `json:"incidents_open" example:"0" doc:"Nobody has taken them in hand"`
	IncidentsInHand int `json:"incidents_in_hand" example:"2" doc:"Planned about and not closed"`
	WithoutStep     int `json:"without_next_step" example:"0" doc:"Open cases of which nobody would hear any more; must be none"`
}

// TeamCounts is how one team's caseload stands.
type TeamCounts struct {
	TeamID string `json:"team_id" format:"uuid"`
	Team   string `json:"team" example:"East"`
	Counts
}

// CaseloadCounts is how the caseload stands, by team and in all.
type CaseloadCounts struct {
	Teams []TeamCounts `json:"teams" nullable:"false" doc:"By name; a team lead's own alone"`
	All   Counts       `json:"all"`
}

const countedThereSQL = `SELECT country, said FROM due_facts UNION SELECT country, said FROM caseload_facts WHERE last_day <= actor_today()`

const teamCountsSQL = `SELECT t.id AS team_id, t.name AS team, coalesce(c.open, 0) AS open,
		coalesce(f.few, 0) AS overdue1_to3, coalesce(f.some, 0) AS overdue4_to10, coalesce(f.many, 0) AS overdue_more, coalesce(f.escalated, 0) AS escalated,
		coalesce(f.late - f.by_partner, 0) AS by_contact_person, coalesce(f.by_partner, 0) AS by_partner, coalesce(f.held, 0) AS holds,
		coalesce(c.exits, 0) AS exits_missing, coalesce(i.open, 0) AS incidents_open, coalesce(i.in_hand, 0) AS incidents_in_hand, coalesce(c.forgotten, 0) AS without_step
	FROM teams t
	LEFT JOIN (SELECT team_id, count(*)::int AS open, count(*) FILTER (WHERE state = 'arrived' AND last_day < ` + todaySQL + `)::int AS exits,
		count(*) FILTER (WHERE step_until + $4::int < actor_today())::int AS forgotten FROM caseload_facts x` + thereSQL + ` GROUP BY team_id) c ON c.team_id = t.id
	LEFT JOIN (SELECT team_id, count(*)::int AS late, count(*) FILTER (WHERE days <= 3)::int AS few, count(*) FILTER (WHERE days BETWEEN 4 AND 10)::int AS some,
		count(*) FILTER (WHERE days > 10)::int AS many, count(*) FILTER (WHERE escalated)::int AS escalated, count(*) FILTER (WHERE by_partner)::int AS by_partner,
		count(*) FILTER (WHERE held)::int AS held
		FROM (SELECT x.*, ` + todaySQL + ` - x.due_on AS days FROM due_facts x` + thereSQL + `) y WHERE days > 0 GROUP BY team_id) f ON f.team_id = t.id
	LEFT JOIN (SELECT team_id, count(*) FILTER (WHERE state = 'open')::int AS open, count(*) FILTER (WHERE state = 'in_hand')::int AS in_hand
		FROM open_incident_facts GROUP BY team_id) i ON i.team_id = t.id
	WHERE actor_role() <> 'team_lead' OR t.id = actor_team() ORDER BY t.name`

// CountHealth is how the caseload stands in numbers: every team's for a manager,
// a team lead's own. The cost is that of what is open and overdue. What is overdue
// is so by the day at its destination. The view is recorded (R43).
func CountHealth(ctx context.Context, db *postgres.DB, who access.Actor) (CaseloadCounts, error) {
	return postgres.Write(ctx, db, who, "count-caseload-health", func(ctx context.Context, tx *postgres.Tx) (CaseloadCounts, error) {
		there, err := daysThere(ctx, tx, countedThereSQL)
		if err != nil {
			return CaseloadCounts{}, err
		}
		out := CaseloadCounts{}
		if out.Teams, err = postgres.Collect[TeamCounts](ctx, tx, teamCountsSQL, append(there, Grace)...); err != nil {
			return CaseloadCounts{}, fmt.Errorf("count a caseload: %w", err)
		}
		for _, t := range out.Teams {
			out.All.add(t.Counts)
		}
		return out, nil
	})
}

func (c *Counts) add(o Counts) {
	c.Open += o.Open
	c.Overdue1To3 += o.Overdue1To3
	c.Overdue4To10 += o.Overdue4To10
	c.OverdueMore += o.OverdueMore
	c.Escalated += o.Escalated
	c.ByContactPerson += o.ByContactPerson
	c.ByPartner += o.ByPartner
	c.Holds += o.Holds
	c.ExitsMissing += o.ExitsMissing
	c.IncidentsOpen += o.IncidentsOpen
	c.IncidentsInHand += o.IncidentsInHand
	c.WithoutStep += o.WithoutStep
}
