package support

import (
	"context"
	"fmt"
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/money"
	"hjemvej/internal/postgres"
)

// Place is where an øre of a programme lies. Every øre that was granted lies at
// exactly one, and moves to another only by a posting.
type Place string

// The places, along the chain from what was granted to what is settled.
const (
	Granted    Place = "granted"    // where the programme's money comes from; stands below zero by what was granted
	Free       Place = "programme"  // in the programme, on nobody's line
	OnLine     Place = "line"       // promised on an approved line, and free there
	Committed  Place = "committed"  // in payments that are planned or authorised
	OnItsWay   Place = "sent"       // went out, and is not proven yet
	Proven     Place = "proven"     // received, by a receipt or the person's own confirmation
	Settled    Place = "settled"    // proven, and found in the partner's account statement
	Difference Place = "difference" // neither proven nor back: it was explained
)

// Posting is one movement of money, from one place to another: both sides of a
// double entry in one. It is never changed; a correction is another posting.
type Posting struct {
	ID       int64         `json:"id" example:"118"`
	PostedAt time.Time     `json:"posted_at"`
	PostedBy string        `json:"posted_by,omitempty" format:"uuid"`
	Line     string        `json:"line,omitempty" example:"rent"`
	Payment  string        `json:"payment_id,omitempty" format:"uuid"`
	From     Place         `json:"taken_from" enum:"granted,programme,line,committed,sent,proven,settled,difference" example:"line"`
	To       Place         `json:"put_to" enum:"granted,programme,line,committed,sent,proven,settled,difference" example:"committed"`
	Counted  money.Amount  `json:"counted_as" doc:"In DKK, the currency of account"`
	Amount   money.Amount  `json:"amount" doc:"In the currency that moved (R28)"`
	Rate     string        `json:"rate" example:"1.69" doc:"DKK for one unit of that currency"`
	RateOn   calendar.Date `json:"rate_on,omitzero" format:"date" doc:"The day of the rate; left out for DKK"`
}

type postingRow struct {
	ID                              int64
	PostedAt                        time.Time
	PostedBy, Line, Payment         string
	From, To                        Place
	Dkk, Amount, Currency, RateText string
	RateOn                          calendar.Date
}

const postingsSQL = `SELECT p.id, p.posted_at, coalesce(p.posted_by::text, '') AS posted_by, coalesce(l.key, '') AS line, coalesce(p.payment_id::text, '') AS payment,
		p.taken_from AS "from", p.put_to AS "to", p.dkk::text AS dkk, p.amount::text AS amount, p.currency, trim_scale(p.rate)::text AS rate_text, p.rate_on
	FROM postings p JOIN cases c ON c.id = p.case_id LEFT JOIN budget_lines l ON l.id = p.line_id WHERE c.code = $1 AND p.id > $2 ORDER BY p.id LIMIT $3`

func (r postingRow) show() (Posting, error) {
	amount, err := amountOf(r.Amount, r.Currency)
	if err != nil {
		return Posting{}, err
	}
	dkk, err := money.New(r.Dkk, money.Krone)
	if err != nil {
		return Posting{}, err
	}
	return Posting{ID: r.ID, PostedAt: r.PostedAt, PostedBy: r.PostedBy, Line: r.Line, Payment: r.Payment, From: r.From, To: r.To,
		Counted: dkk, Amount: amount, Rate: r.RateText, RateOn: r.RateOn}, nil
}

// ListPostings is a page of what moved on the lines of a case, oldest first,
// after the posting with that number, and the number of the next page (0 where
// there is none).
func ListPostings(ctx context.Context, db *postgres.DB, who access.Actor, code string, after int64, limit int) ([]Posting, int64, error) {
	const op = "list-postings"
	if !access.IsCode(code) {
		return nil, 0, fault.NoSuch("case")
	}
	var head casefile.Reach
	var rows []postingRow
	_, err := postgres.Read(ctx, db, who, op, postgres.About{Case: code},
		postgres.Single(&head, "case", casefile.ReachOfCaseSQL, code), postgres.Many(&rows, postingsSQL, code, after, limit+1))
	if err != nil {
		return nil, 0, err
	}
	if err := postgres.Allow(ctx, db, who, op, head.Record(), "case"); err != nil {
		return nil, 0, err
	}
	next := int64(0)
	if len(rows) > limit {
		rows = rows[:limit]
		next = rows[limit-1].ID
	}
	out := make([]Posting, len(rows))
	for i, r := range rows {
		if out[i], err = r.show(); err != nil {
			return nil, 0, fmt.Errorf("show a posting: %w", err)
		}
	}
	return out, next, nil
}
