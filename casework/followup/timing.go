package followup

import (
	"hjemvej/casework/policy"
	"hjemvej/internal/calendar"
)

// baselineMonths is within how many months of the arrival the baseline is taken
// in time (R37).
const baselineMonths = 1

// Late reports whether a survey was answered after its window: the baseline
// after a month, the others after the follow-up of their name closes. It is kept
// all the same, and flagged (R37).
func Late(kind Kind, arrived, answered calendar.Date) bool {
	return !answered.Before(arrived) && answered.After(lastInTime(kind, arrived))
}

func lastInTime(kind Kind, arrived calendar.Date) calendar.Date {
	if kind == Baseline {
		return arrived.AddMonths(baselineMonths)
	}
	for _, s := range Slots(Facts{Arrived: arrived, Month12Consent: true}, policy.Default().FollowUp) {
		if s.Kind == kind {
			return s.ClosesOn
		}
	}
	return arrived
}

// InKnownDip reports whether answers come from a time at which people tend to be
// lowest: one to two, and five to six months after the arrival. The exit always
// does, also on its last days (R38).
func InKnownDip(kind Kind, arrived, answered calendar.Date) bool {
	between := func(from, until int) bool {
		return !answered.Before(arrived.AddMonths(from)) && !answered.After(arrived.AddMonths(until))
	}
	return kind == Exit || between(1, 2) || between(5, 6)
}

// mayAskFrom is the day from which month 12 may be asked.
func mayAskFrom(arrived calendar.Date) calendar.Date { return arrived.AddMonths(11) }
