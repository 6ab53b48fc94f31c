package support_test

import (
	"testing"

	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/money"
)

func (b *bench) submit(who access.Actor, partner, reference string, lines ...support.StatementLine) (support.Statement, error) {
	return support.SubmitStatement(b.t.Context(), b.DB, who, partner, support.NewStatement{Reference: reference, From: b.Today().AddDays(-40), Until: b.Today(),
		Currency: lines[0].Amount.Currency, Lines: lines})
}

func (b *bench) states(who access.Actor, reference string, lines ...support.StatementLine) support.Statement {
	b.t.Helper()
	s, err := b.submit(who, who.Partner, reference, lines...)
	b.must(err)
	return s
}

func (b *bench) line1(p support.Payment, amount money.Amount) support.StatementLine {
	return support.StatementLine{PaidOn: b.Today(), Amount: amount, PaymentID: p.ID}
}

func TestR28_AStatementSettlesWhatItsPartnerProved(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p, q := b.lei(), b.lei()
	b.must(second(b.proves(b.Home, p, p.Amount)), second(b.proves(b.Home, q, ron("1000"))))
	lines := []support.StatementLine{b.line1(p, p.Amount), b.line1(q, ron("1000")), {PaidOn: b.Today(), Amount: ron("7")}}
	s := b.states(b.Home, "2026-10", lines...)
	if s.Unmatched != 1 || s.Lines[2].Reason != support.Unknown || s.Lines[0].Settled != p.Amount {
		t.Errorf("%+v", s)
	}
	if again := b.states(b.Home, "2026-10", lines...); again.ID != s.ID || again.Unmatched != 1 {
		t.Errorf("again: %+v", again)
	}
	_, err := b.submit(b.Finance, b.Home.Partner, "2026-10", lines[:1]...)
	housetest.Refused(t, err, fault.Conflict, "R29")
	if got := b.read(q); got.State != support.Sent || got.Settled != ron("1000") || got.Open != ron("183.43") {
		t.Errorf("%+v", got)
	}
	if got, want := b.movesOf(p), "line>committed 2000.00, committed>sent 2000.00, sent>proven 2000.00, proven>settled 2000.00"; got != want {
		t.Errorf("posted %s, want %s", got, want)
	}
	twice := b.states(b.Home, "2026-10-b", lines[:2]...)
	if twice.Unmatched != 2 || twice.Lines[0].Reason != support.AlreadySettled {
		t.Errorf("settled again: %+v", twice)
	}
	budget, err := support.ReadBudget(t.Context(), b.DB, b.Finance, b.c.Code)
	b.must(err)
	for _, l := range budget.Lines {
		if l.Key == "rent" && l.Delivered != money.DKK("3690") {
			t.Errorf("delivered %s", l.Delivered)
		}
	}
}

func TestR21_AStatementTellsNothingOfPaymentsThatAreNotShown(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.lei()
	b.must(second(b.proves(b.Contact, p, p.Amount)))
	line := b.line1(p, ron("5"))
	if s := b.states(b.OtherHome, "1", line); s.Lines[0].Reason != support.Unknown || s.Lines[0].DiffersBy != nil {
		t.Errorf("another partner learns %+v", s.Lines[0])
	}
	b.Set(t, `UPDATE consents SET withdrawn_at = now() WHERE partner_id = $1 AND category = 'support_and_payments'`, b.Home.Partner)
	if s := b.states(b.Home, "1", line); s.Lines[0].Reason != support.Unknown {
		t.Errorf("without consent the giver learns %+v", s.Lines[0])
	}
	_, err := b.submit(b.OtherHome, b.Home.Partner, "2", line)
	housetest.Refused(t, err, fault.NotFound, "")
	_, err = b.submit(b.Contact, b.Home.Partner, "2", line)
	housetest.Refused(t, err, fault.Forbidden, "")
	s, err := b.submit(b.Finance, b.Home.Partner, "2", b.line1(p, p.Amount))
	b.must(err)
	if s.Unmatched != 0 {
		t.Errorf("finance settles %+v", s)
	}
	theirs, err := support.ReadStatement(t.Context(), b.DB, b.Home, b.Home.Partner, s.ID)
	b.must(err)
	if len(theirs.Lines[0].Payments) != 0 {
		t.Errorf("without consent it reads %+v", theirs.Lines[0])
	}
	_, err = support.ReadStatement(t.Context(), b.DB, b.OtherHome, b.OtherHome.Partner, s.ID)
	housetest.Refused(t, err, fault.NotFound, "")
}

func TestR28_ALineIsMatchedByHandInPartsAndWithItsReason(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p, kroner := b.lei(), b.Pay(t, b.c, "100", support.Received)
	s := b.states(b.Home, "1", support.StatementLine{PaidOn: b.Today(), Amount: ron("1300")})
	match := func(in support.HandMatch) (support.Statement, error) {
		return support.MatchStatementLine(t.Context(), b.DB, b.Finance, b.Home.Partner, s.ID, 1, in)
	}
	housetest.Refused(t, second(match(support.HandMatch{PaymentID: p.ID, Amount: new(ron("1")), Note: "a part"})), fault.Conflict, "R26") // nothing is proven
	b.must(second(b.proves(b.Home, p, p.Amount)))
	housetest.Refused(t, second(match(support.HandMatch{PaymentID: p.ID})), fault.Invalid, "")
	housetest.Refused(t, second(match(support.HandMatch{PaymentID: newCase(b).ID, LineAmount: new(money.DKK("1")), Note: "x"})), fault.Conflict, "R26")
	for _, part := range []string{"500", "683.43"} {
		b.must(second(match(support.HandMatch{PaymentID: p.ID, Amount: new(ron(part)), Note: "Two deliveries"})))
	}
	housetest.Refused(t, second(match(support.HandMatch{PaymentID: kroner.ID, LineAmount: new(ron("0")), Note: "Nothing"})), fault.Invalid, "")
	housetest.Refused(t, second(match(support.HandMatch{PaymentID: kroner.ID, LineAmount: new(ron("116.58")), Note: "In lei"})), fault.Conflict, "R28")
	got, err := match(support.HandMatch{PaymentID: kroner.ID, LineAmount: new(ron("116.57")), Note: "In lei, with the fee"})
	b.must(err)
	if got.Unmatched != 0 || len(got.Lines[0].Payments) != 3 || b.read(kroner).Settled != money.DKK("100") {
		t.Errorf("%+v", got)
	}
	_, err = b.Exec(t.Context(), b.Finance, `INSERT INTO statement_matches (line_id, case_id, payment_id, line_amount, amount, dkk)
		SELECT l.id, p.case_id, p.id, 1, 1, 1 FROM statement_lines l, payments p WHERE p.id = $1`, p.ID)
	housetest.Broken(t, err, "statement_match_of_what_is_proven")
}

func TestR25_TwoStatementsAtOnceSettleAPaymentOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for i := range 5 {
		p := b.lei()
		b.must(second(b.proves(b.Home, p, p.Amount)))
		errs := housetest.AtOnce(2, func(j int) error {
			return second(b.submit(b.Home, b.Home.Partner, string(rune('a'+i))+string(rune('a'+j)), b.line1(p, p.Amount)))
		})
		if housetest.Succeeded(errs) != 2 || b.read(p).Settled != p.Amount {
			t.Errorf("%v", errs)
		}
	}
}
