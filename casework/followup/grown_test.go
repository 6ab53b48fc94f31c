package followup_test

import (
	"fmt"
	"slices"
	"testing"

	"hjemvej/casework/followup"
	"hjemvej/casework/policy"
	"hjemvej/internal/calendar"

	"pgregory.net/rapid"
)

// dues are the due days of the slots of a kind.
func dues(slots []followup.Slot, kind followup.Kind) (out []calendar.Date) {
	for _, s := range slots {
		if s.Kind == kind {
			out = append(out, s.DueOn)
		}
	}
	return out
}

func TestR31_R37_NothingRemovesTheFourThatEverybodyIsOwed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts(t)
		bare := series(followup.Facts{Arrived: f.Arrived})
		for _, kind := range []followup.Kind{followup.ArrivalContact, followup.Month1, followup.Month3, followup.Exit} {
			got := dues(series(f), kind)
			if len(got) != 1 || kind != followup.Exit && !slices.Equal(got, dues(bare, kind)) {
				t.Fatalf("%s is due on %v", kind, got)
			}
		}
		if got := dues(series(f), followup.Exit)[0]; got != followup.LastDay(f.Arrived, f.Extensions...) || got.Before(followup.LastDay(f.Arrived)) {
			t.Fatalf("the exit is due on %s", got)
		}
	})
}

func TestR31_R32_AfterTheEndMonth12AloneIsOwed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts(t)
		f.Ended = true
		got := series(f)
		if want := 0; !f.Month12Consent && len(got) != want || f.Month12Consent && (len(got) != 1 || got[0].Kind != followup.Month12 || got[0].DueOn != f.Arrived.AddMonths(12)) {
			t.Fatalf("owed: %v", got)
		}
	})
}

func TestR32_AnExtensionMovesTheExitAndAddsEveryThirdMonth(t *testing.T) {
	for _, c := range []struct{ arrived, until, want string }{
		{"2026-01-15", "2026-07-15", "[] [] 2026-07-15"},
		{"2026-01-15", "2026-07-16", "[2026-07-15] [] 2026-07-16"},
		{"2026-01-15", "2026-10-15", "[2026-07-15] [] 2026-10-15"},
		{"2026-01-15", "2027-01-15", "[2026-07-15] [2026-10-15] 2027-01-15"},
		{"2025-08-29", "2026-08-29", "[2026-02-28] [2026-05-29] 2026-08-29"},
		{"2025-08-30", "2026-08-30", "[2026-02-28] [2026-05-30] 2026-08-30"},
		{"2023-08-31", "2024-08-31", "[2024-02-29] [2024-05-31] 2024-08-31"},
		{"2026-05-15", "2026-07-16", "[] [] 2026-11-15"}, // the six months of a corrected arrival reach further
	} {
		slots := series(followup.Facts{Arrived: day(c.arrived), Extensions: []calendar.Date{day(c.until)}})
		if got := fmt.Sprint(dues(slots, followup.Month6), dues(slots, followup.Extension), dues(slots, followup.Exit)[0]); got != c.want {
			t.Errorf("%s until %s: %s, want %s", c.arrived, c.until, got, c.want)
		}
	}
}

func TestR37_AnIntensifiedFollowUpIsCalledWeekly(t *testing.T) {
	f := followup.Facts{Arrived: day("2026-01-15"), Levels: []followup.LevelSet{
		{ID: "s", On: day("2026-02-01"), Level: followup.Intensified},
		{ID: "light", On: day("2026-02-03"), Level: followup.Light},
		{ID: "r", On: day("2026-02-18"), Level: followup.Intensified, Raised: true},
	}}
	var got []string
	for _, s := range series(f) {
		if s.Kind == followup.Weekly {
			got = append(got, fmt.Sprint(s.Ref, " ", s.OpensOn, " ", s.DueOn, " ", s.ClosesOn))
		}
	}
	want := []string{
		"s:1 2026-02-05 2026-02-08 2026-02-12", "s:2 2026-02-12 2026-02-15 2026-02-19",
		"s:3 2026-02-19 2026-02-22 2026-02-26", "s:4 2026-02-26 2026-03-01 2026-03-05",
		"r:3 2026-03-08 2026-03-11 2026-03-15", "r:4 2026-03-15 2026-03-18 2026-03-22",
	}
	if !slices.Equal(got, want) {
		t.Errorf("weekly:\n%q\nwant\n%q", got, want)
	}
}

func TestR37_OverlappingRisesNeverCallTwiceInAWeekNorEndTooSoon(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts(t)
		weekly := dues(series(f), followup.Weekly)
		for i, due := range weekly {
			if i > 0 && due.DaysSince(weekly[i-1]) < 7 {
				t.Fatalf("twice in a week: %v", weekly)
			}
		}
		n := policy.Default().FollowUp.IntensifiedWeeks
		for _, l := range f.Levels {
			last := l.On.AddDays(7 * n)
			covered := slices.ContainsFunc(weekly, func(d calendar.Date) bool { return !d.After(last) && last.DaysSince(d) < 7 })
			if l.Level == followup.Intensified && !covered {
				t.Fatalf("the rise of %s has no last week: %v", l.On, weekly)
			}
		}
	})
}

// Whatever is learned, forgotten and learned again, in whatever order: done slots
// stay, none exists twice, and settling twice changes nothing.
func TestR31_R32_ArrivalsCorrectedBackAndForthMoveOnlyWhatIsOpen(t *testing.T) {
	var have []followup.Existing
	settle := func(arrived string) {
		insert, move := followup.Reconcile(have, series(followup.Facts{Arrived: day(arrived), Extensions: []calendar.Date{day("2026-09-01")}}))
		for _, s := range insert {
			have = append(have, followup.Existing{Slot: s})
		}
		for _, s := range move {
			i := slices.IndexFunc(have, func(e followup.Existing) bool { return e.Kind == s.Kind && e.Ref == s.Ref })
			have[i].Slot = s
		}
	}
	settle("2026-01-31")
	first := slices.Clone(have)
	have[0].Done = true
	settle("2026-01-29")
	if have[0].Slot != first[0].Slot || len(have) != len(first) {
		t.Errorf("the done one moved, or there are more: %v", have)
	}
	settle("2026-01-31")
	have[0].Done = false
	if !slices.Equal(have, first) {
		t.Errorf("back again: %v, want %v", have, first)
	}
}

func TestR37_ALevelHoldsUntilTheNextSurveyUnlessItWasRaisedSince(t *testing.T) {
	survey := func(on string, l followup.Level) followup.LevelSet { return followup.LevelSet{On: day(on), Level: l} }
	raise := func(on string, l followup.Level) followup.LevelSet {
		return followup.LevelSet{On: day(on), Level: l, Raised: true}
	}
	for name, c := range map[string]struct {
		sets []followup.LevelSet
		want followup.Level
	}{
		"raised before any survey":      {[]followup.LevelSet{raise("2026-01-01", followup.Intensified)}, followup.Intensified},
		"raised, then surveyed":         {[]followup.LevelSet{raise("2026-01-01", followup.Intensified), survey("2026-01-02", followup.Light)}, followup.Light},
		"raised on the survey's day":    {[]followup.LevelSet{survey("2026-01-02", followup.Light), raise("2026-01-02", followup.Standard)}, followup.Standard},
		"a raise below it lowers not":   {[]followup.LevelSet{survey("2026-01-02", followup.Intensified), raise("2026-01-03", followup.Standard)}, followup.Intensified},
		"the newest survey, told first": {[]followup.LevelSet{survey("2026-02-02", followup.Standard), survey("2026-01-02", followup.Light)}, followup.Standard},
	} {
		if got := followup.InForce(c.sets); got == nil || got.Level != c.want {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
	}
	if followup.InForce(nil) != nil {
		t.Error("a level from nothing")
	}
}
