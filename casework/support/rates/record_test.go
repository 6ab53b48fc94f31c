package rates_test

import (
	"testing"

	"hjemvej/casework/support/rates"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"

	"github.com/google/go-cmp/cmp"
)

func record(t *testing.T, h *housetest.House, in rates.NewRate) rates.Rate {
	t.Helper()
	r, err := rates.Record(t.Context(), h.DB, h.Finance, in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestR28_NoRateIsReplacedSilently(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	in := rates.NewRate{Currency: "RON", RatedOn: h.Today().AddDays(-3), Rate: "1.6900"}
	first := record(t, h, in)
	if first.Rate != "1.69" || first.AgeDays != 3 || first.Source != rates.Hand || !first.InForce || first.EnteredBy != h.Finance.ID {
		t.Errorf("%+v", first)
	}
	_, err := rates.Record(t.Context(), h.DB, h.Finance, in)
	housetest.Refused(t, err, fault.Conflict, "R28")
	in.Rate, in.Reason = "1.70", "A digit was wrong"
	second := record(t, h, in)
	all, _, err := rates.List(t.Context(), h.DB, h.Contact, rates.Filter{Currency: "RON", Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	first.InForce = false
	if diff := cmp.Diff([]rates.Rate{second, first}, all); diff != "" {
		t.Errorf("both are kept (-want +got):\n%s", diff)
	}
	errs := housetest.AtOnce(4, func(int) error {
		_, err := rates.Record(t.Context(), h.DB, h.Finance, in)
		return err
	})
	done := 0
	for _, err := range errs {
		if err == nil {
			done++
		} else {
			housetest.Refused(t, err, fault.Conflict, "R28")
		}
	}
	if n := h.Count(t, `SELECT count(*) FROM rates`); done == 0 || n != 2+done {
		t.Errorf("%d done, %d rows", done, n)
	}
}

func TestR28_ARateThatCannotBeIsRefused(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	good := rates.NewRate{Currency: "RON", RatedOn: h.Today(), Rate: "1.69"}
	for name, spoil := range map[string]func(*rates.NewRate){
		"zero":               func(n *rates.NewRate) { n.Rate = "0.000" },
		"negative":           func(n *rates.NewRate) { n.Rate = "-1" },
		"nine decimals":      func(n *rates.NewRate) { n.Rate = "0.000000001" },
		"of kroner":          func(n *rates.NewRate) { n.Currency = "DKK" },
		"of no currency":     func(n *rates.NewRate) { n.Currency = "ZZZ" },
		"tomorrow":           func(n *rates.NewRate) { n.RatedOn = h.Today().AddDays(1) },
		"too long ago":       func(n *rates.NewRate) { n.RatedOn = h.Today().AddMonths(-25) },
		"nothing to replace": func(n *rates.NewRate) { n.Reason = "A digit was wrong" },
	} {
		bad := good
		spoil(&bad)
		if _, err := rates.Record(t.Context(), h.DB, h.Finance, bad); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := rates.Record(t.Context(), h.DB, h.Contact, good)
	housetest.Refused(t, err, fault.Forbidden, "")
}

func TestR28_TheDatabaseKeepsTheChainOfADaysRates(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	h.Rated(t, "RON", "1.69")
	h.Rated(t, "EUR", "7.46")
	number := func(currency string) int { return h.Count(t, `SELECT number FROM rates WHERE currency = $1`, currency) }
	insert := `INSERT INTO rates (currency, rated_on, rate, source, replaces, reason, entered_by) VALUES ('RON', $1, $2, 'hand', nullif($3, 0), $4, $5)`
	for _, c := range []struct {
		day      calendar.Date
		rate     string
		replaces int
		reason   string
		refused  string
	}{
		{h.Today(), "1.70", 0, "x x", "rate_once_a_day"},
		{h.Today(), "1.70", number("EUR"), "x x", "rate_replaces_its_own_day"},
		{h.Today().AddDays(-1), "1.70", number("RON"), "x x", "rate_replaces_its_own_day"},
		{h.Today(), "1.70", number("RON"), " ", "rate_replaced_for_a_reason"},
		{h.Today(), "0", number("RON"), "x x", "rate_size"},
		{h.Today(), "1.70", 99, "x x", "rate_replaces_an_older"},
		{h.Today(), "1.70", number("RON"), "x x", ""},
		{h.Today(), "1.71", number("RON"), "x x", "rate_replaced_once"},
	} {
		_, err := h.Exec(t.Context(), h.Finance, insert, c.day, c.rate, c.replaces, c.reason, h.Finance.ID)
		housetest.Broken(t, err, c.refused)
		if c.replaces == 0 || c.refused != "" {
			continue
		}
		_, err = h.Exec(t.Context(), h.Finance, `INSERT INTO rates (currency, rated_on, rate, source, entered_by) VALUES ('DKK', $1, 1, 'hand', $2)`, c.day, h.Finance.ID)
		housetest.Broken(t, err, "rate_currency")
	}
	_, err := h.Exec(t.Context(), h.Finance, `INSERT INTO rates (currency, rated_on, rate, source, entered_by) VALUES ('USD', $1, 6.4, 'hand', $2)`, h.Today(), h.Finance2.ID)
	housetest.Broken(t, err, "42501") // in another's name
}

func TestRatesAreListedPageByPage(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	for back := range 3 {
		for _, currency := range []string{"EUR", "RON"} {
			record(t, h, rates.NewRate{Currency: currency, RatedOn: h.Today().AddDays(-2 * back), Rate: "2"})
		}
	}
	var seen []string
	f := rates.Filter{On: h.Today().AddDays(-1), Limit: 3}
	for page := 0; ; page++ {
		all, next, err := rates.List(t.Context(), h.DB, h.Lead, f)
		if err != nil || page > 3 {
			t.Fatal(page, err)
		}
		for _, r := range all {
			seen = append(seen, r.Currency)
			if want := h.Today().AddDays(-1).DaysSince(r.RatedOn); r.AgeDays != want {
				t.Errorf("%+v, want an age of %d", r, want)
			}
		}
		if next == "" {
			break
		}
		f.After = all[len(all)-1].Number
	}
	if !cmp.Equal(seen, []string{"RON", "EUR", "RON", "EUR"}) {
		t.Errorf("%v", seen)
	}
}
