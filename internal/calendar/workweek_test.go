package calendar_test

import (
	"errors"
	"slices"
	"testing"

	"hjemvej/internal/calendar"

	"pgregory.net/rapid"
)

func TestR20_AnOrganisationsOwnWorkingDaysCount(t *testing.T) {
	for name, c := range map[string]struct {
		weekdays []int
		holidays []string
		from     string
		n        int
		want     string
	}{
		"Monday to Friday":        {[]int{1, 2, 3, 4, 5}, nil, "2026-11-20", 3, "2026-11-25"},
		"Sunday to Thursday":      {[]int{7, 1, 2, 3, 4}, nil, "2026-11-19", 3, "2026-11-24"},
		"a holiday between":       {[]int{1, 2, 3, 4, 5}, []string{"2026-12-01"}, "2026-11-30", 3, "2026-12-04"},
		"a holiday at a weekend":  {[]int{1, 2, 3, 4, 5}, []string{"2026-11-21"}, "2026-11-20", 1, "2026-11-23"},
		"Danish holidays do not":  {[]int{1, 2, 3, 4, 5}, nil, "2026-12-24", 1, "2026-12-25"},
		"one day of the week":     {[]int{3}, []string{"2026-11-25", "2026-12-02"}, "2026-11-20", 1, "2026-12-09"},
		"none asked for":          {[]int{1}, nil, "2026-11-21", 0, "2026-11-21"},
		"the day does not itself": {[]int{1, 2, 3, 4, 5}, nil, "2026-11-23", 1, "2026-11-24"},
	} {
		var holidays []calendar.Date
		for _, d := range c.holidays {
			holidays = append(holidays, calendar.MustParse(d))
		}
		w, err := calendar.NewWorkweek(c.weekdays, holidays)
		if got := w.After(calendar.MustParse(c.from), c.n); err != nil || got.String() != c.want {
			t.Errorf("%s: %s, %v, want %s", name, got, err, c.want)
		}
	}
}

func TestNobodyWorksOnNoDayOrOnAnEighth(t *testing.T) {
	for _, weekdays := range [][]int{nil, {}, {0}, {8}, {1, 2, -1}} {
		if _, err := calendar.NewWorkweek(weekdays, nil); !errors.Is(err, calendar.ErrWorkweek) {
			t.Errorf("%v: %v", weekdays, err)
		}
	}
	if d := calendar.MustParse("2026-11-22"); !(calendar.Workweek{}).Works(d) {
		t.Error("the zero Workweek does not work every day")
	}
}

// The n-th working day is a working day, and exactly n of them have passed.
func TestR20_TheNthWorkingDayOverAllWeeks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := calendar.Of(2020, 1, 1).AddDays(rapid.IntRange(0, 3650).Draw(t, "day"))
		weekdays := rapid.SliceOfNDistinct(rapid.IntRange(1, 7), 1, 7, rapid.ID).Draw(t, "weekdays")
		var holidays []calendar.Date
		for _, n := range rapid.SliceOfN(rapid.IntRange(-5, 60), 0, 30).Draw(t, "holidays") {
			holidays = append(holidays, from.AddDays(n))
		}
		n := rapid.IntRange(1, 15).Draw(t, "n")
		w, err := calendar.NewWorkweek(weekdays, holidays)
		if err != nil {
			t.Fatal(err)
		}
		got, passed := w.After(from, n), 0
		for d := from.AddDays(1); !d.After(got); d = d.AddDays(1) {
			iso := (int(d.Weekday())+6)%7 + 1
			works := slices.Contains(weekdays, iso) && !slices.Contains(holidays, d)
			if works != w.Works(d) {
				t.Fatalf("%s, a %s: works %v", d, d.Weekday(), !works)
			}
			if works {
				passed++
			}
		}
		if passed != n || !w.Works(got) {
			t.Fatalf("%d working days from %s to %s, want %d", passed, from, got, n)
		}
		if later := w.After(from, n+1); !later.After(got) {
			t.Fatalf("the next one, %s, is not later than %s", later, got)
		}
	})
}

func TestAZoneIsOneThatThereIs(t *testing.T) {
	for name, want := range map[string]bool{"Europe/Copenhagen": true, "Africa/Lagos": true, "UTC": true, "": false, "Local": false, "Mars/Olympus": false, "../Europe/Copenhagen": false, "Europe/Copenhagen\n": false} {
		zone, err := calendar.Zone(name)
		if (err == nil) != want || want && zone.String() != name {
			t.Errorf("%q: %v", name, err)
		}
	}
}
