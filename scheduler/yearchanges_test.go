package scheduler_test

import (
	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/casework/person"
	"hjemvej/casework/support"
)

// The arrival is corrected forth by some days, and later back.
func (y *year) arrivedOnAnotherDay(l *life) {
	on := l.left
	if l.arrived == l.left {
		on = l.left.AddDays(1 + l.IntN(3))
	}
	if l.state != "arrived" || on.After(y.there(l)) || l.asked != nil && y.there(l).After(l.lastDay()) {
		return
	}
	y.Confirm(y.t, l.c, l.c.Home, on, "The stamp in the passport")
	l.arrived, l.since, l.ended = on, on, false
	l.recount(y.there(l))
}

func (y *year) asksForMoreTime(l *life) {
	last := l.lastDay()
	until := last.AddDays(20 + l.IntN(100))
	today := latest(y.Today(), y.there(l))
	if l.state != "arrived" || l.asked != nil || today.After(last) || last.DaysSince(today) > 40 || until.After(monthsAfter(l.arrived, 12)) {
		return
	}
	e, err := followup.AskExtension(y.t.Context(), y.DB, l.c.By, l.c.Code, followup.NewExtension{Until: until, Reason: "The training goes on"})
	must(y.t, err)
	l.asked = &e
}

// getsMoreTime, or is refused it; after two weeks more the question falls away.
func (y *year) getsMoreTime(l *life) {
	if l.asked == nil {
		return
	}
	e, last := l.asked, l.lastDay()
	l.asked = nil
	switch {
	case latest(y.Today(), y.there(l)).After(last.AddDays(14)):
	case !e.Until.After(last) || e.Until.After(monthsAfter(l.arrived, 12)) || l.one(6):
		_, err := followup.RefuseExtension(y.t.Context(), y.DB, l.c.Lead, l.c.Code, e.ID, followup.Refusal{Reason: "It is paid for already"})
		must(y.t, err)
	default:
		_, err := followup.ApproveExtension(y.t.Context(), y.DB, l.c.Lead, l.c.Code, e.ID)
		must(y.t, err)
		l.extensions, l.ended = append(l.extensions, e.Until), false
		l.recount(y.there(l))
	}
}

func (y *year) isPaid(l *life) {
	if l.paid || l.state != "arrived" || y.Today().DaysSince(l.arrived) < 5 || !y.Today().Before(l.lastDay()) {
		return
	}
	l.paid = true
	if l.one(3) { // not large
		y.Pay(y.t, l.c, "9999.99", support.Sent)
		return
	}
	l.large[y.Pay(y.t, l.c, "10000", support.Sent).ID] = y.Today()
	l.recount(y.there(l))
}

func (y *year) changesMindOnMonth12(l *life) {
	var err error
	switch {
	case l.dead:
		return
	case l.month12:
		_, err = followup.WithdrawMonth12Consent(y.t.Context(), y.DB, l.c.By, l.c.Code)
	default:
		_, err = followup.GiveMonth12Consent(y.t.Context(), y.DB, y.Vault, l.c.By, l.c.Code, followup.NewMonth12Consent{GivenOn: y.Today(), GivenBy: "self", Language: "ro"})
	}
	must(y.t, err)
	l.month12 = !l.month12
	l.recount(y.there(l))
}

func (y *year) isHeld(l *life) {
	if l.held {
		return
	}
	var err error
	l.hold, err = casefile.AddPart(y.t.Context(), y.DB, y.Vault, l.c.By, l.c.Code, &person.ContactPoint{Kind: "phone", Value: "+40700000001", Whose: "shared", DoNotContact: true})
	must(y.t, err)
	l.held = true
}

func (y *year) isHeldNoMore(l *life) {
	if !l.held {
		return
	}
	_, err := casefile.EndPart(y.t.Context(), y.DB, l.c.By, l.c.Code, l.hold.ID, l.hold.Version)
	must(y.t, err)
	l.held = false
}

func (y *year) getsAnotherContact(l *life) {
	next := y.contacts[l.IntN(len(y.contacts))]
	if next.ID == l.contact {
		return
	}
	_, err := casefile.AssignContactPerson(y.t.Context(), y.DB, l.c.Lead, l.c.Code, 0, casefile.NewContactPerson{UserID: next.ID})
	must(y.t, err)
	l.c.By, l.c.Lead = next, y.leads[next.Team]
	l.contact, l.team = next.ID, next.Team
}

func (y *year) isExited(l *life) {
	if l.state != "arrived" || y.there(l).Before(l.lastDay()) {
		return
	}
	var exit *modelSlot // the last of them
	for _, s := range l.slots {
		if s.kind == "exit" && s.state != "dropped" && (exit == nil || s.due.After(exit.due)) {
			exit = s
		}
	}
	outcome, known := map[string]followup.ExitOutcome{"done": followup.Reached, "lost": followup.Lost, "declined": followup.DeclinedContact}[exit.state]
	if !known {
		outcome = followup.ReMigrated
		if !l.one(8) {
			return
		}
	}
	y.exit(l, outcome)
}

func (y *year) dies(l *life) {
	if l.state == "arrived" {
		l.dead = true
		y.exit(l, followup.Died)
	}
}

func (y *year) exit(l *life, outcome followup.ExitOutcome) {
	_, err := followup.RecordExit(y.t.Context(), y.DB, l.c.By, l.c.Code, 0, followup.ExitReview{Outcome: outcome, ExitedOn: y.there(l)})
	must(y.t, err)
	l.state, l.since, l.asked = "exited", latest(l.since, y.there(l)), nil
	l.recount(y.there(l))
}
