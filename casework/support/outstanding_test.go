package support_test

import (
	"math/big"
	"testing"

	"hjemvej/casework/support"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/money"

	"pgregory.net/rapid"
)

// units is an amount of so many of the currency's smallest units.
func units(n int64, currency string, digits int) money.Amount {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
	return money.Must(new(big.Rat).SetFrac(big.NewInt(n), scale).FloatString(digits), currency)
}

// In currencies with no, two and three decimals.
func TestR28_ThePartsOfAPaymentAreThePaymentToTheLastOere(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		of := rapid.SampledFrom([]struct {
			currency, rate string
			digits         int
		}{{"UGX", "0.0019", 0}, {"RON", "1.69", 2}, {"IQD", "0.00525", 3}, {"DKK", "1", 2}}).Draw(t, "currency")
		left := rapid.Int64Range(1, 10_000_000).Draw(t, "units")
		whole := units(left, of.currency, of.digits)
		counted, err := money.InDKK(whole, of.rate)
		if err != nil {
			t.Fatal(err)
		}
		rest, sum := support.Outstanding{Amount: whole, Counted: counted, Rate: of.rate}, money.DKK("0")
		for left > 0 {
			n := rapid.Int64Range(1, left).Draw(t, "part")
			var part money.Amount
			if part, rest, err = rest.Take(units(n, of.currency, of.digits)); err != nil || part.IsNegative() || rest.Counted.IsNegative() {
				t.Fatalf("%s counts as %s, and leaves %s: %v", units(n, of.currency, of.digits), part, rest.Counted, err)
			}
			if sum, err = sum.Add(part); err != nil {
				t.Fatal(err)
			}
			left -= n
		}
		if sum != counted || !rest.Amount.IsZero() || !rest.Counted.IsZero() {
			t.Fatalf("the parts are %s of %s, and %s is left", sum, counted, rest.Counted)
		}
	})
}

func TestR26_NoPartIsMoreThanIsOpen(t *testing.T) {
	t.Parallel()
	o := support.Outstanding{Amount: money.Must("10.00", "RON"), Counted: money.DKK("16.90"), Rate: "1.69"}
	_, _, err := o.Take(money.Must("10.01", "RON"))
	housetest.Refused(t, err, fault.Conflict, "R26")
	for _, part := range []money.Amount{money.DKK("1"), money.Must("0", "RON"), money.Must("-1", "RON"), {Amount: "x", Currency: "RON"}, {}} {
		_, _, err := o.Take(part)
		housetest.Refused(t, err, fault.Invalid, "")
	}
}
