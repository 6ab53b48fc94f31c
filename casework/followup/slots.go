package followup

import (
	"cmp"
	"slices"

	"hjemvej/casework/policy"
	"hjemvej/internal/calendar"
)

// Kind is what a slot is for (R31).
type Kind string

// The kinds, in the order of the series.
const (
	ArrivalContact Kind = "arrival_contact" // within 14 days of arrival
	Month1         Kind = "month_1"
	Month3         Kind = "month_3"
	Exit           Kind = "exit"          // the review at the end of the six months
	PaymentCheck   Kind = "payment_check" // one for each large payment
	Month12        Kind = "month_12"      // only by its own consent
)

// LargePayment is a payment that was large by the policy of the day on which it
// was sent. PaidOn is zero as long as it was not.
type LargePayment struct {
	ID     string
	PaidOn calendar.Date
}

// Facts are what the series of a case is made from (R31).
type Facts struct {
	Arrived        calendar.Date // the confirmed arrival; zero before it
	LargePayments  []LargePayment
	Month12Consent bool // a consent of its own, still in force
}

// Slot is one contact that is owed to the person. Kind and Ref together exist
// once per case (R31).
type Slot struct {
	Kind     Kind
	Ref      string // the payment's id for a payment check, else ""
	OpensOn  calendar.Date
	DueOn    calendar.Date
	ClosesOn calendar.Date // the last day on which a contact is in time; later ones are still recorded (R32)
}

// Slots is the series that the facts ask for, with the windows of the rules, by
// due day, then kind, then reference; the order of the payments does not matter,
// and a payment named twice counts once, from its earlier day. Without an arrival
// there is none (R31). Every slot stays open after it is due, so that the letter
// to the team lead on the tenth day (R36) still leads to something.
func Slots(f Facts, rules policy.FollowUpRules) []Slot {
	if f.Arrived.IsZero() {
		return nil
	}
	last := LastDay(f.Arrived)
	before := rules.MonthOpensBefore
	slots := []Slot{
		{Kind: ArrivalContact, OpensOn: f.Arrived, DueOn: f.Arrived.AddDays(rules.ArrivalContactWithin)},
		opening(before, Month1, "", f.Arrived.AddMonths(1)),
		opening(before, Month3, "", f.Arrived.AddMonths(3)),
		opening(rules.ExitOpensBefore, Exit, "", last),
	}
	if f.Month12Consent {
		slots = append(slots, opening(before, Month12, "", f.Arrived.AddMonths(12)))
	}
	for id, on := range paidOn(f.LargePayments) {
		slots = append(slots, opening(before, PaymentCheck, id, on.AddDays(rules.PaymentCheckAfter)))
	}
	for i := range slots {
		slots[i].ClosesOn = slots[i].DueOn.AddDays(rules.ClosesAfter)
	}
	slices.SortFunc(slots, inOrder)
	return slots
}

// opening is a slot that opens so many days before it is due.
func opening(before int, kind Kind, ref string, due calendar.Date) Slot {
	return Slot{Kind: kind, Ref: ref, OpensOn: due.AddDays(-before), DueOn: due}
}

func paidOn(payments []LargePayment) map[string]calendar.Date {
	paid := map[string]calendar.Date{}
	for _, p := range payments {
		if p.PaidOn.IsZero() {
			continue
		}
		if known, ok := paid[p.ID]; !ok || p.PaidOn.Before(known) {
			paid[p.ID] = p.PaidOn
		}
	}
	return paid
}

func inOrder(a, b Slot) int {
	return cmp.Or(a.DueOn.Compare(b.DueOn), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Ref, b.Ref))
}
