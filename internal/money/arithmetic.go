package money

import (
	"regexp"
	"strings"

	"github.com/bojanz/currency"
)

// IsZero reports whether a is a valid 0, or the zero Amount.
func (a Amount) IsZero() bool { return strings.Trim(a.Number(), "0.") == "" && a.Number() != "" }

// IsNegative reports whether a is valid and below zero.
func (a Amount) IsNegative() bool { return strings.HasPrefix(a.Number(), "-") }

// IsPositive reports whether a is valid and above zero.
func (a Amount) IsPositive() bool { return a.Number() != "" && !a.IsZero() && !a.IsNegative() }

// Add is a + b, exact. Both must be of one currency (ErrMixed); a result of more
// than 12 digits before the point is ErrTooLarge; an invalid operand answers
// with New's errors. It serves R25 and R28.
func (a Amount) Add(b Amount) (Amount, error) { return combine(a, b, currency.Amount.Add) }

// Sub is a − b, exact and possibly negative, with the errors of Add.
func (a Amount) Sub(b Amount) (Amount, error) { return combine(a, b, currency.Amount.Sub) }

// Cmp is -1, 0 or +1 as a is less than, equal to or more than b. Both must be
// of one currency (ErrMixed); an invalid operand answers with New's errors.
func (a Amount) Cmp(b Amount) (int, error) {
	x, y, err := operands(a, b)
	if err != nil {
		return 0, err
	}
	return x.Cmp(y)
}

// Sum is the exact total of amounts of one currency, and the zero Amount where
// there are none. Its errors are those of Add.
func Sum(amounts ...Amount) (total Amount, err error) {
	for _, a := range amounts {
		if total, err = total.Add(a); err != nil {
			return Amount{}, err
		}
	}
	return total, nil
}

// InDKK is what an amount in local currency counts as in Danish kroner (R28):
// amount × rate, rounded half up to whole øre (away from zero: 0.005 becomes
// 0.01 and -0.005 becomes -0.01). The rate is the kroner that one unit of the
// amount's currency costs: a decimal above zero with at most 8 digits on either
// side of the point (ErrRate). For an amount already in kroner it must be 1.
func InDKK(a Amount, rate string) (Amount, error) {
	a, err := a.Canonical()
	if err != nil {
		return Amount{}, err
	}
	if !rates.MatchString(rate) || strings.Trim(rate, "0.") == "" {
		return Amount{}, ErrRate
	}
	if a.Currency == Krone && !one.MatchString(rate) {
		return Amount{}, ErrRate
	}
	local, err := currency.NewAmount(a.Amount, a.Currency)
	if err != nil {
		return Amount{}, ErrAmount
	}
	kroner, err := local.Convert(Krone, rate)
	if err != nil {
		return Amount{}, ErrRate
	}
	return result(kroner.Round())
}

var (
	rates = regexp.MustCompile(`^[0-9]{1,8}(\.[0-9]{1,8})?$`)
	one   = regexp.MustCompile(`^0*1(\.0+)?$`)
)

func combine(a, b Amount, op func(x, y currency.Amount) (currency.Amount, error)) (Amount, error) {
	if a == (Amount{}) && b == (Amount{}) {
		return Amount{}, nil
	}
	x, y, err := operands(a, b)
	if err != nil {
		return Amount{}, err
	}
	sum, err := op(x, y)
	if err != nil {
		return Amount{}, ErrMixed
	}
	return result(sum)
}

// operands gives both amounts one currency, so that the zero Amount fits all.
func operands(a, b Amount) (x, y currency.Amount, err error) {
	code := a.Currency
	if a == (Amount{}) {
		code = b.Currency
	}
	if x, err = operand(a, code); err != nil {
		return x, y, err
	}
	y, err = operand(b, code)
	return x, y, err
}

func operand(a Amount, code string) (currency.Amount, error) {
	if a == (Amount{}) {
		if code == "" {
			return currency.Amount{}, nil
		}
		return currency.NewAmount("0", code)
	}
	a, err := a.Canonical()
	if err != nil {
		return currency.Amount{}, err
	}
	if a.Currency != code {
		return currency.Amount{}, ErrMixed
	}
	return currency.NewAmount(a.Amount, code)
}

func result(a currency.Amount) (Amount, error) { return New(a.Number(), a.CurrencyCode()) }
