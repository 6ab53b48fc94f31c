package support_test

import (
	"bytes"
	"strings"
	"testing"

	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/money"
	"hjemvej/internal/outbox"

	"github.com/jacoelho/xsd"
)

// newBank is a bench whose person and partner have verified accounts.
func newBank(t *testing.T) *bench {
	b := newBench(t)
	b.Payee(t, b.c, true)
	b.PartnerAccount(t, b.Home, true)
	return b
}

func (b *bench) authorised(dkk, form string) support.Payment {
	b.t.Helper()
	p, err := support.Authorise(b.t.Context(), b.DB, b.Finance, b.planned(dkk, form).ID, 1)
	b.must(err)
	return p
}

func (b *bench) batchOf(who access.Actor, payments ...support.Payment) (support.Batch, error) {
	in := support.NewBatch{ExecuteOn: b.Today()}
	for _, p := range payments {
		in.Payments = append(in.Payments, p.ID)
	}
	return b.Till().MakeBatch(b.t.Context(), who, in)
}

func (b *bench) batch(payments ...support.Payment) support.Batch {
	b.t.Helper()
	made, err := b.batchOf(b.Finance, payments...)
	b.must(err)
	return made
}

func (b *bench) file(batch support.Batch) []byte {
	b.t.Helper()
	f, err := b.Till().ReadFile(b.t.Context(), b.Finance, batch.ID)
	b.must(err)
	if f.Name != "batch-1.xml" && batch.Number == 1 {
		b.t.Errorf("the file is called %s", f.Name)
	}
	return f.XML
}

func (b *bench) sendBatch(batch support.Batch) error {
	return second(support.SendBatch(b.t.Context(), b.DB, b.Finance, batch.ID, batch.Version, support.Dispatch{SentOn: b.Today()}))
}

func (b *bench) void(batch support.Batch) error {
	return second(support.VoidBatch(b.t.Context(), b.DB, b.Finance, batch.ID, batch.Version))
}

// reasons are what a refusal says, one line each.
func reasons(err error) string {
	f, _ := err.(*fault.Error)
	if f == nil {
		return ""
	}
	var out []string
	for _, field := range f.Fields {
		out = append(out, field.Path+" "+field.Message)
	}
	return strings.Join(out, "\n")
}

func TestR26_ABatchIsOneFileThatTheSchemaTakesAndThatStaysTheSame(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	foreign := b.NewPayment("1", "cash")
	b.Rated(t, "EUR", "7.46")
	foreign.Amount = money.Must("100", "EUR")
	euro, err := support.Plan(t.Context(), b.DB, b.Contact, b.c.Code, foreign)
	b.must(err, b.authorise(b.Finance, euro))
	made := b.batch(b.authorised("100.50", "cash"), b.authorised("200", "in_kind"), euro)
	if made.Count != 3 || len(made.Totals) != 2 || made.Totals[0] != money.DKK("300.50") || made.Totals[1] != money.Must("100", "EUR") {
		t.Errorf("%+v", made)
	}
	file := b.file(made)
	schema, err := xsd.Compile(xsd.File("bank/testdata/pain.001.001.09.xsd"))
	b.must(err, schema.Validate(bytes.NewReader(file)))
	b.Pass(3)
	if again := b.file(made); !bytes.Equal(file, again) {
		t.Error("the file changed")
	}
	if !strings.Contains(string(file), "<CtrlSum>400.50</CtrlSum>") || strings.Count(string(file), "<PmtInf>") != 2 {
		t.Errorf("%s", file)
	}
	if got := b.Text(t, `SELECT count || ' ' || trim_scale(control_sum) FROM bank_batches`); got != "3 400.5" {
		t.Errorf("the table says %s", got)
	}
}

func TestR11_R12_TheFileHasNamesOnlyWhereTheBankNeedsThem(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	p := b.authorised("100", "cash")
	made := b.batch(p)
	file := string(b.file(made))
	for _, private := range []string{b.c.Code, b.c.ID, p.ID, "rent"} {
		if strings.Contains(file, private) {
			t.Errorf("the file has %s", private)
		}
	}
	if strings.Count(file, "Ana Exemplu") != 1 || !strings.Contains(file, "<Ustrd>"+p.Reference+"</Ustrd>") || !strings.Contains(file, "<EndToEndId>"+p.Reference+"</EndToEndId>") {
		t.Errorf("%s", file)
	}
	if n := b.Count(t, `SELECT count(*) FROM audit_log WHERE operation = 'read-bank-file' AND case_code = $1 AND object_id = $2`, b.c.Code, p.ID); n != 1 {
		t.Errorf("%d openings recorded", n)
	}
	if n := b.Count(t, `SELECT count(*) FROM bank_batches WHERE position('Ana'::bytea IN sealed_file) > 0`); n != 0 {
		t.Error("the file lies open")
	}
}

func TestR26_EverythingThatKeepsPaymentsOutIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	own, err := b.plan(b.Lead, "10", "in_kind")
	b.must(err, b.authorise(b.Finance, own))
	sent, fine, batched := b.Pay(t, b.c, "10", support.Sent), b.authorised("10", "cash"), b.authorised("10", "cash")
	b.batch(batched)
	_, err = b.batchOf(access.Actor{ID: b.Lead.ID, Role: access.Finance}, own, sent, fine, batched, b.planned("10", "cash"), support.Payment{ID: "00000000-0000-4000-8000-999999999999"})
	housetest.Refused(t, err, fault.Conflict, "R26")
	want := "body.payment_ids[0] was planned by you (R26)\nbody.payment_ids[1] is sent, and not authorised\nbody.payment_ids[3] is in another batch already\n" +
		"body.payment_ids[4] is planned, and not authorised\nbody.payment_ids[5] is no payment"
	if got := reasons(err); got != want {
		t.Errorf("said\n%s\nwant\n%s", got, want)
	}
	if b.Count(t, `SELECT count(*) FROM bank_batches`) != 1 {
		t.Error("a batch was made all the same")
	}
	all, err := b.Till().MakeBatch(t.Context(), b.Finance, support.NewBatch{ExecuteOn: b.Today()})
	b.must(err)
	if all.Count != 2 || len(all.LeftOut) != 0 {
		t.Errorf("all that is authorised: %+v", all)
	}
}

func TestR27_WhatIsOnHoldOrGoesToNoBankIsLeftOutOfAFile(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.PartnerAccount(t, b.Home, false)
	version := b.Payee(t, b.c, true).Version
	cash, kind := b.authorised("10", "cash"), b.authorised("10", "in_kind")
	for _, a := range []struct {
		account support.Account
		why     string
	}{
		{support.Account{Kind: "mobile_money", Number: "+1 202 555 0123"}, "is paid by mobile money"},
		{support.Account{Kind: "cash_pickup", Number: "The office"}, "is paid by mobile money or at a pick-up"},
		{support.Account{Kind: "national_account", Country: "NG", Number: "0000014579"}, "has a national account without a BIC or a bank code"},
	} {
		a.account.Holder, a.account.CameOver = "Ana", "text"
		changed, err := support.ChangePayee(t.Context(), b.DB, b.Vault, b.Contact, b.c.Code, version, a.account)
		b.must(err)
		_, err = b.batchOf(b.Finance, cash, kind)
		if got := reasons(err); !strings.Contains(got, "body.payment_ids[0] is on hold") || !strings.Contains(got, "body.payment_ids[1] is on hold") {
			t.Errorf("before the verification: %s", got)
		}
		verified, err := b.verify(b.Lead, changed.Version)
		b.must(err)
		version = verified.Version
		_, err = b.Till().MakeBatch(t.Context(), b.Finance, support.NewBatch{ExecuteOn: b.Today()})
		if got := reasons(err); !strings.Contains(got, a.why) {
			t.Errorf("%s: %s", a.account.Kind, got)
		}
	}
}

func TestR27_AnAccountThatChangedAfterTheFileIsNotPaid(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	cash, kind := b.authorised("10", "cash"), b.authorised("20", "in_kind")
	made := b.batch(cash, kind)
	changed, err := b.changePayee(b.Contact, 2)
	b.must(err)
	_, err = support.ChangePartnerAccount(t.Context(), b.DB, b.Vault, b.Administrator, b.Home.Partner, 2, support.Account{Kind: "iban", Number: "RO49AAAA1B31007593840000", Holder: "Other", CameOver: "email"})
	b.must(err)
	refused := func(why string) {
		t.Helper()
		err := b.sendBatch(made)
		housetest.Refused(t, err, fault.Conflict, "R27")
		for _, p := range []support.Payment{cash, kind} {
			if !strings.Contains(reasons(err), "payments."+p.ID+" "+why) || b.state(p) != support.Authorised {
				t.Errorf("%s: %s, said\n%s", p.Form, b.state(p), reasons(err))
			}
		}
	}
	refused("is on hold: its account is not verified (R27)")
	b.must(second(b.verify(b.Lead, changed.Version)),
		second(support.VerifyPartnerAccount(t.Context(), b.DB, b.Finance, b.Home.Partner, 3, support.Verification{Over: "call"})))
	refused("has another account than the file (R27)") // verified, but the file has the old one
	_, err = b.Exec(t.Context(), b.Finance, `UPDATE bank_batches SET state = 'sent', sent_by = $1, sent_at = now()`, b.Finance.ID)
	b.must(err)
	_, err = b.Exec(t.Context(), b.Finance, `UPDATE payments SET state = 'sent', sent_on = '2026-10-12' WHERE id = $1`, cash.ID)
	housetest.Broken(t, err, "payment_in_batch_account")
}

func TestR27_AChangeAndADispatchAtOnce(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	version := 2
	for range 6 {
		p := b.authorised("10", "cash")
		made := b.batch(p)
		errs := housetest.AtOnce(2, func(i int) error {
			if i == 0 {
				return b.sendBatch(made)
			}
			return second(b.changePayee(b.Contact, version))
		})
		b.must(errs[1])
		if errs[0] != nil {
			housetest.Refused(t, errs[0], fault.Conflict, "R27")
			b.must(b.void(made))
		}
		payee, err := b.verify(b.Lead, version+1)
		b.must(err)
		version = payee.Version
	}
	if n := b.Count(t, `SELECT count(*) FROM payments p JOIN bank_batch_payments x ON x.payment_id = p.id AND x.live WHERE p.state = 'sent' AND p.payee_version <> x.payee_version`); n != 0 {
		t.Errorf("%d payments went to another account than the file's", n)
	}
}

func TestR26_PaymentsOfAFileStandStillUntilItIsSentOrVoid(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	p := b.authorised("10", "cash")
	made := b.batch(p)
	for _, err := range []error{b.send(b.Finance, p), b.cancel(b.Contact, p),
		second(support.End(t.Context(), b.DB, b.Finance, "fail-payment", p.ID, 0, support.Failed, support.Ending{Reason: "no longer"}))} {
		housetest.Refused(t, err, fault.Conflict, "R26")
	}
	b.must(b.void(made))
	housetest.Refused(t, second(b.Till().ReadFile(t.Context(), b.Finance, made.ID)), fault.Gone, "")
	next := b.batch(p)
	b.must(b.sendBatch(next))
	housetest.Refused(t, second(support.VoidBatch(t.Context(), b.DB, b.Finance, next.ID, 0)), fault.Conflict, "R26")
	housetest.Refused(t, second(support.SendBatch(t.Context(), b.DB, b.Finance, next.ID, 0, support.Dispatch{SentOn: b.Today()})), fault.Conflict, "R26")
	if b.state(p) != support.Sent || b.line("rent") != "10 of 20000" {
		t.Errorf("%s, %s", b.state(p), b.line("rent"))
	}
	if n := b.Count(t, `SELECT count(*) FROM events WHERE type = $2 AND object_id = $1`, p.ID, string(outbox.PaymentSent)); n != 1 {
		t.Errorf("the giver was told %d times", n)
	}
}

func TestR26_TwoBatchesAtOnceHaveAPaymentOnce(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	for range 4 {
		p, q := b.authorised("10", "cash"), b.authorised("10", "in_kind")
		errs := housetest.AtOnce(4, func(i int) error {
			payments := []support.Payment{p, q}
			if i%2 == 1 {
				payments = []support.Payment{q, p}
			}
			return second(b.batchOf([]access.Actor{b.Finance, b.Finance2}[i/2], payments...))
		})
		if n := housetest.Succeeded(errs); n != 1 {
			t.Errorf("%d of four succeeded: %v", n, errs)
		}
		for _, err := range errs {
			if err != nil {
				housetest.Refused(t, err, fault.Conflict, "R26")
			}
		}
	}
}

func TestR26_ABatchIsNotForgedInRawSQL(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	p := b.authorised("10", "cash")
	insert := `WITH b AS (INSERT INTO bank_batches (id, message_id, execute_on, count, control_sum, sealed_file) VALUES (gen_random_uuid(), new_reference(), '2026-10-12', 1, 10, '') RETURNING id)
		SELECT id FROM b`
	batch := func(who access.Actor) (id string) {
		t.Helper()
		b.must(b.Raw(t.Context(), who, scanInto(t, &id, insert)))
		return id
	}
	add := func(who access.Actor, id string, payment support.Payment, version int) error {
		_, err := b.Exec(t.Context(), who, `INSERT INTO bank_batch_payments (batch_id, payment_id, payee_version) VALUES ($1,$2,$3)`, id, payment.ID, version)
		return err
	}
	planner := access.Actor{ID: b.Contact.ID, Role: access.Finance}
	housetest.Broken(t, add(planner, batch(planner), p, 2), "bank_batch_four_eyes")
	own := batch(b.Finance)
	housetest.Broken(t, add(b.Finance2, own, p, 2), "payment_by_the_actor")
	housetest.Broken(t, add(b.Finance, own, p, 1), "payment_in_batch_account")
	housetest.Broken(t, add(b.Finance, own, b.planned("10", "cash"), 2), "payment_in_batch_authorised")
	b.must(add(b.Finance, own, p, 2))
	housetest.Broken(t, add(b.Finance, batch(b.Finance), p, 2), "payment_in_one_batch")
	for sql, rule := range map[string]string{
		`UPDATE bank_batches SET sealed_file = ''`: "42501", `UPDATE bank_batch_payments SET live = false`: "42501", `DELETE FROM bank_batch_payments`: "42501",
		`UPDATE bank_batches SET state = 'sent', sent_by = '` + b.Finance2.ID + `', sent_at = now()`: "payment_by_the_actor",
		`UPDATE payments SET reference = new_reference()`:                                            "42501",
	} {
		_, err := b.Exec(t.Context(), b.Finance, sql)
		housetest.Broken(t, err, rule)
	}
	_, err := b.Owner.Exec(t.Context(), `UPDATE payments SET reference = new_reference()`)
	housetest.Broken(t, err, "payment_is_what_was_planned")
	housetest.SameMoves(t, b.House, "bank_batch", support.BatchMoves)
}

func TestABatchNeedsADebtorAndAWorkingDay(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	p := b.authorised("10", "cash")
	_, err := support.Till{DB: b.DB, Vault: b.Vault}.MakeBatch(t.Context(), b.Finance, support.NewBatch{ExecuteOn: b.Today(), Payments: []string{p.ID}})
	housetest.Refused(t, err, fault.Conflict, "")
	for _, days := range []int{-1, 5, 61} { // yesterday, a Saturday, too far
		_, err = b.Till().MakeBatch(t.Context(), b.Finance, support.NewBatch{ExecuteOn: b.Today().AddDays(days)})
		housetest.Refused(t, err, fault.Invalid, "")
	}
}
