package support

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/money"
	"hjemvej/internal/postgres"
)

// Overview is promises of a period beside what was delivered, by partner,
// category or case (R30).
type Overview struct {
	By     string        `json:"by" enum:"partner,category,case" example:"category"`
	From   calendar.Date `json:"from" format:"date"`
	To     calendar.Date `json:"to" format:"date"`
	Groups []Tally       `json:"groups" nullable:"false"`
}

// Tally counts what became of promises. Amounts are DKK.
type Tally struct {
	Key       string       `json:"key" example:"housing" doc:"The category, the partner's id, or the case's code"`
	Name      string       `json:"name,omitempty" doc:"Of a partner"`
	Promises  int          `json:"promises" example:"6"`
	Promised  money.Amount `json:"promised"`
	Delivered money.Amount `json:"delivered"`
	OnTime    int          `json:"on_time" example:"4" doc:"All of it had come by its day"`
	Late      int          `json:"late" example:"2" doc:"It came after its day, or its day is over and not all of it has come"`
	Median    *int         `json:"median_late_days,omitempty" example:"9" doc:"Of the late ones, until today where it has not all come; left out where none is"`
	Short     int          `json:"short" example:"1" doc:"Its day is over and not all of it has come"`
	ShortBy   money.Amount `json:"short_by" doc:"What is missing of those"`
}

// Span is what an overview is about.
type Span struct {
	By       string        // partner, category or case
	From, To calendar.Date // promised for these days; zero is the last twelve months, up to today
}

type factRow struct {
	LineID, GroupKey, Name string
	Number                 int
	DueOn                  calendar.Date
	Dkk                    string
}

// factsSQL has every promise of the lines that promised something for the period:
// what was delivered fills the earlier ones first.
const factsSQL = `SELECT f.line_id, CASE $3 WHEN 'partner' THEN f.partner_id::text WHEN 'case' THEN f.code ELSE f.category END AS group_key,
		CASE $3 WHEN 'partner' THEN o.name ELSE '' END AS name, f.number, f.due_on, f.dkk::text AS dkk
	FROM promise_facts f JOIN partners o ON o.id = f.partner_id
	WHERE f.line_id IN (SELECT line_id FROM promise_facts WHERE due_on BETWEEN $1 AND $2) ORDER BY f.line_id`

type cameRow struct {
	LineID, Dkk string
	ReceivedOn  calendar.Date
}

const cameSQL = `SELECT d.line_id, d.received_on, d.dkk::text AS dkk
	FROM delivery_facts(array(SELECT DISTINCT line_id FROM promise_facts WHERE due_on BETWEEN $1 AND $2)) d`

// ReadOverview sets promises of a period beside deliveries: finance's and a
// manager's of all cases, a team lead's of the team. A manager sees no case.
func ReadOverview(ctx context.Context, db *postgres.DB, who access.Actor, in Span) (Overview, error) {
	today := calendar.Today(db.Now())
	out := Overview{By: in.By, From: cmp.Or(in.From, today.AddMonths(-12)), To: cmp.Or(in.To, today), Groups: []Tally{}}
	switch {
	case out.To.Before(out.From):
		return out, fault.Invalidf("query.to", "must not lie before from")
	case in.By == "case" && who.Role == access.Manager:
		return out, fault.Refused()
	}
	var facts []factRow
	var came []cameRow
	_, err := postgres.Read(ctx, db, who, "list-deliveries", postgres.About{},
		postgres.Many(&facts, factsSQL, out.From, out.To, in.By), postgres.Many(&came, cameSQL, out.From, out.To))
	if err != nil {
		return out, err
	}
	out.Groups, err = tallies(out, facts, came, today)
	return out, err
}

// tallies are the groups of an overview, by their keys.
func tallies(of Overview, facts []factRow, came []cameRow, today calendar.Date) ([]Tally, error) {
	delivered, promised := map[string][]Delivery{}, map[string][]Promise{}
	for _, d := range came {
		delivered[d.LineID] = append(delivered[d.LineID], Delivery{d.ReceivedOn, money.Amount{Amount: d.Dkk, Currency: money.Krone}})
	}
	groups, groupOf := map[string]*group{}, map[string]*group{}
	for _, f := range facts {
		promised[f.LineID] = append(promised[f.LineID], Promise{f.Number, f.DueOn, money.Amount{Amount: f.Dkk, Currency: money.Krone}})
		if groups[f.GroupKey] == nil {
			groups[f.GroupKey] = newGroup(f.GroupKey, f.Name)
		}
		groupOf[f.LineID] = groups[f.GroupKey]
	}
	for line, promises := range promised {
		outcomes, err := Compare(promises, delivered[line], today)
		if err != nil {
			return nil, err
		}
		for _, o := range outcomes {
			if o.DueOn.Before(of.From) || o.DueOn.After(of.To) {
				continue
			}
			if err := groupOf[line].take(o, today); err != nil {
				return nil, err
			}
		}
	}
	out := make([]Tally, 0, len(groups))
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		out = append(out, groups[key].tally())
	}
	return out, nil
}

// group is a tally while it is counted.
type group struct {
	Tally
	late []int // days
}

func newGroup(key, name string) *group {
	none := money.DKK("0.00")
	return &group{Tally: Tally{Key: key, Name: name, Promised: none, Delivered: none, ShortBy: none}}
}

func (g *group) take(o Outcome, today calendar.Date) (err error) {
	g.Promises++
	if g.Promised, err = g.Promised.Add(o.Promised); err != nil {
		return err
	}
	if g.Delivered, err = g.Delivered.Add(o.Delivered); err != nil {
		return err
	}
	if o.OnTime {
		g.OnTime++
	}
	if o.LateDays > 0 {
		g.late = append(g.late, o.LateDays)
	}
	if o.Passed(today) {
		g.Short++
		g.ShortBy, err = g.ShortBy.Add(o.ShortBy)
	}
	return err
}

func (g *group) tally() Tally {
	g.Late = len(g.late)
	if g.Late > 0 {
		slices.Sort(g.late)
		g.Median = &g.late[(g.Late-1)/2] // days that somebody really waited
	}
	return g.Tally
}
