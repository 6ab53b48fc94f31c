package support

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"

	"github.com/jackc/pgx/v5"
)

// NewDelay says why an instalment is late or short.
type NewDelay struct {
	Instalment int    `json:"instalment" minimum:"1" maximum:"24" example:"1"`
	Reason     string `json:"reason" enum:"partner_late,bank,documents_missing,person_asked,supplier,price,other" example:"supplier"`
	Text       string `json:"text" minLength:"3" maxLength:"500" example:"The machine comes a week later"`
}

// Delay is why an instalment is late or short, as somebody said it (R30).
type Delay struct {
	Reason     string    `json:"reason" enum:"partner_late,bank,documents_missing,person_asked,supplier,price,other" example:"supplier"`
	Text       string    `json:"text" example:"The machine comes a week later"`
	ByPartner  string    `json:"by_partner,omitempty" format:"uuid"`
	RecordedBy string    `json:"recorded_by" format:"uuid"`
	RecordedAt time.Time `json:"recorded_at"`
}

type delayRow struct {
	Key    string
	Number int
	DueOn  calendar.Date
	Delay
}

const delaysSQL = `SELECT l.key, r.number, r.due_on, r.reason, r.note AS text, coalesce(r.by_partner::text, '') AS by_partner, r.recorded_by, r.recorded_at
	FROM delay_reasons r JOIN budget_lines l ON l.id = r.line_id JOIN cases c ON c.id = r.case_id WHERE c.code = $1 ORDER BY r.recorded_at, r.id`

// delaysOf are what was said about an instalment for the day that it has now.
func (t told) delaysOf(key string, o Outcome) (out []Delay) {
	for _, d := range t.delays {
		if d.Key == key && d.Number == o.Number && d.DueOn == o.DueOn {
			out = append(out, d.Delay)
		}
	}
	return out
}

// Explain records why an instalment is late or short; what was said before stays
// (R30). A partner explains the lines that it gives, by consent.
func Explain(ctx context.Context, db *postgres.DB, who access.Actor, code, key string, in NewDelay) (Delay, error) {
	return postgres.Write(ctx, db, who, "explain-delay", func(ctx context.Context, tx *postgres.Tx) (Delay, error) {
		tx.Seek(code)
		p, err := postgres.One[struct {
			LineID, CaseID string
			DueOn          calendar.Date
			casefile.Reach
		}](ctx, tx, `SELECT l.id AS line_id, l.case_id, (SELECT p.due_on FROM promises p WHERE p.line_id = l.id AND p.plan_version_id = l.plan_version_id AND p.number = $3) AS due_on, `+casefile.ReachSQL+`
			FROM budget_lines l JOIN cases c ON c.id = l.case_id WHERE c.code = $1 AND l.key = $2`, code, key, in.Instalment)
		if errors.Is(err, pgx.ErrNoRows) {
			return Delay{}, fault.NoSuch("budget line")
		}
		if err != nil {
			return Delay{}, fmt.Errorf("find a promise: %w", err)
		}
		if err := tx.May(p.Record(), "budget line"); err != nil {
			return Delay{}, err
		}
		if p.DueOn.IsZero() {
			return Delay{}, fault.Invalidf("body.instalment", "is not one of the line's instalments")
		}
		tx.Touch(p.CaseID, code, p.LineID)
		_, err = tx.Exec(ctx, `INSERT INTO delay_reasons (case_id, line_id, number, due_on, reason, note, by_partner, recorded_by) VALUES ($1,$2,$3,$4,$5,$6,nullif($7,'')::uuid,$8)`,
			p.CaseID, p.LineID, in.Instalment, p.DueOn, in.Reason, in.Text, who.Partner, who.ID)
		if err != nil {
			return Delay{}, fmt.Errorf("explain a delay: %w", err)
		}
		return Delay{in.Reason, in.Text, who.Partner, who.ID, tx.Now}, nil
	})
}
