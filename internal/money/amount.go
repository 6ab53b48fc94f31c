// Package money holds exact amounts of money: a decimal number with an
// ISO 4217 currency (R28). Nothing here is a floating-point number, and nothing
// is rounded except where InDKK says so.
package money

import (
	"errors"
	"regexp"
	"strings"

	"github.com/bojanz/currency"
)

// Krone is the currency in which the programme counts: Danish kroner.
const Krone = "DKK"

// What can be wrong with money. None of these texts contains what was sent.
var (
	ErrAmount   = errors.New("not an amount written like 1250.00")
	ErrCurrency = errors.New("not an ISO 4217 currency")
	ErrDecimals = errors.New("more decimals than the currency has")
	ErrTooLarge = errors.New("more than 12 digits before the decimal point")
	ErrMixed    = errors.New("two currencies in one sum")
	ErrRate     = errors.New("not a rate above zero with at most 8 digits before and 8 after the decimal point")
)

// Amount is a sum of money, positive, zero or negative, in one currency (R28).
// It travels as {"amount":"1250.00","currency":"DKK"}.
//
// An Amount read from JSON is only text: call Canonical (or Valid) before it is
// trusted or stored. Two canonical Amounts are equal exactly where == says so.
//
// The zero Amount is nothing, in no currency yet: it may be added to or compared
// with every currency, so that a sum can start from it, but it is not Valid.
// In JSON, do not combine Amount with omitzero: 0.00 kroner would vanish.
type Amount struct {
	Amount   string `json:"amount" pattern:"^-?[0-9]{1,12}([.][0-9]{1,4})?$" example:"1250.00" doc:"Exact decimal, with at most as many decimals as the currency has"`
	Currency string `json:"currency" minLength:"3" maxLength:"3" pattern:"^[A-Z]{3}$" example:"DKK" doc:"ISO 4217"`
}

// New reads an amount in the form of its currency: digits with an optional
// minus and fraction, no exponent, no plus, no spaces, at most 12 digits before
// the point and as many after it as the currency has (DKK 2, JPY 0, IQD 3).
// Fewer are filled up with zeros. It serves R28 and answers ErrAmount,
// ErrCurrency, ErrDecimals or ErrTooLarge.
func New(amount, code string) (Amount, error) { return Amount{amount, code}.Canonical() }

// Must is New for literals; it panics where New answers an error.
func Must(amount, code string) Amount {
	a, err := New(amount, code)
	if err != nil {
		panic("money: " + err.Error())
	}
	return a
}

// DKK is a literal amount of Danish kroner; it panics where New answers an error.
func DKK(amount string) Amount { return Must(amount, Krone) }

// Canonical is a with exactly the decimals of its currency, without leading
// zeros and without a negative zero (R28). Its errors are those of New.
func (a Amount) Canonical() (Amount, error) {
	digits, ok := currency.GetDigits(a.Currency)
	if !ok {
		return Amount{}, ErrCurrency
	}
	number, err := canonical(a.Amount, int(digits))
	if err != nil {
		return Amount{}, err
	}
	return Amount{number, a.Currency}, nil
}

// Valid answers why a is no usable amount, or nil. Its errors are those of New.
func (a Amount) Valid() error {
	_, err := a.Canonical()
	return err
}

// Number is the canonical decimal without its currency, such as 1250.00; it
// binds to a PostgreSQL numeric. It is "0" for the zero Amount and empty, which
// numeric refuses, for an invalid one.
func (a Amount) Number() string {
	if a == (Amount{}) {
		return "0"
	}
	c, _ := a.Canonical()
	return c.Amount
}

// String is the amount as people read it, such as 1250.00 DKK.
func (a Amount) String() string { return strings.TrimSpace(a.Number() + " " + a.Currency) }

var decimal = regexp.MustCompile(`^(-?)([0-9]+)(?:\.([0-9]+))?$`)

func canonical(text string, digits int) (string, error) {
	const longest = 64 // long enough for every honest amount with leading zeros
	parts := decimal.FindStringSubmatch(text)
	if parts == nil || len(text) > longest {
		return "", ErrAmount
	}
	sign, whole, fraction := parts[1], strings.TrimLeft(parts[2], "0"), parts[3]
	switch {
	case len(whole) > 12:
		return "", ErrTooLarge
	case len(fraction) > digits:
		return "", ErrDecimals
	case whole == "":
		whole = "0"
	}
	number := whole
	if digits > 0 {
		number += "." + fraction + strings.Repeat("0", digits-len(fraction))
	}
	if strings.Trim(number, "0.") != "" {
		number = sign + number
	}
	return number, nil
}
