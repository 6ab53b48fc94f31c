package casefile

import (
	"context"
	"fmt"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// The limits of a reflection period, in days (R3).
const (
	FirstDays = 30
	TotalDays = 120
)

// Decision is one decision on the reflection period (R3).
type Decision struct {
	DecidedOn calendar.Date `json:"decided_on" format:"date" example:"2026-07-15"`
	Days      int           `json:"days" minimum:"1" maximum:"120" example:"30" doc:"The first at most 30, all together at most 120"`
	Ground    string        `json:"ground" enum:"initial,special_reasons,cooperates_on_prepared_return" example:"initial"`
	Authority Authority     `json:"authority" enum:"immigration_service,cmm" example:"immigration_service" doc:"The one that assesses people of the track"`
}

// Reflection is the reflection period; for people with lawful stay the same
// period is a restitution period, with no exit deadline (R3).
type Reflection struct {
	StartsOn  calendar.Date `json:"starts_on" format:"date" doc:"The day of the first decision; it does not count as a day of the period"`
	LastDay   calendar.Date `json:"last_day" format:"date" doc:"It counts"`
	Decisions []Decision    `json:"decisions"`
}

const decisionsSQL = `SELECT d.decided_on, d.days, d.ground, d.authority FROM reflection_decisions d
	JOIN cases c ON c.id = d.case_id WHERE c.code = $1 ORDER BY d.decided_on, d.recorded_at, d.id`

// LastReflectionDay is the period's last day: the days of all decisions,
// counted from the day after the first (R3).
func LastReflectionDay(decisions []Decision) calendar.Date {
	days := 0
	for _, d := range decisions {
		days += d.Days
	}
	return decisions[0].DecidedOn.AddDays(days)
}

// Next checks whether a further decision keeps the limits of R3, and comes
// from the authority of the track while the period still runs.
func Next(track Track, before []Decision, d Decision) error {
	total := d.Days
	for _, b := range before {
		total += b.Days
	}
	switch {
	case d.Authority != track.Assessor():
		return fault.Conflictf("R3", "For this track the %s decides.", track.Assessor())
	case (len(before) == 0) != (d.Ground == "initial"):
		return fault.Conflictf("R3", "The first decision, and only the first, has the ground initial.")
	case len(before) == 0 && d.Days > FirstDays:
		return fault.Conflictf("R3", "The first decision gives at most %d days.", FirstDays)
	case total > TotalDays:
		return fault.Conflictf("R3", "All decisions together give at most %d days; %d are left.", TotalDays, TotalDays-total+d.Days)
	case len(before) > 0 && d.DecidedOn.Before(before[len(before)-1].DecidedOn):
		return fault.Invalidf("body.decided_on", "must not lie before the previous decision")
	case len(before) > 0 && d.DecidedOn.After(LastReflectionDay(before)):
		return fault.Conflictf("R3", "The period had ended on that day and cannot be extended.")
	}
	return nil
}

var (
	_ = postgres.Rule("reflection_initial_first", fault.Conflictf("R3", "The first decision, and only the first, has the ground initial."))
	_ = postgres.Rule("reflection_one_initial", fault.Conflictf("R3", "The first decision, and only the first, has the ground initial."))
	_ = postgres.Rule("reflection_first_30", fault.Conflictf("R3", "The first decision gives at most %d days.", FirstDays))
	_ = postgres.Rule("reflection_total_120", fault.Conflictf("R3", "All decisions together give at most %d days.", TotalDays))
)

// Decide records a decision on the reflection period and moves its last day.
func Decide(ctx context.Context, db *postgres.DB, who access.Actor, code string, d Decision) (Case, error) {
	return postgres.Write(ctx, db, who, "record-reflection-decision", func(ctx context.Context, tx *postgres.Tx) (Case, error) {
		row, err := Lock(ctx, tx, code, 0)
		if err != nil {
			return Case{}, err
		}
		if row.State.Over() || !row.DepartedOn.IsZero() {
			return Case{}, fault.Conflictf("R3", "The person has left the period behind.")
		}
		if err := row.Happened("body.decided_on", d.DecidedOn, tx.Today); err != nil {
			return Case{}, err
		}
		before, err := postgres.Collect[Decision](ctx, tx, decisionsSQL, code)
		if err != nil {
			return Case{}, fmt.Errorf("read the decisions: %w", err)
		}
		if err := Next(row.Track, before, d); err != nil {
			return Case{}, err
		}
		_, err = tx.Exec(ctx, `INSERT INTO reflection_decisions (case_id, decided_on, days, ground, authority, recorded_by)
			VALUES ($1,$2,$3,$4,$5,$6)`, row.ID, d.DecidedOn, d.Days, d.Ground, string(d.Authority), who.ID)
		if err != nil {
			return Case{}, fmt.Errorf("record a decision: %w", err)
		}
		all := append(before, d)
		_, err = tx.Exec(ctx, `UPDATE cases SET reflection_starts_on = $2, reflection_ends_on = $3, reflection_ended_on = NULL, version = version + 1 WHERE id = $1`,
			row.ID, all[0].DecidedOn, LastReflectionDay(all))
		if err != nil {
			return Case{}, fmt.Errorf("move the period's last day: %w", err)
		}
		return shown(ctx, tx, code)
	})
}
