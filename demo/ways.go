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
	c.lookAhead(arrival)
}

func (c *course) lookAhead(arrival calendar.Date) {
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
	return c.handOver(arrival)
}

func (c *course) handOver(arrival calendar.Date) (iom *handed) {
	c.reception = c.on(arrival.AddDays(-34)).takeOn(c.partner, "Please meet at the airport.")
	return c.on(arrival.AddDays(-36)).takeOn("iom", "Needs help with the luggage.")
}

// travel goes from there to the confirmed arrival.
func (c *course) travel(arrival calendar.Date, iom *handed) {
	c.on(arrival.AddDays(-20)).book(arrival.AddDays(-1), "")
	c.fly(arrival, iom)
}

// fly is travel, once it is booked.
func (c *course) fly(arrival calendar.Date, iom *handed) {
	departure := arrival.AddDays(-1)
	c.on(arrival.AddDays(-12)).payee(accountIn(c.home.Country, 200+c.n))
	c.on(arrival.AddDays(-9)).verify("call")
	c.on(departure).depart()
	c.on(arrival).report(c.reception, partners.MetAtArrival, "").arrive(arrival, "")
	c.on(arrival.AddDays(4)).completed(iom)
}

// comeHome is everything up to the arrival.
func (c *course) comeHome(arrival calendar.Date) { c.travel(arrival, c.prepare(arrival)) }

// live is everything after the arrival: support and contacts as they should be.
func (c *course) live(arrival calendar.Date) {
	c.keep(arrival)
	c.stayInTouch(arrival)
	c.part(arrival)
}

// part ends a way that came to its end: the exit is recorded, and the case closed.
func (c *course) part(arrival calendar.Date) {
	last := followup.LastDay(arrival)
	c.on(last.AddDays(1)).exit(followup.Reached)
	c.on(last.AddDays(8 + c.n%9)).close()
}

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
		c.live(arrival)
	}
}

// paused is straight but for what lies between two days, counted back from the day
// on which the way is told: it happens on the second.
func paused(ago, from, until int) way {
	return func(c *course) {
		c.wait(c.ago(from), -until)
		straight(ago)(c)
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
func breaksOff(ago, day int, outcome followup.ExitOutcome) way {
	return func(c *course) {
		broken := c.ago(ago).AddDays(day)
		c.stopAt(broken)
		straight(ago)(c)
		c.resume().on(broken.AddDays(3)).exit(outcome)
		c.on(broken.AddDays(12)).close()
	}
}

// inDanger goes straight until contact would endanger the person; so it stays until
// the end.
func inDanger(ago, day int) way {
	return func(c *course) {
		danger, last := c.ago(ago).AddDays(day), followup.LastDay(c.ago(ago))
		c.stopAt(danger)
		straight(ago)(c)
		c.resume().on(danger).doNotContact()
		c.on(last.AddDays(3)).exit(followup.SafetyHold)
		c.on(last.AddDays(12)).close()
	}
}

// vanishes cannot be reached at the end.
func vanishes(ago int) way {
	return func(c *course) {
		arrival := c.ago(ago)
		c.comeHome(arrival)
		c.keep(arrival)
		c.stayInTouch(arrival, followup.Exit)
		last := followup.LastDay(arrival)
		c.on(last.AddDays(2)).lost(followup.Exit).exit(followup.Lost)
		c.on(last.AddDays(15)).close()
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

// late is straight but for one contact, which nobody made until some days after
// the way is told.
func late(ago int, kind followup.Kind, ahead int) way {
	return func(c *course) {
		arrival := c.ago(ago)
		c.comeHome(arrival)
		c.keep(arrival)
		c.stayInTouch(arrival, kind)
		c.wait(c.ago(30), ahead).on(c.told).reached(kind)
		if kind == followup.Exit {
			c.survey(kind, someAnswers(c.n, 60))
		}
		c.part(arrival)
		c.resume()
	}
}

// lostFor could not be reached at one follow-up, though support goes on.
func lostFor(ago int, kind followup.Kind, day int) way {
	return func(c *course) {
		arrival := c.ago(ago)
		c.comeHome(arrival)
		c.keep(arrival)
		c.stayInTouch(arrival, kind)
		c.on(arrival.AddDays(day)).lost(kind)
		c.part(arrival)
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

// takesUp is a way whose person is offered the return so many days after the way
// is told, or was before, and takes it up: in two months they are home.
func takesUp(first way, offered, answered int) way {
	return func(c *course) {
		first(c)
		if offered > 0 {
			c.on(c.ago(-offered)).offer()
		}
		c.on(c.ago(-answered)).answer(casefile.Accepted)
		arrival := c.ago(-answered - 60)
		c.getReady(arrival)
		c.askApproval(arrival)
		c.getApproval(arrival)
		c.travel(arrival, c.handOver(arrival))
		c.live(arrival)
	}
}

// turnsDown is takesUp for who declines; the case is closed a week later.
func turnsDown(first way, offered, answered int) way {
	return func(c *course) {
		first(c)
		if offered > 0 {
			c.on(c.ago(-offered)).offer()
		}
		c.on(c.ago(-answered)).answer(casefile.Declined)
		c.on(c.ago(-answered - 7)).close()
	}
}

// declines the offer; the case is closed two weeks later, or a second offer is taken.
func declines(ago int) way {
	return func(c *course) {
		offeredOn(ago+20, ago+6)(c)
		c.on(c.ago(ago)).answer(casefile.Declined)
		c.on(c.ago(ago - 14)).close()
	}
}

func declinesAtFirst(ago int) way {
	return func(c *course) {
		c.stopAt(c.ago(ago - 1))
		declines(ago)(c)
		c.resume().on(c.ago(ago - 12)).offer()
		c.on(c.ago(ago - 15)).answer(casefile.Accepted).on(c.ago(ago - 17)).actionPlan()
		arrival := c.ago(-50)
		c.lookAhead(arrival)
		c.askApproval(arrival)
		c.getApproval(arrival)
		c.travel(arrival, c.handOver(arrival))
		c.live(arrival)
	}
}
