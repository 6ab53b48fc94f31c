package rates

import (
	"context"
	"fmt"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// Sent is a file that is sent in.
type Sent struct {
	File string `json:"file" minLength:"1" example:"Date, USD, DKK, RON, \n9 October 2026, 1.1605, 7.4605, 5.0921, \n" doc:"The text of the ECB's daily or 90-day file, XML or CSV"`
}

// Imported says what an import did. Importing the same file again changes nothing.
type Imported struct {
	Added     int      `json:"added" example:"31"`
	Unchanged int      `json:"unchanged" example:"0" doc:"That stood there with the same rate"`
	Differing []Differ `json:"differing" doc:"That stand there with another rate, and were not replaced (R28)"`
	TooOld    int      `json:"too_old" example:"0" doc:"Of days so long ago that no payment can ask for them; not recorded"`
	Ignored   []string `json:"ignored" example:"[\"ROL\"]" doc:"Codes that are no currency in use"`
}

// Differ is a rate for which the file says something else.
type Differ struct {
	Currency string        `json:"currency" example:"RON"`
	RatedOn  calendar.Date `json:"rated_on" format:"date"`
}

// ImportFile is Import of a file's text; one that cannot be used is invalid.
func ImportFile(ctx context.Context, db *postgres.DB, who access.Actor, in Sent) (Imported, error) {
	sheet, err := Parse([]byte(in.File))
	if err != nil {
		return Imported{}, fault.Invalidf("body.file", "%s", err)
	}
	return Import(ctx, db, who, sheet)
}

// Import records the rates of a file of the bank's, the whole file or nothing (a
// conflict by R28 where a day of it has not come yet), but for days that are too long ago for any payment. A day and currency that has a
// rate keeps it, whatever the file says: what differs is answered, and replacing
// it takes Record and a reason.
func Import(ctx context.Context, db *postgres.DB, who access.Actor, sheet Sheet) (Imported, error) {
	return postgres.Write(ctx, db, who, "import-rates", func(ctx context.Context, tx *postgres.Tx) (Imported, error) {
		given, err := sheet.columns(tx.Today)
		if err != nil {
			return Imported{}, err
		}
		// In one order, so that two imports at once wait for each other in turn.
		tag, err := tx.Exec(ctx, `INSERT INTO rates (currency, rated_on, rate, source, entered_by)
			SELECT currency, rated_on, rate, $4, $5 FROM `+givenSQL+` ORDER BY rated_on, currency
			ON CONFLICT (currency, rated_on) WHERE replaces IS NULL DO NOTHING`, given.currencies, given.days, given.rates, string(ECB), who.ID)
		if err != nil {
			return Imported{}, fmt.Errorf("import rates: %w", err)
		}
		// A statement of its own: it sees what another import has committed meanwhile.
		differing, err := postgres.Collect[Differ](ctx, tx, `SELECT g.currency, g.rated_on FROM `+givenSQL+`
			WHERE g.rate <> (SELECT r.rate FROM rates r WHERE r.currency = g.currency AND r.rated_on = g.rated_on ORDER BY r.number DESC LIMIT 1)
			ORDER BY g.rated_on, g.currency`, given.currencies, given.days, given.rates)
		if err != nil {
			return Imported{}, fmt.Errorf("compare rates: %w", err)
		}
		added := int(tag.RowsAffected())
		tx.Touch("", "", "")
		return Imported{Added: added, Unchanged: len(given.rates) - added - len(differing), TooOld: len(sheet.Quotes) - len(given.rates),
			Differing: append([]Differ{}, differing...), Ignored: append([]string{}, sheet.Ignored...)}, nil
	})
}

const givenSQL = `unnest($1::text[], $2::date[], $3::numeric[]) AS g (currency, rated_on, rate)`

// columns are quotes as PostgreSQL takes many rows at once.
type columns struct {
	currencies []string
	days       []calendar.Date
	rates      []string
}

// oldestAge is how many days older than a payment's day a rate may be at the most,
// whatever the policy says.
const oldestAge = 366

// columns are the quotes that a payment can ask for from today on.
func (s Sheet) columns(today calendar.Date) (c columns, err error) {
	oldest := today.AddMonths(-Months).AddDays(-oldestAge)
	for _, q := range s.Quotes {
		switch {
		case q.On.After(today):
			return c, fault.Conflictf("R28", "The file has a day that has not come yet.")
		case !q.On.Before(oldest):
			c.currencies, c.days, c.rates = append(c.currencies, q.Currency), append(c.days, q.On), append(c.rates, q.Rate)
		}
	}
	return c, nil
}
