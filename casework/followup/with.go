package followup

import (
	"hjemvej/casework/person"
	"hjemvej/internal/calendar"
)

// Represented is what says whether somebody who is represented on a day is a child
// then: sealed, and all zero where nobody represents them.
type Represented struct {
	PersonID             *string
	WrappedKey, Identity []byte
}

// with is whom to talk to on a day: whoever represents the person, until the day
// on which they turn 18, whatever appointment is still recorded (R5). The birth
// date decides this alone, and nobody is shown it. Of whose identity is erased
// nobody knows their age any more.
func (r Represented) with(v person.Vault, day calendar.Date) (string, error) {
	switch {
	case r.PersonID == nil:
		return "person", nil
	case len(r.WrappedKey) == 0:
		return "representative", nil
	}
	identity, err := v.Open(person.Sealed{ID: *r.PersonID, WrappedKey: r.WrappedKey, Identity: r.Identity})
	if err != nil {
		return "", err
	}
	if !identity.IsChildOn(day) {
		return "person", nil
	}
	return "representative", nil
}
