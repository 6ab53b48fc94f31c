package followup

import (
	"cmp"
	"slices"
	"strconv"

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
	Month6         Kind = "month_6"       // where an extension moves the exit beyond it (R32)
	Exit           Kind = "exit"          // the review at the end of support
	PaymentCheck   Kind = "payment_check" // one for each large payment
	Weekly         Kind = "weekly"        // of an intensified follow-up (R37)
	Extension      Kind = "extension"     // every third month of an extension (R32)
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
	Arrived        calendar.Date   // the confirmed arrival; zero before it
	Extensions     []calendar.Date // the last days that were approved, in any order (R32)
	LargePayments  []LargePayment
	ExitMade       calendar.Date // the day on which the first exit was due that has its result; zero as long as none has
	LastExitMade   calendar.Date // and the last
	Levels         []LevelSet    // by surveys and by raises, in any order (R37)
	Month12Consent bool          // a consent of its own, still in force
	Ended          bool          // the case was exited or closed: month 12 alone is still owed (R32)
}

// Slot is one contact that is owed to the person. Kind and Ref together exist
// once per case (R31).
type Slot struct {
	Kind     Kind
	Ref      string // what it is one of several for: a payment's id, a week of a survey or raise, a month of an extension, the last day of one that was approved after the exit; else ""
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
	before := rules.MonthOpensBefore
	var slots []Slot
	if f.Month12Consent {
		slots = append(slots, opening(before, Month12, "", f.Arrived.AddMonths(12)))
	}
	if !f.Ended {
		slots = append(slots, f.fixed(rules)...)
		slots = append(slots, f.extended(before)...)
		slots = append(slots, weeks(f.Levels, rules.IntensifiedWeeks)...)
		for id, on := range paidOn(f.LargePayments) {
			slots = append(slots, opening(before, PaymentCheck, id, on.AddDays(rules.PaymentCheckAfter)))
		}
	}
	for i, s := range slots {
		if s.Kind != Weekly {
			slots[i].ClosesOn = s.DueOn.AddDays(rules.ClosesAfter)
		}
	}
	slices.SortFunc(slots, inOrder)
	return slots
}

// fixed are the four that everybody is owed, whatever else is.
func (f Facts) fixed(rules policy.FollowUpRules) []Slot {
	return []Slot{
		{Kind: ArrivalContact, OpensOn: f.Arrived, DueOn: f.Arrived.AddDays(rules.ArrivalContactWithin)},
		opening(rules.MonthOpensBefore, Month1, "", f.Arrived.AddMonths(1)),
		opening(rules.MonthOpensBefore, Month3, "", f.Arrived.AddMonths(3)),
		f.exit(rules.ExitOpensBefore),
	}
}

// exit is due on the last day. Where an extension was approved after it had its
// result, there is another on the new last day: nobody is left at the end without.
func (f Facts) exit(before int) Slot {
	last := LastDay(f.Arrived, f.Extensions...)
	s := opening(before, Exit, "", last)
	if extended := last.After(LastDay(f.Arrived)); extended && !f.LastExitMade.IsZero() && f.LastExitMade.Before(last) {
		s.Ref = last.String()
	}
	return s
}

// extended are the contacts that an extension adds: month 6, unless the exit was
// made then, and every third month after it, the rhythm of the series so far. They
// are named by their month from the arrival, so that a further extension adds none
// twice.
func (f Facts) extended(before int) []Slot {
	var slots []Slot
	last := LastDay(f.Arrived, f.Extensions...)
	for month := periodMonths; f.Arrived.AddMonths(month).Before(last); month += 3 {
		s := opening(before, Extension, strconv.Itoa(month), f.Arrived.AddMonths(month))
		if month == periodMonths {
			if !f.ExitMade.IsZero() && !f.ExitMade.After(s.DueOn) {
				continue
			}
			s.Kind, s.Ref = Month6, ""
		}
		slots = append(slots, s)
	}
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
