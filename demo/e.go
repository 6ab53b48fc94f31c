package demo

import (
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/casework/plan"
	"hjemvej/internal/calendar"
	"hjemvej/internal/money"
)

// ofE is what E was promised: 41,700 kroner in six lines.
var ofE = []promise{
	{"rent", "housing", "in_kind", "Six monthly rents", 7, monthly(3, 2000)},
	{"sewing", "small_business", "in_kind", "Sewing machine and cloth, in two instalments", 30, []part{{24, 12000}, {75, 3000}}},
	{"course", "education", "in_kind", "Tailoring course", 45, []part{{40, 6000}}},
	{"food", "food", "cash", "Food, monthly", 7, monthly(4, 800)},
	{"school", "school_fees", "in_kind", "School fees for the son", 30, []part{{20, 2400}}},
	{"pocket_money", "pocket_money", "cash", "At the arrival", 3, []part{{1, 1500}}},
}

// courseE runs the course that the action plan tells of a woman from Eastern
// Europe, with its dates moved so that she arrived on a day. Written is the day
// as the scenario has it.
func courseE(c *course, arrival calendar.Date) {
	c.child = "Ion"
	day := func(written string) calendar.Date {
		return arrival.AddDays(calendar.MustParse(written).DaysSince(calendar.MustParse("2014-10-11")))
	}
	c.local = true
	c.on(day("2014-07-15")).open().reflect(30, "initial")
	c.on(day("2014-07-18")).offer()
	c.on(day("2014-07-22")).answer(casefile.Accepted)
	c.on(day("2014-07-28")).actionPlan()
	c.on(day("2014-08-12")).reflect(60, "cooperates_on_prepared_return")
	c.on(day("2014-08-26")).consents().checks()
	c.on(day("2014-08-28")).promise(arrival, ofE).agree(plan.Reintegration).signed(plan.Reintegration).request(plan.Reintegration)
	c.on(day("2014-09-01")).approve(plan.Reintegration)
	iom := c.on(day("2014-09-02")).takeOn("iom", "Travels alone; a direct flight is best.")
	c.on(day("2014-09-03")).takeOn(c.partner, "Please meet at the airport..")
	c.on(day("2014-09-25")).book(day("2014-10-10"), "")
	c.on(day("2014-09-29")).payee(accountIn("RO", 1))
	c.on(day("2014-10-01")).verify("call")
	c.on(day("2014-10-10")).depart()
	c.on(arrival).arrive(arrival, "")
	c.on(arrival.AddDays(3)).completed(iom)
	c.keep(arrival, "rent", "sewing")
	proofsE(c, arrival)
	contactsE(c, arrival)
	last := followup.LastDay(arrival)
	c.on(last.AddDays(2)).exit(followup.Reached)
	c.on(last.AddDays(9)).close()
}

// proofsE proves the rent of the third and fourth month by one receipt, the sewing
// machine and its cloth by one each, and finds all rents in the partner's account
// statement.
func proofsE(c *course, arrival calendar.Date) {
	rent, sewing := ofE[0], ofE[1]
	var third *paid
	var days []calendar.Date
	for i, x := range rent.parts {
		days = append(days, arrival.AddDays(x.after))
		switch i {
		case 2:
			third = c.dispatch(arrival, rent, x)
		case 3: // in advance, with the third
			before := rent.parts[2].after
			fourth := c.dispatch(arrival, rent, part{before, x.dkk})
			c.on(arrival.AddDays(before+2)).together(third, fourth)
			days[3] = arrival.AddDays(before)
		default:
			c.pay(arrival, rent, x)
		}
	}
	machine := c.dispatch(arrival, sewing, sewing.parts[0])
	cloth := money.Must("1100.59", machine.amount.Currency)
	c.on(arrival.AddDays(26)).partly(machine, &cloth).on(arrival.AddDays(29)).partly(machine, nil)
	c.pay(arrival, sewing, sewing.parts[1])
	c.on(arrival.AddDays(160)).state(arrival, rent.key, days, third.amount)
}

func contactsE(c *course, arrival calendar.Date) {
	c.on(arrival.AddDays(9)).attempt(c.partner, followup.ArrivalContact, followup.Visit, followup.ReachedSafe)
	baseline := arrival.AddMonths(1).AddDays(-1)
	c.on(baseline).attempt(c.worker, followup.Month1, followup.Call, followup.ReachedSafe).survey(followup.Baseline, answersE())
	c.on(baseline.AddDays(7)).attempt(c.partner, followup.Weekly, followup.Call, followup.ReachedSafe)
	c.on(arrival.AddDays(24+14)).attempt(c.partner, followup.PaymentCheck, followup.Visit, followup.ReachedSafe)
	for week := 2; week <= 4; week++ {
		c.on(baseline.AddDays(7*week)).attempt(c.partner, followup.Weekly, followup.Call, followup.ReachedSafe)
	}
	month3 := arrival.AddMonths(3)
	c.on(month3.AddDays(-3)).attempt(c.worker, followup.Month3, followup.Call, followup.NoAnswer)
	c.on(month3.AddDays(-1)).attempt(c.worker, followup.Month3, followup.Call, followup.ThirdParty)
	c.on(month3.AddDays(2)).attempt(c.worker, followup.Month3, followup.MessagingApp, followup.ReachedSafe).survey(followup.Month3, better(answersE(), 1))
	c.on(followup.LastDay(arrival).AddDays(-2)).attempt(c.worker, followup.Exit, followup.Call, followup.ReachedSafe).survey(followup.Exit, better(answersE(), 2))
}

// phone is a number that nobody has: no country's code begins with 999.
func phone(n int) string { return fmt.Sprintf("+99900000%04d", n) }
