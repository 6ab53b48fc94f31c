package support_test

import (
	"testing"
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/casework/plan"
	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/money"
	"hjemvej/internal/outbox"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"
)

func on(day int) calendar.Date { return calendar.Of(2026, 10, day) }

func oere(n int64) money.Amount {
	a, _ := money.OfMinor(n, money.Krone)
	return a
}

func TestR30_DeliveriesFillPromisesInTheOrderOfTheirDays(t *testing.T) {
	t.Parallel()
	promises := []support.Promise{{2, on(20), money.DKK("100")}, {1, on(10), money.DKK("100")}} // out of order
	type want struct {
		delivered string
		completed calendar.Date
		onTime    bool
		late      int
	}
	tests := map[string]struct {
		came  []support.Delivery
		today calendar.Date
		want  [2]want
	}{
		"nothing, before its day": {nil, on(10), [2]want{{"0", calendar.Date{}, false, 0}, {"0", calendar.Date{}, false, 0}}},
		"nothing, the day after":  {nil, on(11), [2]want{{"0", calendar.Date{}, false, 1}, {"0", calendar.Date{}, false, 0}}},
		"on its day":              {[]support.Delivery{{on(10), money.DKK("100")}}, on(15), [2]want{{"100", on(10), true, 0}, {"0", calendar.Date{}, false, 0}}},
		"in two, the second late": {[]support.Delivery{{on(13), money.DKK("40")}, {on(9), money.DKK("60")}}, on(15), [2]want{{"100", on(13), false, 3}, {"0", calendar.Date{}, false, 0}}},
		"all at once, too early":  {[]support.Delivery{{on(1), money.DKK("200")}}, on(25), [2]want{{"100", on(1), true, 0}, {"100", on(1), true, 0}}},
		"short":                   {[]support.Delivery{{on(10), money.DKK("150")}}, on(25), [2]want{{"100", on(10), true, 0}, {"50", calendar.Date{}, false, 5}}},
		"what rounding leaves":    {[]support.Delivery{{on(10), money.DKK("99.51")}, {on(20), money.DKK("99.51")}}, on(25), [2]want{{"100", on(10), true, 0}, {"99.02", on(20), true, 0}}},
		"half a krone is missing": {[]support.Delivery{{on(10), money.DKK("99.50")}}, on(12), [2]want{{"99.50", calendar.Date{}, false, 2}, {"0", calendar.Date{}, false, 0}}},
	}
	for name, tt := range tests {
		got, err := support.Compare(promises, tt.came, tt.today)
		if err != nil {
			t.Fatal(err)
		}
		for i, w := range tt.want {
			delivered := money.DKK(w.delivered)
			short, _ := money.DKK("100").Sub(delivered)
			want := support.Outcome{Number: i + 1, DueOn: on(10 * (i + 1)), Promised: money.DKK("100"), Delivered: delivered, ShortBy: short,
				CompletedOn: w.completed, OnTime: w.onTime, LateDays: w.late}
			if diff := cmp.Diff(want, got[i]); diff != "" {
				t.Errorf("%s, %d (-want +got):\n%s", name, i+1, diff)
			}
		}
	}
}

var (
	somePromises = rapid.Custom(func(t *rapid.T) (out []support.Promise) {
		for i := range rapid.IntRange(0, 6).Draw(t, "promises") {
			out = append(out, support.Promise{Number: i + 1, DueOn: on(5 * (i + 1)), Amount: oere(rapid.Int64Range(1, 30000).Draw(t, "øre"))})
		}
		return out
	})
	someDeliveries = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) support.Delivery {
		return support.Delivery{On: on(rapid.IntRange(1, 45).Draw(t, "day")), Amount: oere(rapid.Int64Range(1, 30000).Draw(t, "øre"))}
	}), 0, 8)
)

func TestR30_WhatWasDeliveredIsNeitherLostNorCountedTwice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		promises, came := somePromises.Draw(t, "promises"), someDeliveries.Draw(t, "came")
		today := on(rapid.IntRange(1, 60).Draw(t, "today"))
		outcomes, err := support.Compare(promises, came, today)
		if err != nil || len(outcomes) != len(promises) {
			t.Fatal(outcomes, err)
		}
		var promised, delivered, filled, short int64
		for _, d := range came {
			n, _ := d.Amount.Minor()
			delivered += n
		}
		for i, o := range outcomes {
			p, _ := o.Promised.Minor()
			f, _ := o.Delivered.Minor()
			s, _ := o.ShortBy.Minor()
			if f < 0 || s < 0 || f+s != p || o.Promised != promises[i].Amount {
				t.Fatalf("%+v", o)
			}
			if o.OnTime && (o.LateDays > 0 || o.Passed(today)) || o.Passed(today) != (o.CompletedOn.IsZero() && o.LateDays > 0) {
				t.Fatalf("%+v", o)
			}
			promised, filled, short = promised+p, filled+f, short+s
		}
		if filled != min(promised, delivered) || short != promised-filled {
			t.Fatalf("of %d promised and %d delivered, %d fill and %d are missing", promised, delivered, filled, short)
		}
	})
}

// promised is a bench with the line rent promised in monthly instalments of a
// thousand, the first today.
func promised(t *testing.T, months int, change ...func(*plan.Line)) *bench {
	t.Helper()
	h := housetest.New(t)
	rent := h.Line("rent", "0")
	rent.Amount = oere(int64(months) * 100000)
	for i := range months {
		rent.Instalments = append(rent.Instalments, plan.Instalment{DueOn: h.Today().AddMonths(i), Amount: money.DKK("1000")})
	}
	for _, c := range change {
		c(&rent)
	}
	return &bench{h, h.Arrived(t, housetest.WithLines(rent)), t}
}

func (b *bench) rent() support.Line {
	b.t.Helper()
	budget, err := support.ReadBudget(b.t.Context(), b.DB, b.Contact, b.c.Code)
	b.must(err)
	return budget.Lines[0]
}

func TestR30_APromiseTurnsLateAtMidnightInCopenhagen(t *testing.T) {
	t.Parallel()
	b := promised(t, 7) // the last is for the last day of the six months
	b.Pay(t, b.c, "6000", support.Received)
	last := b.Today().AddMonths(6)
	b.SetNow(time.Date(last.Year, last.Month, last.Day, 23, 59, 59, 0, calendar.Copenhagen))
	if got := b.rent(); got.Late || got.Promises[6].ShortBy != money.DKK("1000") {
		t.Errorf("%+v", got)
	}
	b.must(second(support.PlanSchedule(t.Context(), b.DB, b.Contact, b.c.Code, support.NewSchedule{Line: "rent", Form: "cash", Instalments: []support.ScheduledPayment{{last, money.DKK("1")}}})))
	b.SetNow(b.Now().Add(time.Second))
	if got := b.rent(); !got.Late || got.Promises[6].LateDays != 1 {
		t.Errorf("%+v", got)
	}
}

func TestR30_TheDatabaseSaysTheSameOfAPromise(t *testing.T) {
	t.Parallel()
	b := promised(t, 3)
	b.Pass(70)
	for _, dkk := range []string{"999.50", "0.01", "999.00", "0.51", "500", "499.98", "0.01"} {
		b.Pay(t, b.c, dkk, support.Received)
		want := ""
		for _, p := range b.rent().Promises {
			want += map[bool]string{true: "t", false: "f"}[!p.CompletedOn.IsZero()]
		}
		var got string
		b.must(b.Raw(t.Context(), b.Program, func(tx pgx.Tx) error {
			return tx.QueryRow(t.Context(), `SELECT string_agg(left(promise_kept(p)::text, 1), '' ORDER BY number) FROM promises p`).Scan(&got)
		}))
		if got != want {
			t.Errorf("after %s: %s, want %s", dkk, got, want)
		}
	}
}

func (b *bench) tell() int {
	b.t.Helper()
	n, err := support.TellPassed(b.t.Context(), b.DB)
	b.must(err)
	return n
}

func TestR30_TheContactPersonHearsOnceOfAPromiseThatPassed(t *testing.T) {
	t.Parallel()
	b := promised(t, 3)
	if n := b.tell(); n != 0 {
		t.Errorf("%d letters on the day itself", n)
	}
	b.Pass(1)
	errs := housetest.AtOnce(4, func(int) error { return second(support.TellPassed(t.Context(), b.DB)) })
	b.must(errs...)
	if got := b.Text(t, `SELECT string_agg(right(user_id::text, 2) || ' ' || due_on, ', ') FROM letters WHERE kind = 'promise_passed'`); got != "01 2026-10-12" {
		t.Errorf("told %s", got)
	}
	id := b.Text(t, `SELECT id::text FROM letters WHERE kind = 'promise_passed'`)
	needed := func() bool {
		w, err := outbox.Find(t.Context(), b.DB, id)
		b.must(err)
		return w.Needed
	}
	if !needed() {
		t.Error("the letter is not needed while nothing has come")
	}
	b.Pay(t, b.c, "2000", support.Received)
	if needed() {
		t.Error("the letter is still needed when everything has come")
	}
	b.Pass(90) // an outage: two more have passed, one of them kept
	if n := b.tell(); n != 1 {
		t.Errorf("%d letters after the outage, want that of the last", n)
	}
	if n := b.Count(t, `SELECT count(*) FROM promises WHERE looked_on IS NULL`); n != 0 {
		t.Errorf("%d promises would be looked at again", n)
	}
	b.must(b.edit(plan.Line{Key: "rent", Category: "housing", Form: "mixed", Purpose: "To live", Amount: money.DKK("3000"), DueOn: on(12).AddMonths(2), ToldOn: on(12),
		Instalments: []plan.Instalment{{DueOn: on(12).AddMonths(2), Amount: money.DKK("3000")}}}))
	if n := b.tell(); n != 1 { // the plan promises anew, for a day that has passed
		t.Errorf("%d letters of the new plan", n)
	}
}

func TestR30_WhyAPromiseIsLateStandsBesideIt(t *testing.T) {
	t.Parallel()
	b := promised(t, 2)
	explain := func(who access.Actor, n int, text string) error {
		return second(support.Explain(t.Context(), b.DB, who, b.c.Code, "rent", support.NewDelay{Instalment: n, Reason: "bank", Text: text}))
	}
	b.must(explain(b.Contact, 1, "The bank was closed"), explain(b.Home, 1, "We wait for the transfer"), explain(b.Finance, 2, "A holiday"))
	housetest.Refused(t, explain(b.Contact, 3, "None such"), fault.Invalid, "")
	for _, who := range []access.Actor{b.Colleague, b.OtherLead, b.Return} {
		housetest.Refused(t, explain(who, 1, "Not theirs"), fault.NotFound, "")
	}
	for who, want := range map[access.Actor]int{b.Contact: 2, b.Finance: 2, b.Home: 1} { // R21: a partner sees its own
		budget, err := support.ReadBudget(t.Context(), b.DB, who, b.c.Code)
		b.must(err)
		if got := budget.Lines[0].Promises[0].Delays; len(got) != want {
			t.Errorf("%s reads %+v", who.Role, got)
		}
	}
	_, err := b.Exec(t.Context(), b.Contact, `UPDATE delay_reasons SET note = ''`)
	housetest.Broken(t, err, "42501")
}

func TestR30_AnOverviewCountsByPartnerCategoryAndCase(t *testing.T) {
	t.Parallel()
	b := promised(t, 3)
	b.Pass(9)
	b.Pay(t, b.c, "1000", support.Received) // nine days late
	b.Pass(40)                              // the second is 18 days over, the third ahead
	read := func(who access.Actor, by string) (support.Overview, error) {
		return support.ReadOverview(t.Context(), b.DB, who, support.Span{By: by})
	}
	median := 9
	for who, by := range map[access.Actor][]string{b.Finance: {"partner", "category", "case"}, b.Lead: {"partner", "category", "case"}, b.Manager: {"partner", "category"}} {
		for _, by := range by {
			got, err := read(who, by)
			b.must(err)
			want := []support.Tally{{Key: map[string]string{"partner": b.Home.Partner, "category": "housing", "case": b.c.Code}[by], Promises: 2, Promised: money.DKK("2000"),
				Delivered: money.DKK("1000"), Late: 2, Median: &median, Short: 1, ShortBy: money.DKK("1000")}}
			for i := range got.Groups {
				got.Groups[i].Name = ""
			}
			if diff := cmp.Diff(want, got.Groups); diff != "" {
				t.Errorf("%s by %s (-want +got):\n%s", who.Role, by, diff)
			}
		}
	}
	housetest.Refused(t, second(read(b.Manager, "case")), fault.Forbidden, "")
	if other, err := read(b.OtherLead, "case"); err != nil || len(other.Groups) != 0 {
		t.Errorf("another team's lead reads %+v, %v", other, err)
	}
}

func TestR24_SumsStandApart(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	pocket, school := h.Line("pocket", "3000"), h.Line("school", "2400")
	pocket.Category, pocket.Form, school.Category = "pocket_money", "cash", "school_fees"
	b := &bench{h, h.Arrived(t, housetest.Aged(14), housetest.WithLines(h.Line("rent", "20000"), pocket, school)), t}
	b.Pay(t, b.c, "5000", support.Received)
	b.planned("700", "cash") // rent is mixed
	in := b.NewPayment("1500", "cash")
	in.Line = "pocket"
	b.must(second(support.Plan(t.Context(), b.DB, b.Contact, b.c.Code, in)))
	budget, err := support.ReadBudget(t.Context(), b.DB, b.Contact, b.c.Code)
	b.must(err)
	given := func(committed, delivered string) support.Given {
		return support.Given{Committed: money.DKK(committed), Delivered: money.DKK(delivered)}
	}
	want := support.Apart{Support: support.Sums{Approved: money.DKK("22400"), Given: given("5700", "5000")}, PocketMoney: support.Sums{Approved: money.DKK("3000"), Given: given("1500", "0")},
		Cash: given("2200", "0"), InKind: given("5000", "5000"), SchoolFees: []support.ChildSums{{Sums: support.Sums{Approved: money.DKK("2400"), Given: given("0", "0")}}}}
	if diff := cmp.Diff(want, budget.Apart); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestR24_SchoolFeesAreApartForEachChildAndNoPartnerIsToldWhose(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	lines := []plan.Line{h.Line("anna", "1000"), h.Line("books", "500"), h.Line("own", "2000")}
	for i := range lines {
		lines[i].Category = "school_fees"
	}
	b := &bench{h, h.Arrived(t, housetest.Aged(16), housetest.WithLines(lines...)), t}
	child, err := casefile.AddPart(t.Context(), b.DB, b.Vault, b.Contact, b.c.Code, &person.FamilyMember{Relation: "child", GivenNames: "Anna"})
	b.must(err)
	b.Set(t, `UPDATE budget_lines SET child_id = $1 WHERE key IN ('anna','books')`, child.ID)
	for who, want := range map[access.Actor]map[string]money.Amount{
		b.Contact: {child.ID: money.DKK("1500"), "": money.DKK("2000")}, b.Home: {"": money.DKK("3500")},
	} {
		budget, err := support.ReadBudget(t.Context(), b.DB, who, b.c.Code)
		b.must(err)
		got := map[string]money.Amount{}
		for _, c := range budget.Apart.SchoolFees {
			got[c.ChildID] = c.Approved
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", who.Role, diff)
		}
	}
}
