package casefile

import (
	"cmp"
	"time"

	"hjemvej/casework/person"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
)

// ZoneThere is the time zone of a destination: the one that was said, else that
// of the country where all its clocks agree, else Copenhagen's. It is an IANA
// name; both parameters may be "".
func ZoneThere(country, said string) string {
	return cmp.Or(said, person.ZoneOfCountry(country), calendar.Copenhagen.String())
}

// DayThere is the day at a destination at an instant, which may be the one before
// or after Copenhagen's.
func DayThere(now time.Time, country, said string) calendar.Date {
	return calendar.DayAt(now, ZoneThere(country, said))
}

// LastDayAnywhere is the latest day that it can be at a destination while it is a
// day in Copenhagen. Sweeps ask the database for what is due by it, which is a few
// rows too many, and then each row for its own day.
func LastDayAnywhere(today calendar.Date) calendar.Date { return today.AddDays(1) }

// Clock is what says which day it is at a destination: its country, and the time
// zone that was said; either may be "".
type Clock struct{ Country, Said string }

// DaysThere are the days at destinations at an instant, as arrays for a statement
// to join with: unnest($1::text[], $2::text[], $3::date[]).
func DaysThere(now time.Time, clocks []Clock) (countries, said []string, today []calendar.Date) {
	for _, c := range clocks {
		countries, said, today = append(countries, c.Country), append(said, c.Said), append(today, DayThere(now, c.Country, c.Said))
	}
	return countries, said, today
}

// DayThere is the day at the case's destination at an instant: what the person
// does there is dated by it.
func (c *Row) DayThere(now time.Time) calendar.Date {
	return DayThere(now, text(c.Destination), text(c.DestinationTimeZone))
}

// validate checks what no schema can.
func (d Destination) validate(path string) error {
	if err := person.MustBeCountry(path+".country", d.Country); err != nil {
		return err
	}
	if _, err := calendar.Zone(d.TimeZone); d.TimeZone != "" && err != nil {
		return fault.Invalidf(path+".time_zone", "is not an IANA time zone, such as Europe/Bucharest")
	}
	return nil
}
