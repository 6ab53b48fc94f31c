package rates

import (
	"context"
	"strconv"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/postgres"
)

const rateSQL = `SELECT r.number, r.currency, r.rated_on, trim_scale(r.rate)::text AS rate, 0 AS age_days, r.source, coalesce(r.reason, '') AS reason,
		r.entered_by::text AS entered_by, r.entered_at, NOT EXISTS (SELECT FROM rates n WHERE n.replaces = r.number) AS in_force
	FROM rates r`

// aged is the rate with its age on a day.
func (r Rate) aged(on calendar.Date) Rate {
	r.AgeDays = on.DaysSince(r.RatedOn)
	return r
}

// Filter narrows a list of rates.
type Filter struct {
	Currency string        // "" for all
	On       calendar.Date // only those of this day or before, and their age on it; zero for all, and today
	After    int64         // the number that ended the page before; 0 for the first
	Limit    int           // 1 to 200
}

// List is a page of the rates as they were recorded, the newest day first, those
// that were replaced too, and the cursor of the next page ("" where there is none).
func List(ctx context.Context, db *postgres.DB, who access.Actor, f Filter) ([]Rate, string, error) {
	var w postgres.Where
	if f.Currency != "" {
		w.And("r.currency = ?", f.Currency)
	}
	if !f.On.IsZero() {
		w.And("r.rated_on <= ?", f.On)
	}
	if f.After != 0 {
		w.And("(r.rated_on, r.number) < (SELECT rated_on, number FROM rates WHERE number = ?)", f.After)
	}
	limit := w.Arg(f.Limit + 1)
	var rows []Rate
	m, err := postgres.Read(ctx, db, who, "list-rates", postgres.About{},
		postgres.Many(&rows, rateSQL+w.SQL()+` ORDER BY r.rated_on DESC, r.number DESC LIMIT `+limit, w.Args...))
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(rows) > f.Limit {
		rows = rows[:f.Limit]
		next = strconv.FormatInt(rows[f.Limit-1].Number, 10)
	}
	on := f.On
	if on.IsZero() {
		on = m.Today
	}
	for i, r := range rows {
		rows[i] = r.aged(on)
	}
	return rows, next, nil
}
