package lists

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// position is where a row stands in its list: the key it is ordered by, and its id.
type position struct{ Key, ID string }

func (p position) stands() position { return p }

func (p position) String() string { return p.Key + "/" + p.ID }

var positionForm = regexp.MustCompile(`^([0-9]|[1-9][0-9]{3}-[0-9]{2}-[0-9]{2})/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)

// positionOf reads a position that was answered by a list with the order.
func positionOf(text string, o order) (position, error) {
	m := positionForm.FindStringSubmatch(text)
	ok := m != nil && (o.keyType == "int") == (len(m[1]) == 1)
	if ok && o.keyType == "date" {
		_, err := calendar.Parse(m[1])
		ok = err == nil
	}
	if !ok {
		return position{}, fault.Invalidf("query.cursor", "expected a cursor that was answered here")
	}
	return position{m[1], m[2]}, nil
}

// Page is how much of a list is asked for.
type Page struct {
	After string // the position that the page before ended at, "" for the first
	Limit int    // 1 to 200
}

// Read is a page of a list as the actor may see it, and the position that the
// next one begins after ("" where there is none).
func Read(ctx context.Context, db *postgres.DB, who access.Actor, name Name, p Page) ([]Row, string, error) {
	const op = "read-finance-list"
	l, ok := find(name)
	if !ok {
		return nil, "", fault.NoSuch("list")
	}
	w := l.condition(who, op)
	if p.After != "" {
		after, err := positionOf(p.After, l.order)
		if err != nil {
			return nil, "", err
		}
		w.And("("+l.order.key+", "+l.order.id+") > (?::text::"+l.order.keyType+", ?::uuid)", after.Key, after.ID)
	}
	question := l.question(w, p.Limit+1, reader{who, calendar.Today(db.Now())})
	if _, err := postgres.Read(ctx, db, who, op, postgres.About{}, question.statement); err != nil {
		return nil, "", err
	}
	rows, ends, err := question.rows()
	if err != nil || len(rows) <= p.Limit {
		return rows, "", err
	}
	return rows[:p.Limit], ends[p.Limit-1].String(), nil
}

func (l list) question(w *postgres.Where, limit int, r reader) asked {
	n := w.Arg(limit)
	return l.ask(`, (`+l.order.key+`)::text AS key, `+l.order.id+l.from+w.SQL()+` ORDER BY `+l.order.key+`, `+l.order.id+` LIMIT `+n, w.Args, r)
}

// counted is how far the overview counts.
const counted = 999

// Waiting is how many rows of a list wait for somebody.
type Waiting struct {
	List    Name `json:"list" enum:"to_authorise,to_send,waiting_for_receipt,on_hold,exceptions,near_ceiling,ending_soon" example:"to_send"`
	Waiting int  `json:"waiting" example:"12" doc:"Counted up to 999; of the exceptions, those that nobody approved yet"`
	More    bool `json:"more,omitempty" doc:"There are more than were counted"`
}

// Overview is how much waits in each list, for the morning.
func Overview(ctx context.Context, db *postgres.DB, who access.Actor) ([]Waiting, error) {
	const op = "list-finance-lists"
	found := make([]struct{ N int }, len(all))
	statements := make([]postgres.Statement, len(all))
	for i, l := range all {
		w := l.condition(who, op)
		if l.waits != "" {
			w.And(l.waits)
		}
		statements[i] = postgres.Single(&found[i], "count", `SELECT count(*)::int AS n FROM (SELECT`+l.from+w.SQL()+` LIMIT `+strconv.Itoa(counted+1)+`) x`, w.Args...)
	}
	if _, err := postgres.Read(ctx, db, who, op, postgres.About{}, statements...); err != nil {
		return nil, err
	}
	out := make([]Waiting, len(all))
	for i, l := range all {
		out[i] = Waiting{List: l.name, Waiting: min(found[i].N, counted), More: found[i].N > counted}
	}
	return out, nil
}

// fileName is what a sheet of the list may be called: it says nothing (R11).
func (l list) fileName(on calendar.Date) string {
	return strings.ReplaceAll(string(l.name), "_", "-") + "-" + on.String()
}
