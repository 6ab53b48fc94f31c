package demo

import (
	"context"
	"fmt"

	"hjemvej/casework/support"
	"hjemvej/internal/calendar"
	"hjemvej/internal/money"
)

// slip is a partner's receipt of today, with a number of its own.
func (c *course) slip() support.Proof {
	return support.Proof{Kind: "receipt", ReceivedOn: c.day, Reference: fmt.Sprintf("R-%d-%03d", c.day.Year, len(c.steps))}
}

// partly proves a part of a payment; with nil all that is left of it.
func (c *course) partly(p *paid, amount *money.Amount) *course {
	in := c.slip()
	in.Amount = amount
	return c.then("receipt of a part", func(ctx context.Context, h *house) (err error) {
		if in.FileID, err = c.photographed(ctx, h, h.as(c.partner), p); err != nil {
			return err
		}
		_, err = support.RecordReceipt(ctx, h.db, h.as(c.partner), p.id, 0, in)
		return err
	})
}

// together proves several whole payments of one currency by one receipt.
func (c *course) together(payments ...*paid) *course {
	slip := c.slip()
	in := support.NewReceipt{Kind: slip.Kind, ReceivedOn: slip.ReceivedOn, Reference: slip.Reference}
	return c.then("receipt of several", func(ctx context.Context, h *house) (err error) {
		for _, p := range payments {
			in.Shares = append(in.Shares, support.Share{PaymentID: p.id, Amount: p.amount})
			if in.Amount, err = in.Amount.Add(p.amount); err != nil {
				return err
			}
		}
		if in.FileID, err = c.photographed(ctx, h, h.as(c.partner), payments[0]); err != nil {
			return err
		}
		_, err = support.RecordCaseReceipt(ctx, h.db, h.as(c.partner), c.code, in)
		return err
	})
}

// explain accounts for all that is left of a payment.
func (c *course) explain(p *paid, kind, note string) *course {
	return c.then("explain", func(ctx context.Context, h *house) error {
		_, err := support.ExplainDifference(ctx, h.db, h.as(c.finance()), p.id, 0, support.NewDifference{Kind: kind, Note: note})
		return err
	})
}

// state submits the partner's account statement up to today, with what it paid on
// a line.
func (c *course) state(from calendar.Date, line string, days []calendar.Date, amount money.Amount) *course {
	in := support.NewStatement{Reference: fmt.Sprintf("%d-%02d", c.day.Year, c.day.Month), From: from, Until: c.day, Currency: amount.Currency}
	return c.then("statement", func(ctx context.Context, h *house) error {
		for _, day := range days {
			in.Lines = append(in.Lines, support.StatementLine{PaidOn: day, Amount: amount, Case: c.code, Line: line})
		}
		_, err := support.SubmitStatement(ctx, h.db, h.as(c.partner), h.partners[c.partner], in)
		return err
	})
}
