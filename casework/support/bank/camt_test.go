package bank_test

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"hjemvej/casework/support/bank"
	"hjemvej/internal/calendar"
	"hjemvej/internal/money"

	"github.com/google/go-cmp/cmp"
)

func statement(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestBothVersionsOfAStatementSayTheSame(t *testing.T) {
	t.Parallel()
	day := calendar.MustParse("2026-10-15")
	want := bank.Statement{MessageID: "S-1", Entries: []bank.Entry{
		{Reference: "222222222222", Amount: money.Must("1000.50", "NGN"), BookedOn: day, Booked: true}, // instructed, though booked in kroner
		{Reference: "333333333333", Amount: money.DKK("100"), BookedOn: day, Booked: true},
		{Reference: "444444444444", Amount: money.DKK("50"), BookedOn: day, Booked: true},
		{Reference: "555555555555", Amount: money.DKK("25"), BookedOn: day, Booked: true, Back: true, Reason: "AC04"},
		{Amount: money.DKK("7"), BookedOn: calendar.MustParse("2026-10-16")}, // somebody else's reference, only announced
		{Amount: money.DKK("0.50"), BookedOn: day, Booked: true},
	}}
	for _, name := range []string{"camt.053.001.02.xml", "camt.053.001.08.xml"} {
		got, err := bank.ReadStatement(strings.NewReader(statement(t, name)))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}

func TestAStatementIsTakenWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	whole := statement(t, "camt.053.001.08.xml")
	for i := range len(strings.TrimSpace(whole)) {
		if _, err := bank.ReadStatement(strings.NewReader(whole[:i])); !errors.Is(err, bank.ErrStatement) {
			t.Fatalf("the first %d bytes: %v", i, err)
		}
	}
	swap := func(from, to string) string {
		t.Helper()
		out := strings.Replace(whole, from, to, 1)
		if out == whole {
			t.Errorf("there is no %s", from)
		}
		return out
	}
	for what, file := range map[string]string{
		"a document type": swap("<Document", "<!DOCTYPE Document><Document"), "an entity": swap("<Document", `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Document`),
		"an unknown entity": swap("S-1", "&e;"), "another version": swap("camt.053.001.08", "camt.053.001.11"), "no namespace": swap(` xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"`, ""),
		"a foreign element": swap("<Ntry>", `<Ntry xmlns="urn:x">`), "two of them": whole + whole, "something after it": whole + "x", "an instruction": swap("<Document", "<?php x ?><Document"),
		"another encoding": swap("UTF-8", "ISO-8859-1"), "no message id": swap("<MsgId>S-1</MsgId>", ""), "no currency": swap(` Ccy="DKK"`, ""), "an amount below zero": swap(">100.00<", ">-100.00<"),
		"too many decimals": swap(">100.00<", ">100.001<"), "neither in nor out": swap("DBIT", "BOTH"), "another message": strings.ReplaceAll(whole, "BkToCstmrStmt", "FIToFIPmtStsRpt"),
		"depth": swap("<Ntry>", strings.Repeat("<x>", 100)+strings.Repeat("</x>", 100)+"<Ntry>"), "not UTF-8": swap("S-1", "\xff"), "nothing": "",
	} {
		if got, err := bank.ReadStatement(strings.NewReader(file)); !errors.Is(err, bank.ErrStatement) || got.Entries != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := bank.ReadStatement(iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader(whole)))); !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("a reader that fails: %v", err)
	}
	if _, err := bank.ReadStatement(io.MultiReader(strings.NewReader(whole), strings.NewReader("\n<!-- end -->\n"))); err != nil {
		t.Errorf("a comment after it: %v", err)
	}
	if _, err := bank.ReadStatement(strings.NewReader(swap("</Stmt>", `<SplmtryData><Envlp><b:x xmlns:b="urn:bank"/></Envlp></SplmtryData></Stmt>`))); err != nil {
		t.Errorf("what a bank adds of its own: %v", err)
	}
}

func FuzzReadStatement(f *testing.F) {
	f.Add(statement(f, "camt.053.001.02.xml"))
	f.Add(statement(f, "camt.053.001.08.xml"))
	f.Fuzz(func(t *testing.T, text string) {
		s, err := bank.ReadStatement(strings.NewReader(text))
		if err != nil {
			if !errors.Is(err, bank.ErrStatement) || s.Entries != nil {
				t.Fatalf("%+v, %v", s, err)
			}
			return
		}
		for _, e := range s.Entries {
			if e.Amount.Valid() != nil || e.BookedOn.IsZero() || e.Reference != "" && !bank.IsReference(e.Reference) {
				t.Fatalf("%+v", e)
			}
		}
	})
}
