package lists

import (
	"slices"
	"testing"

	"hjemvej/casework/policy"
	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/money"

	"github.com/google/go-cmp/cmp"
)

func TestR26_APaymentIsInTheListOfItsNextStepAndInNoOther(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	planned := b.Pay(t, b.c, "10", support.Planned)
	authorised := b.Pay(t, b.c, "20", support.Authorised)
	sent := b.Pay(t, b.c, "30", support.Sent)
	b.Pay(t, b.c, "40", support.Received)
	ended := b.Pay(t, b.c, "50", support.Planned)
	_, err := support.End(t.Context(), b.DB, b.Contact, "cancel-payment", ended.ID, ended.Version, support.Cancelled, support.Ending{Reason: "no longer"})
	must(t, err)
	b.in(b.Finance, ToAuthorise, planned)
	b.in(b.Finance, ToSend, authorised)
	b.in(b.Finance, WaitingForReceipt, sent)
	b.in(b.Finance, OnHold)
	b.in(b.Finance, Exceptions)
}

func TestR26_TheLongestPlannedForIsAuthorisedFirst(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.NewPayment("10", "in_kind")
	var all []support.Payment
	for _, days := range []int{9, 2, 5} {
		in.PlannedFor = b.Today().AddDays(days)
		p, err := support.Plan(t.Context(), b.DB, b.Contact, b.c.Code, in)
		must(t, err)
		all = append(all, p)
	}
	b.in(b.Finance, ToAuthorise, all[1], all[2], all[0])
}

func TestR26_WhoPlannedOrEditedThePayeeHasNothingToDecide(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Payee(t, b.c, true)
	kind, cash := b.plan(b.Lead, "10", "in_kind"), b.plan(b.Lead, "20", "cash")
	decides := func(who access.Actor) (out []string) {
		for _, r := range b.read(who, ToAuthorise) {
			if r.Mine {
				out = append(out, r.Payment)
			}
		}
		slices.Sort(out)
		return out
	}
	both := []string{kind.ID, cash.ID}
	slices.Sort(both)
	for name, tt := range map[string]struct {
		who  access.Actor
		want []string
	}{
		"finance":                  {b.Finance, both},
		"who planned":              {access.Actor{ID: b.Lead.ID, Role: access.Finance}, nil},
		"who edited the payee":     {access.Actor{ID: b.Contact.ID, Role: access.Finance}, []string{kind.ID}},
		"the contact person":       {b.Contact, nil},
		"the lead, who plans only": {b.Lead, nil},
	} {
		if diff := cmp.Diff(tt.want, decides(tt.who)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestR26_AReceiptIsOverdueAfterThirtyDays(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	sent := b.Pay(t, b.c, "30", support.Sent)
	for days, overdue := range map[int]bool{0: false, 30: false, 31: true} {
		b.SetToday(housetest.FirstDay)
		b.Pass(days)
		r := b.read(b.Finance, WaitingForReceipt)[0]
		if r.Payment != sent.ID || r.SentOn.AddDays(days) != b.Today() || r.DaysOut != days || r.Overdue != overdue {
			t.Errorf("after %d days: %+v", days, r)
		}
	}
}

func TestR26_WhenAReceiptIsOverdueIsThePolicysToSay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Pay(t, b.c, "30", support.Sent)
	b.FromTomorrow(t, func(p *policy.Policy) { p.Support.ReceiptWithinDays = 5 })
	sent := b.read(b.Finance, WaitingForReceipt)[0].SentOn
	for days, overdue := range map[int]bool{5: false, 6: true} {
		b.SetToday(sent.AddDays(days).String())
		if r := b.read(b.Finance, WaitingForReceipt)[0]; r.Overdue != overdue {
			t.Errorf("after %d days: %+v", days, r)
		}
	}
}

// proves records a receipt of a part of a payment, today.
func (b *bench) proves(p support.Payment, dkk string) {
	b.t.Helper()
	part := money.DKK(dkk)
	_, err := support.RecordReceipt(b.t.Context(), b.DB, b.Contact, p.ID, 0, support.Proof{Kind: "receipt", ReceivedOn: b.Today(), Amount: &part})
	must(b.t, err)
}

func TestR26_WhatIsProvenInPartWaitsForTheRest(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	sent := b.Pay(t, b.c, "20000", support.Sent)
	b.proves(sent, "12000")
	if r := b.read(b.Finance, WaitingForReceipt)[0]; *r.Proven != money.DKK("12000.00") || *r.Open != money.DKK("8000.00") {
		t.Errorf("%+v", r)
	}
	b.SetToday(b.Today().AddMonths(6).String())
	rent := func() Row {
		b.t.Helper()
		for _, r := range b.read(b.Finance, EndingSoon) {
			if r.Line == "rent" {
				return r
			}
		}
		return Row{}
	}
	if r := rent(); *r.Received != money.DKK("12000.00") || *r.Unreceived != money.DKK("8000.00") {
		t.Errorf("proven in part: %+v", r)
	}
	part := money.DKK("3000")
	explain := func(kind string, of *money.Amount) {
		b.t.Helper()
		_, err := support.ExplainDifference(t.Context(), b.DB, b.Finance, sent.ID, 0, support.NewDifference{Kind: kind, Amount: of, Note: "said so"})
		must(t, err)
	}
	explain("price", &part)
	if r := rent(); *r.Received != money.DKK("12000.00") || *r.Unreceived != money.DKK("5000.00") || !r.Unspent.IsZero() {
		t.Errorf("with a difference: %+v", r)
	}
	explain("lost", nil)
	b.in(b.Finance, WaitingForReceipt)
	if r := rent(); r.Line != "" {
		t.Errorf("nothing waits any more: %+v", r)
	}
}

func TestR27_CashOnHoldSaysSinceWhenAndWhy(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.plan(b.Contact, "5", "in_kind") // goes to no account
	cash := b.plan(b.Contact, "10", "cash")
	b.in(b.Finance, OnHold, cash)
	if r := b.read(b.Finance, OnHold)[0]; r.HeldBecause != "no_payee" || r.HeldSince != b.Today() {
		t.Errorf("without a payee: %+v", r)
	}
	b.Pass(3)
	b.Payee(t, b.c, false)
	if r := b.read(b.Finance, OnHold)[0]; r.HeldBecause != "payee_not_verified" || r.HeldSince != b.Today() || r.Mine {
		t.Errorf("with a new payee: %+v", r)
	}
	_, err := support.VerifyPayee(t.Context(), b.DB, b.Lead, b.c.Code, 1, support.Verification{Over: "call"})
	must(t, err)
	b.in(b.Finance, OnHold)
	got, err := support.Authorise(t.Context(), b.DB, b.Finance, cash.ID, cash.Version)
	must(t, err)
	b.in(b.Finance, ToSend, got)
	b.Pass(2)
	_, err = support.ChangePayee(t.Context(), b.DB, b.Vault, b.Lead, b.c.Code, 2, support.Account{Kind: "iban", Number: "DK5000400440116243", Holder: "Ana", CameOver: "visit"})
	must(t, err)
	b.in(b.Finance, ToSend)
	if r := b.read(b.Finance, OnHold)[0]; r.State != support.Authorised || r.HeldSince != b.Today() {
		t.Errorf("with a changed payee: %+v", r)
	}
}

func TestR23_ExceptionsWaitForAnotherPersonAndAreShownForAYear(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	waiting := b.except(b.Contact, "The school year ends then")
	byLead := b.except(b.Lead, "The course begins then")
	b.in(b.Finance, ToAuthorise)
	for _, r := range b.read(b.Lead, Exceptions) {
		if r.Exception != "waiting" || r.Reason == "" || r.Mine != (r.Payment == waiting.ID) {
			t.Errorf("%+v", r)
		}
	}
	for _, r := range b.read(b.Contact, Exceptions) {
		if r.Reason != "" || r.Mine {
			t.Errorf("for the contact person: %+v", r)
		}
	}
	approved, err := support.ApproveException(t.Context(), b.DB, b.Lead, waiting.ID, waiting.Version)
	must(t, err)
	b.in(b.Finance, ToAuthorise, approved)
	var seen []string
	for _, r := range b.read(b.Finance, Exceptions) {
		if (r.Exception == "approved") != (r.Payment == approved.ID) || r.Reason == "" {
			t.Errorf("for finance: %+v", r)
		}
		seen = append(seen, r.Payment)
	}
	if len(seen) != 2 || !slices.Contains(seen, byLead.ID) {
		t.Errorf("finance sees %v", seen)
	}
	overview, err := Overview(t.Context(), b.DB, b.Finance)
	must(t, err)
	if overview[4] != (Waiting{List: Exceptions, Waiting: 1}) {
		t.Errorf("%+v", overview[4])
	}
	b.SetToday(approved.PlannedFor.AddMonths(12).String())
	b.in(b.Finance, Exceptions, byLead)
}

func TestR25_WhatHasUsedNineTenthsIsNearItsCeiling(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	b := &bench{h, h.Arrived(t, housetest.WithLines(h.Line("rent", "20000"), h.Line("shop", "25000"))), t}
	b.Pay(t, b.c, "17999.99", support.Planned)
	about := func(who access.Actor) (out []string) {
		for _, r := range b.read(who, NearCeiling) {
			out = append(out, r.About+" "+r.Case+" "+r.Line+" "+r.Used.Amount)
		}
		return out
	}
	person, line := "person "+b.c.Code+"  45000.00", "line "+b.c.Code+" rent 18000.00"
	if diff := cmp.Diff([]string{person}, about(b.Finance)); diff != "" {
		t.Error(diff)
	}
	b.Pay(t, b.c, "0.01", support.Planned)
	b.Set(t, `UPDATE programmes SET ceiling_dkk = 50000`)
	programme := "programme   45000.00"
	for _, tt := range []struct {
		who  access.Actor
		want []string
	}{{b.Finance, []string{programme, person, line}}, {b.Contact, []string{person, line}}, {b.OtherLead, nil}} {
		if diff := cmp.Diff(tt.want, about(tt.who)); diff != "" {
			t.Errorf("%s: %s", tt.who.Role, diff)
		}
	}
	if r := b.read(b.Finance, NearCeiling)[0]; r.Percent != 90 || *r.Ceiling != money.DKK("50000") || r.Programme != housetest.ProgrammeID {
		t.Errorf("%+v", r)
	}
	b.Pass(200) // the six months are over
	if diff := cmp.Diff([]string{programme}, about(b.Finance)); diff != "" {
		t.Error(diff)
	}
}

func TestR23_LinesWithUnspentMoneyShowThirtyDaysBeforeTheLastDay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Pay(t, b.c, "20000", support.Received)
	last := b.Today().AddMonths(6)
	for days, want := range map[int]int{-31: 0, -30: 1, 0: 1, 1: 0} {
		b.SetToday(last.AddDays(days).String())
		if rows := b.read(b.Finance, EndingSoon); len(rows) != want {
			t.Errorf("%d days from the last: %+v", days, rows)
		}
	}
	b.SetToday(last.String())
	r := b.read(b.Finance, EndingSoon)[0] // rent is spent and received
	if r.Line != "shop" || r.LastDay != last || *r.Approved != money.DKK("15000") || *r.Unspent != money.DKK("15000") || *r.Unreceived != money.DKK("0.00") {
		t.Errorf("%+v", r)
	}
}

func TestR23_ALineThatIsCommittedAndNotReceivedIsUnspentToo(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	b := &bench{h, h.Arrived(t, housetest.WithLines(h.Line("rent", "20000"))), t}
	b.Pay(t, b.c, "20000", support.Sent)
	b.SetToday(b.Today().AddMonths(6).String())
	r := b.read(b.Finance, EndingSoon)[0]
	if *r.Unspent != money.DKK("0.00") || *r.Committed != money.DKK("20000") || *r.Unreceived != money.DKK("20000") {
		t.Errorf("%+v", r)
	}
}

func TestACaseThatIsOverWaitsForReceiptsAlone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Pay(t, b.c, "10", support.Planned)
	b.Pay(t, b.c, "20", support.Authorised)
	b.plan(b.Contact, "10", "cash")
	b.except(b.Contact, "The school year ends then")
	sent := b.Pay(t, b.c, "30", support.Sent)
	b.Set(t, `UPDATE cases SET state = 'withdrawn', withdrawn_on = opened_on, withdrawn_from = state WHERE id = $1`, b.c.ID)
	for _, l := range all {
		if l.name != WaitingForReceipt && len(b.read(b.Finance, l.name)) > 0 {
			t.Errorf("%s still has rows", l.name)
		}
	}
	b.in(b.Finance, WaitingForReceipt, sent)
}

func TestEachRoleReadsTheListsAsFarAsItReaches(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	for _, of := range []housetest.Option{housetest.Of(h.Contact, h.Lead), housetest.Of(h.Colleague, h.Lead), housetest.Of(h.OtherContact, h.OtherLead)} {
		b := &bench{h, h.Arrived(t, of), t}
		h.Pay(t, b.c, "10", support.Planned)
		h.Pay(t, b.c, "10", support.Authorised)
		h.Pay(t, b.c, "18000", support.Sent)
		b.plan(b.c.By, "10", "cash")
		b.except(b.c.By, "The school year ends then")
	}
	h.Pass(170)
	b := &bench{h, nil, t}
	for _, l := range all {
		for _, tt := range []struct {
			who   access.Actor
			cases int
		}{{h.Contact, 1}, {h.Lead, 2}, {h.OtherLead, 1}, {h.Finance, 3}} {
			codes := map[string]bool{}
			for _, r := range b.read(tt.who, l.name) {
				codes[r.Case] = true
			}
			if len(codes) != tt.cases {
				t.Errorf("%s shows %s %d cases, want %d", l.name, tt.who.Role, len(codes), tt.cases)
			}
		}
		for _, who := range append(h.Partners(), h.Manager, h.Administrator, h.Auditor) {
			_, _, err := Read(t.Context(), h.DB, who, l.name, Page{Limit: 10})
			housetest.Refused(t, err, fault.Forbidden, "")
			_, err = Export(t.Context(), h.DB, who, l.name, CSV)
			housetest.Refused(t, err, fault.Forbidden, "")
			_, err = Overview(t.Context(), h.DB, who)
			housetest.Refused(t, err, fault.Forbidden, "")
		}
	}
}
