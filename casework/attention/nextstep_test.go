package attention_test

import (
	"maps"
	"slices"
	"testing"

	"hjemvej/casework/attention"
	"hjemvej/casework/casefile"
	"hjemvej/internal/calendar"
	"hjemvej/internal/housetest"

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
	return attention.Facts{State: state, Unattended: rapid.Bool().Draw(t, "unattended"), Since: start, ReflectionEnds: maybe("reflection"), ActionDue: maybe("action"), AnswerDue: maybe("answer"),
		Departs: maybe("departs"), SlotDue: maybe("slot"), LastSlotDue: maybe("last slot"), Held: rapid.Bool().Draw(t, "held"), LastDay: maybe("last day")}
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
		if step.What == "" || step.By.IsZero() || step.What.Owner() == "" {
			t.Fatalf("%s waits for %q of %q by %s", state, step.What, step.What.Owner(), step.By)
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

func TestR36_TheDatabasesDayOfTheNextStepIsTheRules(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	states := slices.Sorted(maps.Keys(casefile.Moves))
	rapid.Check(t, func(r *rapid.T) {
		f := anyFacts(r, rapid.SampledFrom(states).Draw(r, "state"))
		step, ok := attention.Next(f)
		if !ok {
			return
		}
		until := calendar.MustParse(h.Text(t, `SELECT step_until($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)::text`, string(f.State), f.Unattended, f.Since, f.ReflectionEnds,
			f.ActionDue, f.AnswerDue, f.Departs, f.SlotDue, f.LastSlotDue, f.Held, f.LastDay))
		if step.Forgotten(until.AddDays(attention.Grace)) || !step.Forgotten(until.AddDays(attention.Grace+1)) {
			r.Fatalf("%+v waits for %s by %s; the database says until %s", f, step.What, step.By, until)
		}
	})
}

func TestR10_ASafetyHoldIsLookedAt(t *testing.T) {
	t.Parallel()
	held := attention.Facts{State: casefile.Arrived, Since: start, Held: true, LastDay: start.AddMonths(6)}
	for _, due := range []int{20, 50} { // each follow-up that a hold keeps is looked at anew
		held.SlotDue, held.LastSlotDue = start.AddDays(due), start.AddMonths(6)
		step, _ := attention.Next(held)
		if step.What != attention.LookAtSafetyHold || step.Forgotten(start.AddDays(due+attention.Grace)) || !step.Forgotten(start.AddDays(due+attention.Grace+1)) {
			t.Errorf("a hold waits for %s by %s", step.What, step.By)
		}
	}
}

func TestR2_ACaseThatNobodyHasWaitsForAContactPerson(t *testing.T) {
	t.Parallel()
	for state := range casefile.Moves {
		step, ok := attention.Next(attention.Facts{State: state, Unattended: true, Since: start, ReflectionEnds: start.AddDays(90), SlotDue: start.AddDays(90)})
		if ok == state.Over() || ok && (step.What != attention.NameContactPerson || step.What.Owner() != attention.TeamLead || step.By != start) {
			t.Errorf("%s waits for %s by %s", state, step.What, step.By)
		}
	}
}
