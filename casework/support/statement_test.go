package support_test

import (
	"fmt"
	"strings"
	"testing"

	"hjemvej/casework/support"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/money"
)

// booked is one entry of a camt.054.001.08.
type booked struct {
	reference string
	amount    money.Amount
	back      bool
	status    string // BOOK where it is left out
	on        calendar.Date
}

// camt is a whole notification of the entries.
func (b *bench) camt(entries ...booked) string {
	var s strings.Builder
	for _, e := range entries {
		direction, returned := "DBIT", ""
		if e.back {
			direction, returned = "CRDT", "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"
		}
		if e.status == "" {
			e.status = "BOOK"
		}
		if e.on.IsZero() {
			e.on = b.Today()
		}
		fmt.Fprintf(&s, `<Ntry><Amt Ccy="%s">%s</Amt><CdtDbtInd>%s</CdtDbtInd><Sts><Cd>%s</Cd></Sts><BookgDt><Dt>%s</Dt></BookgDt><NtryDtls><TxDtls><Refs><EndToEndId>%s</EndToEndId></Refs>%s</TxDtls></NtryDtls></Ntry>`,
			e.amount.Currency, e.amount.Number(), direction, e.status, e.on, e.reference, returned)
	}
	return `<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn><GrpHdr><MsgId>` + b.t.Name()[len("Test"):][:10] +
		`</MsgId><CreDtTm>2026-10-12T10:00:00</CreDtTm></GrpHdr><Ntfctn><Id>1</Id>` + s.String() + `</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>`
}

func (b *bench) imports(file string) (support.Imported, error) {
	return support.ImportStatement(b.t.Context(), b.DB, b.Finance, strings.NewReader(file))
}

// results are what came of each entry, in order.
func results(i support.Imported) string {
	var out []string
	for _, e := range i.Entries {
		out = append(out, strings.TrimSuffix(string(e.Result)+":"+e.Reason, ":"))
	}
	return strings.Join(out, " ")
}

func (b *bench) imported(want string, entries ...booked) support.Imported {
	b.t.Helper()
	got, err := b.imports(b.camt(entries...))
	b.must(err)
	if results(got) != want {
		b.t.Errorf("the entries became %s, want %s", results(got), want)
	}
	return got
}

func TestR26_WhatTheBankBookedReachesThePayments(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	out, back, never, free := b.authorised("10", "cash"), b.authorised("20", "in_kind"), b.authorised("30", "cash"), b.authorised("40", "cash")
	b.batch(out, back, never)
	b.Pass(2)
	yesterday := b.Today().AddDays(-1)
	debit := func(p support.Payment) booked { return booked{reference: p.Reference, amount: p.Amount, on: yesterday} }
	credit := func(p support.Payment) booked { return booked{reference: p.Reference, amount: p.Amount, back: true} }
	b.imported("sent sent failed unmatched:state_does_not_allow", debit(out), debit(back), credit(never), debit(free))
	b.imported("confirmed returned", debit(out), credit(back))
	b.imported("confirmed unmatched:state_does_not_allow confirmed", credit(back), debit(back), credit(never))
	for p, want := range map[*support.Payment]support.State{&out: support.Sent, &back: support.Returned, &never: support.Failed, &free: support.Authorised} {
		if got := b.state(*p); got != want {
			t.Errorf("%s is %s, want %s", p.Amount, got, want)
		}
	}
	if got := b.Text(t, `SELECT sent_on::text FROM payments WHERE id = $1`, out.ID); got != yesterday.String() {
		t.Errorf("sent on %s", got)
	}
	if got := b.Text(t, `SELECT ended_reason FROM payments WHERE id = $1`, back.ID); got != "The bank sent it back (AC04)" {
		t.Error(got)
	}
	if got := b.line("rent"); got != "50 of 20000" { // what came back is free again (R25)
		t.Error(got)
	}
	if got := b.Text(t, `SELECT state FROM bank_batches`); got != "sent" {
		t.Errorf("the batch that the bank booked is %s", got)
	}
}

// The bank does not confirm what the books do not say: what was explained as lost
// and comes back after all is for somebody to look at.
func TestR26_MoneyThatWasLostAndComesBackIsReported(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	p := b.Pay(t, b.c, "100", support.Sent)
	b.must(second(b.explains(b.Finance, p, "lost", money.Amount{})))
	b.imported("unmatched:state_does_not_allow", booked{reference: p.Reference, amount: p.Amount, back: true})
	if b.state(p) != support.Failed || b.line("rent") != "100 of 20000" {
		t.Errorf("%s, %s", b.state(p), b.line("rent"))
	}
}

// Money that the bank sends back is free whole, also where a part of it was proven.
func TestR25_APaymentProvenInPartComesBackWhole(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	p := b.Pay(t, b.c, "100", support.Sent)
	b.must(second(b.proves(b.Home, p, money.DKK("40"))), second(b.explains(b.Finance, p, "given_back", money.DKK("10"))))
	b.must(second(b.plan(b.Contact, "19910", "in_kind"))) // what was given back is planned anew
	housetest.Refused(t, second(b.plan(b.Contact, "0.01", "in_kind")), fault.Conflict, "R25")
	b.imported("returned", booked{reference: p.Reference, amount: p.Amount, back: true})
	if b.state(p) != support.Returned || b.line("rent") != "19910 of 20000" {
		t.Errorf("%s, %s", b.state(p), b.line("rent"))
	}
}

func TestR26_WhatDoesNotFitIsReportedAndChangesNothing(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	p := b.authorised("10", "cash")
	b.batch(p)
	got := b.imported("unmatched:no_reference unmatched:no_reference unmatched:unknown_reference unmatched:amount_differs unmatched:currency_differs unmatched:not_booked unmatched:not_booked",
		booked{amount: p.Amount}, booked{reference: "INVOICE Bo Eksempel", amount: p.Amount}, booked{reference: "222222222222", amount: p.Amount},
		booked{reference: p.Reference, amount: money.DKK("10.01")}, booked{reference: p.Reference, amount: money.Must("10", "EUR")},
		booked{reference: p.Reference, amount: p.Amount, status: "PDNG"}, booked{reference: p.Reference, amount: p.Amount, on: b.Today().AddDays(1)})
	if got.Matched != 0 || got.Unmatched != 7 || b.state(p) != support.Authorised {
		t.Errorf("%+v, the payment is %s", got, b.state(p))
	}
	if n := b.Count(t, `SELECT count(*) FROM bank_entries WHERE reference LIKE '%Bo%'`); n != 0 {
		t.Error("somebody else's reference was kept")
	}
}

func TestR27_MoneyThatWentToAnAccountThatChangedIsReported(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	p := b.authorised("10", "cash")
	b.batch(p)
	b.must(second(b.changePayee(b.Contact, 2)))
	b.imported("unmatched:account_changed", booked{reference: p.Reference, amount: p.Amount})
	if b.state(p) != support.Authorised || b.Text(t, `SELECT state FROM bank_batches`) != "made" {
		t.Error("it was marked all the same")
	}
}

func TestR29_AStatementCountsOnce(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	p, q := b.authorised("10", "cash"), b.authorised("20", "in_kind")
	b.batch(p, q)
	file := b.camt(booked{reference: q.Reference, amount: q.Amount}, booked{reference: p.Reference, amount: p.Amount}, booked{reference: "222222222222", amount: p.Amount})
	var answers [4]support.Imported
	errs := housetest.AtOnce(len(answers), func(i int) (err error) {
		answers[i], err = b.imports(file)
		return err
	})
	b.must(errs...)
	for _, a := range answers {
		if a.ID != answers[0].ID || results(a) != "sent sent unmatched:unknown_reference" || a.Matched != 2 || a.Unmatched != 1 {
			t.Errorf("%+v", a)
		}
	}
	if n := b.Count(t, `SELECT count(*) FROM bank_statements`); n != 1 {
		t.Errorf("%d statements", n)
	}
	if got := b.line("rent"); got != "30 of 20000" {
		t.Error(got)
	}
}

func TestABrokenStatementChangesNothing(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	p := b.authorised("10", "cash")
	b.batch(p)
	whole := b.camt(booked{reference: p.Reference, amount: p.Amount})
	for name, file := range map[string]string{
		"truncated": whole[:len(whole)-20], "nothing": "", "entities": strings.Replace(whole, "<Document", `<!DOCTYPE x [<!ENTITY e "10">]><Document`, 1),
		"another version": strings.Replace(whole, "camt.054.001.08", "camt.054.001.99", 1),
	} {
		_, err := b.imports(file)
		housetest.Refused(t, err, fault.Invalid, "")
		if b.state(p) != support.Authorised {
			t.Errorf("%s: the payment is %s", name, b.state(p))
		}
	}
	if n := b.Count(t, `SELECT count(*) FROM bank_statements`); n != 0 {
		t.Errorf("%d statements", n)
	}
}
