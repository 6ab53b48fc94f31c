package outcome_test

import (
	"testing"

	"hjemvej/casework/outcome"
	"hjemvej/internal/calendar"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func day(s string) calendar.Date {
	if s == "" {
		return calendar.Date{}
	}
	return calendar.MustParse(s)
}

func TestR40_TheFunnelKeepsEverybodyInTheDenominator(t *testing.T) {
	today := day("2026-11-23")
	facts := []outcome.Fact{
		{OpenedOn: day("2026-01-01"), OfferedOn: day("2026-01-05"), Answer: "accepted", DepartedOn: day("2026-02-01"), ArrivedOn: day("2026-02-02"),
			LastDay: day("2026-08-02"), ExitOutcome: "reached", Month1: "done", Month3: "lost", FirstContactOn: day("2026-02-05"), FirstSupportOn: day("2026-02-22")},
		{OpenedOn: day("2026-01-01"), OfferedOn: day("2026-01-05"), Answer: "accepted", DepartedOn: day("2026-02-01"), ArrivedOn: day("2026-02-02"),
			LastDay: day("2026-08-02"), Month1: "lost", Month3: "done"},
		{OpenedOn: day("2026-01-01"), OfferedOn: day("2026-01-05"), Answer: "accepted", DepartedOn: day("2026-11-01"), ArrivedOn: day("2026-11-02"),
			LastDay: day("2027-05-02"), FirstContactOn: day("2026-11-12")},
		{OpenedOn: day("2026-01-01"), OfferedOn: day("2026-01-05"), Answer: "declined"},
		{OpenedOn: day("2026-01-01"), WithdrawnOn: day("2026-01-03")},
	}
	got := outcome.Summarise(facts, day("2026-01-01"), day("2026-12-31"), today)
	want := []outcome.Step{{"opened", 5, 5}, {"offered", 4, 5}, {"accepted", 3, 4}, {"departed", 3, 3}, {"arrived", 3, 3},
		{"month_1", 1, 2}, {"month_3", 1, 2}, {"month_6", 1, 2}}
	if diff := cmp.Diff(want, got.Funnel); diff != "" {
		t.Errorf("funnel (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]outcome.Count{{"not_recorded", 1}, {"reached", 1}}, got.Exits); diff != "" {
		t.Errorf("R35: an exit that nobody recorded must show (-want +got):\n%s", diff)
	}
	if got.FirstContact.N != 2 || got.FirstContact.Of != 3 || *got.FirstContact.Median != 3 || *got.FirstContact.P90 != 10 {
		t.Errorf("days to first contact = %+v", got.FirstContact)
	}
	if got.FirstSupport.N != 1 || *got.FirstSupport.Median != 20 {
		t.Errorf("days to first support = %+v", got.FirstSupport)
	}
}

func TestR40_AnEmptyPeriodHasNoMeans(t *testing.T) {
	got := outcome.Summarise(nil, day("2026-01-01"), day("2026-12-31"), day("2026-11-23"))
	if got.FirstContact.Median != nil || got.Reached != (outcome.Rate{}) {
		t.Errorf("an empty period reports %+v", got)
	}
	for _, s := range got.Scores {
		if s.Mean != "" || s.N != 0 {
			t.Errorf("a mean of nobody: %+v", s)
		}
	}
}

func TestR40_MeansAreExact(t *testing.T) {
	facts := []outcome.Fact{{Baseline: outcome.Scores{Economic: "0.6350"}}, {Baseline: outcome.Scores{Economic: "0.1001"}}, {}}
	got := outcome.Summarise(facts, day("2026-01-01"), day("2026-12-31"), day("2026-11-23")).Scores[0]
	if got.Mean != "0.3676" || got.N != 2 { // 0.36755, a half up
		t.Errorf("mean = %+v", got)
	}
}

func TestR40_NoStepExceedsItsDenominator(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dates := rapid.SampledFrom([]string{"", "2026-01-10", "2026-03-31", "2026-08-31", "2026-11-20"})
		states := rapid.SampledFrom([]string{"", "done", "lost", "open"})
		var facts []outcome.Fact
		for range rapid.IntRange(0, 20).Draw(t, "n") {
			f := outcome.Fact{OfferedOn: day(dates.Draw(t, "offered")), DepartedOn: day(dates.Draw(t, "departed")), ArrivedOn: day(dates.Draw(t, "arrived")),
				Answer: rapid.SampledFrom([]string{"", "accepted", "declined"}).Draw(t, "answer"), Month1: states.Draw(t, "m1"), Month3: states.Draw(t, "m3"),
				ExitOutcome: rapid.SampledFrom([]string{"", "reached", "lost"}).Draw(t, "exit"), FirstContactOn: day(dates.Draw(t, "contact"))}
			if !f.ArrivedOn.IsZero() {
				f.LastDay = f.ArrivedOn.AddMonths(6)
			}
			facts = append(facts, f)
		}
		r := outcome.Summarise(facts, day("2026-01-01"), day("2026-12-31"), day("2026-11-23"))
		for _, s := range r.Funnel {
			if s.N > s.Of || s.Of > len(facts) {
				t.Fatalf("step %+v of %d facts", s, len(facts))
			}
		}
		if r.Reached.N > r.Reached.Of || r.FirstContact.N > r.FirstContact.Of {
			t.Fatalf("more than all: %+v %+v", r.Reached, r.FirstContact)
		}
	})
}
