package attention_test

import (
	"testing"

	"hjemvej/casework/attention"
	"hjemvej/casework/casefile"
	"hjemvej/internal/calendar"

	"pgregory.net/rapid"
)

var start = calendar.MustParse("2026-03-01")

// days are the facts' days, in no order: corrections and late reports happen.
func anyFacts(t *rapid.T, state casefile.State) attention.Facts {
	maybe := func(name string) (d calendar.Date) {
		if rapid.Bool().Draw(t, name) {
			d = start.AddDays(rapid.IntRange(-200, 200).Draw(t, name+" day"))
		}
		return d
	}
	return attention.Facts{State: state, Since: start, ReflectionEnds: maybe("reflection"), ActionDue: maybe("action"), AnswerDue: maybe("answer"),
		Departs: maybe("departs"), SlotDue: maybe("slot"), Held: rapid.Bool().Draw(t, "held"), LastDay: maybe("last day")}
}

func TestR36_NoOpenCaseIsEverForgotten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		state := casefile.Identified
		for range rapid.IntRange(0, 8).Draw(t, "moves") {
			next := casefile.Moves[state]
			if len(next) == 0 {
				break
			}
			state = rapid.SampledFrom(next).Draw(t, "state")
		}
		step, ok := attention.Next(anyFacts(t, state))
		if state.Over() != !ok {
			t.Fatalf("%s waits for something: %v", state, ok)
		}
		if !ok {
			return
		}
		if step.What == "" || step.By.IsZero() {
			t.Fatalf("%s waits for %q by %s", state, step.What, step.By)
		}
		// Left alone, it is reported in the end, whatever its days were.
		if !step.Forgotten(start.AddDays(200 + attention.Grace + 1)) {
			t.Fatalf("%s: %s by %s is never reported", state, step.What, step.By)
		}
		if step.Forgotten(step.By.AddDays(attention.Grace)) {
			t.Fatalf("%s: reported within the grace", step.What)
		}
	})
}

func TestR10_ASafetyHoldIsLookedAt(t *testing.T) {
	t.Parallel()
	held := attention.Facts{State: casefile.Arrived, Since: start, Held: true, LastDay: start.AddMonths(6)}
	if step, _ := attention.Next(held); step.What != attention.LookAtSafetyHold || !step.Forgotten(start.AddDays(15)) {
		t.Errorf("a hold waits for %s by %s", step.What, step.By)
	}
}
