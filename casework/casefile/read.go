package casefile

import (
	"context"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// Read is one case with its periods and representatives, as of one moment. The
// reading is recorded.
func Read(ctx context.Context, db *postgres.DB, who access.Actor, code string) (Case, error) {
	const op = "read-case"
	if !access.IsCode(code) {
		return Case{}, fault.NoSuch("case")
	}
	var row Row
	var decisions []Decision
	var reps []Representative
	var joins []join
	var concerns []Concern
	_, err := postgres.Read(ctx, db, who, op, postgres.About{Case: code},
		postgres.Single(&row, "case", rowSQL, code),
		postgres.Many(&decisions, decisionsSQL, code),
		postgres.Many(&reps, representativesSQL, code),
		postgres.Many(&joins, joinsSQL, code),
		postgres.Many(&concerns, openConcernsSQL, code))
	if err != nil {
		return Case{}, err
	}
	if err := postgres.Allow(ctx, db, who, op, row.Record(), "case"); err != nil {
		return Case{}, err
	}
	return row.show(decisions, reps, joins, concerns), nil
}

// shown is the case as the transaction leaves it.
func shown(ctx context.Context, tx *postgres.Tx, code string) (Case, error) {
	row, err := postgres.One[Row](ctx, tx, rowSQL, code)
	if err != nil {
		return Case{}, err
	}
	decisions, err := postgres.Collect[Decision](ctx, tx, decisionsSQL, code)
	if err != nil {
		return Case{}, err
	}
	reps, err := postgres.Collect[Representative](ctx, tx, representativesSQL, code)
	if err != nil {
		return Case{}, err
	}
	joins, err := postgres.Collect[join](ctx, tx, joinsSQL, code)
	if err != nil {
		return Case{}, err
	}
	concerns, err := postgres.Collect[Concern](ctx, tx, openConcernsSQL, code)
	if err != nil {
		return Case{}, err
	}
	return row.show(decisions, reps, joins, concerns), nil
}

// Shown is the case as the transaction leaves it, for the rooms that move it.
func Shown(ctx context.Context, tx *postgres.Tx, code string) (Case, error) {
	return shown(ctx, tx, code)
}

func (r *Row) show(decisions []Decision, reps []Representative, joins []join, concerns []Concern) Case {
	c := Case{
		Code: r.Code, State: r.State, Track: r.Track, AssessedBy: r.AssessedBy, AssessedOn: r.AssessedOn,
		ContactPerson: r.ContactPersonID, Team: r.TeamID, Represented: reps, OpenedOn: r.OpenedOn,
		OfferedOn: r.OfferedOn, AnsweredOn: r.AnsweredOn, DepartedOn: r.DepartedOn, ArrivedOn: r.ArrivedOn,
		LastDay: r.LastDay, SupportEnded: r.SupportEndedOn, WithdrawnOn: r.WithdrawnOn, ExitOutcome: text(r.ExitOutcome),
		ExitedOn: r.ExitedOn, ClosedOn: r.ClosedOn, OpenConcerns: r.OpenConcerns, Concerns: concerns, Version: r.Version,
	}
	if r.SupportPersonReason != nil {
		c.SupportPerson = &SupportPerson{*r.SupportPersonReason, r.SupportPersonAgreedOn}
	}
	if r.Destination != nil {
		c.Destination = &Destination{*r.Destination, text(r.DestinationKind), text(r.DestinationPlace), text(r.DestinationTimeZone)}
	}
	if len(decisions) > 0 {
		c.Reflection = &Reflection{StartsOn: r.ReflectionStartsOn, LastDay: r.ReflectionEndsOn, Decisions: decisions}
	}
	for _, j := range joins {
		if j.GoesOn {
			c.JoinedInto = j.Code
		} else {
			c.Earlier = append(c.Earlier, j.Code)
		}
	}
	return c
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// Filter narrows a list of cases. The zero Filter is the first page of all that
// the actor may see.
type Filter struct {
	State State  // "" for all
	Alarm bool   // only cases with open concerns
	After string // the last code of the page before
	Limit int    // 1 to 200
}

// List is a page of the cases that the actor may see, in the order of their
// codes, and the cursor of the next page ("" where there is none).
func List(ctx context.Context, db *postgres.DB, who access.Actor, f Filter) ([]Summary, string, error) {
	type listed struct {
		Code, State, Track string
		Country            *string
		OpenedOn           calendar.Date
		ReflectEnds        calendar.Date
		LastDay            calendar.Date
		OpenConcerns       int
	}
	var rows []listed
	var w postgres.Where
	w.And("code > ?", f.After)
	if f.State != "" {
		w.And("state = ?", string(f.State))
	}
	if f.Alarm {
		w.And("EXISTS " + concernedSQL)
	}
	switch access.ReachOf(who, "list-cases") {
	case access.Own:
		w.And("contact_person_id = ?", who.ID)
	case access.Team:
		w.And("team_id = ?", who.Team)
	}
	limit := w.Arg(f.Limit + 1)
	_, err := postgres.Read(ctx, db, who, "list-cases", postgres.About{}, postgres.Many(&rows,
		`SELECT code, state, track, destination AS country, opened_on, reflection_ends_on AS reflect_ends, last_day, `+ConcernsSQL+` FROM cases c`+
			w.SQL()+` ORDER BY code LIMIT `+limit, w.Args...))
	if err != nil {
		return nil, "", err
	}
	out := make([]Summary, 0, len(rows))
	for _, r := range rows {
		out = append(out, Summary{r.Code, State(r.State), Track(r.Track), text(r.Country), r.OpenedOn, r.ReflectEnds, r.LastDay, r.OpenConcerns})
	}
	if len(out) > f.Limit {
		return out[:f.Limit], out[f.Limit-1].Code, nil
	}
	return out, "", nil
}
