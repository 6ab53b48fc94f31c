package followup

import "hjemvej/internal/calendar"

// periodMonths is the length of support in calendar months (R23).
const periodMonths = 6

// LastDay is the last day of the six months of support that begin on the
// confirmed arrival: the same day of the month six months on, clamped to that
// month's end (31 August gives 28 or 29 February). The last day counts (R23).
// Without an arrival there is no last day.
func LastDay(arrived calendar.Date) calendar.Date {
	if arrived.IsZero() {
		return calendar.Date{}
	}
	return arrived.AddMonths(periodMonths)
}

// Within reports whether day lies in the six months of support, the day of
// arrival and the last day included (R23). Without an arrival no day does.
func Within(arrived, day calendar.Date) bool {
	if arrived.IsZero() || day.IsZero() {
		return false
	}
	return !day.Before(arrived) && !day.After(LastDay(arrived))
}
