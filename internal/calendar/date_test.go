package calendar_test

import (
	"encoding/json"
	"testing"
	"time"

	"hjemvej/internal/calendar"

	"pgregory.net/rapid"
)

func TestR23_MonthsClampToTheMonthsEnd(t *testing.T) {
	for _, c := range []struct {
		from string
		n    int
		want string
	}{
		{"2014-10-11", 6, "2015-04-11"},
		{"2025-08-31", 6, "2026-02-28"},
		{"2027-08-31", 6, "2028-02-29"},
		{"2026-01-31", 1, "2026-02-28"},
		{"2026-12-31", 2, "2027-02-28"},
		{"2026-03-31", -1, "2026-02-28"},
		{"2026-05-15", 0, "2026-05-15"},
	} {
		if got := calendar.MustParse(c.from).AddMonths(c.n).String(); got != c.want {
			t.Errorf("%s + %d months = %s, want %s", c.from, c.n, got, c.want)
		}
	}
}

func TestR23_AddMonthsOverAllDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := calendar.Of(1990, 1, 1).AddDays(rapid.IntRange(0, 365*120).Draw(t, "day"))
		n := rapid.IntRange(0, 24).Draw(t, "months")
		got := d.AddMonths(n)
		if months := (got.Year-d.Year)*12 + int(got.Month-d.Month); months != n {
			t.Fatalf("%s + %d months lies %d months away", d, n, months)
		}
		if got.Day != d.Day && got.Day != calendar.DaysIn(got.Year, got.Month) {
			t.Fatalf("%s + %d months = %s: neither the same day nor the month's last", d, n, got)
		}
		if got.Day > d.Day {
			t.Fatalf("%s + %d months = %s: later in the month", d, n, got)
		}
	})
}

func TestAgeChangesOnTheBirthday(t *testing.T) {
	born := calendar.MustParse("2008-02-29")
	for day, want := range map[string]int{"2026-02-28": 17, "2026-03-01": 18, "2028-02-28": 19, "2028-02-29": 20} {
		if got := born.AgeOn(calendar.MustParse(day)); got != want {
			t.Errorf("age on %s = %d, want %d", day, got, want)
		}
	}
}

func TestDatesReadAndWriteAsText(t *testing.T) {
	var d calendar.Date
	if err := json.Unmarshal([]byte(`"2026-02-30"`), &d); err == nil {
		t.Error("30 February was read")
	}
	if err := json.Unmarshal([]byte(`"2026-02-28"`), &d); err != nil || d.String() != "2026-02-28" {
		t.Errorf("read %v, %v", d, err)
	}
}

func TestTodayIsCopenhagens(t *testing.T) {
	late := time.Date(2026, 6, 30, 22, 30, 0, 0, time.UTC)
	if got := calendar.Today(late).String(); got != "2026-07-01" {
		t.Errorf("today at 22:30 UTC in summer = %s, want 2026-07-01", got)
	}
}
