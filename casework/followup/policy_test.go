package followup_test

import (
	"testing"

	"hjemvej/casework/followup"
	"hjemvej/casework/policy"
	"hjemvej/casework/support"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/money"

	"pgregory.net/rapid"
)

func TestR31_APaymentIsLargeByThePolicyOfTheDayItWasSent(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Arrived(t, housetest.WithLines(h.Line("rent", "45000")))
	checks := func() int {
		return h.Count(t, `SELECT count(*) FROM followups WHERE kind = 'payment_check' AND state = 'open'`)
	}
	h.Pay(t, c, "5000", support.Sent)
	before := h.Pay(t, c, "10000", support.Sent)
	h.FromTomorrow(t, func(p *policy.Policy) { p.Support.LargePayment = money.DKK("4000") })
	after := h.Pay(t, c, "5000", support.Sent)
	h.FromTomorrow(t, func(p *policy.Policy) { p.Support.LargePayment = money.DKK("90000") })
	h.Pay(t, c, "12000", support.Sent) // this one brings all in line anew
	h.Confirm(t, c, h.Contact, h.Today().AddDays(-1), "It was later")
	if checks() != 2 || h.Followup(t, c, followup.PaymentCheck, before.ID) == "" || h.Followup(t, c, followup.PaymentCheck, after.ID) == "" {
		t.Errorf("%d checks", checks())
	}
	late := h.Pay(t, c, "2000", support.Authorised)
	h.FromTomorrow(t, func(p *policy.Policy) { p.Support.LargePayment = money.DKK("1") })
	_, err := support.Send(t.Context(), h.DB, h.Finance, late.ID, late.Version, support.Dispatch{SentOn: h.Today().AddDays(-1)})
	must(t, err)
	if n := checks(); n != 2 {
		t.Errorf("a payment dated before the change is judged by the new policy: %d checks", n)
	}
}

func TestR31_TheWindowsAreThoseOfTheDayOfArrival(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	window := func(k *housetest.Case) string {
		return h.Text(t, `SELECT string_agg(kind || ' ' || f.opens_on - c.arrived_on || ' ' || f.due_on - c.arrived_on || ' ' || f.closes_on - f.due_on, ', ' ORDER BY f.due_on)
			FROM followups f JOIN cases c ON c.id = f.case_id WHERE c.id = $1 AND kind IN ('arrival_contact','month_1')`, k.ID)
	}
	h.FromTomorrow(t, func(p *policy.Policy) {
		p.FollowUp.ArrivalContactWithin, p.FollowUp.MonthOpensBefore, p.FollowUp.ClosesAfter = 5, 3, 20
	})
	later := h.Arrived(t)
	h.Pay(t, c, "10000", support.Sent) // brings the first case in line anew
	if got := window(c); got != "arrival_contact 0 14 14, month_1 24 31 14" {
		t.Error(got)
	}
	if got := window(later); got != "arrival_contact 0 5 20, month_1 28 31 20" {
		t.Error(got)
	}
	h.Confirm(t, c, h.Contact, h.Today(), "It was a day later")
	if got := window(c); got != "arrival_contact 0 5 20, month_1 28 31 20" {
		t.Errorf("corrected into the new policy: %s", got)
	}
}

func TestR34_LostContactTakesWhatThePolicyOfTheDaySays(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	slot := h.Followup(t, c, followup.ArrivalContact, "")
	lost := func() error { return second(followup.RecordLost(t.Context(), h.DB, h.Vault, h.Contact, slot, 0)) }
	for range 2 {
		must(t, second(followup.RecordAttempt(t.Context(), h.DB, h.Vault, h.Contact, slot, followup.NewAttempt{MadeOn: h.Today(), Channel: followup.Call, Outcome: followup.NoAnswer})))
		h.Pass(1)
	}
	if n := len(housetest.Missing(lost())); n != 3 {
		t.Errorf("%d things are missing: %v", n, lost())
	}
	fewer := func(p *policy.Policy) {
		p.FollowUp.LostAttempts, p.FollowUp.LostDays, p.FollowUp.LostChannels = 2, 2, 1
	}
	_, err := policy.Approve(t.Context(), h.DB, h.Manager, h.Proposed(t, fewer).ID)
	must(t, err)
	housetest.Refused(t, lost(), fault.Conflict, "R34")
	h.Pass(1)
	must(t, lost())
}

func TestR31_EverySlotOpensIsDueAndClosesInThatOrderUnderEveryPolicy(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := policy.Default()
		u := &p.FollowUp
		number := func(name string, low, high int) int { return rapid.IntRange(low, high).Draw(t, name) }
		u.ArrivalContactWithin, u.MonthOpensBefore, u.ExitOpensBefore = number("arrival", 1, 60), number("month", 0, 27), number("exit", 0, 60)
		u.PaymentCheckAfter, u.ClosesAfter = number("check", u.MonthOpensBefore, 90)+1, number("closes", 10, 90)
		if u.PaymentCheckAfter > 90 || p.Validate() != nil {
			t.Skip("no policy")
		}
		arrived := calendar.MustParse("2026-01-31").AddDays(number("arrived", 0, 800))
		facts := followup.Facts{Arrived: arrived, Month12Consent: true, LargePayments: []followup.LargePayment{{ID: "p", PaidOn: arrived}}}
		slots := followup.Slots(facts, *u)
		if len(slots) != 6 {
			t.Fatalf("%d slots", len(slots))
		}
		for _, s := range slots {
			if s.OpensOn.Before(arrived) || s.OpensOn.After(s.DueOn) || s.ClosesOn.DaysSince(s.DueOn) != u.ClosesAfter {
				t.Fatalf("%+v", s)
			}
		}
	})
}

func TestR33_R37_QuietDaysAndWeeksAreThePolicys(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	h.FromTomorrow(t, func(p *policy.Policy) { p.FollowUp.NotFreeQuietDays, p.FollowUp.IntensifiedWeeks = 6, 7 })
	c := h.Arrived(t)
	must(t, second(followup.RaiseLevel(t.Context(), h.DB, h.Contact, c.Code, followup.Raise{Level: followup.Intensified, Reason: "She sounded afraid"})))
	if n := h.Count(t, `SELECT count(*) FROM followups WHERE kind = 'weekly'`); n != 7 {
		t.Errorf("%d weekly contacts", n)
	}
	first := h.Followup(t, c, followup.ArrivalContact, "")
	must(t, second(followup.RecordAttempt(t.Context(), h.DB, h.Vault, h.Contact, first, followup.NewAttempt{MadeOn: h.Today(), Channel: followup.Call, Outcome: followup.ReachedNotFree})))
	if got := h.Text(t, `SELECT quiet_until::text FROM followups WHERE id = $1`, first); got != h.Today().AddDays(6).String() {
		t.Errorf("quiet until %s", got)
	}
}
