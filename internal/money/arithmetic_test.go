package money_test

import (
	"errors"
	"math/big"
	"testing"

	"hjemvej/internal/money"

	"pgregory.net/rapid"
)

func TestR28_CurrenciesAreNotMixed(t *testing.T) {
	t.Parallel()
	_, add := money.DKK("1").Add(money.Must("1", "EUR"))
	_, sub := money.DKK("0").Sub(money.Must("0", "EUR"))
	_, cmp := money.DKK("1").Cmp(money.Must("1", "EUR"))
	for _, err := range []error{add, sub, cmp} {
		if !errors.Is(err, money.ErrMixed) {
			t.Errorf("mixed currencies answer %v", err)
		}
	}
}

func TestR25_ASumTooLargeIsRefusedNotCut(t *testing.T) {
	t.Parallel()
	if _, err := money.DKK("999999999999.99").Add(money.DKK("0.01")); !errors.Is(err, money.ErrTooLarge) {
		t.Errorf("answers %v", err)
	}
}

func TestR28_LocalMoneyCountsAsKronerRoundedHalfUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		amount       money.Amount
		rate, kroner string
		err          error
	}{
		{money.Must("100", "EUR"), "7.4605", "746.05", nil},
		{money.Must("1", "EUR"), "0.005", "0.01", nil},
		{money.Must("1", "EUR"), "0.00499999", "0.00", nil},
		{money.Must("-1", "EUR"), "0.005", "-0.01", nil},
		{money.Must("1500000", "NGN"), "0.00442", "6630.00", nil},
		{money.Must("1.125", "IQD"), "0.00525", "0.01", nil},
		{money.DKK("12.34"), "1.0", "12.34", nil},
		{money.DKK("12.34"), "1.1", "", money.ErrRate},
		{money.Must("1", "EUR"), "0", "", money.ErrRate},
		{money.Must("1", "EUR"), "0.000", "", money.ErrRate},
		{money.Must("1", "EUR"), "-7", "", money.ErrRate},
		{money.Must("1", "EUR"), "7e0", "", money.ErrRate},
		{money.Must("1", "EUR"), "7.123456789", "", money.ErrRate},
		{money.Must("999999999999", "EUR"), "7.5", "", money.ErrTooLarge},
		{money.Amount{}, "7.5", "", money.ErrCurrency},
	} {
		got, err := money.InDKK(c.amount, c.rate)
		if got.Amount != c.kroner || !errors.Is(err, c.err) {
			t.Errorf("%v at %s = %v, %v; want %s, %v", c.amount, c.rate, got, err, c.kroner, c.err)
		}
	}
}

func TestR28_NoOereIsLost(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := amounts.Draw(t, "a"), amounts.Draw(t, "b")
		sum, err := a.Add(b)
		if errors.Is(err, money.ErrTooLarge) {
			t.Skip("beyond 12 digits")
		}
		if back, err := sum.Sub(b); err != nil || back != a {
			t.Fatalf("%v + %v - %v = %v, %v", a, b, b, back, err)
		}
		if want := new(big.Rat).Add(exact(a), exact(b)); want.Cmp(exact(sum)) != 0 {
			t.Fatalf("%v + %v = %v", a, b, sum)
		}
		if order, err := a.Cmp(b); err != nil || order != exact(a).Cmp(exact(b)) {
			t.Fatalf("%v compared with %v = %d, %v", a, b, order, err)
		}
	})
}

func TestR28_CanonicalIsItsOwnCanonical(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := amounts.Draw(t, "a")
		padded, err := money.New(pad(a.Amount, rapid.IntRange(0, 9).Draw(t, "zeros")), a.Currency)
		if err != nil || padded != a {
			t.Fatalf("%v padded reads as %v, %v", a, padded, err)
		}
	})
}

func TestR28_KronerAreWithinHalfAnOereOfTheExactValue(t *testing.T) {
	t.Parallel()
	half := big.NewRat(1, 200)
	rapid.Check(t, func(t *rapid.T) {
		a := money.Must(amounts.Draw(t, "a").Amount, "EUR")
		rate := rapid.StringMatching(`[0-9]{1,8}\.[0-9]{7}[1-9]`).Draw(t, "rate")
		kroner, err := money.InDKK(a, rate)
		if errors.Is(err, money.ErrTooLarge) {
			t.Skip("beyond 12 digits")
		}
		price, _ := new(big.Rat).SetString(rate)
		off := new(big.Rat).Sub(exact(kroner), price.Mul(price, exact(a)))
		if err != nil || off.Abs(off).Cmp(half) > 0 {
			t.Fatalf("%v at %s = %v, %v", a, rate, kroner, err)
		}
	})
}

func FuzzAmount(f *testing.F) {
	for _, s := range []string{"1250.00", "-0", "1e9", "999999999999.99", "1000000000000", "+1", "0x1"} {
		f.Add(s, "DKK")
		f.Add(s, "JPY")
	}
	f.Fuzz(func(t *testing.T, number, currency string) {
		a, err := money.New(number, currency)
		if err != nil {
			if a != (money.Amount{}) {
				t.Fatalf("an error came with %v", a)
			}
			return
		}
		sent, ok := new(big.Rat).SetString(number)
		if !ok || sent.Cmp(exact(a)) != 0 {
			t.Fatalf("%q reads as %v", number, a)
		}
		if again, err := a.Canonical(); err != nil || again != a || len(a.Amount) > 18 {
			t.Fatalf("%v is canonically %v, %v", a, again, err)
		}
	})
}

var amounts = rapid.Custom(func(t *rapid.T) money.Amount {
	return money.DKK(rapid.StringMatching(`-?[0-9]{1,12}(\.[0-9]{1,2})?`).Draw(t, "number"))
})

func exact(a money.Amount) *big.Rat {
	r, _ := new(big.Rat).SetString(a.Number())
	return r
}

func pad(number string, zeros int) string {
	sign := ""
	if number[0] == '-' {
		sign, number = "-", number[1:]
	}
	for range zeros {
		number = "0" + number
	}
	return sign + number
}
