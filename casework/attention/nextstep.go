package attention

import (
	"hjemvej/casework/casefile"
	"hjemvej/internal/calendar"
)

// Grace is how many days after its day a step may still be taken before the case
// counts as forgotten.
const Grace = 14

// What is what an open case waits for.
type What string

// The steps. Those without a day of their own count from the day on which the
// case came into its state.
const (
	NameContactPerson What = "name_contact_person" // the former one has left (R2)
	OfferReturn       What = "offer_return"
	AnswerOffer       What = "answer_offer"
	CloseCase         What = "close_case"
	PrepareReturn     What = "prepare_return"
	DoPlanAction      What = "do_plan_action"
	AwaitPartner      What = "await_partner"
	Depart            What = "depart"
	ConfirmArrival    What = "confirm_arrival"
	FollowUp          What = "follow_up"
	LookAtSafetyHold  What = "look_at_safety_hold"
	ReviewExit        What = "review_exit"
)

// Owner is who takes a step.
type Owner string

// The owners of steps.
const (
	TeamLead      Owner = "team_lead"
	ContactPerson Owner = "contact_person"
	Partner       Owner = "partner"
)

// Owner is who takes the step. Whoever makes a follow-up, the contact person
// answers for it.
func (w What) Owner() Owner {
	switch w {
	case NameContactPerson:
		return TeamLead
	case AwaitPartner:
		return Partner
	}
	return ContactPerson
}

// Facts are what the next step of an open case follows from. A zero day is
// something that the case does not have.
type Facts struct {
	State          casefile.State
	Unattended     bool          // its contact person has left (R2)
	Since          calendar.Date // when it came into its state; never zero
	ReflectionEnds calendar.Date // of a period that runs
	ActionDue      calendar.Date // the latest open action of its plan
	AnswerDue      calendar.Date // by a partner that was offered the case
	Departs        calendar.Date // as booked
	SlotDue        calendar.Date // the first open follow-up, or the end of its quiet
	LastSlotDue    calendar.Date // and the last
	Held           bool          // the person must not be contacted (R10)
	LastDay        calendar.Date // of support
}

// Step is what a case waits for, and by which day.
type Step struct {
	What What
	By   calendar.Date

	until calendar.Date // letters about later steps of the kind still come until then
}

// Next is what a case waits for. Every open case waits for something; ok is false
// for one that is over.
func Next(f Facts) (s Step, ok bool) {
	if f.Unattended && !f.State.Over() {
		return Step{What: NameContactPerson, By: f.Since}, true
	}
	switch f.State {
	case casefile.Identified:
		return Step{What: OfferReturn, By: later(f.Since, f.ReflectionEnds)}, true
	case casefile.Offered:
		return Step{What: AnswerOffer, By: later(f.Since, f.ReflectionEnds)}, true
	case casefile.Declined, casefile.Exited:
		return Step{What: CloseCase, By: f.Since}, true
	case casefile.Accepted:
		return f.beforeDeparture(), true
	case casefile.Departed:
		return Step{What: ConfirmArrival, By: f.Since}, true
	case casefile.Arrived:
		return f.afterArrival(), true
	}
	return Step{}, false
}

func (f Facts) beforeDeparture() Step {
	s := Step{What: PrepareReturn, By: f.Since}
	for _, dated := range []Step{{What: DoPlanAction, By: f.ActionDue}, {What: AwaitPartner, By: f.AnswerDue}, {What: Depart, By: f.Departs}} {
		if !dated.By.Before(s.By) {
			s = dated
		}
	}
	return s
}

func (f Facts) afterArrival() Step {
	switch {
	case f.SlotDue.IsZero():
		return Step{What: ReviewExit, By: later(f.Since, f.LastDay)}
	case f.Held: // nobody is reminded, so that no letter comes after its day
		return Step{What: LookAtSafetyHold, By: later(f.Since, f.SlotDue)}
	}
	return Step{What: FollowUp, By: f.SlotDue, until: f.LastSlotDue}
}

// Forgotten reports whether the step's day, and the grace after it, have passed
// and nothing happened: no other letter of the house comes any more.
func (s Step) Forgotten(today calendar.Date) bool {
	return today.After(later(s.By, s.until).AddDays(Grace))
}

func later(a, b calendar.Date) calendar.Date {
	if b.After(a) {
		return b
	}
	return a
}
