package followup

import "slices"

// ExitOutcome is how it stands between the person and us at six months (R35).
// Every case gets one; each counts in every denominator (R34).
type ExitOutcome string

// The outcomes at six months.
const (
	Reached         ExitOutcome = "reached"
	Lost            ExitOutcome = "lost" // only where LostContactMissing is empty (R34)
	DeclinedContact ExitOutcome = "declined_contact"
	ReMigrated      ExitOutcome = "re_migrated"
	Died            ExitOutcome = "died"
	SafetyHold      ExitOutcome = "safety_hold" // contact would endanger the person (R10)
)

// ExitOutcomes lists all outcomes in the order in which reports show them, so
// that a report can show those that nobody has, too.
func ExitOutcomes() []ExitOutcome {
	return []ExitOutcome{Reached, Lost, DeclinedContact, ReMigrated, Died, SafetyHold}
}

// Valid reports whether o is one of the six outcomes; "" is none (R35).
func (o ExitOutcome) Valid() bool { return slices.Contains(ExitOutcomes(), o) }
