package support

import (
	"context"
	"errors"
	"fmt"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/money"
	"hjemvej/internal/postgres"

	"github.com/jackc/pgx/v5"
)

type candidateRow struct {
	ID, CaseID, Case, Line, State, Currency, Rate string
	SentOn                                        calendar.Date
	References                                    []string
	Proven, Unsettled, UnsettledDkk               string
}

// provenSQL is asked as the actor: a partner matches with what it may see.
const provenSQL = `SELECT p.id, p.case_id, c.code AS "case", l.key AS line, p.state, p.currency, trim_scale(p.rate)::text AS rate, p.sent_on,
		p.reference || array(SELECT r.reference FROM receipt_shares s JOIN receipts r ON r.id = s.receipt_id WHERE s.payment_id = p.id AND r.reference <> '') AS references,
		p.proven_amount::text AS proven, (p.proven_amount - p.settled_amount)::text AS unsettled, (p.proven_dkk - p.settled_dkk)::text AS unsettled_dkk
	FROM payments p JOIN cases c ON c.id = p.case_id JOIN budget_lines l ON l.id = p.line_id
	WHERE l.partner_id = $1 AND p.sent_on IS NOT NULL AND `

func (r candidateRow) candidate() (c Candidate, err error) {
	c = Candidate{PaymentID: r.ID, Case: r.Case, Line: r.Line, SentOn: r.SentOn, References: r.References,
		Sent: r.State == string(Sent) || r.State == string(Received)}
	proven, err := amountOf(r.Proven, r.Currency)
	if err != nil {
		return c, err
	}
	c.Proven = proven.IsPositive()
	if c.Unsettled.Amount, err = amountOf(r.Unsettled, r.Currency); err != nil {
		return c, err
	}
	c.Unsettled.Counted, err = money.New(r.UnsettledDkk, money.Krone)
	c.Unsettled.Rate = r.Rate
	return c, err
}

// settle keeps the lines with what became of each, and settles those that match.
func (in NewStatement) settle(ctx context.Context, tx *postgres.Tx, id, partnerID string) error {
	near := daysApart + 365 // what was sent long before is named with its reason, too
	rows, err := postgres.Collect[candidateRow](ctx, tx, provenSQL+`p.sent_on BETWEEN $2 AND $3 ORDER BY p.id`,
		partnerID, in.From.AddDays(-near), in.Until.AddDays(daysApart))
	if err != nil {
		return fmt.Errorf("find what a partner proved: %w", err)
	}
	byID := map[string]candidateRow{}
	candidates := make([]Candidate, len(rows))
	for i, r := range rows {
		byID[r.ID] = r
		if candidates[i], err = r.candidate(); err != nil {
			return err
		}
	}
	for i, m := range MatchLines(in.Lines, candidates) {
		line, err := in.Lines[i].insert(ctx, tx, id, partnerID, i+1, m)
		if err != nil {
			return err
		}
		if m.PaymentID == "" {
			continue
		}
		r := byID[m.PaymentID]
		tx.Touch(r.CaseID, r.Case, r.ID)
		// A partner settles nothing by itself: the consequence is the program's.
		err = tx.AsProgram(ctx, func() error { return settleWhole(ctx, tx, line, r) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (l StatementLine) insert(ctx context.Context, tx *postgres.Tx, statement, partnerID string, n int, m Match) (id string, err error) {
	differs := ""
	if m.Reason == AmountDiffers {
		differs = m.DiffersBy.Number()
	}
	err = tx.QueryRow(ctx, `INSERT INTO statement_lines (statement_id, partner_id, n, paid_on, amount, payment, case_code, line_key, reference, reason, differs_by)
		VALUES ($1,$2,$3,$4,$5,nullif($6,'')::uuid,nullif($7,''),nullif($8,''),nullif($9,''),nullif($10,''),nullif($11,'')::numeric) RETURNING id`,
		statement, partnerID, n, l.PaidOn, l.Amount.Number(), l.PaymentID, l.Case, l.Line, l.Reference, string(m.Reason), differs).Scan(&id)
	if err != nil {
		return "", fmt.Errorf("keep a line of a statement: %w", err)
	}
	return id, nil
}

func settleWhole(ctx context.Context, tx *postgres.Tx, line string, r candidateRow) error {
	_, err := tx.Exec(ctx, `INSERT INTO statement_matches (line_id, case_id, payment_id, line_amount, amount, dkk) VALUES ($1,$2,$3,$4,$4,$5)`,
		line, r.CaseID, r.ID, r.Unsettled, r.UnsettledDkk)
	if err != nil {
		return fmt.Errorf("settle a payment: %w", err)
	}
	return nil
}

// headSQL counts as the actor: a partner's matches are those that it may see.
const headSQL = `SELECT s.id, s.partner_id, s.reference, s.currency, s.from_on AS "from", s.until_on AS until, s.submitted_at,
		(SELECT count(*) FROM statement_lines l WHERE l.statement_id = s.id
			AND l.amount > coalesce((SELECT sum(m.line_amount) FROM statement_matches m WHERE m.line_id = l.id), 0))::int AS unmatched
	FROM partner_statements s WHERE s.partner_id = $1 `

type lineOfStatementRow struct {
	N                                             int
	PaidOn                                        calendar.Date
	Amount, PaymentID, Case, Line, Reference, Why string
	Differs, Settled                              string
	Payments                                      []string
}

const statementLinesSQL = `SELECT l.n, l.paid_on, l.amount::text AS amount, coalesce(l.payment::text, '') AS payment_id, coalesce(l.case_code, '') AS "case", coalesce(l.line_key, '') AS line,
		coalesce(l.reference, '') AS reference, coalesce(l.reason, '') AS why, coalesce(l.differs_by::text, '') AS differs,
		coalesce((SELECT sum(m.line_amount) FROM statement_matches m WHERE m.line_id = l.id), 0)::text AS settled,
		array(SELECT m.payment_id::text FROM statement_matches m WHERE m.line_id = l.id ORDER BY m.matched_at, m.id) AS payments
	FROM statement_lines l WHERE l.partner_id = $1 AND l.statement_id = $2 ORDER BY l.n`

func (r lineOfStatementRow) show(currency string) (l MatchedLine, err error) {
	l = MatchedLine{N: r.N, Reason: Reason(r.Why), Payments: r.Payments,
		StatementLine: StatementLine{PaidOn: r.PaidOn, PaymentID: r.PaymentID, Case: r.Case, Line: r.Line, Reference: r.Reference}}
	if l.Amount, err = amountOf(r.Amount, currency); err != nil {
		return l, err
	}
	if l.Settled, err = amountOf(r.Settled, currency); err != nil || r.Differs == "" {
		return l, err
	}
	differs, err := amountOf(r.Differs, currency)
	l.DiffersBy = &differs
	return l, err
}

func (h StatementHead) with(lines []lineOfStatementRow) (out Statement, err error) {
	out = Statement{h, make([]MatchedLine, len(lines))}
	for i, l := range lines {
		if out.Lines[i], err = l.show(h.Currency); err != nil {
			return out, err
		}
	}
	return out, nil
}

func shownStatement(ctx context.Context, tx *postgres.Tx, partnerID, id string) (Statement, error) {
	head, err := postgres.One[StatementHead](ctx, tx, headSQL+`AND s.id = $2`, partnerID, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return Statement{}, fault.NoSuch("statement")
	}
	if err != nil {
		return Statement{}, fmt.Errorf("find a statement: %w", err)
	}
	lines, err := postgres.Collect[lineOfStatementRow](ctx, tx, statementLinesSQL, partnerID, id)
	if err != nil {
		return Statement{}, fmt.Errorf("find a statement's lines: %w", err)
	}
	return head.with(lines)
}

// ReadStatement is a statement with what matched and what did not. A partner
// reads its own, and of the payments those that consent shows it (R21).
func ReadStatement(ctx context.Context, db *postgres.DB, who access.Actor, partnerID, id string) (Statement, error) {
	return postgres.Write(ctx, db, who, "read-statement", func(ctx context.Context, tx *postgres.Tx) (Statement, error) {
		tx.Seek(id)
		if err := tx.May(access.Record{Partner: partnerID}, "statement"); err != nil {
			return Statement{}, err
		}
		tx.Touch("", "", id)
		return shownStatement(ctx, tx, partnerID, id)
	})
}

// ListStatements is a partner's statements, the newest first.
func ListStatements(ctx context.Context, db *postgres.DB, who access.Actor, partnerID string) ([]StatementHead, error) {
	const op = "list-statements"
	if err := postgres.Allow(ctx, db, who, op, access.Record{Partner: partnerID}, "partner"); err != nil {
		return nil, err
	}
	out := []StatementHead{}
	var partner struct{ ID string }
	_, err := postgres.Read(ctx, db, who, op, postgres.About{Partner: partnerID},
		postgres.Single(&partner, "partner", `SELECT id FROM partners WHERE id = $1`, partnerID),
		postgres.Many(&out, headSQL+`ORDER BY s.until_on DESC, s.id`, partnerID))
	return out, err
}
