package followup

import "hjemvej/internal/calendar"

// baselineMonths is within how many months of the arrival the baseline is taken
// in time (R37).
const baselineMonths = 1

// Late reports whether a survey was answered after its window: the baseline after
// a month, the others after the follow-up of their name closes, which is zero where
// it is not known. It is kept all the same, and flagged (R37).
func Late(kind Kind, arrived, closes, answered calendar.Date) bool {
	if kind == Baseline {
		closes = arrived.AddMonths(baselineMonths)
	}
	return !closes.IsZero() && !answered.Before(arrived) && answered.After(closes)
}

// InKnownDip reports whether answers come from a time at which people tend to be
// lowest: one to two, and five to six months after the arrival. An exit at the end of
// the six months does, also where it comes late; one at the end of an extension may
// not (R38).
func InKnownDip(kind Kind, arrived, answered calendar.Date) bool {
	between := func(from, until int) bool {
		return !answered.Before(arrived.AddMonths(from)) && !answered.After(arrived.AddMonths(until))
	}
	return between(1, 2) || between(5, 6) || kind == Exit && !answered.After(arrived.AddMonths(7))
}

// mayAskFrom is the day from which month 12 may be asked.
func mayAskFrom(arrived calendar.Date) calendar.Date { return arrived.AddMonths(11) }
