package demo

import (
	"context"
	"math/big"
	"slices"

	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/money"
)

// purse is a country's money, at a rate that stays the same all through the demo.
type purse struct {
	currency, rate string // kroner for one unit
	digits         int
}

var purses = map[string]purse{
	"RO": {"RON", "1.69", 2}, "NG": {"NGN", "0.0046", 2}, "TH": {"THB", "0.19", 2},
	"UG": {"UGX", "0.0019", 0}, "PH": {"PHP", "0.12", 2},
}

// local is the largest amount that does not count as more than so many kroner.
func (p purse) local(dkk int) money.Amount {
	rate, _ := new(big.Rat).SetString(p.rate)
	units := new(big.Rat).Quo(new(big.Rat).SetInt64(int64(dkk)), rate)
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(p.digits)), nil)
	units.Mul(units, new(big.Rat).SetInt(scale))
	whole := new(big.Int).Quo(units.Num(), units.Denom())
	return money.Must(new(big.Rat).SetFrac(whole, scale).FloatString(p.digits), p.currency)
}

func (c *course) verify(over string) *course {
	return c.then("verify payee", func(ctx context.Context, h *house) error {
		p, err := support.VerifyPayee(ctx, h.db, h.as(c.finance()), c.code, 0, support.Verification{Over: over})
		c.payeeVersion = p.Version
		return err
	})
}

// paid is one payment while its script is played.
type paid struct {
	id     string
	amount money.Amount
}

// plan plans a payment on a line. Cash is paid in the country's money, and all
// else too where the course says so.
func (c *course) plan(line, form string, dkk int, on calendar.Date) *paid {
	return c.planExcept(line, form, dkk, on, "")
}

// planExcept is plan for a day outside the six months, with the reason (R23).
func (c *course) planExcept(line, form string, dkk int, on calendar.Date, reason string) *paid {
	out := &paid{}
	in := support.NewPayment{Line: line, Amount: kroner(dkk), Form: form, PlannedFor: on, Exception: reason}
	if form == "cash" || c.local {
		in.Amount = purses[c.home.Country].local(dkk)
	}
	out.amount = in.Amount
	c.act("plan payment", func(ctx context.Context, h *house, who access.Actor) error {
		made, err := support.Plan(ctx, h.db, who, c.code, in)
		out.id = made.ID
		return err
	})
	return out
}

func (c *course) authorise(p *paid) *course {
	return c.then("authorise", func(ctx context.Context, h *house) error {
		_, err := support.Authorise(ctx, h.db, h.as(c.finance()), p.id, 0)
		return err
	})
}

func (c *course) send(p *paid) *course {
	in := support.Dispatch{SentOn: c.day}
	return c.then("send", func(ctx context.Context, h *house) error {
		_, err := support.Send(ctx, h.db, h.as(c.finance()), p.id, 0, in)
		return err
	})
}

// receipt proves a payment: the partner's receipt, or the person's own word.
func (c *course) receipt(p *paid, own bool) *course {
	in, by := c.slip(), c.partner
	if own {
		in, by = support.Proof{Kind: "own_confirmation", ReceivedOn: c.day}, c.worker
	}
	return c.then("receipt", func(ctx context.Context, h *house) (err error) {
		if in.Kind == "receipt" {
			if in.FileID, err = c.photographed(ctx, h, h.as(by), p); err != nil {
				return err
			}
		}
		_, err = support.RecordReceipt(ctx, h.db, h.as(by), p.id, 0, in)
		return err
	})
}

// ended cancels, fails or returns a payment.
func (c *course) ended(p *paid, op access.Operation, to support.State, reason string) *course {
	return c.then(string(op), func(ctx context.Context, h *house) error {
		_, err := support.End(ctx, h.db, h.as(c.finance()), op, p.id, 0, to, support.Ending{Reason: reason})
		return err
	})
}

// pay keeps one part of a promise: planned two days ahead, authorised a day
// ahead, sent on its day, received two days later. Nothing begins that the end
// of the way would cut off, but today does: then it stands where it stands.
func (c *course) pay(arrival calendar.Date, p promise, x part) {
	on := arrival.AddDays(x.after)
	if received := on.AddDays(2); c.end != c.last && !received.Before(c.end) {
		return
	}
	sent := c.dispatch(arrival, p, x)
	c.on(on.AddDays(2)).receipt(sent, p.form == "cash")
}

// dispatch is pay without the proof; the script stands on the day it was sent.
func (c *course) dispatch(arrival calendar.Date, p promise, x part) *paid {
	on := arrival.AddDays(x.after)
	planned := c.on(arrival.AddDays(max(0, x.after-2))).plan(p.key, p.form, x.dkk, on)
	c.on(arrival.AddDays(max(0, x.after-1))).authorise(planned)
	c.on(on).send(planned)
	return planned
}

// keep keeps every promise on its days, except those on the lines named.
func (c *course) keep(arrival calendar.Date, except ...string) {
	for _, p := range c.promises {
		for _, x := range p.parts {
			if !slices.Contains(except, p.key) {
				c.pay(arrival, p, x)
			}
		}
	}
}
