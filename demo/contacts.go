package demo

import (
	"context"
	"fmt"
	"slices"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/partners"
)

// largePayment is from which on a payment is checked, by the policy that the demo
// begins with; in whole kroner.
const largePayment = 10000

// attempt tries to reach the person for the first follow-up of a kind that is
// open, or for the last of them.
func (c *course) attempt(by string, kind followup.Kind, channel followup.Channel, outcome followup.AttemptOutcome) *course {
	in := followup.NewAttempt{MadeOn: c.day, Channel: channel, Outcome: outcome}
	if c.words && by == c.worker && outcome == followup.ReachedSafe {
		in.Word = "safe"
	}
	return c.then("attempt "+string(kind), func(ctx context.Context, h *house) error {
		id, err := c.followup(ctx, h, h.as(by), kind)
		if err != nil {
			return err
		}
		_, err = followup.RecordAttempt(ctx, h.db, h.vault, h.as(by), id, in)
		return err
	})
}

func (c *course) followup(ctx context.Context, h *house, who access.Actor, kind followup.Kind) (id string, err error) {
	all, err := followup.List(ctx, h.db, h.vault, who, c.code)
	if err != nil {
		return "", err
	}
	for _, f := range all {
		if f.Kind == kind {
			id = f.ID
			if f.State == "open" {
				return id, nil
			}
		}
	}
	if id == "" {
		return "", fmt.Errorf("there is no follow-up %s", kind)
	}
	return id, nil
}

// reached reaches the person at once, through the partner or by a call.
func (c *course) reached(kind followup.Kind) *course {
	if c.n%2 == 0 {
		return c.attempt(c.partner, kind, followup.Visit, followup.ReachedSafe)
	}
	return c.attempt(c.worker, kind, followup.Call, followup.ReachedSafe)
}

// doNotContact notes that nobody may contact the person (R10).
func (c *course) doNotContact() *course {
	return c.act("do not contact", func(ctx context.Context, h *house, who access.Actor) error {
		_, err := casefile.AddPart(ctx, h.db, h.vault, who, c.code, &person.ContactPoint{Kind: "phone", Value: phone(600 + c.n), Whose: "shared", DoNotContact: true})
		return err
	})
}

// acted says of whatever alarms what was done about it.
func (c *course) acted() *course {
	return c.act("acknowledge concerns", func(ctx context.Context, h *house, who access.Actor) error {
		all, err := casefile.ListConcerns(ctx, h.db, h.vault, who, c.code)
		for _, n := range all {
			if err == nil && n.AcknowledgedAt == nil {
				_, err = casefile.AcknowledgeConcern(ctx, h.db, h.vault, who, n.ID, casefile.Acknowledgement{Done: "Talked it over, and found a counsellor there."})
			}
		}
		return err
	})
}

// lost tries as often as R34 asks, in vain, and records that contact was lost.
func (c *course) lost(kind followup.Kind) *course {
	day := c.day
	c.on(day.AddDays(-6)).attempt(c.worker, kind, followup.Call, followup.NoAnswer)
	c.on(day.AddDays(-4)).attempt(c.worker, kind, followup.Call, followup.NoAnswer)
	c.on(day.AddDays(-3)).attempt(c.worker, kind, followup.Call, followup.NumberDead)
	c.on(day.AddDays(-1)).attempt(c.partner, kind, followup.Visit, followup.ThirdParty)
	return c.on(day).act("lost", func(ctx context.Context, h *house, who access.Actor) error {
		id, err := c.followup(ctx, h, who, kind)
		if err != nil {
			return err
		}
		_, err = followup.RecordLost(ctx, h.db, h.vault, who, id, 0)
		return err
	})
}

// survey has the person answer the survey.
func (c *course) survey(kind followup.Kind, answers followup.Answers) *course {
	by := c.worker
	if c.n%2 == 0 {
		by = c.partner
	}
	in := followup.NewSurvey{Kind: kind, AnsweredOn: c.day, Answers: answers,
		Interview: followup.Interview{Interviewer: "contact_person", Mode: "call", Language: c.language, Interpreter: c.n%3 == 0}}
	if by == c.partner {
		in.Interview = followup.Interview{Interviewer: "partner", Mode: "in_person", Language: c.language}
	}
	if kind != followup.Baseline {
		in.Service = c.someService(kind)
	}
	return c.then("survey "+string(kind), func(ctx context.Context, h *house) error {
		_, err := followup.AnswerSurvey(ctx, h.db, h.as(by), c.code, in)
		return err
	})
}

// eachWeek calls for four weeks whose answers ask for it (R37).
func (c *course) eachWeek(answers followup.Answers) {
	scored, err := answers.Score()
	if err != nil {
		panic("demo: " + err.Error()) // our own answers, and tested
	}
	begun := c.day
	for week := 1; scored.Level == followup.Intensified && week <= 4; week++ {
		c.on(begun.AddDays(7*week)).attempt(c.worker, followup.Weekly, followup.Call, followup.ReachedSafe)
	}
}

// stayInTouch reaches the person at every follow-up in good time, and asks the
// survey, except for the kinds named.
func (c *course) stayInTouch(arrival calendar.Date, except ...followup.Kind) {
	begin := 35 + c.n%40 // how well the person was at first, of 100
	contact := func(kind followup.Kind, day calendar.Date, survey followup.Kind, gain int) {
		if slices.Contains(except, kind) {
			return
		}
		c.on(day).reached(kind)
		if survey != "" {
			answers := someAnswers(c.n, begin+gain)
			c.survey(survey, answers)
			if kind != followup.Exit {
				c.eachWeek(answers)
			}
		}
	}
	contact(followup.ArrivalContact, arrival.AddDays(4+c.n%7), "", 0)
	contact(followup.Month1, arrival.AddMonths(1).AddDays(-2+c.n%3), followup.Baseline, 0)
	contact(followup.Month3, arrival.AddMonths(3).AddDays(-4+c.n%8), followup.Month3, 18)
	contact(followup.Exit, arrival.AddMonths(6).AddDays(-6+c.n%5), followup.Exit, 12+c.n%20)
	if c.n%3 == 1 {
		c.on(arrival.AddDays(16+c.n%5)).report(c.reception, partners.CounsellingHeld, "An hour with our counsellor.")
	}
	for _, p := range c.promises {
		for _, x := range p.parts {
			if x.dkk >= largePayment && !slices.Contains(except, followup.PaymentCheck) {
				contact(followup.PaymentCheck, arrival.AddDays(x.after+12), "", 0)
			}
		}
	}
}
