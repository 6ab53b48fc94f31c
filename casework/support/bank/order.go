package bank

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"hjemvej/internal/calendar"
	"hjemvej/internal/money"
)

// Debtor is whose account pays: the programme's own, under a name that does not
// tell what the work is about (R11).
type Debtor struct{ Name, IBAN, BIC string }

// ErrDebtor says that the debtor's name, IBAN or BIC cannot be one.
var ErrDebtor = errors.New("bank: the debtor has no usable name, IBAN or BIC")

// Canonical is the debtor in the bank's own forms. Error: ErrDebtor.
func (d Debtor) Canonical() (Debtor, error) {
	account, wrong := IBAN(d.IBAN)
	code, bad := BIC(d.BIC)
	name := Name(d.Name)
	if wrong != nil || bad != nil || name == "" {
		return Debtor{}, ErrDebtor
	}
	return Debtor{name, account, code}, nil
}

// Account is where a transfer goes to, in canonical forms: an IBAN, or a national
// number with its country and the bank's BIC or code.
type Account struct {
	IBAN                      string
	Country, Number, BankCode string
	BIC                       string
}

// Transfer is one payment of an order. The reference is all that tells it from
// others: it names nobody and nothing (R11).
type Transfer struct {
	Reference string
	Amount    money.Amount // canonical
	Holder    string       // as the account has it
	Account   Account
}

// Order is one file: what one debtor pays on one day.
type Order struct {
	MessageID string // at most 30 characters; the bank refuses a second file with it
	MadeAt    time.Time
	ExecuteOn calendar.Date
	Debtor    Debtor // canonical
	Transfers []Transfer
}

// ControlSum is the sum of all amounts as numbers, whatever their currencies: the
// bank counts so, too.
func (o Order) ControlSum() (string, error) { return sum(o.Transfers) }

// sum adds numbers up in a currency that is none, for its decimals: four.
func sum(all []Transfer) (string, error) {
	total := new(decimalSum)
	for _, t := range all {
		if err := total.add(t.Amount.Number()); err != nil {
			return "", fmt.Errorf("add up transfers: %w", err)
		}
	}
	return total.String(), nil
}

// block is what the bank books by one instruction: transfers in one currency, all
// by SEPA or none.
type block struct {
	currency  string
	sepa      bool
	transfers []Transfer
}

// blocks sorts the transfers, so that the same ones always give the same file.
func (o Order) blocks() (out []block) {
	sorted := slices.SortedFunc(slices.Values(o.Transfers), func(a, b Transfer) int {
		return cmp.Or(cmp.Compare(a.Amount.Currency, b.Amount.Currency), cmp.Compare(yes(a.isSEPA()), yes(b.isSEPA())), cmp.Compare(a.Reference, b.Reference))
	})
	for _, t := range sorted {
		if n := len(out); n == 0 || out[n-1].currency != t.Amount.Currency || out[n-1].sepa != t.isSEPA() {
			out = append(out, block{currency: t.Amount.Currency, sepa: t.isSEPA()})
		}
		last := &out[len(out)-1]
		last.transfers = append(last.transfers, t)
	}
	return out
}

func (t Transfer) isSEPA() bool { return t.Amount.Currency == "EUR" && inSEPA(t.Account.IBAN) }

func yes(b bool) int {
	if b {
		return 1
	}
	return 0
}
