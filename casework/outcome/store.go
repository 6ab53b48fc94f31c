package outcome

import (
	"context"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

type factRow struct {
	Destination                    string
	State                          string
	OpenedOn, OfferedOn            calendar.Date
	Answer                         string
	DepartedOn, ArrivedOn, LastDay calendar.Date
	WithdrawnOn                    calendar.Date
	ExitOutcome                    string
	FirstContactOn, FirstSupportOn calendar.Date
	Month1, Month3                 string
	BaseE, BaseS, BaseP, BaseC     string
	ExitE, ExitS, ExitP, ExitC     string
}

const factsSQL = `SELECT coalesce(destination, '') AS destination, state, opened_on, offered_on, coalesce(answer, '') AS answer, departed_on, arrived_on, last_day,
		withdrawn_on, coalesce(exit_outcome, '') AS exit_outcome, first_contact_on, first_support_on,
		coalesce(month_1, '') AS month1, coalesce(month_3, '') AS month3,
		coalesce(baseline_economic::text, '') AS base_e, coalesce(baseline_social::text, '') AS base_s,
		coalesce(baseline_psychosocial::text, '') AS base_p, coalesce(baseline_composite::text, '') AS base_c,
		coalesce(exit_economic::text, '') AS exit_e, coalesce(exit_social::text, '') AS exit_s,
		coalesce(exit_psychosocial::text, '') AS exit_p, coalesce(exit_composite::text, '') AS exit_c
	FROM outcome_facts WHERE opened_on BETWEEN $1 AND $2`

// Read makes the outcome report of the cases opened from one day to another,
// both counted. The view is recorded (R43).
func Read(ctx context.Context, db *postgres.DB, who access.Actor, from, to calendar.Date) (Report, error) {
	if to.Before(from) {
		return Report{}, fault.Invalidf("query.to", "must not lie before from")
	}
	var rows []factRow
	var incidents []Count
	moment, err := postgres.Read(ctx, db, who, "read-outcome-report", postgres.About{}, postgres.Many(&rows, factsSQL, from, to),
		postgres.Many(&incidents, `SELECT kind, count(*) AS n FROM incident_facts WHERE opened_on BETWEEN $1 AND $2 GROUP BY kind ORDER BY n DESC, kind`, from, to))
	if err != nil {
		return Report{}, err
	}
	facts := make([]Fact, len(rows))
	for i, r := range rows {
		facts[i] = Fact{Destination: r.Destination, State: r.State, OpenedOn: r.OpenedOn, OfferedOn: r.OfferedOn, Answer: r.Answer,
			DepartedOn: r.DepartedOn, ArrivedOn: r.ArrivedOn, LastDay: r.LastDay, WithdrawnOn: r.WithdrawnOn, ExitOutcome: r.ExitOutcome,
			FirstContactOn: r.FirstContactOn, FirstSupportOn: r.FirstSupportOn, Month1: r.Month1, Month3: r.Month3,
			Baseline: Scores{r.BaseE, r.BaseS, r.BaseP, r.BaseC}, Exit: Scores{r.ExitE, r.ExitS, r.ExitP, r.ExitC}}
	}
	report := Summarise(facts, from, to, moment.Today)
	report.Incidents = append([]Count{}, incidents...)
	return report, nil
}
