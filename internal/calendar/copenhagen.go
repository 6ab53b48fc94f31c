package calendar

import (
	"time"
	_ "time/tzdata" // Copenhagen must be known on machines without a zone database
)

// Copenhagen is the zone in which the programme's days begin and end.
var Copenhagen = mustLoad("Europe/Copenhagen")

// Today is the day in Copenhagen at an instant.
func Today(now time.Time) Date { return On(now.In(Copenhagen)) }

func mustLoad(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		panic("calendar: " + err.Error())
	}
	return loc
}
