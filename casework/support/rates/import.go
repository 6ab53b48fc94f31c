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

// Import records the rates of a file of the bank's, the whole file or nothing. A
// day and currency that has a rate keeps it, whatever the file says: what differs
// is answered, and replacing it takes Record and a reason.
func Import(ctx context.Context, db *postgres.DB, who access.Actor, sheet Sheet) (Imported, error) {
	return postgres.Write(ctx, db, who, "import-rates", func(ctx context.Context, tx *postgres.Tx) (Imported, error) {
		var currencies, given []string
		var days []calendar.Date
		for _, q := range sheet.Quotes {
			if q.On.After(tx.Today) {
				return Imported{}, fault.Invalidf("body.file", "has a day in the future")
			}
			currencies, days, given = append(currencies, q.Currency), append(days, q.On), append(given, q.Rate)
		}
		// In one order, so that two imports at once wait for each other in turn.
		tag, err := tx.Exec(ctx, `INSERT INTO rates (currency, rated_on, rate, source, entered_by)
			SELECT currency, rated_on, rate, $4, $5 FROM unnest($1::text[], $2::date[], $3::numeric[]) AS g (currency, rated_on, rate) ORDER BY rated_on, currency
			ON CONFLICT (currency, rated_on) WHERE replaces IS NULL DO NOTHING`, currencies, days, given, string(ECB), who.ID)
		if err != nil {
			return Imported{}, fmt.Errorf("import rates: %w", err)
		}
		// A statement of its own: it sees what another import has committed meanwhile.
		differing, err := postgres.Collect[Differ](ctx, tx, `SELECT g.currency, g.rated_on FROM unnest($1::text[], $2::date[], $3::numeric[]) AS g (currency, rated_on, rate)
			WHERE g.rate <> (SELECT r.rate FROM rates r WHERE r.currency = g.currency AND r.rated_on = g.rated_on ORDER BY r.number DESC LIMIT 1)
			ORDER BY g.rated_on, g.currency`, currencies, days, given)
		if err != nil {
			return Imported{}, fmt.Errorf("compare rates: %w", err)
		}
		added := int(tag.RowsAffected())
		tx.Touch("", "", fmt.Sprintf("%d rates", added))
		return Imported{Added: added, Unchanged: len(sheet.Quotes) - added - len(differing),
			Differing: append([]Differ{}, differing...), Ignored: append([]string{}, sheet.Ignored...)}, nil
	})
}
