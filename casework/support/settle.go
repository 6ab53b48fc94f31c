package support

import "hjemvej/casework/support/bank"

// Result is what became of one entry of a bank statement.
type Result string

// The results of an entry.
const (
	EntrySent      Result = "sent"      // the payment went out by it
	EntryConfirmed Result = "confirmed" // the payment was there already
	EntryFailed    Result = "failed"    // the payment never went
	EntryReturned  Result = "returned"  // the payment came back
	EntryUnmatched Result = "unmatched" // somebody must look
)

// Why an entry is unmatched.
const (
	NoReference          = "no_reference"      // it names no payment of ours
	UnknownReference     = "unknown_reference" // it names one that there is not
	NotBooked            = "not_booked"        // it is announced, or dated in the future
	EntryCurrencyDiffers = "currency_differs"
	EntryAmountDiffers   = "amount_differs"
	StateDiffers         = "state_does_not_allow" // the payment cannot have done that
	AccountChanged       = "account_changed"      // the money went to an account that is not the verified one now (R27)
)

// settle says what an entry does to a payment in a state; batched is whether a
// file had it. The entry's amount and currency are the payment's. "" as the new
// state is none.
func settle(from State, batched bool, back bool) (to State, result Result, reason string) {
	switch {
	case !back && from == Authorised && batched:
		return Sent, EntrySent, ""
	case !back && (from == Sent || from == Received):
		return "", EntryConfirmed, ""
	case back && from == Authorised && batched:
		return Failed, EntryFailed, ""
	case back && (from == Sent || from == Received):
		return Returned, EntryReturned, ""
	case back && (from == Failed || from == Returned):
		return "", EntryConfirmed, ""
	}
	return "", EntryUnmatched, StateDiffers
}

// differs says what keeps an entry from being a payment's, or "".
func (r paymentRow) differs(e bank.Entry) (string, error) {
	amount, err := amountOf(r.Amount, r.Currency)
	switch {
	case err != nil:
		return "", err
	case e.Amount.Currency != amount.Currency:
		return EntryCurrencyDiffers, nil
	case e.Amount != amount:
		return EntryAmountDiffers, nil
	}
	return "", nil
}

// lost reports whether some of a payment that failed stays a difference for good:
// the books do not say that it came back, whatever the bank says later.
func (r paymentRow) lost() bool {
	explained, err := amountOf(r.Explained, r.Currency)
	return r.State == Failed && err == nil && explained.IsPositive()
}
