package main

import (
	"strings"
	"testing"
	"time"

	"hjemvej/internal/calendar"
)

func TestTheDemosClockGoesOnAndNeverBack(t *testing.T) {
	t.Parallel()
	dir, today := t.TempDir(), calendar.Today(time.Now())
	stands := func(set calendar.Date, want int) {
		t.Helper()
		c, err := openClock(dir, set)
		if got := calendar.Today(c.now()).DaysSince(today); err != nil || got != want {
			t.Errorf("the clock stands %d days ahead, want %d; %v", got, want, err)
		}
	}
	stands(calendar.Date{}, 0)
	stands(today.AddDays(96), 96)
	stands(calendar.Date{}, 96)
	if _, err := openClock(dir, today.AddDays(95)); err == nil || !strings.Contains(err.Error(), "--fresh") {
		t.Errorf("back by a day: %v", err)
	}
	stands(today.AddDays(97), 97)
}

func TestADayThatTheDemoCannotShowIsNamed(t *testing.T) {
	t.Parallel()
	for _, day := range []string{"2027-02-29", "tomorrow", "1999-01-01", "2099-01-01"} {
		if status, _, errs := called(t, "demo", "--data", t.TempDir(), "--today", day); status != 1 || !strings.Contains(errs, "--today must") {
			t.Errorf("%s: %d %s", day, status, errs)
		}
	}
}
