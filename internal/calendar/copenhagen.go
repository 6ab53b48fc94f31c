package calendar

import (
	"errors"
	"sync"
	"time"
	_ "time/tzdata" // zones must be known on machines without a database of them
)

// Copenhagen is the zone in which the programme's days begin and end.
var Copenhagen = mustLoad("Europe/Copenhagen")

// Today is the day in Copenhagen at an instant.
func Today(now time.Time) Date { return On(now.In(Copenhagen)) }

// DayAt is the day at an instant in the time zone of an IANA name, or in
// Copenhagen where it is the name of none.
func DayAt(now time.Time, zone string) Date {
	loc, err := Zone(zone)
	if err != nil {
		loc = Copenhagen
	}
	return On(now.In(loc))
}

func mustLoad(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		panic("calendar: " + err.Error())
	}
	return loc
}

// ErrZone says that a text is not the name of a time zone.
var ErrZone = errors.New("not an IANA time zone, such as Europe/Copenhagen")

// Zone is the time zone of an IANA name. What stands for the machine's own zone,
// or for none, is no name. Errors: ErrZone.
func Zone(name string) (*time.Location, error) {
	if known, ok := zones.Load(name); ok {
		return known.(*time.Location), nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return nil, ErrZone
	}
	zones.Store(name, loc)
	return loc, nil
}

var zones sync.Map // by name: the library reads a zone's file each time
