package support

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/money"
	"hjemvej/internal/postgres"

	"github.com/jackc/pgx/v5"
)

// NewStatement is a partner's account statement, or what of it is ours.
type NewStatement struct {
	Reference string          `json:"reference" minLength:"1" maxLength:"100" example:"2026-10" doc:"The statement's own number, once for each partner"`
	From      calendar.Date   `json:"from" format:"date" example:"2026-10-01"`
	Until     calendar.Date   `json:"until" format:"date" example:"2026-10-31"`
	Currency  string          `json:"currency" pattern:"^[A-Z]{3}$" example:"RON" doc:"ISO 4217; of all amounts in it"`
	Opening   *money.Amount   `json:"opening,omitempty" doc:"What was on the account before"`
	Closing   *money.Amount   `json:"closing,omitempty" doc:"What was on it after"`
	Lines     []StatementLine `json:"lines" minItems:"1" maxItems:"1000"`
}

// StatementHead is an account statement without its lines.
type StatementHead struct {
	ID          string        `json:"id" format:"uuid"`
	PartnerID   string        `json:"partner_id" format:"uuid"`
	Reference   string        `json:"reference" example:"2026-10"`
	From        calendar.Date `json:"from" format:"date"`
	Until       calendar.Date `json:"until" format:"date"`
	Currency    string        `json:"currency" example:"RON"`
	SubmittedAt time.Time     `json:"submitted_at"`
	Unmatched   int           `json:"unmatched" example:"1" doc:"Lines of which something is matched with no payment"`
}

// Statement is an account statement with what its lines were matched with.
type Statement struct {
	StatementHead
	Lines []MatchedLine `json:"lines"`
}

// MatchedLine is a line of a statement with what it was matched with.
type MatchedLine struct {
	N int `json:"n" example:"1"`
	StatementLine
	Settled   money.Amount  `json:"settled" doc:"Of its amount, matched with payments that the reader may see"`
	Payments  []string      `json:"payments" format:"uuid" doc:"Those payments"`
	Reason    Reason        `json:"reason,omitempty" enum:"unknown,amount_differs,already_settled,not_proven,too_far_apart" doc:"Why it was matched with none when it was submitted"`
	DiffersBy *money.Amount `json:"differs_by,omitempty" doc:"Of amount_differs: what is proven of the payment and not settled, less the line"`
}

var (
	moreThanProven = fault.Conflictf("R26", "It is more than is proven of the payment and not settled.")

	badStatement = fault.Invalidf("body.lines", "must be positive amounts in the statement's currency, dated within its days")

	// Two statements at once, or a receipt that comes in between: what matches is
	// looked for anew.
	_ = postgres.TryAgain("statement_match_of_what_is_proven")
	_ = postgres.TryAgain("statement_match_counts")

	_ = postgres.Rule("partner_statements_partner_id_fkey", fault.NoSuch("partner"))
	_ = postgres.Rule("statement_match_of_the_giver", fault.NoSuch("payment"))
	_ = postgres.Rule("statement_match_of_what_is_proven", moreThanProven)
	_ = postgres.Rule("statement_match_counts", fault.Conflictf("R28", "The match does not count as that."))
	_ = postgres.Rule("statement_line_sum", fault.Conflictf("R28", "It is more than is left of the line."))
)

// SubmitStatement takes in a partner's account statement, from the partner or
// from finance in its name, and settles what matches a payment that the partner
// gives and the actor may see. The same statement twice answers as it stands now;
// another one under the reference is a conflict.
func SubmitStatement(ctx context.Context, db *postgres.DB, who access.Actor, partnerID string, in NewStatement) (Statement, error) {
	return postgres.Write(ctx, db, who, "submit-statement", func(ctx context.Context, tx *postgres.Tx) (Statement, error) {
		tx.Seek(partnerID)
		if err := tx.May(access.Record{Partner: partnerID}, "partner"); err != nil {
			return Statement{}, err
		}
		if err := in.complete(tx.Today); err != nil {
			return Statement{}, err
		}
		id, isNew, err := in.insert(ctx, tx, partnerID)
		if err != nil {
			return Statement{}, err
		}
		tx.Touch("", "", id)
		if isNew {
			if err := in.settle(ctx, tx, id, partnerID); err != nil {
				return Statement{}, err
			}
		}
		return shownStatement(ctx, tx, partnerID, id)
	})
}

// complete refuses what cannot be a statement, and writes its amounts as their
// currency has them.
func (in *NewStatement) complete(today calendar.Date) error {
	if in.Until.Before(in.From) || in.Until.After(today) {
		return fault.Invalidf("body.until", "must not lie before the first day, or in the future")
	}
	for _, balance := range []*money.Amount{in.Opening, in.Closing} {
		if balance != nil && (balance.Valid() != nil || balance.Currency != in.Currency) {
			return fault.Invalidf("body.opening", "and closing must be amounts in the statement's currency")
		}
	}
	for i := range in.Lines {
		l := &in.Lines[i]
		amount, err := l.Amount.Canonical()
		if err != nil || !amount.IsPositive() || amount.Currency != in.Currency || l.PaidOn.Before(in.From) || l.PaidOn.After(in.Until) {
			return badStatement
		}
		l.Amount = amount
	}
	return nil
}

// insert keeps the statement, or finds that the same one is there.
func (in NewStatement) insert(ctx context.Context, tx *postgres.Tx, partnerID string) (id string, isNew bool, err error) {
	text, err := json.Marshal(in)
	if err != nil {
		return "", false, fmt.Errorf("write a statement: %w", err)
	}
	content := sha256.Sum256(text)
	err = tx.QueryRow(ctx, `INSERT INTO partner_statements (partner_id, reference, from_on, until_on, currency, opening, closing, content)
		VALUES ($1,$2,$3,$4,$5,nullif($6,'')::numeric,nullif($7,'')::numeric,$8) ON CONFLICT (partner_id, reference) DO NOTHING RETURNING id`,
		partnerID, in.Reference, in.From, in.Until, in.Currency, numberOf(in.Opening), numberOf(in.Closing), content[:]).Scan(&id)
	if !errors.Is(err, pgx.ErrNoRows) {
		return id, true, err
	}
	var same bool
	err = tx.QueryRow(ctx, `SELECT id, content = $3 FROM partner_statements WHERE partner_id = $1 AND reference = $2`, partnerID, in.Reference, content[:]).Scan(&id, &same)
	if err == nil && !same {
		return "", false, fault.Conflictf("R29", "There is another statement under this reference.")
	}
	return id, false, err
}

func numberOf(a *money.Amount) string {
	if a == nil {
		return ""
	}
	return a.Number()
}
