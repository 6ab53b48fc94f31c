package support

import (
	"hjemvej/internal/fault"
	"hjemvej/internal/money"
	"hjemvej/internal/postgres"
)

// Outstanding is what is left of a payment to prove, to explain or to settle: in
// the payment's currency, and in the DKK that it counts as (R28).
type Outstanding struct {
	Amount  money.Amount
	Counted money.Amount
	Rate    string // the payment's, which never changes
}

var moreThanOpen = fault.Conflictf("R26", "It is more than is open of the payment.")

var (
	_ = postgres.Rule("payment_places", moreThanOpen)
	_ = postgres.Rule("payment_places_amount", moreThanOpen)
)

// Take takes a part out, and answers what it counts as and what is left. A part
// counts at the payment's rate, rounded to whole øre; the last one counts as all
// that is left, so that the parts of a payment are the payment to the last øre
// (R28). Faults: invalid where the part is no positive amount in the payment's
// currency; a conflict where it is more than there is.
func (o Outstanding) Take(part money.Amount) (counted money.Amount, rest Outstanding, err error) {
	part, err = part.Canonical()
	if err != nil || !part.IsPositive() || part.Currency != o.Amount.Currency {
		return counted, rest, fault.Invalidf("body.amount", "must be a positive amount in the payment's currency")
	}
	rest = o
	if rest.Amount, err = o.Amount.Sub(part); err != nil || rest.Amount.IsNegative() {
		return counted, rest, moreThanOpen
	}
	if rest.Amount.IsZero() {
		counted = o.Counted
	} else if counted, err = money.InDKK(part, o.Rate); err != nil {
		return counted, rest, err
	}
	// Many small parts, each rounded up, may use up the øre before the amount.
	if over, err := counted.Cmp(o.Counted); err != nil || over > 0 {
		counted = o.Counted
	}
	rest.Counted, err = o.Counted.Sub(counted)
	return counted, rest, err
}
