package followup

import "hjemvej/internal/calendar"

// periodMonths is the length of support in calendar months (R23).
const periodMonths = 6

// ExtendedMonths is how long support may last with all its extensions, in
// calendar months from the arrival (R32). The database says so too.
const ExtendedMonths = 12

// LastDay is the last day of the six months of support that begin on the
// confirmed arrival: the same day of the month six months on, clamped to that
// month's end (31 August gives 28 or 29 February). The last day counts (R23).
// Where an approved extension ends later, that day is the last: an extension is
// until a date, and a corrected arrival neither shortens nor lengthens it, but for
// the twelve months in all that are never passed (R32). Without an arrival there is
// no last day.
func LastDay(arrived calendar.Date, extensions ...calendar.Date) calendar.Date {
	if arrived.IsZero() {
		return calendar.Date{}
	}
	last := arrived.AddMonths(periodMonths)
	for _, until := range extensions {
		if until.After(last) {
			last = until
		}
	}
	if most := arrived.AddMonths(ExtendedMonths); last.After(most) {
		return most
	}
	return last
}

// Within reports whether day lies in the six months of support, the day of
// arrival and the last day included (R23). Without an arrival no day does.
func Within(arrived, day calendar.Date) bool {
	if arrived.IsZero() || day.IsZero() {
		return false
	}
	return !day.Before(arrived) && !day.After(LastDay(arrived))
}
