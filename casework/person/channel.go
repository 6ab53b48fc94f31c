package person

import "slices"

// Channel is a way on which somebody is contacted (R10, R33).
type Channel string

// The channels.
const (
	Call           Channel = "call"
	Text           Channel = "text"
	MessagingApp   Channel = "messaging_app"
	Email          Channel = "email"
	Visit          Channel = "visit"
	ThroughPartner Channel = "through_partner"
)

// Channels lists all of them.
var Channels = []Channel{Call, Text, MessagingApp, Email, Visit, ThroughPartner}

// Valid reports whether c is one of the channels.
func (c Channel) Valid() bool { return slices.Contains(Channels, c) }

// channels are those that the contact point permits (R10).
func (p *ContactPoint) channels() (out []Channel) {
	may := func(ok bool, c Channel) {
		if ok && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	switch p.Kind {
	case "phone":
		may(p.MayCall, Call)
		may(p.MayText, Text)
	case "messaging_app":
		may(p.MayCall || p.MayText, MessagingApp)
	case "email":
		may(p.MayText, Email)
	case "address":
		may(p.MayCall, Visit)
	}
	return out
}
