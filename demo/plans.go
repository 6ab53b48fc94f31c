package demo

import (
	"context"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/casework/plan"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/money"
)

// promise is one line of support with the payments that keep it: a plan's line
// and its payments come from the same figures.
type promise struct {
	key, category, form, purpose string
	due                          int // promised for so many days after the arrival
	parts                        []part
}

// part is one payment: whole kroner, so many days after the arrival.
type part struct{ after, dkk int }

func (p promise) sum() (dkk int) {
	for _, x := range p.parts {
		dkk += x.dkk
	}
	return dkk
}

func kroner(n int) money.Amount { return money.DKK(fmt.Sprintf("%d.00", n)) }

// monthly is the same amount six times, a month apart.
func monthly(first, dkk int) []part {
	var out []part
	for i := range 6 {
		out = append(out, part{first + 30*i, dkk})
	}
	return out
}

// usual is what most people are promised; businesses differ in size, and large
// ones are checked on (R31).
func usual(n int) []promise {
	size := []int{8000, 11000, 9500, 14000}[n%4]
	return []promise{
		{"rent", "housing", "in_kind", "Three months' rent", 10, []part{{3, 2200}, {33, 2200}, {63, 2200}}},
		{"shop", "small_business", "in_kind", []string{"Stall and first goods", "Tools for a salon", "Chickens and feed", "Sewing machine and cloth"}[n%4], 40, []part{{30, size}}},
		{"course", "education", "in_kind", []string{"Course in bookkeeping", "Computer course", "Course in farming"}[n%3], 60, []part{{50, 3500}}},
		{"pocket_money", "pocket_money", "cash", "At the arrival", 5, []part{{1, 1500}}},
	}
}

// ofAChild is what children are promised.
func ofAChild(int) []promise {
	return []promise{
		{"school", "school_fees", "in_kind", "School fees for two terms", 20, []part{{12, 2400}, {100, 2400}}},
		{"lessons", "education", "in_kind", "Extra lessons", 50, []part{{40, 3000}}},
		{"food", "food", "cash", "Food for the household", 10, []part{{4, 800}, {34, 800}, {64, 800}}},
	}
}

// lines are the plan's lines. What is paid in parts is promised in instalments, as
// far apart as the payments that keep it; the next part of a business waits for the
// proof of the former. School fees are the child's that is named, or the person's own.
func lines(promises []promise, arrival, told calendar.Date, partnerID, childID string) []plan.Line {
	var out []plan.Line
	for _, p := range promises {
		l := plan.Line{Key: p.key, Category: p.category, Form: p.form, Purpose: p.purpose, Amount: kroner(p.sum()),
			PartnerID: partnerID, DueOn: arrival.AddDays(p.due), ToldOn: told}
		if len(p.parts) > 1 {
			for _, x := range p.parts {
				l.Instalments = append(l.Instalments, plan.Instalment{DueOn: l.DueOn.AddDays(x.after - p.parts[0].after), Amount: kroner(x.dkk)})
			}
			l.ProofBeforeNext = p.category == "small_business"
		}
		if p.category == "school_fees" {
			l.ChildID = childID
		}
		out = append(out, l)
	}
	return out
}

// childOf is the person's child at home, "" where none is known.
func (c *course) childOf(ctx context.Context, h *house, who access.Actor) (string, error) {
	if c.child == "" {
		return "", nil
	}
	opened, err := casefile.ReadIdentity(ctx, h.db, h.vault, who, c.code)
	if err != nil {
		return "", err
	}
	return opened.Family[0].ID, nil
}

// goals are the three action plans of the demo, by turns.
func (c *course) goals() []plan.Goal {
	step := func(area, what, responsible string, days int) plan.Step {
		return plan.Step{Area: area, What: what, Responsible: responsible, DueOn: c.day.AddDays(days), State: "open"}
	}
	well := plan.Goal{Goal: "Feel well enough to travel", Actions: []plan.Step{
		step("health", "Health check and dentist", "contact_person", 10), step("psychosocial_counselling", "Six hours with a psychologist", "contact_person", 30)}}
	calm := plan.Goal{Goal: "A calm place to stay until departure", Actions: []plan.Step{
		step("accommodation", "Protected stay at a crisis centre", "accommodation", 3), step("legal_counselling", "Advice on wages that are owed", "contact_person", 20)}}
	able := plan.Goal{Goal: "Learn something that can be used at home", Actions: []plan.Step{
		step("internship", "Two weeks' internship", "contact_person", 25), step("course", "Basic course in keeping accounts", "person", 30)}}
	home := plan.Goal{Goal: "Be expected at home", Actions: []plan.Step{
		step("family_and_network", "Calls with the family, together with the contact person", "person", 15),
		step("travel_documents", "Passport or emergency passport", "return_organisation", 35)}}
	return [][]plan.Goal{{well, calm, able, home}, {calm, home}, {well, able, home}}[c.n%3]
}

// actionPlan writes the action plan and has it agreed and approved.
func (c *course) actionPlan() *course {
	content := plan.Content{Goals: c.goals()}
	c.act("save action plan", func(ctx context.Context, h *house, who access.Actor) error {
		_, err := plan.Save(ctx, h.db, who, c.code, plan.Action, 0, content)
		return err
	})
	return c.agree(plan.Action).request(plan.Action).on(c.day.AddDays(1)).approve(plan.Action)
}

// promise writes the reintegration plan, or a new version of it, for an arrival
// on a day.
func (c *course) promise(arrival calendar.Date, promises []promise) *course {
	c.promises = promises
	told, partner := c.day, c.partner
	return c.act("save reintegration plan", func(ctx context.Context, h *house, who access.Actor) error {
		child, err := c.childOf(ctx, h, who)
		if err != nil {
			return err
		}
		content := plan.Content{Lines: lines(promises, arrival, told, h.partners[partner], child)}
		v, err := plan.Save(ctx, h.db, who, c.code, plan.Reintegration, c.planVersion, content)
		c.planVersion = v.Version
		return err
	})
}

// agree records the agreement of the person, and of a child's representative.
func (c *course) agree(kind plan.Kind) *course {
	givers := []string{"self"}
	if c.representedBy != "" && c.childOn(c.day) {
		givers = append(givers, "representative")
	}
	for _, giver := range givers {
		in := plan.Agreement{GivenBy: giver, AgreedOn: c.day, Language: c.language}
		c.act("agree", func(ctx context.Context, h *house, who access.Actor) error {
			_, err := plan.Agree(ctx, h.db, h.vault, who, c.code, kind, 0, in)
			return err
		})
	}
	return c
}

func (c *course) request(kind plan.Kind) *course {
	return c.act("request approval", func(ctx context.Context, h *house, who access.Actor) error {
		_, err := plan.RequestApproval(ctx, h.db, who, c.code, kind, 0)
		return err
	})
}

func (c *course) approve(kind plan.Kind) *course {
	return c.then("approve", func(ctx context.Context, h *house) error {
		_, err := plan.Approve(ctx, h.db, h.vault, h.as(c.lead()), c.code, kind, 0)
		return err
	})
}
