package calendar

import (
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/dk"
)

var danish = func() *cal.BusinessCalendar {
	c := cal.NewBusinessCalendar()
	c.AddHoliday(dk.Holidays...)
	return c
}()

// IsWorkday reports whether d is a working day in Denmark: neither a weekend
// nor a public holiday.
func IsWorkday(d Date) bool { return danish.IsWorkday(d.Time().Add(12 * time.Hour)) }

// AddWorkdays is the n-th Danish working day after d; d itself does not count.
// n must not be negative.
func (d Date) AddWorkdays(n int) Date { return d.addWhere(n, IsWorkday) }

// WorkdaysUntil is the number of Danish working days after d up to and with e;
// 0 where e is not after d.
func (d Date) WorkdaysUntil(e Date) int {
	n := 0
	for d.Before(e) {
		d = d.AddDays(1)
		if IsWorkday(d) {
			n++
		}
	}
	return n
}
