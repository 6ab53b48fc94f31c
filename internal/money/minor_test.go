package money_test

import (
	"errors"
	"testing"

	"hjemvej/internal/money"

	"pgregory.net/rapid"
)

func TestR25_R28_ASpreadTotalIsExactToTheMinorUnit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.SampledFrom([]string{"DKK", "RON", "UGX", "JPY", "KWD", "IQD"}).Draw(t, "currency")
		n := rapid.IntRange(1, 24).Draw(t, "parts")
		total, err := money.OfMinor(rapid.Int64Range(int64(n), 999_999_999_999).Draw(t, "total"), code)
		if err != nil {
			t.Fatal(err)
		}
		parts, err := money.Spread(total, n)
		if err != nil || len(parts) != n {
			t.Fatalf("%s in %d: %d parts, %v", total, n, len(parts), err)
		}
		if sum, err := money.Sum(parts...); sum != total || err != nil {
			t.Fatalf("the parts of %s add up to %s (%v)", total, sum, err)
		}
		first, _ := parts[0].Minor()
		last := first
		for _, p := range parts {
			m, err := p.Minor()
			if err != nil || m > last || first-m > 1 || m < 1 {
				t.Fatalf("%s in %d: %v", total, n, parts)
			}
			last = m
		}
	})
}

func TestR28_WhatIsLeftOverGoesToTheFirstParts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ total, currency, first, last string }{
		{"100.00", "DKK", "33.34", "33.33"}, {"100", "UGX", "34", "33"}, {"100.000", "KWD", "33.334", "33.333"}, {"0.03", "DKK", "0.01", "0.01"},
	} {
		parts, err := money.Spread(money.Must(c.total, c.currency), 3)
		if err != nil || parts[0] != money.Must(c.first, c.currency) || parts[2] != money.Must(c.last, c.currency) {
			t.Errorf("%s %s: %v, %v", c.total, c.currency, parts, err)
		}
	}
	for _, bad := range []money.Amount{money.DKK("0.02"), money.DKK("0"), money.DKK("-3"), {}, {Amount: "x", Currency: "DKK"}} {
		if parts, err := money.Spread(bad, 3); err == nil {
			t.Errorf("%v was split into %v", bad, parts)
		}
	}
	if _, err := money.Spread(money.DKK("1"), 0); !errors.Is(err, money.ErrAmount) {
		t.Errorf("split into none: %v", err)
	}
}

func TestR28_MinorUnitsReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.SampledFrom([]string{"DKK", "JPY", "KWD"}).Draw(t, "currency")
		n := rapid.Int64Range(-999_999_999_999, 999_999_999_999).Draw(t, "n")
		a, err := money.OfMinor(n, code)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := a.Minor(); got != n || err != nil {
			t.Fatalf("%d became %s, and that %d (%v)", n, a, got, err)
		}
	})
}
