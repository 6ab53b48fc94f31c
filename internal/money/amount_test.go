package money_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"hjemvej/internal/money"
)

func TestR28_AmountsTravelAsExactText(t *testing.T) {
	t.Parallel()
	const text = `{"amount":"1250.00","currency":"DKK"}`
	var a money.Amount
	if err := json.Unmarshal([]byte(text), &a); err != nil || a != money.DKK("1250") {
		t.Fatalf("read %v, %v", a, err)
	}
	if out, err := json.Marshal(money.DKK("1250")); err != nil || string(out) != text {
		t.Fatalf("wrote %s, %v", out, err)
	}
	if err := json.Unmarshal([]byte(`{"amount":1250.00,"currency":"DKK"}`), &a); err == nil {
		t.Error("a JSON number was read as an amount")
	}
}

func TestR28_AmountsHaveTheFormOfTheirCurrency(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		amount, currency, want string
		err                    error
	}{
		{"1250", "DKK", "1250.00", nil},
		{"0001250.5", "DKK", "1250.50", nil},
		{"-0.00", "DKK", "0.00", nil},
		{"-7.5", "DKK", "-7.50", nil},
		{"999999999999.99", "DKK", "999999999999.99", nil},
		{"120", "JPY", "120", nil},
		{"000", "JPY", "0", nil},
		{"1.125", "IQD", "1.125", nil},
		{"1.0", "JPY", "", money.ErrDecimals},
		{"1.005", "DKK", "", money.ErrDecimals},
		{"1000000000000", "DKK", "", money.ErrTooLarge},
		{"+1", "DKK", "", money.ErrAmount},
		{"1e3", "DKK", "", money.ErrAmount},
		{"1.", "DKK", "", money.ErrAmount},
		{".5", "DKK", "", money.ErrAmount},
		{"1,50", "DKK", "", money.ErrAmount},
		{" 1", "DKK", "", money.ErrAmount},
		{"1\n", "DKK", "", money.ErrAmount},
		{"١٢", "DKK", "", money.ErrAmount},
		{"NaN", "DKK", "", money.ErrAmount},
		{"Infinity", "DKK", "", money.ErrAmount},
		{"--1", "DKK", "", money.ErrAmount},
		{"", "DKK", "", money.ErrAmount},
		{strings.Repeat("0", 65), "DKK", "", money.ErrAmount},
		{"1", "dkk", "", money.ErrCurrency},
		{"1", "ZZZ", "", money.ErrCurrency},
		{"1", "", "", money.ErrCurrency},
	} {
		got, err := money.New(c.amount, c.currency)
		if got.Amount != c.want || !errors.Is(err, c.err) {
			t.Errorf("New(%q, %q) = %q, %v; want %q, %v", c.amount, c.currency, got.Amount, err, c.want, c.err)
		}
	}
}

func TestErrorsDoNotRepeatWhatWasSent(t *testing.T) {
	t.Parallel()
	const sent = "73577357,1"
	_, inNew := money.New(sent, "DKK")
	_, inCurrency := money.New("1", sent)
	_, inAdd := money.DKK("1").Add(money.Amount{Amount: sent, Currency: "DKK"})
	_, inRate := money.InDKK(money.Must("1", "EUR"), sent)
	_, inMixed := money.DKK("73577357").Add(money.Must("73577357", "EUR"))
	for _, err := range []error{inNew, inCurrency, inAdd, inRate, inMixed} {
		if err == nil || strings.Contains(err.Error(), "73577357") {
			t.Errorf("error %q repeats what was sent, or is missing", err)
		}
	}
}

func TestTheZeroAmountStartsEverySum(t *testing.T) {
	t.Parallel()
	var none money.Amount
	if !none.IsZero() || none.IsPositive() || none.Number() != "0" || none.Valid() == nil {
		t.Errorf("the zero amount is %q, valid: %v", none, none.Valid())
	}
	if got, err := money.Sum(); got != none || err != nil {
		t.Errorf("Sum() = %v, %v", got, err)
	}
	if got, err := none.Add(money.DKK("3")); got != money.DKK("3") || err != nil {
		t.Errorf("nothing + 3 = %v, %v", got, err)
	}
	if got, err := none.Sub(money.DKK("3")); got != money.DKK("-3") || err != nil {
		t.Errorf("nothing - 3 = %v, %v", got, err)
	}
	if got, err := none.Cmp(money.Must("1", "JPY")); got != -1 || err != nil {
		t.Errorf("nothing compared with 1 = %d, %v", got, err)
	}
}

func TestAnInvalidAmountHasNoSign(t *testing.T) {
	t.Parallel()
	bad := money.Amount{Amount: "-x", Currency: "DKK"}
	if bad.IsZero() || bad.IsPositive() || bad.IsNegative() || bad.Number() != "" {
		t.Errorf("an invalid amount counts as a number: %q", bad.Number())
	}
}
