package calendar_test

import (
	"testing"

	"hjemvej/internal/calendar"
)

func TestR19_WorkdaysSkipWeekendsAndDanishHolidays(t *testing.T) {
	for _, c := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-11-20", 1, "2026-11-23"}, // a Friday
		{"2026-12-24", 1, "2026-12-28"}, // Christmas
		{"2026-04-01", 1, "2026-04-07"}, // Easter
		{"2026-11-23", 5, "2026-11-30"},
		{"2026-11-21", 0, "2026-11-21"},
	} {
		from, want := calendar.MustParse(c.from), calendar.MustParse(c.want)
		if got := from.AddWorkdays(c.n); got != want {
			t.Errorf("%s + %d working days = %s, want %s", from, c.n, got, want)
		}
		if got := from.WorkdaysUntil(want); got != c.n {
			t.Errorf("working days from %s until %s = %d, want %d", from, want, got, c.n)
		}
	}
}
