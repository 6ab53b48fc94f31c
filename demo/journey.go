package demo

import (
	"context"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/partners"
)

// handed is one hand-off while its script is played.
type handed struct{ id, partner string }

// hand offers the case to a partner.
func (c *course) hand(partner, note string) *handed {
	out := &handed{partner: partner}
	c.act("hand to "+partner, func(ctx context.Context, h *house, who access.Actor) error {
		made, err := partners.Offer(ctx, h.db, who, c.code, partners.NewHandoff{PartnerID: h.partners[partner], Note: note})
		out.id = made.ID
		return err
	})
	return out
}

func (c *course) received(p *handed) *course {
	return c.then("receive", func(ctx context.Context, h *house) error {
		_, err := partners.Receive(ctx, h.db, h.as(p.partner), p.id, 0)
		return err
	})
}

func (c *course) accepted(p *handed) *course {
	return c.partnerAnswers(p, partners.Answer{Answer: "accepted"})
}

func (c *course) refused(p *handed, reason string) *course {
	return c.partnerAnswers(p, partners.Answer{Answer: "declined", Reason: reason})
}

func (c *course) partnerAnswers(p *handed, in partners.Answer) *course {
	return c.then("partner answers", func(ctx context.Context, h *house) error {
		_, err := partners.AnswerOffer(ctx, h.db, h.as(p.partner), p.id, 0, in)
		return err
	})
}

func (c *course) revoked(p *handed) *course {
	return c.act("revoke", func(ctx context.Context, h *house, who access.Actor) error {
		_, err := partners.Revoke(ctx, h.db, who, c.code, p.id, 0)
		return err
	})
}

func (c *course) completed(p *handed) *course {
	return c.then("complete", func(ctx context.Context, h *house) error {
		_, err := partners.Complete(ctx, h.db, h.as(p.partner), p.id, 0)
		return err
	})
}

// takeOn offers the case to a partner that acknowledges it and accepts.
func (c *course) takeOn(partner, note string) *handed {
	day := c.day
	p := c.hand(partner, note)
	if c.n%3 > 0 {
		c.received(p)
	}
	c.on(day.AddDays(1 + c.n%2)).accepted(p)
	return p
}

// book records the departure planned for a day; a late notice says why.
func (c *course) book(departure calendar.Date, late string) *course {
	in := casefile.Booking{PlannedOn: departure, NotifiedOn: c.day.AddDays(-1), ConfirmedOn: c.day, LateReason: late}
	return c.act("book", func(ctx context.Context, h *house, who access.Actor) error {
		_, err := casefile.Book(ctx, h.db, who, c.code, 0, in)
		return err
	})
}

func (c *course) depart() *course {
	in := casefile.Departure{DepartedOn: c.day}
	return c.act("depart", func(ctx context.Context, h *house, who access.Actor) error {
		_, err := casefile.Depart(ctx, h.db, h.vault, who, c.code, 0, in)
		return err
	})
}

// arrive has the home-country partner confirm the arrival, or correct it where
// a reason is given.
func (c *course) arrive(on calendar.Date, reason string) *course {
	in := followup.Arrival{ArrivedOn: on, Reason: reason}
	return c.then("arrive", func(ctx context.Context, h *house) error {
		_, err := partners.ConfirmArrival(ctx, h.db, h.as(c.partner), c.code, in)
		return err
	})
}

func (c *course) withdraw() *course {
	in := casefile.Withdrawal{WithdrawnOn: c.day}
	return c.act("withdraw", func(ctx context.Context, h *house, who access.Actor) error {
		_, err := partners.Withdraw(ctx, h.db, who, c.code, 0, in)
		return err
	})
}

// stopSharing withdraws every consent of one category.
func (c *course) stopSharing(category casefile.Category) *course {
	return c.act("withdraw consent", func(ctx context.Context, h *house, who access.Actor) error {
		given, err := casefile.ListConsents(ctx, h.db, who, c.code)
		for _, k := range given {
			if err == nil && k.Category == category {
				_, err = partners.WithdrawConsent(ctx, h.db, who, c.code, k.ID, k.Version)
			}
		}
		return err
	})
}

func (c *course) exit(outcome followup.ExitOutcome) *course {
	in := followup.ExitReview{Outcome: outcome, ExitedOn: c.day}
	return c.act("exit", func(ctx context.Context, h *house, who access.Actor) error {
		_, err := followup.RecordExit(ctx, h.db, who, c.code, 0, in)
		return err
	})
}

// close closes the case, once what alarms is acted on.
func (c *course) close() *course {
	in := partners.Closing{ClosedOn: c.day}
	return c.acted().act("close", func(ctx context.Context, h *house, who access.Actor) error {
		_, err := partners.Close(ctx, h.db, who, c.code, 0, in)
		return err
	})
}
