package demo

import (
	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/casework/plan"
	"hjemvej/internal/calendar"
	"hjemvej/partners"
)

// begin goes from the first day to the accepted offer, towards an arrival.
func (c *course) begin(arrival calendar.Date) {
	pace := c.n % 4
	c.on(arrival.AddDays(-78-pace)).open().reflect(30, "initial")
	c.on(arrival.AddDays(-66 - pace)).offer()
	c.on(arrival.AddDays(-58 - pace)).answer(casefile.Accepted)
	c.on(arrival.AddDays(-55)).reflect(60, []string{"cooperates_on_prepared_return", "special_reasons"}[c.n%2])
}

// getReady plans up to the departure and records what was looked at.
func (c *course) getReady(arrival calendar.Date) {
	c.on(arrival.AddDays(-54)).actionPlan()
	c.on(arrival.AddDays(-46)).checks()
	c.on(arrival.AddDays(-45)).consents()
}

// askApproval promises the support and asks for its approval.
func (c *course) askApproval(arrival calendar.Date) {
	promises := usual(c.n)
	if c.representedBy != "" {
		promises = ofAChild(c.n)
	}
	c.on(arrival.AddDays(-42)).promise(arrival, promises).agree(plan.Reintegration).request(plan.Reintegration)
}

func (c *course) getApproval(arrival calendar.Date) {
	c.on(arrival.AddDays(-39)).approve(plan.Reintegration)
}

// prepare goes from the first day to two accepted hand-offs, and answers the one
// to the return organisation.
func (c *course) prepare(arrival calendar.Date) (iom *handed) {
	c.begin(arrival)
	c.getReady(arrival)
	c.askApproval(arrival)
	c.getApproval(arrival)
	c.reception = c.on(arrival.AddDays(-34)).takeOn(c.partner, "Please meet at the airport.")
	return c.on(arrival.AddDays(-36)).takeOn("iom", "Needs help with the luggage.")
}

// travel goes from there to the confirmed arrival.
func (c *course) travel(arrival calendar.Date, iom *handed) {
	departure := arrival.AddDays(-1)
	c.on(arrival.AddDays(-20)).book(departure, "")
	c.on(arrival.AddDays(-12)).payee(accountIn(c.home.Country, 200+c.n))
	c.on(arrival.AddDays(-9)).verify("call")
	c.on(departure).depart()
	c.on(arrival).report(c.reception, partners.MetAtArrival, "").arrive(arrival, "")
	c.on(arrival.AddDays(4)).completed(iom)
}

// comeHome is everything up to the arrival.
func (c *course) comeHome(arrival calendar.Date) { c.travel(arrival, c.prepare(arrival)) }

// way is how one person's course differs from the next one's. ago counts days
// back from the day on which the ways are told; below zero they lie ahead.
type way func(c *course)

func (c *course) ago(days int) calendar.Date { return c.told.AddDays(-days) }

// straight goes the whole way without a bend. How far it came says the day of
// the arrival.
func straight(ago int) way {
	return func(c *course) {
		arrival := c.ago(ago)
		c.comeHome(arrival)
		c.keep(arrival)
		c.stayInTouch(arrival)
		c.on(followup.LastDay(arrival).AddDays(1)).exit(followup.Reached)
		c.on(followup.LastDay(arrival).AddDays(8 + c.n%9)).close()
	}
}

// leaves goes straight until the person withdraws, so many days before or after
// the arrival.
func leaves(ago, day int) way {
	return func(c *course) {
		withdrawn := c.ago(ago).AddDays(day)
		c.stopAt(withdrawn)
		straight(ago)(c)
		c.resume().on(withdrawn).withdraw()
	}
}

// leavesForGood is leaves, and the case is closed a week later.
func leavesForGood(ago, day int) way {
	return func(c *course) {
		leaves(ago, day)(c)
		c.on(c.ago(ago).AddDays(day + 7)).close()
	}
}

// breaksOff goes straight until something ends it after the arrival: re-migrated,
// died.
func breaksOff(ago, day int, outcome followup.ExitOutcome, closed bool) way {
	return func(c *course) {
		broken := c.ago(ago).AddDays(day)
		c.stopAt(broken)
		straight(ago)(c)
		c.resume().on(broken.AddDays(3)).exit(outcome)
		if closed {
			c.on(broken.AddDays(12)).close()
		}
	}
}

// inDanger goes straight until contact would endanger the person; so it stays until
// the end.
func inDanger(ago, day int, closed bool) way {
	return func(c *course) {
		danger, last := c.ago(ago).AddDays(day), followup.LastDay(c.ago(ago))
		c.stopAt(danger)
		straight(ago)(c)
		c.resume().on(danger).doNotContact()
		c.on(last.AddDays(3)).exit(followup.SafetyHold)
		if closed {
			c.on(last.AddDays(12)).close()
		}
	}
}

// vanishes cannot be reached at the end; the case is closed or not.
func vanishes(ago int, closed bool) way {
	return func(c *course) {
		arrival := c.ago(ago)
		c.comeHome(arrival)
		c.keep(arrival)
		c.stayInTouch(arrival, followup.Exit)
		last := followup.LastDay(arrival)
		c.on(last.AddDays(2)).lost(followup.Exit).exit(followup.Lost)
		if closed {
			c.on(last.AddDays(15)).close()
		}
	}
}

// saysNo wants no contact at the end.
func saysNo(ago int) way {
	return func(c *course) {
		arrival := c.ago(ago)
		c.comeHome(arrival)
		c.keep(arrival)
		c.stayInTouch(arrival, followup.Exit)
		last := followup.LastDay(arrival)
		c.on(last.AddDays(-3)).attempt(c.worker, followup.Exit, followup.Call, followup.Refused)
		c.on(last.AddDays(2)).exit(followup.DeclinedContact)
		c.on(last.AddDays(9)).close()
	}
}

// silent is straight but for contacts of the kinds named, which nobody made.
func silent(ago int, kinds ...followup.Kind) way {
	return func(c *course) {
		arrival := c.ago(ago)
		c.comeHome(arrival)
		c.keep(arrival)
		c.stayInTouch(arrival, kinds...)
	}
}

// lostFor could not be reached at one follow-up, though support goes on.
func lostFor(ago int, kind followup.Kind, day int) way {
	return func(c *course) {
		silent(ago, kind)(c)
		c.on(c.ago(ago).AddDays(day)).lost(kind)
	}
}

// reflects was identified so many days ago, with the days that were given one
// after the other.
func reflects(ago int, days ...int) way {
	return func(c *course) {
		c.on(c.ago(ago)).open().reflect(days[0], "initial")
		until := c.ago(ago).AddDays(days[0])
		for _, more := range days[1:] {
			c.on(until.AddDays(-2)).reflect(more, "special_reasons")
			until = until.AddDays(more)
		}
	}
}

// offeredOn is reflects, and was offered a return a number of days ago.
func offeredOn(ago, offered int) way {
	return func(c *course) {
		reflects(ago, 30)(c)
		c.on(c.ago(offered)).offer()
	}
}

// declines the offer; the case stays open, is closed, or a second offer is taken.
func declines(ago int) way {
	return func(c *course) {
		offeredOn(ago+20, ago+6)(c)
		c.on(c.ago(ago)).answer(casefile.Declined)
	}
}

func declinesForGood(ago int) way {
	return func(c *course) {
		declines(ago)(c)
		c.on(c.ago(ago - 14)).close()
	}
}

func declinesAtFirst(ago int) way {
	return func(c *course) {
		declines(ago)(c)
		c.on(c.ago(ago - 12)).offer()
		c.on(c.ago(ago - 15)).answer(casefile.Accepted).on(c.ago(ago - 17)).actionPlan()
	}
}
