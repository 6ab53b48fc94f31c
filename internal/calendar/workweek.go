package calendar

import (
	"errors"
	"time"
)

// Workweek is on which days an organisation works: some days of the week, but
// for its holidays. The zero Workweek works every day.
type Workweek struct {
	free     [7]bool // by time.Weekday
	holidays map[Date]bool
}

// ErrWorkweek says that nobody works like that: on no day of the week, or on one
// that there is not.
var ErrWorkweek = errors.New("not days of the week on which somebody works")

// NewWorkweek works on the ISO weekdays, 1 (Monday) to 7 (Sunday), but not on
// the holidays. Errors: ErrWorkweek.
func NewWorkweek(weekdays []int, holidays []Date) (Workweek, error) {
	w := Workweek{free: [7]bool{true, true, true, true, true, true, true}, holidays: map[Date]bool{}}
	for _, d := range weekdays {
		if d < 1 || d > 7 {
			return Workweek{}, ErrWorkweek
		}
		w.free[time.Weekday(d%7)] = false
	}
	if len(weekdays) == 0 {
		return Workweek{}, ErrWorkweek
	}
	for _, d := range holidays {
		w.holidays[d] = true
	}
	return w, nil
}

// Works reports whether d is a working day.
func (w Workweek) Works(d Date) bool { return !w.free[d.Weekday()] && !w.holidays[d] }

// After is the n-th working day after d; d itself does not count. n must not be
// negative.
func (w Workweek) After(d Date, n int) Date { return d.addWhere(n, w.Works) }

// addWhere is the n-th day after d that counts.
func (d Date) addWhere(n int, counts func(Date) bool) Date {
	for n > 0 {
		d = d.AddDays(1)
		if counts(d) {
			n--
		}
	}
	return d
}
