package followup

import (
	"cmp"
	"fmt"
	"slices"

	"hjemvej/internal/calendar"
)

// rank orders the levels: what is raised goes up in it.
var rank = map[Level]int{Light: 0, Standard: 1, Intensified: 2}

// LevelSet is a level that a survey came to, or that a caseworker raised it to,
// and since when (R37).
type LevelSet struct {
	ID     string
	On     calendar.Date
	Known  calendar.Date // when it was recorded; zero where that was the same day
	Level  Level
	Raised bool
}

// InForce is which of the sets decides now: the newest survey's, unless a raise
// of that day or later is higher. Of two surveys of one day the one that comes
// later in the list is the newer. Nil before any: the follow-up is standard then.
func InForce(sets []LevelSet) *LevelSet {
	var in *LevelSet
	for i, s := range sets {
		if !s.Raised && (in == nil || !s.On.Before(in.On)) {
			in = &sets[i]
		}
	}
	survey := in
	for i, s := range sets {
		if s.Raised && (survey == nil || !s.On.Before(survey.On)) && rank[s.Level] > rank[levelOf(in)] {
			in = &sets[i]
		}
	}
	return in
}

func levelOf(s *LevelSet) Level {
	if s == nil {
		return Standard
	}
	return s.Level
}

// How far around its due day a weekly contact is in time.
const (
	weekOpensBefore = 3
	weekClosesAfter = 4
)

// asked is the day from which more contact could be asked for.
func (s LevelSet) asked() calendar.Date {
	if s.Known.After(s.On) {
		return s.Known
	}
	return s.On
}

// weeks are the weekly contacts after each rise to intensified was known, so many:
// a survey that is sent in late asks for none that would be overdue at once. A rise
// that overlaps with an earlier one prolongs it: a week of it that would be due
// less than seven days after the one before is left out, so that nobody is called
// twice in a week. What was begun runs to its end, whatever a later survey says.
func weeks(sets []LevelSet, n int) []Slot {
	sets = slices.SortedFunc(slices.Values(sets), func(a, b LevelSet) int {
		return cmp.Or(a.asked().Compare(b.asked()), cmp.Compare(a.ID, b.ID))
	})
	var slots []Slot
	for _, s := range sets {
		if s.Level != Intensified {
			continue
		}
		for week := 1; week <= n; week++ {
			due := s.asked().AddDays(7 * week)
			if len(slots) > 0 && due.Before(slots[len(slots)-1].DueOn.AddDays(7)) {
				continue
			}
			slots = append(slots, Slot{Kind: Weekly, Ref: fmt.Sprintf("%s:%d", s.ID, week),
				OpensOn: due.AddDays(-weekOpensBefore), DueOn: due, ClosesOn: due.AddDays(weekClosesAfter)})
		}
	}
	return slots
}
