package followup_test

import (
	"testing"

	"hjemvej/casework/followup"
	"hjemvej/internal/calendar"

	"pgregory.net/rapid"
)

func day(s string) calendar.Date { return calendar.MustParse(s) }

// anyDay draws a day of any month, leap years and turns of century included.
func anyDay(t *rapid.T, label string) calendar.Date {
	return calendar.Of(1890, 1, 1).AddDays(rapid.IntRange(0, 365*320).Draw(t, label))
}

func TestR23_TheLastDayIsSixCalendarMonthsOn(t *testing.T) {
	for arrived, want := range map[string]string{
		"2014-10-11": "2015-04-11",
		"2025-08-31": "2026-02-28",
		"2027-08-31": "2028-02-29",
		"2027-08-29": "2028-02-29",
		"2026-03-31": "2026-09-30",
		"2026-12-31": "2027-06-30",
		"2028-02-29": "2028-08-29",
	} {
		if got := followup.LastDay(day(arrived)); got != day(want) {
			t.Errorf("arrived %s: last day %s, want %s", arrived, got, want)
		}
	}
}

func TestR23_BothEndsOfThePeriodCount(t *testing.T) {
	arrived := day("2025-08-31")
	for on, want := range map[string]bool{
		"2025-08-30": false, "2025-08-31": true, "2026-02-28": true, "2026-03-01": false,
	} {
		if got := followup.Within(arrived, day(on)); got != want {
			t.Errorf("%s within = %v, want %v", on, got, want)
		}
	}
}

func TestR23_WithoutArrivalThereIsNoPeriod(t *testing.T) {
	var none calendar.Date
	if !followup.LastDay(none).IsZero() || followup.Within(none, day("2026-01-01")) || followup.Within(day("2026-01-01"), none) {
		t.Error("a missing day gave a period")
	}
}

// slowLastDay walks day by day and turns the leaves of a wall calendar: on the
// sixth leaf it stops on the day's number or on the last day of the leaf.
func slowLastDay(arrived calendar.Date) calendar.Date {
	at, leaves := arrived.Time(), 0
	for {
		next := at.AddDate(0, 0, 1)
		if leaves == 6 && (at.Day() == arrived.Day || next.Month() != at.Month()) {
			return calendar.On(at)
		}
		if next.Month() != at.Month() {
			leaves++
		}
		at = next
	}
}

func TestR23_ThePeriodAgreesWithAWallCalendar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		arrived := anyDay(t, "arrived")
		last := slowLastDay(arrived)
		if got := followup.LastDay(arrived); got != last {
			t.Fatalf("arrived %s: last day %s, want %s", arrived, got, last)
		}
		on := arrived.AddDays(rapid.IntRange(-10, 200).Draw(t, "offset"))
		inside := on == arrived || on == last || on.After(arrived) && on.Before(last)
		if got := followup.Within(arrived, on); got != inside {
			t.Fatalf("arrived %s: %s within = %v", arrived, on, got)
		}
	})
}
