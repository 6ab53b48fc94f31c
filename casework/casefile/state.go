package casefile

import (
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
)

// State is how far the case has come.
type State string

// The way of one person. Withdrawal is possible from every state before the
// close, and is not the same as declining.
const (
	Identified State = "identified"
	Offered    State = "offered"
	Accepted   State = "accepted"
	Declined   State = "declined"
	Departed   State = "departed"
	Arrived    State = "arrived"
	Exited     State = "exited"
	Closed     State = "closed"
	Withdrawn  State = "withdrawn"
	Joined     State = "joined" // into the case of the same person that goes on
)

// Over reports whether the case goes no further and nothing is begun in it.
func (s State) Over() bool { return s == Closed || s == Withdrawn || s == Joined }

// Moves says which state may follow which. The database holds the same table
// (legal_moves), and a test compares them.
var Moves = map[State][]State{
	Identified: {Offered, Withdrawn, Joined},
	Offered:    {Accepted, Declined, Withdrawn, Joined},
	Declined:   {Offered, Closed, Withdrawn, Joined},
	Accepted:   {Departed, Withdrawn, Joined},
	Departed:   {Arrived, Withdrawn},
	Arrived:    {Exited, Withdrawn},
	Exited:     {Closed, Withdrawn},
	Withdrawn:  {Closed},
}

// Move answers the conflict where a case may not go from one state to another.
func (s State) Move(to State) error {
	for _, next := range Moves[s] {
		if next == to {
			return nil
		}
	}
	return fault.Conflictf("", "A case that is %s cannot become %s.", s, to)
}

// Track is the person's standing in Denmark; it decides who assesses (R1).
type Track string

// The tracks.
const (
	AsylumSeeker Track = "asylum_seeker"
	NoLawfulStay Track = "no_lawful_stay"
	LawfulStay   Track = "lawful_stay"
)

// Authority is who assesses and decides.
type Authority string

// The authorities.
const (
	ImmigrationService Authority = "immigration_service"
	CMM                Authority = "cmm"
)

// Assessor is the authority that assesses people of a track (R1).
func (t Track) Assessor() Authority {
	if t == LawfulStay {
		return CMM
	}
	return ImmigrationService
}

// happened refuses a day in the future, or before the case can have begun, for
// something that is reported as done.
func happened(path string, day, notBefore, today calendar.Date) error {
	switch {
	case day.After(today):
		return fault.Invalidf(path, "must not lie in the future")
	case day.Before(notBefore):
		return fault.Invalidf(path, "must not lie before %s", notBefore)
	}
	return nil
}

// Happened is happened for the rooms that stand on this one: a day that is
// reported as done lies neither in the future nor before the case was assessed.
func (r *Row) Happened(path string, day, today calendar.Date) error {
	return happened(path, day, r.AssessedOn, today)
}
