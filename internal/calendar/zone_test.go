package calendar_test

import (
	"testing"
	"time"

	"hjemvej/internal/calendar"
)

func TestTheDayAtAnInstantIsThatOfTheZone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, at, want string }{
		{"Pacific/Honolulu", "2026-10-27T09:59:59Z", "2026-10-26"},
		{"Pacific/Honolulu", "2026-10-27T10:00:00Z", "2026-10-27"},
		{"Pacific/Tongatapu", "2026-10-26T10:59:59Z", "2026-10-26"},
		{"Pacific/Tongatapu", "2026-10-26T11:00:00Z", "2026-10-27"},
		{"Asia/Beirut", "2026-03-28T21:59:59Z", "2026-03-28"}, // whose clocks then go on at midnight, to one
		{"Asia/Beirut", "2026-03-28T22:00:00Z", "2026-03-29"},
		{"Asia/Beirut", "2026-10-24T20:59:59Z", "2026-10-24"}, // and back, to eleven: the day is not over
		{"Asia/Beirut", "2026-10-24T21:00:00Z", "2026-10-24"},
		{"Asia/Beirut", "2026-10-24T22:00:00Z", "2026-10-25"},
		{"", "2026-10-26T23:00:00Z", "2026-10-27"}, // Copenhagen
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := calendar.DayAt(at, c.zone); got.String() != c.want {
			t.Errorf("%s at %s: %s, want %s", c.zone, c.at, got, c.want)
		}
	}
}
