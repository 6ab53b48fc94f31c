package bank_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"hjemvej/casework/support/bank"
	"hjemvej/internal/calendar"
	"hjemvej/internal/money"

	"github.com/jacoelho/xsd"
	"pgregory.net/rapid"
)

func schema(t *testing.T) *xsd.Engine {
	t.Helper()
	s, err := xsd.Compile(xsd.File("testdata/pain.001.001.09.xsd"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func order(transfers ...bank.Transfer) bank.Order {
	return bank.Order{MessageID: "7KD2BHC43F9J", MadeAt: time.Date(2026, 10, 12, 9, 30, 0, 5, calendar.Copenhagen), ExecuteOn: calendar.MustParse("2026-10-15"),
		Debtor: bank.Debtor{Name: "Eksempelkontoret", IBAN: "DK5000400440116243", BIC: "NDEADKKK"}, Transfers: transfers}
}

func transfer(reference string, amount money.Amount, to bank.Account) bank.Transfer {
	return bank.Transfer{Reference: reference, Amount: amount, Holder: "Ana Exemplu", Account: to}
}

var (
	romanian = bank.Account{IBAN: "RO49AAAA1B31007593840000"}
	nigerian = bank.Account{Country: "NG", Number: "0000014579", BankCode: "011"}
	thai     = bank.Account{Country: "TH", Number: "1234567890", BIC: "BKKBTHBK"}
)

// everyKind is an order with each kind of account, in several currencies.
func everyKind() bank.Order {
	return order(transfer("222222222222", money.Must("100", "EUR"), romanian), transfer("333333333333", money.Must("1000.5", "NGN"), nigerian),
		transfer("444444444444", money.Must("2000", "THB"), thai), transfer("555555555555", money.Must("10", "EUR"), nigerian), transfer("666666666666", money.Must("7", "UGX"), thai))
}

func TestTheFileIsWhatThePublishedSchemaTakes(t *testing.T) {
	t.Parallel()
	file, err := bank.Write(everyKind())
	if err != nil {
		t.Fatal(err)
	}
	if err := schema(t).Validate(bytes.NewReader(file)); err != nil {
		t.Errorf("%v\n%s", err, file)
	}
	for _, want := range []string{"<NbOfTxs>5</NbOfTxs>", "<CtrlSum>3117.50</CtrlSum>", "<CreDtTm>2026-10-12T07:30:00Z</CreDtTm>",
		`<InstdAmt Ccy="UGX">7</InstdAmt>`, "<MmbId>011</MmbId>", "<Ctry>NG</Ctry>", "<BICFI>BKKBTHBK</BICFI>"} {
		if !strings.Contains(string(file), want) {
			t.Errorf("there is no %s", want)
		}
	}
	if sepa, blocks := strings.Count(string(file), "<Cd>SEPA</Cd>"), strings.Count(string(file), "<PmtInf>"); sepa != 1 || blocks != 5 {
		t.Errorf("%d of %d instructions go by SEPA", sepa, blocks)
	}
}

// The checker must see what is wrong, or the test above proves nothing.
func TestTheSchemaRefusesWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := schema(t)
	file, err := bank.Write(everyKind())
	if err != nil {
		t.Fatal(err)
	}
	for what, swap := range map[string][2]string{
		"another order":    {"<PmtMtd>TRF</PmtMtd>\n      <BtchBookg>false</BtchBookg>", "<BtchBookg>false</BtchBookg>\n      <PmtMtd>TRF</PmtMtd>"},
		"no debtor's name": {"<MsgId>7KD2BHC43F9J</MsgId>", ""}, "a word that is none": {"<PmtMtd>TRF</PmtMtd>", "<PmtMtd>XXX</PmtMtd>"},
		"a bad IBAN's form": {"DK5000400440116243", "DK-5000400440116243"}, "a bad BIC": {"BKKBTHBK", "BKKB"}, "no currency": {` Ccy="UGX"`, ""},
		"a long reference": {"222222222222</EndToEndId>", strings.Repeat("2", 36) + "</EndToEndId>"}, "an element of none": {"<Dbtr>", "<Dbtr><Story>x</Story>"},
		"two accounts": {"<IBAN>RO49AAAA1B31007593840000</IBAN>", "<IBAN>RO49AAAA1B31007593840000</IBAN><Othr><Id>1</Id></Othr>"},
	} {
		broken := strings.Replace(string(file), swap[0], swap[1], 1)
		if broken == string(file) || s.Validate(strings.NewReader(broken)) == nil {
			t.Errorf("%s is taken, or is not there", what)
		}
	}
}

func TestR11_NothingButNamesAndAccountsIsAPersons(t *testing.T) {
	t.Parallel()
	file, err := bank.Write(everyKind())
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(file)) {
		if strings.Contains(line, "Ana Exemplu") && strings.TrimSpace(line) != "<Nm>Ana Exemplu</Nm>" {
			t.Errorf("a name stands in %s", line)
		}
		if strings.Contains(line, "Ustrd") && !bank.IsReference(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(line), "<Ustrd>"), "</Ustrd>")) {
			t.Errorf("free text is %s", line)
		}
	}
}

// TestAnyOrderIsValidAndAddsUp draws names in any script, amounts and accounts.
func TestAnyOrderIsValidAndAddsUp(t *testing.T) {
	t.Parallel()
	s := schema(t)
	rapid.Check(t, func(r *rapid.T) {
		var all []bank.Transfer
		ore := 0
		for i := range rapid.IntRange(1, 8).Draw(r, "transfers") {
			n := rapid.IntRange(1, 1e9).Draw(r, "amount")
			ore += n
			x := transfer(fmt.Sprintf("2222222222%02d", i+22), money.DKK(fmt.Sprintf("%d.%02d", n/100, n%100)), rapid.SampledFrom([]bank.Account{romanian, nigerian, thai}).Draw(r, "account"))
			x.Holder = "A" + rapid.String().Draw(r, "holder")
			all = append(all, x)
		}
		file, err := bank.Write(order(all...))
		if err != nil {
			r.Fatal(err)
		}
		if err := s.Validate(bytes.NewReader(file)); err != nil {
			r.Fatalf("%v\n%s", err, file)
		}
		if want := fmt.Sprintf("<CtrlSum>%d.%02d</CtrlSum>", ore/100, ore%100); !strings.Contains(string(file), want) {
			r.Fatalf("no %s", want)
		}
		if again, _ := bank.Write(order(append(all[1:len(all):len(all)], all[0])...)); !bytes.Equal(file, again) {
			r.Fatal("the same transfers give another file")
		}
	})
}
