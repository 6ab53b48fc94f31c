package plan_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"hjemvej/casework/plan"
	"hjemvej/internal/calendar"
	"hjemvej/internal/money"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func step(what string, due int) plan.Step {
	return plan.Step{Area: "health", What: what, Responsible: "person", DueOn: calendar.Of(2026, 10, due), State: "open"}
}

func goal(text string, steps ...plan.Step) plan.Goal { return plan.Goal{Goal: text, Actions: steps} }

func line(key, dkk string) plan.Line {
	return plan.Line{Key: key, Category: "housing", Form: "cash", Purpose: "To live", Amount: money.Amount{Amount: dkk, Currency: "DKK"}}
}

func inParts(key string, dkk ...string) plan.Line {
	l := line(key, "3")
	for i, part := range dkk {
		l.Instalments = append(l.Instalments, plan.Instalment{DueOn: calendar.Of(2026, 10, 1+i), Amount: money.Amount{Amount: part, Currency: "DKK"}})
	}
	return l
}

// told is a change in short.
func told(changes []plan.Change) (out []string) {
	for _, c := range changes {
		s := fmt.Sprintf("%s %s", c.Path, c.Kind)
		if c.Kind == plan.Changed || c.Kind == plan.Moved {
			s += fmt.Sprintf(": %v → %v", c.Before, c.After)
		}
		out = append(out, s)
	}
	return out
}

func TestR15_AComparisonListsWhatChangedAndNoMore(t *testing.T) {
	a, b, c := goal("A", step("a1", 1), step("a2", 2)), goal("B", step("b1", 3)), goal("C")
	done := step("a2", 2)
	done.State = "done"
	tests := map[string]struct {
		from, to plan.Content
		want     []string
	}{
		"nothing": {plan.Content{Goals: []plan.Goal{a, b}}, plan.Content{Goals: []plan.Goal{a, b}}, nil},
		"a goal moved": {plan.Content{Goals: []plan.Goal{a, b, c}}, plan.Content{Goals: []plan.Goal{c, a, b}},
			[]string{"goals[0] moved: goals[2] → goals[0]"}},
		"a goal added before": {plan.Content{Goals: []plan.Goal{a, b}}, plan.Content{Goals: []plan.Goal{c, a, b}}, []string{"goals[0] added"}},
		"a goal removed":      {plan.Content{Goals: []plan.Goal{a, b, c}}, plan.Content{Goals: []plan.Goal{a, c}}, []string{"goals[1] removed"}},
		"a goal reworded": {plan.Content{Goals: []plan.Goal{a, b}}, plan.Content{Goals: []plan.Goal{a, goal("B!", b.Actions...)}},
			[]string{"goals[1].goal changed: B → B!"}},
		"an action done in a goal that moved": {plan.Content{Goals: []plan.Goal{a, b, c}}, plan.Content{Goals: []plan.Goal{b, c, goal("A", a.Actions[0], done)}},
			[]string{"goals[2] moved: goals[0] → goals[2]", "goals[2].actions[1].state changed: open → done"}},
		"an action removed from a goal that moved on": {plan.Content{Goals: []plan.Goal{a}}, plan.Content{Goals: []plan.Goal{c, goal("A", a.Actions[1])}},
			[]string{"goals[0] added", "goals[0].actions[0] removed"}},
		"the same words twice": {plan.Content{Goals: []plan.Goal{goal("A", step("x", 1), step("x", 2))}}, plan.Content{Goals: []plan.Goal{goal("A", step("x", 2), step("x", 1))}},
			[]string{"goals[0].actions[1] moved: goals[0].actions[0] → goals[0].actions[1]"}},
		"no actions or none": {plan.Content{Goals: []plan.Goal{{Goal: "A"}}}, plan.Content{Goals: []plan.Goal{{Goal: "A", Actions: []plan.Step{}}}}, nil},
		"an amount": {plan.Content{Lines: []plan.Line{line("rent", "12000.00"), line("shop", "1")}}, plan.Content{Lines: []plan.Line{line("rent", "13000.00"), line("shop", "1.00")}},
			[]string{"lines[0].amount changed: 12000.00 DKK → 13000.00 DKK"}},
		"an instalment": {plan.Content{Lines: []plan.Line{inParts("rent", "1", "2")}}, plan.Content{Lines: []plan.Line{inParts("rent", "1.00", "3")}},
			[]string{"lines[0].instalments changed: [{2026-10-01 1.00 DKK} {2026-10-02 2.00 DKK}] → [{2026-10-01 1.00 DKK} {2026-10-02 3.00 DKK}]"}},
		"the same instalments": {plan.Content{Lines: []plan.Line{inParts("rent", "1", "2")}}, plan.Content{Lines: []plan.Line{inParts("rent", "1.00", "2.00")}}, nil},
		"another key is another line": {plan.Content{Lines: []plan.Line{line("rent", "1")}}, plan.Content{Lines: []plan.Line{line("rent2", "1")}},
			[]string{"lines[0] removed", "lines[0] added"}},
	}
	for name, tt := range tests {
		if diff := cmp.Diff(tt.want, told(plan.Compare(tt.from, tt.to))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// contents are few words and days, so that much is alike.
var contents = rapid.Custom(func(t *rapid.T) plan.Content {
	word := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"})
	action := rapid.Custom(func(t *rapid.T) plan.Step {
		s := step(word.Draw(t, "what"), rapid.IntRange(1, 3).Draw(t, "due"))
		s.State = rapid.SampledFrom([]string{"open", "done"}).Draw(t, "state")
		return s
	})
	goals := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) plan.Goal {
		return goal(word.Draw(t, "goal"), rapid.SliceOfN(action, 0, 4).Draw(t, "actions")...)
	}), 0, 5).Draw(t, "goals")
	lines := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) plan.Line {
		l := line(word.Draw(t, "key"), rapid.SampledFrom([]string{"1", "1.00", "2.50"}).Draw(t, "amount"))
		l.Form = rapid.SampledFrom([]string{"cash", "mixed"}).Draw(t, "form")
		for i := range rapid.IntRange(0, 2).Draw(t, "instalments") {
			l.Instalments = append(l.Instalments, plan.Instalment{DueOn: calendar.Of(2026, 10, 1+i), Amount: money.Amount{Amount: rapid.SampledFrom([]string{"1", "1.00", "2"}).Draw(t, "part"), Currency: "DKK"}})
		}
		l.ProofBeforeNext = rapid.Bool().Draw(t, "proof")
		l.ChildID = rapid.SampledFrom([]string{"", "one", "other"}).Draw(t, "child")
		return l
	}), 0, 5, func(l plan.Line) string { return l.Key }).Draw(t, "lines")
	return plan.Content{Goals: goals, Lines: lines}
})

func TestR15_ComparingAVersionWithItselfFindsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := contents.Draw(t, "content")
		if got := plan.Compare(c, c); len(got) > 0 {
			t.Errorf("found %v", told(got))
		}
	})
}

// TestR15_EveryDifferenceIsListed makes the later version out of the earlier one
// and the changes alone.
func TestR15_EveryDifferenceIsListed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := contents.Draw(t, "a"), contents.Draw(t, "b")
		changes := plan.Compare(a, b)
		got := plan.Content{Goals: goalsAfter(a.Goals, changes), Lines: after(a.Lines, "lines", "lines", changes)}
		for _, c := range changes {
			if c.Kind == plan.Changed {
				set(&got, c)
			}
		}
		if diff := cmp.Diff(canonical(t, b), canonical(t, got)); diff != "" {
			t.Errorf("of %v (-want +got):\n%s", told(changes), diff)
		}
		if (len(changes) == 0) != (canonical(t, a) == canonical(t, b)) {
			t.Errorf("%d changes between %s and %s", len(changes), canonical(t, a), canonical(t, b))
		}
	})
}

func canonical(t *rapid.T, c plan.Content) string {
	for i, g := range c.Goals {
		if len(g.Actions) == 0 {
			c.Goals[i].Actions = []plan.Step{}
		}
	}
	text, _, err := c.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// after is a list with what was removed, moved and added, in its new order.
func after[T any](list []T, was, is string, changes []plan.Change) []T {
	items := placed(list, was, is, changes)
	out := make([]T, len(items))
	for i, p := range items {
		out[i] = p.item
	}
	return out
}

type place[T any] struct {
	item T
	from int // in the earlier list, -1 for what is new
}

func placed[T any](list []T, was, is string, changes []plan.Change) (out []place[T]) {
	gone := map[int]bool{}
	type arrival struct {
		at int
		place[T]
	}
	var arrivals []arrival
	for _, c := range changes {
		switch c.Kind {
		case plan.Removed:
			if i, ok := index(c.Path, was); ok {
				gone[i] = true
			}
		case plan.Moved:
			if i, ok := index(c.Path, is); ok {
				from, _ := index(c.Before.(string), was)
				gone[from] = true
				arrivals = append(arrivals, arrival{i, place[T]{list[from], from}})
			}
		case plan.Added:
			if i, ok := index(c.Path, is); ok {
				arrivals = append(arrivals, arrival{i, place[T]{c.After.(T), -1}})
			}
		}
	}
	for i, item := range list {
		if !gone[i] {
			out = append(out, place[T]{item, i})
		}
	}
	slices.SortFunc(arrivals, func(a, b arrival) int { return a.at - b.at })
	for _, a := range arrivals {
		out = slices.Insert(out, a.at, a.place)
	}
	return out
}

func goalsAfter(goals []plan.Goal, changes []plan.Change) (out []plan.Goal) {
	for i, p := range placed(goals, "goals", "goals", changes) {
		if p.from >= 0 {
			p.item.Actions = after(p.item.Actions, fmt.Sprintf("goals[%d].actions", p.from), fmt.Sprintf("goals[%d].actions", i), changes)
		}
		out = append(out, p.item)
	}
	return out
}

// index is the place in a list that a path names whole.
func index(path, list string) (int, bool) {
	m := regexp.MustCompile(`^` + regexp.QuoteMeta(list) + `\[(\d+)\]$`).FindStringSubmatch(path)
	if m == nil {
		return 0, false
	}
	i, _ := strconv.Atoi(m[1])
	return i, true
}

var fieldPath = regexp.MustCompile(`^(goals|lines)\[(\d+)\](?:\.actions\[(\d+)\])?\.(\w+)$`)

// set writes a changed field, by the JSON that a reader of the comparison has.
func set(c *plan.Content, change plan.Change) {
	m := fieldPath.FindStringSubmatch(change.Path)
	i, _ := strconv.Atoi(m[2])
	j, _ := strconv.Atoi(m[3])
	patch, _ := json.Marshal(map[string]any{m[4]: change.After})
	switch {
	case m[1] == "lines":
		_ = json.Unmarshal(patch, &c.Lines[i])
	case m[3] == "":
		_ = json.Unmarshal(patch, &c.Goals[i])
	default:
		_ = json.Unmarshal(patch, &c.Goals[i].Actions[j])
	}
}

// FuzzCanonical holds that a content's one text reads back as the same content
// and is its own text, and that no comparison with another fails.
func FuzzCanonical(f *testing.F) {
	f.Add(`{"goals":[{"goal":"x","actions":[]}]}`, `{"lines":[{"key":"rent","amount":{"amount":"01.5","currency":"DKK"}}]}`)
	f.Add(`{}`, `{"goals":[{"goal":"é","actions":[{"what":"<b>\u2028"}]},{"goal":"","actions":null}]}`)
	f.Fuzz(func(t *testing.T, one, two string) {
		var a, b plan.Content
		if json.Unmarshal([]byte(one), &a) != nil || json.Unmarshal([]byte(two), &b) != nil {
			return
		}
		plan.Compare(a, b)
		text, hash, err := a.Canonical()
		if err != nil {
			return // an amount that is none
		}
		var again plan.Content
		if err := json.Unmarshal([]byte(text), &again); err != nil {
			t.Fatal(err)
		}
		text2, hash2, err := again.Canonical()
		if err != nil || text2 != text || string(hash) != string(hash2) {
			t.Errorf("%q became %q (%v)", text, text2, err)
		}
		if changes := plan.Compare(a, again); len(changes) > 0 {
			t.Errorf("reading it back changed %v", told(changes))
		}
	})
}
