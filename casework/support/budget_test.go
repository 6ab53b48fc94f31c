package support_test

import (
	"fmt"
	"testing"

	"hjemvej/casework/plan"
	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/money"
	"hjemvej/internal/postgres"

	"pgregory.net/rapid"
)

func TestR25_ConcurrentPaymentsFillALineExactly(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	errs := housetest.AtOnce(24, func(int) error { _, err := b.plan(b.Contact, "1500", "in_kind"); return err })
	for _, err := range errs {
		if err != nil {
			housetest.Refused(t, err, fault.Conflict, "R25")
		}
	}
	if n := housetest.Succeeded(errs); n != 13 { // 13 × 1,500 = 19,500 of 20,000
		t.Errorf("%d payments found room, want 13", n)
	}
	if got := b.line("rent"); got != "19500 of 20000" {
		t.Error(got)
	}
}

func TestR25_WhatCameToNothingIsFreeAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ends := []struct {
		op   access.Operation
		from support.State
		to   support.State
	}{
		{"cancel-payment", support.Planned, support.Cancelled}, {"cancel-payment", support.Authorised, support.Cancelled},
		{"fail-payment", support.Authorised, support.Failed}, {"fail-payment", support.Sent, support.Failed},
		{"return-payment", support.Sent, support.Returned}, {"return-payment", support.Received, support.Returned},
	}
	for _, e := range ends {
		p := b.Pay(t, b.c, "20000", e.from)
		if _, err := b.plan(b.Contact, "0.01", "in_kind"); err == nil {
			t.Fatal("the line was full")
		}
		_, err := support.End(t.Context(), b.DB, b.Finance, e.op, p.ID, p.Version, e.to, support.Ending{Reason: "no longer"})
		b.must(err)
		if got := b.line("rent"); got != "0 of 20000" {
			t.Errorf("%s to %s: %s", e.from, e.to, got)
		}
	}
}

// Planning holds the case and wants the line, ending holds the line and wants
// the case: they must not wait for each other.
func TestR25_PlanningAndEndingAtOnceDoNotBlockEachOther(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var open []support.Payment
	for range 10 {
		open = append(open, b.planned("100", "in_kind"))
	}
	errs := housetest.AtOnce(20, func(i int) error {
		if i%2 == 0 {
			return b.cancel(b.Contact, open[i/2])
		}
		_, err := b.plan(b.Contact, "100", "in_kind")
		return err
	})
	b.must(errs...)
	if got := b.line("rent"); got != "1000 of 20000" {
		t.Error(got)
	}
	if n := b.Count(t, `SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`); n != 0 {
		t.Errorf("%d deadlocks", n)
	}
}

// Whatever is planned, ended and approved in whatever order: a line's
// commitments are the sum of its open payments and never above what was
// approved; the lines together never above the ceiling.
func TestR25_SumsHoldWhateverHappens(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	h.Set(t, `UPDATE programmes SET ceiling_dkk = 120000`)
	cases := []*housetest.Case{h.Arrived(t), h.Arrived(t), h.Arrived(t)}
	keys := []string{"rent", "shop", "school"}
	rapid.Check(t, func(rt *rapid.T) {
		for range rapid.IntRange(1, 2).Draw(rt, "steps") {
			b := &bench{h, rapid.SampledFrom(cases).Draw(rt, "case"), t}
			switch rapid.IntRange(0, 3).Draw(rt, "act") {
			case 0, 1:
				in := b.NewPayment(fmt.Sprint(rapid.IntRange(1, 30000).Draw(rt, "dkk")), "in_kind")
				in.Line = rapid.SampledFrom(keys).Draw(rt, "line")
				_, err := support.Plan(t.Context(), b.DB, b.Contact, b.c.Code, in)
				allowed(rt, err)
			case 2:
				var id string
				if h.Owner.QueryRow(t.Context(), `SELECT id::text FROM payments WHERE case_id = $1 AND state = 'planned' ORDER BY random() LIMIT 1`, b.c.ID).Scan(&id) == nil {
					allowed(rt, b.cancel(b.Contact, support.Payment{ID: id}))
				}
			case 3:
				var lines []plan.Line
				for _, k := range rapid.SliceOfNDistinct(rapid.SampledFrom(keys), 1, 3, rapid.ID[string]).Draw(rt, "lines") {
					lines = append(lines, b.Line(k, fmt.Sprint(rapid.IntRange(1, 40000).Draw(rt, "approved"))))
				}
				allowed(rt, b.edit(lines...))
			}
		}
		for _, broken := range []string{
			`SELECT count(*) FROM budget_lines l WHERE committed_dkk <> (SELECT coalesce(sum(dkk), 0) FROM payments p WHERE p.line_id = l.id AND p.state = 'planned')`,
			`SELECT count(*) FROM budget_lines WHERE committed_dkk > approved_dkk`,
			`SELECT count(*) FROM case_budgets b WHERE lines_dkk > 50000 OR lines_dkk <> (SELECT coalesce(sum(approved_dkk), 0) FROM budget_lines l WHERE l.case_id = b.case_id)`,
			`SELECT count(*) FROM programmes WHERE allotted_dkk > 120000 OR allotted_dkk <> (SELECT sum(approved_dkk) FROM budget_lines)`,
		} {
			if h.Count(t, broken) != 0 {
				rt.Fatalf("broken: %s", broken)
			}
		}
	})
}

// allowed fails unless an act succeeded or was refused by R25, or by a line that
// is not there.
func allowed(t *rapid.T, err error) {
	if err != nil && fault.KindOf(err) != fault.Conflict && fault.KindOf(err) != fault.Invalid {
		t.Fatal(err)
	}
}

func TestR25_LinesTogetherStayUnderTheCeilings(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	housetest.Refused(t, b.edit(b.Line("rent", "20000"), b.Line("shop", "30000.01")), fault.Conflict, "R25")
	if got := b.line("shop"); got != "0 of 15000" {
		t.Errorf("a refused approval left %s", got)
	}
	b.must(b.edit(b.Line("rent", "20000"), b.Line("shop", "30000")))
	// The programme's ceiling holds over all cases.
	b.Set(t, `UPDATE programmes SET ceiling_dkk = 60000`)
	other := &bench{b.House, b.Accepted(t), t}
	housetest.Refused(t, firstApproval(other, "10000.01"), fault.Conflict, "R25")
	another := &bench{b.House, b.Accepted(t), t}
	b.must(firstApproval(another, "10000"))
}

func firstApproval(b *bench, dkk string) error {
	ctx, kind := b.t.Context(), plan.Reintegration
	_, err := plan.Save(ctx, b.DB, b.Contact, b.c.Code, kind, 0, b.c.Content(b.Line("rent", dkk)))
	b.must(err)
	_, err = plan.RequestApproval(ctx, b.DB, b.Contact, b.c.Code, kind, 1)
	b.must(err)
	_, err = plan.Approve(ctx, b.DB, b.Vault, b.Lead, b.c.Code, kind, 1)
	return err
}

func TestR25_TheProgrammesLastMoneyGoesToOneOfTwoCases(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	h.Set(t, `UPDATE programmes SET ceiling_dkk = 30000`)
	benches := make([]*bench, 4)
	for i := range benches {
		benches[i] = &bench{h, h.Accepted(t), t}
	}
	errs := housetest.AtOnce(4, func(i int) error { return firstApproval(benches[i], "10000") })
	if n := housetest.Succeeded(errs); n != 3 {
		t.Errorf("%d approvals found room, want 3: %v", n, errs)
	}
}

func TestR25_ALineIsNotLoweredBelowItsPayments(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.planned("12000", "in_kind")
	housetest.Refused(t, b.edit(b.Line("rent", "11999.99"), b.Line("shop", "15000")), fault.Conflict, "R25")
	housetest.Refused(t, b.edit(b.Line("shop", "15000")), fault.Conflict, "R25") // left out
	b.must(b.edit(b.Line("rent", "12000")))                                      // shop left out: it has no payments
	if got := b.line("rent") + ", " + b.line("shop"); got != "12000 of 12000, 0 of 0" {
		t.Error(got)
	}
	housetest.Refused(t, second(support.Plan(t.Context(), b.DB, b.Contact, b.c.Code, support.NewPayment{Line: "shop", Amount: money.DKK("1"), Form: "in_kind", PlannedFor: b.Today()})), fault.Conflict, "R25")
}

func TestR25_MoneyMovesBetweenLinesUnderAFullCeiling(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.must(b.edit(b.Line("rent", "20000"), b.Line("shop", "30000")))
	b.planned("5000", "in_kind")
	b.must(b.edit(b.Line("rent", "45000"), b.Line("shop", "5000")), b.edit(b.Line("new", "45000"), b.Line("rent", "5000")))
	if got := b.line("rent") + ", " + b.line("new"); got != "5000 of 5000, 0 of 45000" {
		t.Error(got)
	}
	if got := b.Text(t, `SELECT trim_scale(lines_dkk)::text FROM case_budgets WHERE case_id = $1`, b.c.ID); got != "50000" {
		t.Errorf("the lines add up to %s", got)
	}
}

func second[T any](_ T, err error) error { return err }

func TestR25_OnlyAnApprovedPlanRaisesALineEvenInRawSQL(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, who := range []access.Actor{b.Contact, b.Lead, b.Program} {
		for sql, rule := range map[string]string{
			`UPDATE budget_lines SET approved_dkk = approved_dkk + 1 WHERE case_id = $1`: "budget_line_from_approved_plan",
			`UPDATE budget_lines SET committed_dkk = 0 WHERE case_id = $1`:               "42501",
			`UPDATE case_budgets SET ceiling_dkk = 90000 WHERE case_id = $1`:             "42501",
			`INSERT INTO budget_lines (case_id, key, category, form, purpose, partner_id, approved_dkk, plan_version_id) SELECT case_id, 'mine', category, form, purpose, partner_id, 1, plan_version_id FROM budget_lines WHERE case_id = $1`: "budget_line_from_approved_plan",
		} {
			_, err := b.Exec(t.Context(), who, sql, b.c.ID)
			housetest.Broken(t, err, rule)
		}
	}
	// An older approved plan that promised more counts no longer.
	b.must(b.edit(b.Line("rent", "1000")))
	_, err := b.Exec(t.Context(), b.Contact, `UPDATE budget_lines SET approved_dkk = 20000, plan_version_id = (SELECT id FROM plan_versions WHERE case_id = $1 AND version = 1)
		WHERE case_id = $1 AND key = 'rent'`, b.c.ID)
	housetest.Broken(t, err, "budget_line_from_approved_plan")
}

func TestR24_R30_TheBudgetShowsPromisedBesideDelivered(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	pocket := h.Line("pocket", "3000")
	pocket.Category, pocket.Form = "pocket_money", "cash"
	b := &bench{h, h.Arrived(t, housetest.WithLines(h.Line("rent", "20000"), pocket)), t}
	b.Pay(t, b.c, "5000", support.Received)
	b.Pay(t, b.c, "2000", support.Sent)
	b.Pass(1)
	got, err := support.ReadBudget(t.Context(), b.DB, b.Contact, b.c.Code)
	b.must(err)
	if got.Ceiling != money.DKK("50000") || got.Approved != money.DKK("23000") || got.PocketMoney != money.DKK("3000") {
		t.Errorf("sums: %+v", got)
	}
	for _, l := range got.Lines {
		if l.Key == "rent" && (l.Committed != money.DKK("7000") || l.Delivered != money.DKK("5000") || !l.Late || l.Promises[0].ShortBy != money.DKK("15000")) {
			t.Errorf("rent: %+v", l)
		}
		if l.Key == "pocket" && (!l.Late || l.Committed != money.DKK("0")) {
			t.Errorf("pocket money was promised for yesterday: %+v", l)
		}
	}
	_, err = support.Plan(t.Context(), b.DB, b.Contact, b.c.Code, support.NewPayment{Line: "pocket", Amount: money.DKK("1"), Form: "in_kind", PlannedFor: b.Today()})
	housetest.Refused(t, err, fault.Conflict, "R24")
}

func TestR29_ARepeatedPaymentIsOnePayment(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := postgres.Once{Key: "one", Request: [32]byte{1}}
	do := func(who access.Actor, o postgres.Once) (support.Payment, error) {
		return support.Plan(postgres.WithOnce(t.Context(), o), b.DB, who, b.c.Code, b.NewPayment("1000", "in_kind"))
	}
	answers := make([]support.Payment, 6)
	b.must(housetest.AtOnce(6, func(i int) (err error) { answers[i], err = do(b.Contact, key); return err })...)
	for _, a := range answers {
		if a != answers[0] || a.ID == "" {
			t.Errorf("another answer: %+v", a)
		}
	}
	_, err := do(b.Contact, postgres.Once{Key: "one", Request: [32]byte{2}})
	housetest.Refused(t, err, fault.Conflict, "R29")
	_, err = support.End(postgres.WithOnce(t.Context(), key), b.DB, b.Contact, "cancel-payment", answers[0].ID, 0, support.Cancelled, support.Ending{Reason: "x"})
	housetest.Refused(t, err, fault.Conflict, "R29") // another operation
	theirs, err := do(b.Lead, key)
	b.must(err)
	if theirs.ID == answers[0].ID {
		t.Error("another actor's key is another key")
	}
	if got := b.line("rent"); got != "2000 of 20000" {
		t.Error(got)
	}
}

func TestR29_ARefusedRequestLeavesItsKeyFree(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := postgres.WithOnce(t.Context(), postgres.Once{Key: "k", Request: [32]byte{1}})
	_, err := support.Plan(ctx, b.DB, b.Contact, b.c.Code, b.NewPayment("20001", "in_kind"))
	housetest.Refused(t, err, fault.Conflict, "R25")
	b.must(b.edit(b.Line("rent", "30000")))
	_, err = support.Plan(ctx, b.DB, b.Contact, b.c.Code, b.NewPayment("20001", "in_kind"))
	b.must(err)
}
