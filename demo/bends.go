package demo

import (
	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/casework/plan"
	"hjemvej/casework/support"
	"hjemvej/partners"
)

// The ways below stand, on the day on which they are told, at one place that a
// visitor should see; later they go on from there.

// editedAfterApproval changed an approved plan, which voided the approval (R16).
func editedAfterApproval(c *course) {
	arrival := c.ago(-33)
	c.begin(arrival)
	c.getReady(arrival)
	c.askApproval(arrival)
	c.getApproval(arrival)
	edited := append([]promise{{"medicine", "medical", "in_kind", "Medicine for the first months", 15, []part{{10, 1200}}}}, c.promises...)
	c.on(c.ago(2)).promise(arrival, edited).agree(plan.Reintegration)
	c.on(c.ago(-1)).request(plan.Reintegration).on(c.ago(-2)).approve(plan.Reintegration)
	c.wait(c.ago(4), 3).travel(arrival, c.handOver(arrival))
	c.live(arrival)
}

// riskRemains has a risk assessment that does not clear the return; the next does.
func riskRemains(c *course) {
	arrival := c.ago(-30)
	c.begin(arrival)
	c.on(arrival.AddDays(-54)).actionPlan()
	c.on(arrival.AddDays(-46)).check(casefile.VoluntaryDeclaration, "done").assess(needs).assess(riskOf("not_cleared"))
	c.on(arrival.AddDays(-45)).consents()
	c.askApproval(arrival)
	c.getApproval(arrival)
	c.on(c.ago(-2)).assessAfter(1, riskOf("cleared"))
	c.wait(c.ago(7), 3).travel(arrival, c.handOver(arrival))
	c.live(arrival)
}

// handing is everything up to the hand-offs, which differ.
func handing(days int, rest func(c *course) (iom, reception *handed)) way {
	return func(c *course) {
		arrival := c.ago(-days)
		c.begin(arrival)
		c.getReady(arrival)
		c.askApproval(arrival)
		c.getApproval(arrival)
		var iom *handed
		iom, c.reception = rest(c)
		c.travel(arrival, iom)
		c.live(arrival)
	}
}

// The partner has not answered, and the deadline has passed (R20).
func unanswered(c *course) (iom, reception *handed) {
	iom = c.on(c.ago(10)).takeOn("iom", "")
	reception = c.on(c.ago(9)).hand(c.partner, "Can you receive at the end of next month?")
	c.on(c.ago(-1)).received(reception).on(c.ago(-2)).accepted(reception)
	return iom, reception
}

func acknowledged(c *course) (iom, reception *handed) {
	iom = c.on(c.ago(5)).takeOn("iom", "")
	reception = c.on(c.ago(2)).hand(c.partner, "Needs a room on the ground floor.")
	c.on(c.ago(1)).received(reception).on(c.ago(-1)).accepted(reception)
	return iom, reception
}

// The first partner declined, so another was asked and accepted.
func declinedByOne(c *course) (iom, reception *handed) {
	iom = c.on(c.ago(14)).takeOn("iom", "")
	p := c.on(c.ago(13)).hand(c.partner, "")
	c.on(c.ago(12)).received(p).on(c.ago(11)).refused(p, "We do not work in that region.")
	c.partner = "partner_6"
	c.on(c.ago(10)).consent(c.partner, "reception", receptionCategories...)
	reception = c.takeOn(c.partner, "Would like a room of her own.")
	c.on(c.ago(6)).promise(c.ago(-26), c.promises).agree(plan.Reintegration).request(plan.Reintegration).on(c.ago(5)).approve(plan.Reintegration)
	return iom, reception
}

// Handed to the wrong desk and taken back.
func takenBack(c *course) (iom, reception *handed) {
	p := c.on(c.ago(8)).hand("partner_6", "")
	c.on(c.ago(7)).revoked(p)
	reception = c.takeOn(c.partner, "")
	return c.on(c.ago(6)).takeOn("iom", ""), reception
}

// leavesTomorrow was booked with less than five working days' notice (R19).
func leavesTomorrow(c *course) {
	arrival := c.ago(-2)
	iom := c.prepare(arrival)
	c.on(c.ago(2)).book(c.ago(-1), "The only seat this month")
	c.fly(arrival, iom)
	c.live(arrival)
}

// onHold changed the account, and nobody verified the new one (R27).
func onHold(c *course) {
	c.child = "Andrei"
	arrival := c.ago(45)
	c.begin(arrival)
	c.getReady(arrival)
	c.on(arrival.AddDays(-42)).promise(arrival, ofE).agree(plan.Reintegration).request(plan.Reintegration)
	c.getApproval(arrival)
	iom := c.on(arrival.AddDays(-36)).takeOn("iom", "")
	c.reception = c.on(arrival.AddDays(-34)).takeOn(c.partner, "")
	c.travel(arrival, iom)
	c.keep(arrival, "food")
	c.stayInTouch(arrival)
	c.on(c.ago(6)).payee(support.Account{Kind: support.MobileMoney, Number: fictional(c.n), CameOver: "messaging_app"})
	p := c.on(c.ago(4)).plan("food", "cash", 800, c.ago(-3))
	c.on(c.ago(-2)).ended(p, "cancel-payment", support.Cancelled, "The account was not hers")
	c.part(arrival)
}

// allStates has a payment in every state, two of them in a file for the bank, and
// one dated after the six months. As long as they are open, the case is.
func allStates(c *course) {
	arrival := c.ago(75)
	c.comeHome(arrival)
	c.keep(arrival, "rent", "course", "pocket_money")
	c.stayInTouch(arrival)
	c.on(c.ago(20)).plan("rent", "in_kind", 1100, c.ago(-12))
	p := c.on(c.ago(19)).plan("rent", "in_kind", 2200, c.ago(-5))
	cash := c.plan("pocket_money", "cash", 1500, c.ago(-5))
	c.on(c.ago(12)).authorise(p).authorise(cash).on(c.ago(1)).batch(p, cash)
	p = c.on(c.ago(18)).plan("rent", "in_kind", 2200, c.ago(9))
	c.on(c.ago(11)).authorise(p).on(c.ago(9)).send(p)
	p = c.on(c.ago(30)).plan("course", "in_kind", 1500, c.ago(26))
	c.on(c.ago(28)).authorise(p).on(c.ago(26)).send(p)
	c.on(c.ago(22)).ended(p, "fail-payment", support.Failed, "The school does not take transfers")
	p = c.on(c.ago(21)).plan("course", "in_kind", 1500, c.ago(17))
	c.on(c.ago(20)).ended(p, "cancel-payment", support.Cancelled, "The course was moved")
	p = c.on(c.ago(16)).plan("course", "in_kind", 1500, c.ago(13))
	c.on(c.ago(14)).authorise(p).on(c.ago(13)).send(p).on(c.ago(11)).receipt(p, false)
	c.on(c.ago(3)).ended(p, "return-payment", support.Returned, "The course did not take place")
	c.on(c.ago(2)).planExcept("course", "in_kind", 1500, followup.LastDay(arrival).AddDays(20), "The next course begins after the six months")
	c.on(followup.LastDay(arrival).AddDays(1)).exit(followup.Reached)
}

// lateHelp got the rent a month late, the second of it less the bank's fee, and
// the course not at all (R30).
func lateHelp(c *course) {
	arrival := c.ago(92)
	c.comeHome(arrival)
	c.keep(arrival, "rent", "course")
	c.stayInTouch(arrival)
	c.pay(arrival, c.promises[0], part{41, 2200})
	second := c.dispatch(arrival, c.promises[0], part{72, 2200})
	c.on(arrival.AddDays(74)).partly(second, new(kroner(2165))).on(arrival.AddDays(79)).explain(second, "bank_fee", "The bank in between kept 35 kroner")
	c.part(arrival)
}

// arrivedLater is an arrival whose day was corrected (R22).
func arrivedLater(c *course) {
	arrival := c.ago(128)
	c.comeHome(arrival)
	c.on(arrival.AddDays(2)).arrive(arrival.AddDays(1), "The flight landed after midnight")
	c.keep(arrival)
	c.stayInTouch(arrival.AddDays(1))
	c.on(c.ago(40)).report(c.reception, partners.Incident, "Her purse was stolen on the bus. She is unhurt; the telephone number is a new one.")
	c.on(c.ago(39)).seen().settled("The partner goes with her to have the telephone blocked.")
	c.part(arrival.AddDays(1))
}

// sharesLess withdrew the consent for follow-up answers (R7).
func sharesLess(c *course) {
	straight(70)(c)
	c.on(c.ago(1)).stopSharing(casefile.ShareFollowUp)
}
