package casefile

import (
	"cmp"

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
