package scheduler_test

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"hjemvej/internal/calendar"
)

// A slow model of a caseload. It says the rules R10, R31, R32, R36 and R37 once
// more, from the domain and from nothing of the program's but dates: it looks at
// everything of everybody each time, and keeps no index.

// modelCase is one person's case, by its facts.
type modelCase struct {
	code                       string
	zone                       *time.Location // of the destination
	contact, team, partner     string
	state                      string
	since                      calendar.Date // of the state
	arrived                    calendar.Date
	extensions                 []calendar.Date          // approved last days
	large                      map[string]calendar.Date // by the payment, the day on which it was sent
	closer                     []closer
	month12, held, dead, ended bool
	slots                      []*modelSlot
	letters                    []*modelLetter
}

// closer is a turn to an intensified follow-up, and the day from which it could be
// known (R37).
type closer struct {
	id  string
	day calendar.Date
}

// slotName is what a case has once (R31).
type slotName struct{ kind, ref string }

// modelSlot is a contact that is owed, and what came of it.
type modelSlot struct {
	slotName
	opens, due, closes calendar.Date
	state              string
	done, quiet        calendar.Date
	tries              []try
}

// try is an attempt that counts towards lost contact (R34).
type try struct {
	day     calendar.Date
	channel string
}

// dayAt is the day at the case's destination.
func (c *modelCase) dayAt(now time.Time) calendar.Date {
	t := now.In(c.zone)
	return calendar.Date{Year: t.Year(), Month: t.Month(), Day: t.Day()}
}

// monthsAfter is so many calendar months later, at the latest on the month's last
// day (R23).
func monthsAfter(d calendar.Date, months int) calendar.Date {
	first := time.Date(d.Year, d.Month+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return calendar.Date{Year: first.Year(), Month: first.Month(), Day: min(d.Day, last)}
}

func latest(days ...calendar.Date) (out calendar.Date) {
	for _, d := range days {
		if d.After(out) {
			out = d
		}
	}
	return out
}

// lastDay is that of support: six months, or what another approved beyond them, up
// to twelve in all.
func (c *modelCase) lastDay() calendar.Date {
	last := latest(append([]calendar.Date{monthsAfter(c.arrived, 6)}, c.extensions...)...)
	if twelve := monthsAfter(c.arrived, 12); last.After(twelve) {
		return twelve
	}
	return last
}

func (c *modelCase) slot(kind, ref string) *modelSlot {
	for _, s := range c.slots {
		if s.slotName == (slotName{kind, ref}) {
			return s
		}
	}
	return nil
}

// owed are the slots that the case's facts ask for now, with the default windows.
func (c *modelCase) owed() (out []*modelSlot) {
	if c.dead {
		return nil
	}
	owe := func(kind, ref string, before int, due calendar.Date) {
		out = append(out, &modelSlot{slotName: slotName{kind, ref}, opens: due.AddDays(-before), due: due, closes: due.AddDays(14)})
	}
	if c.month12 {
		owe("month_12", "", 7, monthsAfter(c.arrived, 12))
	}
	if c.state != "arrived" {
		return out
	}
	owe("arrival_contact", "", 14, c.arrived.AddDays(14))
	owe("month_1", "", 7, monthsAfter(c.arrived, 1))
	owe("month_3", "", 7, monthsAfter(c.arrived, 3))
	six, last := monthsAfter(c.arrived, 6), c.lastDay()
	made := c.exitsMade()
	switch {
	case len(made) == 0 || !last.After(six):
		owe("exit", "", 14, last)
	case latest(made...).Before(last): // it was made for an earlier end
		owe("exit", last.String(), 14, last)
	}
	if last.After(six) && !slices.ContainsFunc(made, func(end calendar.Date) bool { return !end.After(six) }) {
		owe("month_6", "", 7, six)
	}
	for _, month := range []int{9, 12} {
		if day := monthsAfter(c.arrived, month); day.Before(last) {
			owe("extension", strconv.Itoa(month), 7, day)
		}
	}
	for id, sent := range c.large {
		owe("payment_check", id, 7, sent.AddDays(14))
	}
	return append(out, c.weeks()...)
}

// exitsMade are the ends for which an exit contact has its result.
func (c *modelCase) exitsMade() (ends []calendar.Date) {
	for _, s := range c.slots {
		if s.kind == "exit" && s.state != "open" && s.state != "dropped" {
			ends = append(ends, s.due)
		}
	}
	return ends
}

// weeks are the four weekly contacts after each turn to a closer follow-up; of two
// that overlap, nobody is called twice within seven days.
func (c *modelCase) weeks() (out []*modelSlot) {
	turns := slices.Clone(c.closer)
	slices.SortFunc(turns, func(a, b closer) int { return cmp.Or(a.day.Compare(b.day), cmp.Compare(a.id, b.id)) })
	var before calendar.Date
	for _, turn := range turns {
		for week := 1; week <= 4; week++ {
			due := turn.day.AddDays(7 * week)
			if !before.IsZero() && due.DaysSince(before) < 7 {
				continue
			}
			before = due
			out = append(out, &modelSlot{slotName: slotName{"weekly", fmt.Sprintf("%s:%d", turn.id, week)},
				opens: due.AddDays(-3), due: due, closes: due.AddDays(4)})
		}
	}
	return out
}

// recount brings the slots in line with the facts: what has its result stays, the
// rest moves, is dropped, or comes back (R32). What is planned into a quiet rests,
// too (R33).
func (c *modelCase) recount(today calendar.Date) {
	owed := c.owed()
	for _, o := range owed {
		s := c.slot(o.kind, o.ref)
		if s == nil {
			s = &modelSlot{slotName: o.slotName}
			c.slots = append(c.slots, s)
		}
		if s.state == "" || s.state == "open" || s.state == "dropped" {
			s.state, s.opens, s.due, s.closes = "open", o.opens, o.due, o.closes
		}
	}
	for _, s := range c.slots {
		if s.state == "open" && !slices.ContainsFunc(owed, func(o *modelSlot) bool { return o.slotName == s.slotName }) {
			s.state = "dropped"
		}
	}
	var until calendar.Date
	for _, s := range c.open() {
		until = latest(until, s.quiet)
	}
	if !until.Before(today) {
		c.rest(nil, until, today)
	}
}

// rest lets nobody be reminded, until a day, of what is due by then, and of the slot
// at which the person was not free to talk. What nobody has read is put back (R33).
func (c *modelCase) rest(own *modelSlot, until, today calendar.Date) {
	for _, s := range c.open() {
		if s == own || !s.due.After(until) {
			s.quiet = latest(s.quiet, until)
		}
		for _, l := range c.letters {
			if l.slot == s && l.state == "queued" && !s.quiet.Before(today) {
				l.state = "free"
			}
		}
	}
}

// wake ends the rest: the person was reached and safe.
func (c *modelCase) wake() {
	for _, s := range c.open() {
		s.quiet = calendar.Date{}
	}
}

// conclude gives a slot its result.
func (s *modelSlot) conclude(state string, day calendar.Date) {
	s.state, s.done, s.quiet = state, day, calendar.Date{}
}

// mayBeLost is whether enough was tried: 4 attempts on 3 days over 2 channels (R34).
func (s *modelSlot) mayBeLost() bool {
	days, channels := map[calendar.Date]bool{}, map[string]bool{}
	for _, t := range s.tries {
		days[t.day], channels[t.channel] = true, true
	}
	return len(s.tries) >= 4 && len(days) >= 3 && len(channels) >= 2
}

// open are the slots that still wait.
func (c *modelCase) open() (out []*modelSlot) {
	for _, s := range c.slots {
		if s.state == "open" {
			out = append(out, s)
		}
	}
	return out
}

// endSupport ends what is over at its destination (R23).
func (y *modelYear) endSupport(now time.Time) {
	for _, c := range y.cases {
		c.ended = c.ended || c.dayAt(now).After(c.lastDay())
	}
}
