package plan

import (
	"fmt"
	"reflect"
	"slices"
)

// ChangeKind is what happened to one place of a plan.
type ChangeKind string

// The kinds. A goal, action or line that moved among its like is told once,
// and what changed in it besides is told beside that.
const (
	Added   ChangeKind = "added"
	Removed ChangeKind = "removed"
	Changed ChangeKind = "changed"
	Moved   ChangeKind = "moved"
)

// Change is one difference between two versions of a plan (R15).
type Change struct {
	Path   string     `json:"path" example:"lines[0].amount" doc:"The place in the later content; of what was removed, in the earlier one"`
	Kind   ChangeKind `json:"kind" enum:"added,removed,changed,moved" example:"changed"`
	Before any        `json:"before,omitempty" doc:"What stood there: a goal, an action, a line, or the value of one field; of what moved, its earlier place"`
	After  any        `json:"after,omitempty" doc:"What stands there now; of what moved, its place"`
}

// Compare lists everything in which b differs from a, field by field, in the
// order of b (R15). Lines are the same where their key is, goals and actions
// where their text is; of what is left, those between the same neighbours are
// taken for one that was reworded. It is empty exactly where both contents are
// the same.
func Compare(a, b Content) []Change {
	var c comparison
	compare(&c, goals, "goals", "goals", a.Goals, b.Goals)
	compare(&c, lines, "lines", "lines", a.Lines, b.Lines)
	return c.changes
}

type comparison struct{ changes []Change }

// kindOf is how one kind of item is told apart and looked into.
type kindOf[T any] struct {
	same     func(a, b T) bool
	name     func(T) string
	reworded bool // an item with another name may be the same one
	inside   func(c *comparison, was, is string, a, b T)
}

var goals = kindOf[Goal]{
	same:     func(a, b Goal) bool { return a.Goal == b.Goal && slices.Equal(a.Actions, b.Actions) },
	name:     func(g Goal) string { return g.Goal },
	reworded: true,
	inside: func(c *comparison, was, is string, a, b Goal) {
		field(c, is+".goal", a.Goal, b.Goal)
		compare(c, actions, was+".actions", is+".actions", a.Actions, b.Actions)
	},
}

var actions = kindOf[Step]{
	same:     func(a, b Step) bool { return a == b },
	name:     func(s Step) string { return s.What },
	reworded: true,
	inside: func(c *comparison, _, is string, a, b Step) {
		field(c, is+".area", a.Area, b.Area)
		field(c, is+".what", a.What, b.What)
		field(c, is+".responsible", a.Responsible, b.Responsible)
		field(c, is+".due_on", a.DueOn, b.DueOn)
		field(c, is+".state", a.State, b.State)
	},
}

var lines = kindOf[Line]{
	same: func(a, b Line) bool { return reflect.DeepEqual(a.plain(), b.plain()) },
	name: func(l Line) string { return l.Key },
	inside: func(c *comparison, _, is string, a, b Line) {
		field(c, is+".category", a.Category, b.Category)
		field(c, is+".form", a.Form, b.Form)
		field(c, is+".purpose", a.Purpose, b.Purpose)
		field(c, is+".amount", a.plain().Amount, b.plain().Amount)
		field(c, is+".partner_id", a.PartnerID, b.PartnerID)
		field(c, is+".due_on", a.DueOn, b.DueOn)
		field(c, is+".told_on", a.ToldOn, b.ToldOn)
		if before, after := a.plain().Instalments, b.plain().Instalments; !slices.Equal(before, after) {
			c.changes = append(c.changes, Change{is + ".instalments", Changed, orNone(before), orNone(after)})
		}
		field(c, is+".proof_before_next", a.ProofBeforeNext, b.ProofBeforeNext)
		field(c, is+".child_id", a.ChildID, b.ChildID)
	},
}

func field[T comparable](c *comparison, path string, before, after T) {
	if before != after {
		c.changes = append(c.changes, Change{path, Changed, before, after})
	}
}

// orNone is a list as a change tells it: one that is not there is no value.
func orNone(all []Instalment) any {
	if len(all) == 0 {
		return nil
	}
	return all
}

// plain is the line with its amounts as they are kept, where they can be.
func (l Line) plain() Line {
	if amount, err := l.Amount.Canonical(); err == nil {
		l.Amount = amount
	}
	var kept []Instalment
	for _, part := range l.Instalments {
		if amount, err := part.Amount.Canonical(); err == nil {
			part.Amount = amount
		}
		kept = append(kept, part)
	}
	l.Instalments = kept
	return l
}

// compare tells what was removed from the list at was, what was added to the
// one at is and what moved, and looks into what stayed.
func compare[T any](c *comparison, kind kindOf[T], was, is string, a, b []T) {
	from := kind.match(a, b)
	for i := range a {
		if !slices.Contains(from, i) {
			c.changes = append(c.changes, Change{Path: at(was, i), Kind: Removed, Before: a[i]})
		}
	}
	stay := longestRise(from)
	for j, i := range from {
		if i < 0 {
			c.changes = append(c.changes, Change{Path: at(is, j), Kind: Added, After: b[j]})
			continue
		}
		if !stay[j] {
			c.changes = append(c.changes, Change{at(is, j), Moved, at(was, i), at(is, j)})
		}
		kind.inside(c, at(was, i), at(is, j), a[i], b[j])
	}
}

func at(list string, i int) string { return fmt.Sprintf("%s[%d]", list, i) }

// match answers, for each item of b, the place in a of what it was, and -1 for
// what is new: first the very same, then the same name, then, where it may have
// been reworded, what stands after the same item as before.
func (k kindOf[T]) match(a, b []T) []int {
	from := slices.Repeat([]int{-1}, len(b))
	taken := make([]bool, len(a))
	take := func(fits func(i, j int) bool) {
		for j := range b {
			for i := range a {
				if from[j] < 0 && !taken[i] && fits(i, j) {
					from[j], taken[i] = i, true
				}
			}
		}
	}
	take(func(i, j int) bool { return k.same(a[i], b[j]) })
	take(func(i, j int) bool { return k.name(a[i]) == k.name(b[j]) })
	if k.reworded {
		take(func(i, j int) bool { return i == 0 && j == 0 || i > 0 && j > 0 && from[j-1] == i-1 })
	}
	return from
}

// longestRise marks the most items that kept their order among each other: the
// others are what moved.
func longestRise(from []int) []bool {
	length, previous := make([]int, len(from)), make([]int, len(from))
	last := -1
	for j, i := range from {
		previous[j] = -1
		if i < 0 {
			continue
		}
		length[j] = 1
		for k := range j {
			if from[k] >= 0 && from[k] < i && length[k] >= length[j] {
				length[j], previous[j] = length[k]+1, k
			}
		}
		if last < 0 || length[j] > length[last] {
			last = j
		}
	}
	stay := make([]bool, len(from))
	for ; last >= 0; last = previous[last] {
		stay[last] = true
	}
	return stay
}
