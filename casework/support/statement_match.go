package support

import (
	"context"
	"errors"
	"fmt"

	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/money"
	"hjemvej/internal/postgres"

	"github.com/jackc/pgx/v5"
)

// HandMatch is a line of a statement matched with a payment by hand.
type HandMatch struct {
	PaymentID  string        `json:"payment_id" format:"uuid"`
	Amount     *money.Amount `json:"amount,omitempty" doc:"Of the payment, in its currency; left out, it is all that is proven and not settled"`
	LineAmount *money.Amount `json:"line_amount,omitempty" doc:"Of the line, where the statement is in another currency than the payment; left out, it is all of the line"`
	Note       string        `json:"note,omitempty" maxLength:"500" example:"The bank's fee of 2 lei is in the line" doc:"Why the two differ; required where they do. Never a name"`
}

type heldLine struct {
	ID, Amount, Currency string
}

// MatchStatementLine settles by hand what no rule matched: a payment that the
// statement's partner gives, in whole or in part (R28). Faults: no such line or
// payment; a conflict where it is more than is proven or more than the line.
func MatchStatementLine(ctx context.Context, db *postgres.DB, who access.Actor, partnerID, statement string, n int, in HandMatch) (Statement, error) {
	return postgres.Write(ctx, db, who, "match-statement-line", func(ctx context.Context, tx *postgres.Tx) (Statement, error) {
		tx.Seek(partnerID)
		line, err := postgres.One[heldLine](ctx, tx, `SELECT l.id, l.amount::text AS amount, s.currency FROM statement_lines l JOIN partner_statements s ON s.id = l.statement_id
			WHERE l.partner_id = $1 AND l.statement_id = $2 AND l.n = $3`, partnerID, statement, n)
		if errors.Is(err, pgx.ErrNoRows) {
			return Statement{}, fault.NoSuch("line of a statement")
		}
		if err != nil {
			return Statement{}, fmt.Errorf("find a line of a statement: %w", err)
		}
		p, err := postgres.One[candidateRow](ctx, tx, provenSQL+`p.id = $2 FOR UPDATE OF p`, partnerID, in.PaymentID)
		if errors.Is(err, pgx.ErrNoRows) {
			return Statement{}, fault.NoSuch("payment")
		}
		if err != nil {
			return Statement{}, fmt.Errorf("find a payment to settle: %w", err)
		}
		if err := in.insert(ctx, tx, line, p); err != nil {
			return Statement{}, err
		}
		tx.Touch(p.CaseID, p.Case, p.ID)
		return shownStatement(ctx, tx, partnerID, statement)
	})
}

func (in HandMatch) insert(ctx context.Context, tx *postgres.Tx, line heldLine, p candidateRow) error {
	c, err := p.candidate()
	if err != nil {
		return err
	}
	whole, err := amountOf(line.Amount, line.Currency)
	if err != nil {
		return err
	}
	if c.Unsettled.Amount.IsZero() {
		return moreThanProven
	}
	amount := c.Unsettled.Amount
	if in.Amount != nil {
		amount = *in.Amount
	}
	counted, _, err := c.Unsettled.Take(amount)
	if err != nil {
		return err
	}
	ofLine := whole
	switch {
	case line.Currency == p.Currency:
		ofLine = amount
	case in.LineAmount != nil && (!in.LineAmount.IsPositive() || in.LineAmount.Currency != line.Currency):
		return fault.Invalidf("body.line_amount", "must be a positive amount in the statement's currency")
	case in.LineAmount != nil:
		ofLine = *in.LineAmount
	}
	if (ofLine.Number() != whole.Number() || line.Currency != p.Currency || amount.Number() != c.Unsettled.Amount.Number()) && in.Note == "" {
		return fault.Invalidf("body.note", "is required where the line and the payment differ")
	}
	_, err = tx.Exec(ctx, `INSERT INTO statement_matches (line_id, case_id, payment_id, line_amount, amount, dkk, note) VALUES ($1,$2,$3,$4,$5,$6,$7)`,
		line.ID, p.CaseID, p.ID, ofLine.Number(), amount.Number(), counted.Number(), in.Note)
	if err != nil {
		return fmt.Errorf("match a line of a statement: %w", err)
	}
	return nil
}
