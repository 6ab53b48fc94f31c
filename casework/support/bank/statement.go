package bank

import (
	"errors"
	"regexp"

	"hjemvej/internal/calendar"
	"hjemvej/internal/money"
)

// Statement is what the bank says happened on the debtor's account.
type Statement struct {
	MessageID string
	Entries   []Entry
}

// Entry is one booking, or one transaction of a booking of several.
type Entry struct {
	Reference string       // of the payment, as the order had it; "" where the bank names none of the form of ours
	Amount    money.Amount // as instructed where the bank says so, else as booked
	BookedOn  calendar.Date
	Booked    bool   // and not only announced
	Back      bool   // the money came back, or never went: a credit, or a return
	Reason    string // of what came back, the bank's code such as AC04; ""
}

// ErrStatement says that a file is not one whole camt.053 or camt.054 of a known
// version. Nothing of it is used.
var ErrStatement = errors.New("bank: not a whole camt.053 or camt.054")

// Known are the messages that ReadStatement reads.
var Known = map[string]bool{
	"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02": true, "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08": true,
	"urn:iso:std:iso:20022:tech:xsd:camt.054.001.02": true, "urn:iso:std:iso:20022:tech:xsd:camt.054.001.08": true,
}

// referenceForm is that of a payment's reference. What has another form is
// somebody else's, and not kept.
var referenceForm = regexp.MustCompile(`^[2-9BCDFGHJK]{12}$`)

// IsReference reports whether a text has the form of a payment's reference.
func IsReference(text string) bool { return referenceForm.MatchString(text) }

// reasonForm is that of ISO's external reason codes.
var reasonForm = regexp.MustCompile(`^[A-Z0-9]{2,4}$`)

// entries are an entry's transactions, or the entry itself where it has none.
func (n camtEntry) entries(stated calendar.Date) (out []Entry, err error) {
	booked := Entry{BookedOn: n.day(stated), Booked: n.Status.booked(), Back: n.Direction == "CRDT"}
	if booked.Amount, err = n.Amount.read(); err != nil || len(n.Transactions) == 0 {
		return []Entry{booked}, err
	}
	for _, t := range n.Transactions {
		e := booked
		if t.Direction != "" {
			e.Back = t.Direction == "CRDT"
		}
		if t.Return != nil {
			e.Back = true
			if reasonForm.MatchString(t.Return.Code) {
				e.Reason = t.Return.Code
			}
		}
		if IsReference(t.Reference) {
			e.Reference = t.Reference
		}
		if e.Amount, err = t.amount(n).read(); err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// amount is what was instructed where the bank says so: it books in the account's
// own currency.
func (t camtTransaction) amount(n camtEntry) camtAmount {
	for _, a := range []*camtAmount{t.Instructed, t.Amount, t.Booked} {
		if a != nil {
			return *a
		}
	}
	if len(n.Transactions) == 1 {
		return n.Amount
	}
	return camtAmount{} // of several, none says how much: no amount
}
