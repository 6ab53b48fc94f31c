package support_test

import (
	"errors"
	"strings"
	"testing"

	"hjemvej/casework/support"
	"hjemvej/casework/support/rates"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/money"
)

// local plans a payment in kind in another currency, for the rate of a day so
// many days ago.
func (b *bench) local(amount, currency string, daysAgo int) (support.Payment, error) {
	in := b.NewPayment("1", "in_kind")
	in.Amount, in.RateOn = money.Amount{Amount: amount, Currency: currency}, b.Today().AddDays(-daysAgo)
	return support.Plan(b.t.Context(), b.DB, b.Contact, b.c.Code, in)
}

func (b *bench) rated(currency, rate string, daysAgo int, reason string) (rates.Rate, error) {
	return rates.Record(b.t.Context(), b.DB, b.Finance, rates.NewRate{Currency: currency, RatedOn: b.Today().AddDays(-daysAgo), Rate: rate, Reason: reason})
}

func TestR28_ALocalPaymentKeepsWhatItWasCountedAs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, err := b.rated("RON", "1.5005", 3, "") // Friday's; today is Monday
	b.must(err)
	p, err := b.local("1000", "RON", 1) // Sunday's is asked for
	b.must(err)
	if p.Counted != money.DKK("1500.50") || p.Rate != "1.5005" || p.Amount != money.Must("1000", "RON") || p.RateOn != b.Today().AddDays(-3) || p.RateAge != 2 {
		t.Errorf("%+v", p)
	}
	in := b.NewPayment("1", "in_kind")
	in.Amount = money.Must("1", "RON")
	today, err := support.Plan(t.Context(), b.DB, b.Contact, b.c.Code, in)
	b.must(err)
	if today.RateAge != 3 { // today's is asked for where no day is
		t.Errorf("%+v", today)
	}
	if _, err := b.local("-1", "RON", 1); fault.KindOf(err) != fault.Invalid {
		t.Errorf("negative: %v", err)
	}
	for name, daysAgo := range map[string]int{"tomorrow": -1, "two years ago": 732} {
		if _, err := b.local("1", "RON", daysAgo); fault.KindOf(err) != fault.Invalid {
			t.Errorf("the rate of %s: %v", name, err)
		}
	}
	kroner, err := b.local("1", "DKK", 800)
	b.must(err)
	if kroner.Rate != "1" || kroner.RateAge != 0 || kroner.RateOn != b.Today() {
		t.Errorf("kroner count as themselves: %+v", kroner)
	}
	_, err = b.Exec(t.Context(), b.Contact, `INSERT INTO payments (case_id, line_id, amount, currency, rate, rate_on, dkk, form, planned_for, planned_by)
		SELECT case_id, line_id, amount, currency, rate, rate_on, 1, form, planned_for, planned_by FROM payments WHERE id = $1`, p.ID)
	housetest.Broken(t, err, "payment_dkk_at_rate")
}

func TestR28_APaymentWithoutARateSaysSo(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	says := func(err error, words ...string) {
		t.Helper()
		housetest.Refused(t, err, fault.Conflict, "R28")
		var f *fault.Error
		for _, w := range append(words, "RON", "2026-10-12", "Finance", "ECB") {
			if errors.As(err, &f) && !strings.Contains(f.Message, w) {
				t.Errorf("%q does not say %s", f.Message, w)
			}
		}
	}
	_, err := b.local("1000", "RON", 0)
	says(err)
	_, err = b.rated("EUR", "7.46", 0, "")
	b.must(err)
	_, err = b.rated("RON", "1.69", 8, "")
	b.must(err)
	_, err = b.local("1000", "RON", 0)
	says(err, "8 days older")
	p, err := b.local("1000", "RON", 1)
	b.must(err)
	if p.RateAge != 7 {
		t.Errorf("%+v", p)
	}
	_, err = b.local("1", "JPY", 0)
	housetest.Refused(t, err, fault.Conflict, "R28")
}

func TestR28_AReplacedRateLeavesWhatWasCounted(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, err := b.rated("RON", "1.69", 0, "")
	b.must(err)
	old, err := b.local("1000", "RON", 0)
	b.must(err)
	_, err = b.rated("RON", "1.70", 0, "A digit was wrong")
	b.must(err)
	next, err := b.local("1000", "RON", 0)
	b.must(err)
	kept, err := support.Read(t.Context(), b.DB, b.Finance, old.ID)
	b.must(err)
	if kept != old || old.Rate != "1.69" || next.Rate != "1.7" || next.Counted != money.DKK("1700") {
		t.Errorf("kept %+v, then %+v", kept, next)
	}
	if got := b.line("rent"); got != "3390 of 20000" {
		t.Errorf("rent: %s", got)
	}
	b.must(b.authorise(b.Finance, old)) // it goes on at the rate that it was planned with
}

func TestR28_CurrenciesWithoutAndWithThreeDecimals(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, c := range []struct{ amount, currency, rate, dkk string }{
		{"12345", "JPY", "0.04342549", "536.09"}, {"1.125", "KWD", "21.02733935", "23.66"}, {"0.5", "TND", "2.175", "1.09"}, {"7100.59", "RON", "1.69", "12000.00"},
	} {
		_, err := b.rated(c.currency, c.rate, 0, "")
		b.must(err)
		p, err := b.local(c.amount, c.currency, 0)
		b.must(err)
		if p.Counted != money.DKK(c.dkk) || p.Rate != c.rate {
			t.Errorf("%s %s: %+v", c.amount, c.currency, p)
		}
	}
	if _, err := b.local("0.1", "JPY", 0); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a tenth of a yen: %v", err)
	}
	if _, err := b.local("1", "JPY", 0); err != nil { // 4 øre
		t.Error(err)
	}
}

func TestR28_NobodyPlansAtARateThatWasNeverRecorded(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, err := b.rated("RON", "1.69", 0, "")
	b.must(err)
	p, err := b.local("100", "RON", 0)
	b.must(err)
	insert := `INSERT INTO payments (case_id, line_id, amount, currency, rate, rate_on, dkk, form, planned_for, planned_by)
		SELECT case_id, line_id, amount, %s, form, planned_for, planned_by FROM payments WHERE id = $1`
	for name, values := range map[string]string{
		"another rate":     `currency, 1.68, rate_on, 168`,
		"another day":      `currency, rate, rate_on - 1, dkk`,
		"another currency": `'EUR', rate, rate_on, dkk`,
	} {
		_, err := b.Exec(t.Context(), b.Contact, strings.Replace(insert, "%s", values, 1), p.ID)
		if got := housetest.Constraint(err); got != "payment_rate_recorded" {
			t.Errorf("%s: refused by %q", name, got)
		}
	}
	_, err = b.Exec(t.Context(), b.Contact, strings.Replace(insert, "%s", `currency, rate, rate_on, dkk`, 1), p.ID)
	b.must(err)
	_, err = b.Owner.Exec(t.Context(), `UPDATE payments SET rate_asked_for = rate_asked_for + 1 WHERE id = $1`, p.ID)
	housetest.Broken(t, err, "payment_is_what_was_planned")
}
