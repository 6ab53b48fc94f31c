package housetest

import (
	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/casework/plan"
	"hjemvej/internal/access"
)

// Option changes the case that a step begins with.
type Option func(*casefile.Opening, *Case)

// Aged makes the person so many years old on the house's day.
func Aged(years int) Option {
	return func(o *casefile.Opening, c *Case) {
		o.Person.BirthDate = o.Person.BirthDate.AddMonths(12 * (adult - years))
		c.child = years < 18
	}
}

// Turns18In makes the person turn 18 so many days after the house's day.
func (h *House) Turns18In(days int) Option {
	return func(o *casefile.Opening, c *Case) {
		o.Person.BirthDate, c.child = h.Today().AddMonths(-18*12).AddDays(days), days > 0
	}
}

// OnTrack opens the case on a track, assessed by that track's authority (R1).
func OnTrack(track casefile.Track) Option {
	return func(o *casefile.Opening, _ *Case) { o.Track, o.AssessedBy = track, track.Assessor() }
}

// Reachable gives the person these contact points, and no other.
func Reachable(points ...person.ContactPoint) Option {
	return func(o *casefile.Opening, _ *Case) { o.Person.ContactPoints = points }
}

// Of makes somebody else its contact person, with their team's lead.
func Of(contact, lead access.Actor) Option {
	return func(_ *casefile.Opening, c *Case) { c.By, c.Lead = contact, lead }
}

// HandedTo makes another home-country partner receive the person.
func HandedTo(home access.Actor) Option {
	return func(_ *casefile.Opening, c *Case) { c.Home = home }
}

// InZone offers the return to a place with a time zone of its own.
func InZone(name string) Option {
	return func(_ *casefile.Opening, c *Case) { c.zone = name }
}

// Sharing lets the partners know no more than these.
func Sharing(categories ...casefile.Category) Option {
	return func(_ *casefile.Opening, c *Case) { c.shares = categories }
}

// WithLines gives the reintegration plan other lines than the bench's two.
func WithLines(lines ...plan.Line) Option {
	return func(_ *casefile.Opening, c *Case) { c.lines = lines }
}

const adult = 30
