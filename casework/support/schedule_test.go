package support_test

import (
	"testing"

	"hjemvej/casework/plan"
	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/money"
	"hjemvej/internal/postgres"
)

func amount(number, code string) *money.Amount { a := money.Must(number, code); return &a }

func (b *bench) schedule(in support.NewSchedule) (support.Schedule, error) {
	return support.PlanSchedule(b.t.Context(), b.DB, b.Contact, b.c.Code, in)
}

// monthly is a schedule of so many months from today.
func (b *bench) monthly(total string, count int) support.NewSchedule {
	return support.NewSchedule{Line: "rent", Form: "in_kind", Total: amount(total, "DKK"), Count: count, FirstOn: b.Today(), Every: "month"}
}

func TestR23_R25_AScheduleIsSplitExactlyOverCalendarMonths(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	h.SetToday("2026-10-31")
	b := &bench{h, h.Arrived(t), t}
	s, err := b.schedule(b.monthly("10000", 6))
	b.must(err)
	days := []string{"2026-10-31", "2026-11-30", "2026-12-31", "2027-01-31", "2027-02-28", "2027-03-31"}
	amounts := []string{"1666.67", "1666.67", "1666.67", "1666.67", "1666.66", "1666.66"}
	for i, p := range s.Payments {
		if p.PlannedFor.String() != days[i] || p.Amount != money.DKK(amounts[i]) || p.ScheduleID != s.ID || p.Instalment != i+1 || p.Of != 6 || p.State != support.Planned {
			t.Errorf("%+v", p)
		}
	}
	if got := b.line("rent"); got != "10000 of 20000" {
		t.Error(got)
	}
	b.Rated(t, "UGX", "0.5")
	weekly := support.NewSchedule{Line: "rent", Form: "cash", Each: amount("100", "UGX"), Count: 3, FirstOn: b.Today(), Every: "week"}
	w, err := b.schedule(weekly)
	b.must(err)
	if last := w.Payments[2]; last.PlannedFor != b.Today().AddDays(14) || last.Counted != money.DKK("50") || last.Amount != money.Must("100", "UGX") {
		t.Errorf("%+v", last)
	}
}

func TestR25_AScheduleIsPlannedWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	housetest.Refused(t, second(b.schedule(b.monthly("20000.01", 6))), fault.Conflict, "R25")
	beyond := b.monthly("7000", 8) // the eighth is a month after the last day
	housetest.Refused(t, second(b.schedule(beyond)), fault.Conflict, "R23")
	if got := b.line("rent"); got != "0 of 20000" || b.Count(t, `SELECT count(*) FROM payments`) != 0 {
		t.Errorf("refused schedules left %s", got)
	}
	beyond.Exception = "The school term ends later"
	s, err := b.schedule(beyond)
	b.must(err)
	for i, p := range s.Payments {
		if outside := i == 7; (p.Exception != "") != outside {
			t.Errorf("%d: %+v", i, p)
		}
	}
}

func TestR25_OfTwoHundredSchedulesAtOnceTenFindRoom(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	errs := housetest.AtOnce(200, func(int) error { return second(b.schedule(b.monthly("2000", 4))) })
	for _, err := range errs {
		if err != nil {
			housetest.Refused(t, err, fault.Conflict, "R25")
		}
	}
	if n := housetest.Succeeded(errs); n != 10 {
		t.Errorf("%d schedules found room, want 10", n)
	}
	if n := b.Count(t, `SELECT count(*) FROM payments`); n != 40 || b.line("rent") != "20000 of 20000" {
		t.Errorf("%d payments, %s", n, b.line("rent"))
	}
}

func TestR29_ARepeatedScheduleIsOneSchedule(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := postgres.WithOnce(t.Context(), postgres.Once{Key: "one", Request: [32]byte{1}})
	answers := make([]support.Schedule, 6)
	b.must(housetest.AtOnce(6, func(i int) (err error) {
		answers[i], err = support.PlanSchedule(ctx, b.DB, b.Contact, b.c.Code, b.monthly("6000", 6))
		return err
	})...)
	for _, a := range answers {
		if a.ID != answers[0].ID || len(a.Payments) != 6 || a.Payments[5] != answers[0].Payments[5] {
			t.Errorf("another answer: %+v", a)
		}
	}
	if got := b.line("rent"); got != "6000 of 20000" {
		t.Error(got)
	}
}

func TestASchedulesFormIsChecked(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for name, spoil := range map[string]func(*support.NewSchedule){
		"neither total nor each": func(n *support.NewSchedule) { n.Total = nil },
		"both":                   func(n *support.NewSchedule) { n.Each = n.Total },
		"no count":               func(n *support.NewSchedule) { n.Count = 0 },
		"no first day":           func(n *support.NewSchedule) { n.FirstOn = calendar.Date{} },
		"no distance":            func(n *support.NewSchedule) { n.Every = "" },
		"less than an øre each":  func(n *support.NewSchedule) { n.Total = amount("0.05", "DKK") },
		"beside instalments": func(n *support.NewSchedule) {
			n.Total, n.Instalments = nil, []support.ScheduledPayment{{b.Today(), money.DKK("1")}}
		},
		"two currencies": func(n *support.NewSchedule) {
			*n = support.NewSchedule{Line: "rent", Form: "cash", Instalments: []support.ScheduledPayment{{b.Today(), money.DKK("1")}, {b.Today(), money.Must("1", "RON")}}}
		},
	} {
		in := b.monthly("600", 6)
		spoil(&in)
		_, err := b.schedule(in)
		housetest.Refused(t, err, fault.Invalid, "")
		if err == nil {
			t.Error(name)
		}
	}
}

// proved is a bench whose line rent gives the next payment after proof of the one
// before, with three planned.
func proved(t *testing.T) (*bench, []support.Payment) {
	b := promised(t, 4, func(l *plan.Line) { l.ProofBeforeNext = true })
	s, err := b.schedule(b.monthly("3000", 3))
	b.must(err)
	for i := range s.Payments {
		b.must(b.authorise(b.Finance, s.Payments[i]))
	}
	return b, s.Payments
}

func (b *bench) receipt(p support.Payment) error {
	return second(support.RecordReceipt(b.t.Context(), b.DB, b.Contact, p.ID, 0, support.Proof{Kind: "receipt", ReceivedOn: b.Today()}))
}

func TestR26_TheNextPaymentWaitsForTheProofOfTheFormer(t *testing.T) {
	t.Parallel()
	b, p := proved(t)
	housetest.Refused(t, b.send(b.Finance, p[1]), fault.Conflict, "R26") // out of order
	b.must(b.send(b.Finance, p[0]))
	housetest.Refused(t, b.send(b.Finance, p[1]), fault.Conflict, "R26") // not proved
	_, err := b.Exec(t.Context(), b.Finance, `UPDATE payments SET state = 'sent', sent_on = planned_for, sent_by = $2 WHERE id = $1`, p[1].ID, b.Finance.ID)
	housetest.Broken(t, err, "payment_after_proof")
	b.must(b.receipt(p[0]), b.send(b.Finance, p[1]))
	b.must(b.end(p[1], "fail-payment", support.Failed))
	b.must(b.send(b.Finance, p[2])) // what came to nothing does not count
	_, err = b.Owner.Exec(t.Context(), `UPDATE payments SET instalment = 2, schedule_id = gen_random_uuid() WHERE id = $1`, p[2].ID)
	housetest.Broken(t, err, "payment_is_what_was_planned")
}

// A payment that is dated before the one that is out does not get round its proof.
func TestR26_AnEarlierDateDoesNotGetRoundTheProof(t *testing.T) {
	t.Parallel()
	b, p := proved(t)
	b.must(b.send(b.Finance, p[0]), b.receipt(p[0]), b.send(b.Finance, p[1]))
	early := b.planned("1000", "in_kind")
	b.must(b.authorise(b.Finance, early))
	housetest.Refused(t, b.send(b.Finance, early), fault.Conflict, "R26")
}

func TestR26_OfTwoSentAtOnceOneWaits(t *testing.T) {
	t.Parallel()
	b := promised(t, 4, func(l *plan.Line) { l.ProofBeforeNext = true })
	for range 6 {
		s, err := b.schedule(support.NewSchedule{Line: "rent", Form: "in_kind", Instalments: []support.ScheduledPayment{{b.Today(), money.DKK("1")}, {b.Today(), money.DKK("1")}}})
		b.must(err)
		for _, p := range s.Payments {
			b.must(b.authorise(b.Finance, p))
		}
		errs := housetest.AtOnce(2, func(i int) error { return b.send(b.Finance, s.Payments[i]) })
		if n := housetest.Succeeded(errs); n != 1 {
			t.Errorf("%d were sent", n)
		}
		for _, p := range s.Payments { // both end, for the next round
			to, op := support.Cancelled, "cancel-payment"
			if b.state(p) == support.Sent {
				to, op = support.Failed, "fail-payment"
			}
			b.must(b.end(p, op, to))
		}
	}
}

func (b *bench) end(p support.Payment, op string, to support.State) error {
	return second(support.End(b.t.Context(), b.DB, b.Finance, access.Operation(op), p.ID, 0, to, support.Ending{Reason: "no longer"}))
}
