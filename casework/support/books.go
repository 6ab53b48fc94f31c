package support

import (
	"context"

	"hjemvej/internal/access"
	"hjemvej/internal/money"
	"hjemvej/internal/postgres"
)

// Books is what was promised, committed, paid and proven in every programme at
// this moment: nobody's case, and sums that are kept as money moves, so that no
// posting is read for it.
type Books struct {
	Programmes []ProgrammeBooks `json:"programmes" nullable:"false"`
	Balance    money.Amount     `json:"trial_balance" doc:"All places of all programmes together, those that were granted below zero: 0.00 at all times"`
}

// ProgrammeBooks is where a programme's money lies; DKK.
type ProgrammeBooks struct {
	ID         string          `json:"id" format:"uuid"`
	Name       string          `json:"name" example:"Prepared return 2027"`
	Year       int             `json:"year,omitempty" example:"2027"`
	Ceiling    money.Amount    `json:"ceiling" doc:"What was granted"`
	Free       money.Amount    `json:"free" doc:"Of that, on nobody's line"`
	Categories []CategoryBooks `json:"categories" nullable:"false"`
}

// CategoryBooks is where the money promised in a category lies; DKK. What was
// promised is the sum of the others.
type CategoryBooks struct {
	Category   string       `json:"category" example:"housing"`
	Promised   money.Amount `json:"promised" doc:"On approved lines (R25)"`
	OnLine     money.Amount `json:"free_on_lines"`
	Committed  money.Amount `json:"committed" doc:"In payments that are planned or authorised"`
	OnItsWay   money.Amount `json:"sent" doc:"Went out and is not proven yet"`
	Proven     money.Amount `json:"proven" doc:"By a receipt or the person's own confirmation (R26)"`
	Settled    money.Amount `json:"settled" doc:"Proven, and found in the partner's account statement"`
	Difference money.Amount `json:"difference" doc:"Neither proven nor back: explained"`
}

type booksRow struct {
	ID, Name      string
	Year          int
	Ceiling, Free string
	Category      string
	Promised, Line, Committed, Sent,
	Proven, Settled, Difference string
}

const booksSQL = `SELECT programme_id::text AS id, programme AS name, coalesce(year, 0) AS year, ceiling_dkk::text AS ceiling, (ceiling_dkk - allotted_dkk)::text AS free,
		coalesce(category, '') AS category, promised::text AS promised, line::text AS line, committed::text AS committed, sent::text AS sent,
		proven::text AS proven, settled::text AS settled, difference::text AS difference
	FROM trial_balance ORDER BY programme, id, category`

// ReadBooks is the trial balance.
func ReadBooks(ctx context.Context, db *postgres.DB, who access.Actor) (Books, error) {
	var rows []booksRow
	if _, err := postgres.Read(ctx, db, who, "read-books", postgres.About{}, postgres.Many(&rows, booksSQL)); err != nil {
		return Books{}, err
	}
	return keepBooks(rows)
}

func keepBooks(rows []booksRow) (b Books, err error) {
	sum := adder{total: money.DKK("0.00")}
	for _, r := range rows {
		if n := len(b.Programmes); n == 0 || b.Programmes[n-1].ID != r.ID {
			b.Programmes = append(b.Programmes, ProgrammeBooks{ID: r.ID, Name: r.Name, Year: r.Year, Categories: []CategoryBooks{},
				Ceiling: sum.take(r.Ceiling), Free: sum.put(r.Free)})
		}
		if r.Category != "" {
			p := &b.Programmes[len(b.Programmes)-1]
			p.Categories = append(p.Categories, CategoryBooks{Category: r.Category, Promised: sum.kept(r.Promised), OnLine: sum.put(r.Line),
				Committed: sum.put(r.Committed), OnItsWay: sum.put(r.Sent), Proven: sum.put(r.Proven), Settled: sum.put(r.Settled), Difference: sum.put(r.Difference)})
		}
	}
	b.Balance = sum.total
	return b, sum.err
}

// adder adds up what lies at the places, and keeps the first error.
type adder struct {
	total money.Amount
	err   error
}

// kept is an amount that is shown and added to nothing.
func (a *adder) kept(dkk string) money.Amount {
	m, err := money.New(dkk, money.Krone)
	if a.err == nil {
		a.err = err
	}
	return m
}

func (a *adder) put(dkk string) money.Amount {
	m := a.kept(dkk)
	if a.err == nil {
		a.total, a.err = a.total.Add(m)
	}
	return m
}

func (a *adder) take(dkk string) money.Amount {
	m := a.kept(dkk)
	if a.err == nil {
		a.total, a.err = a.total.Sub(m)
	}
	return m
}
