package followup

import (
	"fmt"
	"slices"

	"hjemvej/casework/person"
	"hjemvej/casework/policy"
	"hjemvej/internal/calendar"
)

// Channel is the way on which a contact was tried (R33).
type Channel = person.Channel

// The channels.
const (
	Call           = person.Call
	Text           = person.Text
	MessagingApp   = person.MessagingApp
	Email          = person.Email
	Visit          = person.Visit
	ThroughPartner = person.ThroughPartner
)

// AttemptOutcome is what came of an attempt (R33).
type AttemptOutcome string

// The outcomes of an attempt.
const (
	ReachedSafe    AttemptOutcome = "reached_safe"     // reached, and safe to talk
	ReachedNotFree AttemptOutcome = "reached_not_free" // reached, but not free to talk
	NoAnswer       AttemptOutcome = "no_answer"
	NumberDead     AttemptOutcome = "number_dead"
	ThirdParty     AttemptOutcome = "third_party" // somebody else answered
	Refused        AttemptOutcome = "refused"     // the person wants no contact
)

// Valid reports whether o is one of the outcomes of an attempt.
func (o AttemptOutcome) Valid() bool {
	return slices.Contains([]AttemptOutcome{ReachedSafe, ReachedNotFree, NoAnswer, NumberDead, ThirdParty, Refused}, o)
}

// reaches reports whether the person was reached at all.
func (o AttemptOutcome) reaches() bool {
	return o == ReachedSafe || o == ReachedNotFree || o == Refused
}

// Concludes says whether an attempt with outcome o completes its slot, and as
// what: reached and safe as reached, refused as declined contact. After every
// other outcome the slot stays open (R33, R35).
func Concludes(o AttemptOutcome) (as ExitOutcome, ok bool) {
	switch o {
	case ReachedSafe:
		return Reached, true
	case Refused:
		return DeclinedContact, true
	default:
		return "", false
	}
}

// Attempt is one try to reach the person (R33).
type Attempt struct {
	On      calendar.Date
	Channel Channel
	Outcome AttemptOutcome
}

// LostContactMissing is everything that still stands in the way of recording
// lost contact for a slot with these attempts, by the rules' numbers, in sentences
// that are safe to show; none where it may be recorded (R34).
//
// Only dated attempts over permitted channels count. Where no channel is
// permitted nobody may try, and what is recorded is a safety hold (R10). An
// attempt that concludes the slot rules lost contact out.
func LostContactMissing(attempts []Attempt, permitted []Channel, rules policy.FollowUpRules) []string {
	if len(permitted) == 0 {
		return []string{"No channel is permitted, so nobody may try: this is a safety hold, not lost contact."}
	}
	if slices.ContainsFunc(attempts, func(a Attempt) bool { _, ok := Concludes(a.Outcome); return ok }) {
		return []string{"An attempt has reached the person, so contact is not lost."}
	}
	made, days, channels := tally(attempts, permitted)
	wantChannels := min(rules.LostChannels, distinct(permitted))
	var missing []string
	if made < rules.LostAttempts {
		missing = append(missing, fmt.Sprintf("Lost contact needs %d attempts over permitted channels; so far %d.", rules.LostAttempts, made))
	}
	if days < rules.LostDays {
		missing = append(missing, fmt.Sprintf("Lost contact needs attempts on %d different days; so far %d.", rules.LostDays, days))
	}
	if channels < wantChannels {
		missing = append(missing, fmt.Sprintf("Lost contact needs %d permitted channels to be tried; so far %d.", wantChannels, channels))
	}
	return missing
}

// tally counts the attempts that count, their days and their channels.
func tally(attempts []Attempt, permitted []Channel) (made, days, channels int) {
	onDays, overChannels := map[calendar.Date]bool{}, map[Channel]bool{}
	for _, a := range attempts {
		if a.On.IsZero() || !slices.Contains(permitted, a.Channel) {
			continue
		}
		made++
		onDays[a.On] = true
		overChannels[a.Channel] = true
	}
	return made, len(onDays), len(overChannels)
}

func distinct(channels []Channel) int {
	return len(slices.Compact(slices.Sorted(slices.Values(channels))))
}
