package followup

// Existing is a slot that the case has, and whether it has its result.
type Existing struct {
	Slot
	Done bool
}

// slotKey is what a case has at most one slot of (R31).
type slotKey struct {
	kind Kind
	ref  string
}

func (s Slot) key() slotKey { return slotKey{s.Kind, s.Ref} }

// Reconcile says what brings the slots of a case in line with those that are
// wanted now: which to insert, and which that are not done to move to other
// days, given with their new days and recognised by Kind and Ref. Done slots
// stay where they were, and nothing is ever deleted (R32). Applying the answer
// and asking again gives nothing, so it may run any number of times (R31).
//
// A slot that is not wanted any more, such as month 12 after its consent was
// withdrawn, is in neither list: it stays as it is, and whoever works through
// open slots must ask whether its condition still holds (R36).
func Reconcile(existing []Existing, wanted []Slot) (insert, move []Slot) {
	has := make(map[slotKey]Existing, len(existing))
	for _, e := range existing {
		has[e.key()] = e
	}
	seen := make(map[slotKey]bool, len(wanted))
	for _, w := range wanted {
		if seen[w.key()] {
			continue
		}
		seen[w.key()] = true
		e, ok := has[w.key()]
		switch {
		case !ok:
			insert = append(insert, w)
		case !e.Done && e.Slot != w:
			move = append(move, w)
		}
	}
	return insert, move
}
