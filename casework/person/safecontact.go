package person

import (
	"slices"
	"time"
)

// SafeContact is how the person may be contacted at a moment, by what is known
// of each contact point (R10).
type SafeContact struct {
	DoNotContact bool       `json:"do_not_contact" doc:"Nobody may, on any way"`
	Now          bool       `json:"now" doc:"One of the ways is open now"`
	From         *time.Time `json:"from,omitempty" doc:"When the first of them opens, where none is open now"`
	Ways         []Way      `json:"ways" nullable:"false" doc:"Permitted ways, those that are open now first. Besides them, through the partner, unless nobody may"`
}

// Way is one channel of a contact point.
type Way struct {
	Channel        Channel    `json:"channel" enum:"call,text,messaging_app,email,visit" example:"call"`
	ContactPointID string     `json:"contact_point_id" format:"uuid"`
	Now            bool       `json:"now"`
	From           *time.Time `json:"from,omitempty" doc:"When its hours begin next, where they are not now"`
	Until          *time.Time `json:"until,omitempty" doc:"When its hours end, where they are now; absent where it has none"`
	Words          bool       `json:"shared_words" doc:"There are words to say or to hear; read them before you call"`
}

// SafeContactAt decides how a person may be contacted at a moment, from the
// contact points that have neither ended nor expired. One that says *do not
// contact* closes them all, for everybody. Hours are in the person's local time;
// a contact point without hours is open at any.
func SafeContactAt(points []ContactPoint, now time.Time) SafeContact {
	out := SafeContact{Ways: []Way{}}
	if slices.ContainsFunc(points, func(p ContactPoint) bool { return p.DoNotContact }) {
		out.DoNotContact = true
		return out
	}
	for _, p := range points {
		open, from, until := p.window(now)
		for _, c := range p.channels() {
			w := Way{Channel: c, ContactPointID: p.ID, Now: open, Words: p.OurWord+p.SafeWord+p.DangerWord != ""}
			if open && !until.IsZero() {
				w.Until = &until
			}
			if !open {
				w.From = &from
				if out.From == nil || from.Before(*out.From) {
					out.From = &from
				}
			}
			out.Now = out.Now || open
			out.Ways = append(out.Ways, w)
		}
	}
	if out.Now {
		out.From = nil
	}
	slices.SortStableFunc(out.Ways, byReadiness)
	return out
}

// byReadiness puts open ways first, then those that open sooner.
func byReadiness(a, b Way) int {
	switch {
	case a.Now == b.Now && !a.Now:
		return a.From.Compare(*b.From)
	case a.Now == b.Now:
		return 0
	case a.Now:
		return -1
	}
	return 1
}

// Permitted are the channels on which the person may be tried at all, at
// whatever hour; none where nobody may (R34).
func (s SafeContact) Permitted() []Channel {
	if s.DoNotContact {
		return nil
	}
	out := []Channel{ThroughPartner}
	for _, w := range s.Ways {
		if !slices.Contains(out, w.Channel) {
			out = append(out, w.Channel)
		}
	}
	return out
}

// Unsafe is why a contact on a channel does not keep to what is safe at the
// moment: do_not_contact, channel (it is not permitted) or hours; "" where it
// does. Where only the day is known, the hour is not judged.
func (s SafeContact) Unsafe(c Channel, hourKnown bool) string {
	switch {
	case s.DoNotContact:
		return "do_not_contact"
	case !slices.Contains(s.Permitted(), c):
		return "channel"
	case c == ThroughPartner || !hourKnown:
		return ""
	case !slices.ContainsFunc(s.Ways, func(w Way) bool { return w.Channel == c && w.Now }):
		return "hours"
	}
	return ""
}

// HasSafeWord reports whether the person has a word, on a channel, for when it
// is safe to talk.
func HasSafeWord(points []ContactPoint, c Channel) bool {
	return slices.ContainsFunc(points, func(p ContactPoint) bool { return p.SafeWord != "" && slices.Contains(p.channels(), c) })
}

// window says whether the contact point's hours are now, and until when, or when
// they begin next. until is zero where there are no hours.
func (p *ContactPoint) window(now time.Time) (open bool, from, until time.Time) {
	if len(p.Hours) == 0 {
		return true, from, until
	}
	zone, err := time.LoadLocation(p.TimeZone)
	if err != nil { // was checked when it was kept
		zone = time.UTC
	}
	local := now.In(zone)
	for day := range 3 { // a day on which the clock skips the hour has none
		for _, h := range p.Hours {
			begins, ends := onDay(local, day, h.From), onDay(local, day, h.Until)
			switch {
			case !now.Before(begins) && now.Before(ends):
				if ends.After(until) {
					open, until = true, ends.UTC()
				}
			case begins.After(now) && begins.Before(ends) && (from.IsZero() || begins.Before(from)):
				from = begins.UTC()
			}
		}
	}
	return open, from, until
}

// onDay is a time of the day, so many days after a local day, as an instant.
func onDay(local time.Time, days int, clock string) time.Time {
	at, _ := time.Parse("15:04", clock) // its form was checked
	return time.Date(local.Year(), local.Month(), local.Day()+days, at.Hour(), at.Minute(), 0, 0, local.Location())
}
