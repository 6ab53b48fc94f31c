// Package calendar holds the calendar date: a day without a clock, a time zone
// or a midnight. Deadlines, periods and payments are dates; only what happened
// at an instant is a time.Time.
package calendar

import (
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// Date is one day of the Gregorian calendar. The zero Date is no day at all:
// IsZero reports it, it marshals to an empty text and to SQL NULL.
// Dates compare with == and may be map keys.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ErrDate says that a text is not a day written as 2006-01-02.
var ErrDate = errors.New("not a date like 2006-01-02")

// Of normalises year, month and day as time.Date does (32 January is
// 1 February).
func Of(year int, month time.Month, day int) Date {
	return On(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// On is the day that t shows in its own location.
func On(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// Parse reads a day written as 2006-01-02. Days that do not exist are refused.
func Parse(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, ErrDate
	}
	return On(t), nil
}

// MustParse is Parse for literals; it panics on an error.
func MustParse(s string) Date {
	d, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

// IsZero reports whether d is no day at all.
func (d Date) IsZero() bool { return d == Date{} }

// Time is midnight UTC of d, for arithmetic and for libraries.
func (d Date) Time() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// String writes d as 2006-01-02, and the zero Date as "".
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day)
}

// Compare is -1, 0 or +1 as d is before, on or after e.
func (d Date) Compare(e Date) int { return d.Time().Compare(e.Time()) }

// Before reports whether d is earlier than e.
func (d Date) Before(e Date) bool { return d.Compare(e) < 0 }

// After reports whether d is later than e.
func (d Date) After(e Date) bool { return d.Compare(e) > 0 }

// AddDays is d moved by n days; n may be negative.
func (d Date) AddDays(n int) Date { return Of(d.Year, d.Month, d.Day+n) }

// AddMonths is d moved by n calendar months, the day clamped to the end of the
// month reached: 31 August + 6 is 28 or 29 February (R23).
func (d Date) AddMonths(n int) Date {
	first := Of(d.Year, d.Month+time.Month(n), 1)
	if last := DaysIn(first.Year, first.Month); d.Day > last {
		return Date{first.Year, first.Month, last}
	}
	return Date{first.Year, first.Month, d.Day}
}

// DaysSince is the number of days from e to d; negative where d is earlier.
func (d Date) DaysSince(e Date) int { return int(d.Time().Sub(e.Time()) / (24 * time.Hour)) }

// Weekday is d's day of the week.
func (d Date) Weekday() time.Weekday { return d.Time().Weekday() }

// DaysIn is the number of days of a month.
func DaysIn(year int, month time.Month) int { return Of(year, month+1, 0).Day }

// AgeOn is the number of whole years from birth date d to day on. Someone born
// on 29 February turns a year older on 1 March in common years.
func (d Date) AgeOn(on Date) int {
	age := on.Year - d.Year
	if on.Month < d.Month || on.Month == d.Month && on.Day < d.Day {
		age--
	}
	return age
}

// MarshalText writes 2006-01-02.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads 2006-01-02, or nothing as the zero Date.
func (d *Date) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*d = Date{}
		return nil
	}
	*d, err = Parse(string(b))
	return err
}

// ScanDate reads a PostgreSQL date; NULL becomes the zero Date.
func (d *Date) ScanDate(v pgtype.Date) error {
	switch {
	case !v.Valid:
		*d = Date{}
	case v.InfinityModifier != pgtype.Finite:
		return errors.New("calendar: infinite date")
	default:
		*d = On(v.Time)
	}
	return nil
}

// DateValue writes a PostgreSQL date; the zero Date becomes NULL.
func (d Date) DateValue() (pgtype.Date, error) {
	if d.IsZero() {
		return pgtype.Date{}, nil
	}
	return pgtype.Date{Time: d.Time(), Valid: true}, nil
}
