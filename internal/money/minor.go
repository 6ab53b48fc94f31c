package money

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bojanz/currency"
)

// Minor is the amount in whole minor units of its currency, such as øre: 12.50
// kroner is 1250, 12 yen are 12. The zero Amount is 0; the errors are those of New.
func (a Amount) Minor() (int64, error) {
	if a == (Amount{}) {
		return 0, nil
	}
	a, err := a.Canonical()
	if err != nil {
		return 0, err
	}
	n, _ := strconv.ParseInt(strings.Replace(a.Amount, ".", "", 1), 10, 64) // at most 16 digits
	return n, nil
}

// OfMinor is the amount of so many minor units of a currency, the reverse of
// Minor. It answers ErrCurrency or ErrTooLarge.
func OfMinor(n int64, code string) (Amount, error) {
	digits, ok := currency.GetDigits(code)
	if !ok {
		return Amount{}, ErrCurrency
	}
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	number := fmt.Sprintf("%0*d", int(digits)+1, n)
	if digits > 0 {
		at := len(number) - int(digits)
		number = number[:at] + "." + number[at:]
	}
	return New(sign+number, code)
}

// Spread splits a positive total into n parts that add up to it exactly and
// differ by one minor unit at most; the first ones are the larger. It answers
// ErrAmount where there is less than one minor unit for each part.
func Spread(total Amount, n int) ([]Amount, error) {
	whole, err := total.Minor()
	if err != nil {
		return nil, err
	}
	if n < 1 || whole < int64(n) {
		return nil, ErrAmount
	}
	parts := make([]Amount, n)
	for i := range parts {
		part := whole / int64(n)
		if int64(i) < whole%int64(n) {
			part++
		}
		if parts[i], err = OfMinor(part, total.Currency); err != nil {
			return nil, err
		}
	}
	return parts, nil
}
