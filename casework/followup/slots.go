package followup

import (
	"cmp"
	"slices"

	"hjemvej/internal/calendar"
)

// LargePaymentDKK is the amount in whole Danish kroner from which a payment is
// checked on (R31, default).
const LargePaymentDKK = 10000

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

// The windows in days (R31). A slot stays open two weeks after it is due, so
// that the letter to the team lead on the tenth day (R36) still leads to
// something.
const (
	arrivalContactDays = 14
	paymentCheckDays   = 14
	exitOpensBefore    = 14
	opensBefore        = 7
	closesAfter        = 14
)

// LargePayment is a payment of [LargePaymentDKK] or more that was sent. PaidOn
// is zero as long as it was not.
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

// Slots is the series that the facts ask for, by due day, then kind, then
// reference; the order of the payments does not matter, and a payment named
// twice counts once, from its earlier day. Without an arrival there is none
// (R31). Every slot closes 14 days after it is due.
func Slots(f Facts) []Slot {
	if f.Arrived.IsZero() {
		return nil
	}
	last := LastDay(f.Arrived)
	slots := []Slot{
		slot(ArrivalContact, "", f.Arrived, f.Arrived.AddDays(arrivalContactDays)),
		monthly(Month1, f.Arrived.AddMonths(1)),
		monthly(Month3, f.Arrived.AddMonths(3)),
		slot(Exit, "", last.AddDays(-exitOpensBefore), last),
	}
	if f.Month12Consent {
		slots = append(slots, monthly(Month12, f.Arrived.AddMonths(12)))
	}
	slots = append(slots, paymentChecks(f.LargePayments)...)
	slices.SortFunc(slots, inOrder)
	return slots
}

func slot(kind Kind, ref string, opens, due calendar.Date) Slot {
	return Slot{Kind: kind, Ref: ref, OpensOn: opens, DueOn: due, ClosesOn: due.AddDays(closesAfter)}
}

func monthly(kind Kind, due calendar.Date) Slot {
	return slot(kind, "", due.AddDays(-opensBefore), due)
}

func paymentChecks(payments []LargePayment) []Slot {
	paid := map[string]calendar.Date{}
	for _, p := range payments {
		if p.PaidOn.IsZero() {
			continue
		}
		if known, ok := paid[p.ID]; !ok || p.PaidOn.Before(known) {
			paid[p.ID] = p.PaidOn
		}
	}
	var slots []Slot
	for id, on := range paid {
		due := on.AddDays(paymentCheckDays)
		slots = append(slots, slot(PaymentCheck, id, due.AddDays(-opensBefore), due))
	}
	return slots
}

func inOrder(a, b Slot) int {
	return cmp.Or(a.DueOn.Compare(b.DueOn), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Ref, b.Ref))
}
