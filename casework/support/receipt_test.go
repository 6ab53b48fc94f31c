package support_test

import (
	"slices"
	"testing"

	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/money"

	"github.com/jackc/pgx/v5"
)

// lei is a sent payment of 1,183.43 RON, which counts as 2,000.00 kroner.
func (b *bench) lei() support.Payment {
	b.t.Helper()
	in := b.NewPayment("1", "in_kind")
	in.Amount = money.Must("1183.43", "RON")
	if b.Count(b.t, `SELECT count(*) FROM rates WHERE currency = 'RON' AND rated_on = $1`, b.Today()) == 0 {
		b.Rated(b.t, "RON", "1.69")
	}
	p, err := support.Plan(b.t.Context(), b.DB, b.Contact, b.c.Code, in)
	b.must(err, b.authorise(b.Finance, p), b.send(b.Finance, p))
	return b.read(p)
}

func (b *bench) read(p support.Payment) support.Payment {
	b.t.Helper()
	p, err := support.Read(b.t.Context(), b.DB, b.Finance, p.ID)
	b.must(err)
	return p
}

// proven records a receipt of a part of a payment, today.
func (b *bench) proves(who access.Actor, p support.Payment, amount money.Amount, change ...func(*support.Proof)) (support.Payment, error) {
	in := support.Proof{Kind: "receipt", ReceivedOn: b.Today(), Amount: &amount}
	for _, c := range change {
		c(&in)
	}
	return support.RecordReceipt(b.t.Context(), b.DB, who, p.ID, 0, in)
}

func (b *bench) explains(who access.Actor, p support.Payment, kind string, amount money.Amount) (support.Payment, error) {
	in := support.NewDifference{Kind: kind, Note: "said so"}
	if amount != (money.Amount{}) {
		in.Amount = &amount
	}
	return support.ExplainDifference(b.t.Context(), b.DB, who, p.ID, 0, in)
}

func ron(amount string) money.Amount { return money.Must(amount, "RON") }

func TestR26_PartsOfAPaymentProveItToTheLastBan(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.lei()
	b.Pass(20)
	first, err := b.proves(b.Home, p, ron("400.00"))
	b.must(err)
	if first.State != support.Sent || first.Proven != ron("400.00") || first.Open != ron("783.43") || !first.ReceivedOn.IsZero() || first.Version != p.Version+1 {
		t.Errorf("after a part: %+v", first)
	}
	b.Pass(200) // after the six months
	housetest.Refused(t, second(b.proves(b.Home, p, ron("783.44"))), fault.Conflict, "R26")
	last, err := b.proves(b.Contact, p, ron("783.43"))
	b.must(err)
	if last.State != support.Received || !last.Open.IsZero() || last.ReceivedOn != b.Today() {
		t.Errorf("after the last part: %+v", last)
	}
	if got, want := b.movesOf(p), "line>committed 2000.00, committed>sent 2000.00, sent>proven 676.00, sent>proven 1324.00"; got != want {
		t.Errorf("posted %s, want %s", got, want)
	}
	all, err := support.ListReceipts(t.Context(), b.DB, b.Home, b.c.Code)
	b.must(err)
	if len(all) != 1 || all[0].Shares[0].Counted != money.DKK("676.00") {
		t.Errorf("the partner sees %+v", all)
	}
}

func TestR26_OneReceiptProvesSeveralPayments(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p, q := b.Pay(t, b.c, "100", support.Sent), b.Pay(t, b.c, "50", support.Sent)
	record := func(who access.Actor, whole, beyond string, shares ...support.Share) error {
		return second(support.RecordCaseReceipt(t.Context(), b.DB, who, b.c.Code, support.NewReceipt{Kind: "receipt", ReceivedOn: b.Today(), Reference: "R-1",
			Amount: money.DKK(whole), Shares: shares, BeyondReason: beyond}))
	}
	share := func(p support.Payment, dkk string) support.Share {
		return support.Share{PaymentID: p.ID, Amount: money.DKK(dkk)}
	}
	for what, err := range map[string]error{
		"more than it says": record(b.Home, "149", "", share(p, "100"), share(q, "50")), "less, and no reason": record(b.Home, "151", "", share(p, "100"), share(q, "50")),
		"one twice": record(b.Home, "150", "", share(p, "100"), share(p, "50")), "a reason for nothing": record(b.Home, "150", "x", share(p, "100"), share(q, "50")),
		"another currency": record(b.Home, "150", "", share(p, "100"), support.Share{PaymentID: q.ID, Amount: ron("50")}),
	} {
		if fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", what, err)
		}
	}
	housetest.Refused(t, record(b.OtherHome, "150", "", share(p, "100"), share(q, "50")), fault.NotFound, "")
	other := newCase(b)
	housetest.Refused(t, record(b.Contact, "150", "", share(p, "100"), share(other, "50")), fault.NotFound, "")
	b.must(record(b.Home, "155", "The partner paid the delivery itself", share(p, "100"), share(q, "50")))
	for _, p := range []support.Payment{p, q} {
		if got := b.read(p); got.State != support.Received || got.Proven != got.Amount {
			t.Errorf("%+v", got)
		}
	}
}

// newCase is a sent payment of another case.
func newCase(b *bench) support.Payment {
	return b.Pay(b.t, b.Arrived(b.t), "50", support.Sent)
}

func TestR28_AReceiptInAnotherCurrencySaysWhatItCovers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.Pay(t, b.c, "100", support.Sent)
	housetest.Refused(t, second(b.proves(b.Home, p, ron("59.17"))), fault.Invalid, "")
	got, err := b.proves(b.Home, p, ron("59.00"), func(in *support.Proof) { in.Covers = new(money.DKK("99.50")) })
	b.must(err)
	if got.Proven != money.DKK("99.50") || got.Open != money.DKK("0.50") {
		t.Errorf("%+v", got)
	}
	b.must(second(b.explains(b.Finance, p, "exchange", money.Amount{})))
	all, err := support.ListReceipts(t.Context(), b.DB, b.Finance, b.c.Code)
	b.must(err)
	if s := all[0].Shares[0]; s.Amount != ron("59.00") || s.Covers != money.DKK("99.50") {
		t.Errorf("both are kept: %+v", s)
	}
}

func TestR26_TheSameReceiptTwiceIsTold(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.lei()
	same := func(in *support.Proof) { in.Reference = "R-7" }
	b.must(second(b.proves(b.Home, p, ron("10"), same)))
	housetest.Refused(t, second(b.proves(b.Home, p, ron("10"), same)), fault.Conflict, "R26")
	b.must(second(b.proves(b.Home, p, ron("11"), same)), second(b.proves(b.Contact, p, ron("10"), same)))
	b.must(second(b.proves(b.Home, p, ron("10"), same, func(in *support.Proof) { in.Again = true })))
	housetest.Refused(t, second(b.proves(b.Home, p, ron("5000"))), fault.Conflict, "R26")
	b.must(second(b.proves(b.Home, p, ron("5000"), func(in *support.Proof) { in.BeyondReason = "The partner paid the rest itself" })))
	if got := b.read(p); got.State != support.Received {
		t.Errorf("%+v", got)
	}
}

func TestR25_TwoReceiptsAtOnceForTheLastOere(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for range 6 {
		p := b.Pay(t, b.c, "0.02", support.Sent)
		b.must(second(b.proves(b.Home, p, money.DKK("0.01"))))
		errs := housetest.AtOnce(4, func(i int) error {
			return second(b.proves([]access.Actor{b.Home, b.Contact, b.Finance, b.Lead}[i], p, money.DKK("0.01")))
		})
		if housetest.Succeeded(errs) != 1 || b.read(p).State != support.Received {
			t.Errorf("%v", errs)
		}
	}
}

func TestR26_NoSQLOfTheProgramMakesAPaymentReceivedOrProvesTooMuch(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.lei()
	b.must(second(b.proves(b.Home, p, ron("1183.42"))))
	for sql, want := range map[string]string{
		`UPDATE payments SET state = 'received', received_on = sent_on WHERE id = $1`:       "payment_received_needs_proof",
		`UPDATE payments SET state = 'failed' WHERE id = $1`:                                "payment_failed_is_not_proven",
		`UPDATE payments SET proven_amount = amount WHERE id = $1`:                          "42501",
		`UPDATE receipt_shares SET covers_amount = covers_amount + 1 WHERE payment_id = $1`: "42501",
		`UPDATE receipts SET amount = amount + 1 WHERE payment_id = $1`:                     "42501",
		`DELETE FROM receipt_shares WHERE payment_id = $1`:                                  "42501",
		`UPDATE payment_differences SET amount = amount + 1 WHERE payment_id = $1`:          "42501",
	} {
		_, err := b.Exec(t.Context(), b.Finance, sql, p.ID)
		housetest.Broken(t, err, want)
	}
	for _, forged := range []struct{ amount, covers, dkk, want string }{
		{"0.02", "0.02", "0.02", "payment_places"}, {"0.01", "0.01", "0.01", "receipt_share_counts"}, {"0.02", "0.01", "0.02", "receipt_share_counts"}, {"0.01", "0.01", "0.02", ""},
		{"0.005", "0.005", "0.01", "receipt_allotted"},
	} {
		err := b.Raw(t.Context(), b.Finance, func(tx pgx.Tx) error {
			var id string
			err := tx.QueryRow(t.Context(), `INSERT INTO receipts (case_id, payment_id, kind, received_on, recorded_by, amount, currency)
				SELECT case_id, id, 'receipt', sent_on, $2, 0.01, 'RON' FROM payments WHERE id = $1 RETURNING id`, p.ID, b.Finance.ID).Scan(&id)
			if err != nil {
				return err
			}
			_, err = tx.Exec(t.Context(), `INSERT INTO receipt_shares (receipt_id, payment_id, case_id, amount, covers_amount, covers_dkk)
				SELECT $2, id, case_id, $3::numeric, $4::numeric, $5::numeric FROM payments WHERE id = $1`, p.ID, id, forged.amount, forged.covers, forged.dkk)
			if err == nil && forged.want == "" {
				return pgx.ErrTxClosed // it would pass; undo it
			}
			return err
		})
		if forged.want != "" {
			housetest.Broken(t, err, forged.want)
		} else if housetest.Constraint(err) != "" {
			t.Errorf("the true share is refused: %v", err)
		}
	}
}

func TestR26_DifferencesAreExplainedByAnother(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.lei()
	b.must(second(b.proves(b.Home, p, ron("1180.00"))))
	housetest.Refused(t, second(b.explains(b.Contact, p, "bank_fee", ron("3.43"))), fault.Forbidden, "")
	planner := access.Actor{ID: b.Contact.ID, Role: access.Finance}
	housetest.Refused(t, second(b.explains(planner, p, "bank_fee", ron("3.43"))), fault.Conflict, "R26")
	_, err := b.Exec(t.Context(), b.Finance, `INSERT INTO payment_differences (case_id, payment_id, kind, amount, dkk, note, explained_by)
		SELECT case_id, id, 'lost', 1, 1.69, 'x', $2 FROM payments WHERE id = $1`, p.ID, b.Finance2.ID)
	housetest.Broken(t, err, "difference_four_eyes")
	housetest.Refused(t, second(b.explains(b.Finance, p, "bank_fee", ron("3.44"))), fault.Conflict, "R26")
	b.must(second(b.explains(b.Finance, p, "bank_fee", ron("3.00"))))
	got, err := b.explains(b.Finance, p, "given_back", money.Amount{})
	b.must(err)
	if got.State != support.Received || got.Explained != ron("3.00") || got.GivenBack != ron("0.43") || !got.Open.IsZero() {
		t.Errorf("%+v", got)
	}
	if got, want := b.movesOf(p), "line>committed 2000.00, committed>sent 2000.00, sent>proven 1994.20, sent>difference 5.07, sent>line 0.73"; got != want {
		t.Errorf("posted %s, want %s", got, want)
	}
	if got := b.line("rent"); got != "1999.27 of 20000" {
		t.Errorf("what was given back is free: %s", got)
	}
}

func TestR26_APaymentOfWhichNothingIsProvenComesToNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ends := func(kinds ...string) support.Payment {
		p := b.Pay(t, b.c, "100", support.Sent)
		for i, kind := range kinds {
			amount := money.Amount{}
			if i < len(kinds)-1 {
				amount = money.DKK("40")
			}
			b.must(second(b.explains(b.Finance, p, kind, amount)))
		}
		return b.read(p)
	}
	if p := ends("given_back"); p.State != support.Returned || p.Ended != "said so" {
		t.Errorf("all given back: %+v", p)
	}
	if got := b.line("rent"); got != "0 of 20000" {
		t.Errorf("all is free: %s", got)
	}
	if p := ends("given_back", "lost"); p.State != support.Failed {
		t.Errorf("the rest lost: %+v", p)
	}
	if got := b.line("rent"); got != "60 of 20000" {
		t.Errorf("what is lost counts against the line: %s", got)
	}
}

func TestR31_ALargePaymentThatWasExplainedAwayIsNotCheckedOn(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	check := func(p support.Payment) string {
		return b.Text(t, `SELECT state FROM followups WHERE kind = 'payment_check' AND ref = $1`, p.ID)
	}
	for _, came := range []struct {
		kinds []string // a part of each but the last
		check string
	}{
		{[]string{"given_back"}, "dropped"},
		{[]string{"given_back", "lost"}, "dropped"},
		{[]string{"bank_fee", "proof"}, "open"},
	} {
		p := b.Pay(t, b.c, "10000", support.Sent)
		for i, kind := range came.kinds {
			if got := check(p); got != "open" {
				t.Fatalf("%v: with something open the check is %s", came.kinds, got)
			}
			amount := money.Amount{}
			if i < len(came.kinds)-1 {
				amount = money.DKK("40")
			}
			if kind == "proof" {
				b.must(second(b.proves(b.Home, p, money.DKK("9960"))))
			} else {
				b.must(second(b.explains(b.Finance, p, kind, amount)))
			}
		}
		if got := check(p); got != came.check {
			t.Errorf("%v: the check is %s, want %s", came.kinds, got, came.check)
		}
	}
}

func TestR25_WhatComesBackGoesWholeToTheLine(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.lei()
	b.must(second(b.proves(b.Home, p, ron("1100"))), second(b.explains(b.Finance, p, "price", money.Amount{})))
	s := b.states(b.Home, "1", support.StatementLine{PaidOn: b.Today(), Amount: ron("1100"), PaymentID: p.ID})
	if s.Unmatched != 0 {
		t.Fatalf("%+v", s)
	}
	b.must(second(b.move(b.read(p), support.Returned)))
	if got := b.line("rent"); got != "0 of 20000" {
		t.Errorf("after the return: %s", got)
	}
}

// A version before this one writes a receipt without an amount, and the state
// itself.
func TestR26_AReceiptOfTheVersionBeforeProvesTheWhole(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.lei()
	b.must(b.Raw(t.Context(), b.Program, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO receipts (case_id, payment_id, kind, received_on, recorded_by) SELECT case_id, id, 'receipt', sent_on, $2 FROM payments WHERE id = $1`, p.ID, b.Contact.ID)
		if err == nil {
			_, err = tx.Exec(t.Context(), `UPDATE payments SET state = 'received', version = version + 1, received_on = sent_on WHERE id = $1`, p.ID)
		}
		return err
	}))
	if got := b.read(p); got.State != support.Received || got.Proven != got.Amount {
		t.Errorf("%+v", got)
	}
	all, err := support.ListReceipts(t.Context(), b.DB, b.Finance, b.c.Code)
	b.must(err)
	if !slices.Equal(all[0].Shares, []support.ReceiptShare{{PaymentID: p.ID, Amount: p.Amount, Covers: p.Amount, Counted: p.Counted}}) {
		t.Errorf("%+v", all)
	}
}
