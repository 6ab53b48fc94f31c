package plan_test

import (
	"testing"

	"hjemvej/casework/plan"
	"hjemvej/internal/housetest"
)

func TestR13_ActionsThatAreDueAreRememberedOnceUntilTheyAreDone(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewAccepted(t)
	save := func(read int, state string) {
		t.Helper()
		_, err := plan.Save(t.Context(), h.DB, c.By, c.Code, plan.Action, read, plan.Content{Goals: []plan.Goal{{Goal: "Feel well enough to travel",
			Actions: []plan.Step{{Area: "health", What: "A doctor", Responsible: "contact_person", DueOn: h.Today().AddDays(3), State: state}}}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	remind := func(when string, want int) {
		t.Helper()
		if n, err := plan.Remind(t.Context(), h.DB); err != nil || n != want {
			t.Errorf("%s: %d letters, %v, want %d", when, n, err, want)
		}
	}
	save(0, "open")
	remind("before the day", 0)
	h.Pass(4)
	remind("a day late, after an outage", 1)
	remind("again", 0)
	save(1, "open") // now due in three days
	h.Pass(3)
	remind("on the new day", 1)
	save(2, "done")
	h.Pass(30)
	remind("when it is done", 0)
}
