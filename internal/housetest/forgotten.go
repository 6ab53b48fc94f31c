package housetest

import (
	"testing"

	"hjemvej/casework/attention"
	"hjemvej/internal/access"
)

// unheard are what must not stand open when the sweeps of the house's day have
// run. It is asked in SQL of its own, so that the program does not judge itself.
var unheard = map[string]string{
	"people in support of whom no follow-up is open, nor the exit made": `SELECT count(*) FROM cases c WHERE c.state = 'arrived' AND c.last_day >= $1
		AND NOT EXISTS (SELECT FROM followups f WHERE f.case_id = c.id AND (f.state = 'open' OR f.kind = 'exit' AND f.state <> 'dropped'))`,
	"overdue follow-ups of which nobody was reminded": `SELECT count(*) FROM followups f JOIN cases c ON c.id = f.case_id
		WHERE f.state = 'open' AND f.due_on < $1::date - 1 AND f.quiet_until IS NULL AND NOT contact_blocked(c.person_id)
		AND NOT EXISTS (SELECT FROM letters l WHERE l.followup_id = f.id AND l.due_on = f.due_on AND l.kind LIKE 'followup%' AND l.state <> 'dropped')`,
	"follow-ups overdue by eleven days of which no lead was told": `SELECT count(*) FROM followups f JOIN cases c ON c.id = f.case_id
		WHERE f.state = 'open' AND f.due_on < $1::date - 11 AND f.quiet_until IS NULL AND NOT contact_blocked(c.person_id)
		AND NOT EXISTS (SELECT FROM letters l WHERE l.followup_id = f.id AND l.due_on = f.due_on AND l.kind = 'followup_escalated' AND l.state <> 'dropped')`,
	"people whose last day has passed, and nobody is asked for the exit": `SELECT count(*) FROM cases c WHERE c.state = 'arrived' AND c.last_day < $1::date - 2
		AND NOT EXISTS (SELECT FROM letters l WHERE l.case_id = c.id AND l.due_on = c.last_day AND l.kind = 'exit_unfinished' AND l.state <> 'dropped')`,
}

// NobodyForgotten fails unless every open case waits for a step, and somebody was
// told of each whose step was missed for two weeks (R36). The sweeps of the house's
// day must have run; the night's look for forgotten cases is had here.
func (h *House) NobodyForgotten(t testing.TB) {
	t.Helper()
	_, err := attention.Report(t.Context(), h.DB)
	must(t, err)
	waits := 0
	for _, lead := range []access.Actor{h.Lead, h.OtherLead} {
		health, err := attention.ReadHealth(t.Context(), h.DB, lead)
		must(t, err)
		for _, s := range health.Steps {
			waits += s.Cases
		}
		for _, f := range health.Forgotten {
			if h.Count(t, `SELECT count(*) FROM letters l JOIN cases c ON c.id = l.case_id WHERE c.code = $1 AND l.kind = 'case_without_next_step' AND l.state <> 'dropped'`, f.Case) == 0 {
				t.Errorf("%s: a case that is %s waits to %s since %s, and nobody was told", h.Today(), f.State, f.Step, f.By)
			}
		}
	}
	if open := h.Count(t, `SELECT count(*) FROM cases WHERE state NOT IN ('closed','withdrawn','joined')`); waits != open {
		t.Errorf("%s: %d of %d open cases wait for a step", h.Today(), waits, open)
	}
	for what, sql := range unheard {
		if n := h.Count(t, sql, h.Today()); n > 0 {
			t.Errorf("%s: %d %s", h.Today(), n, what)
		}
	}
}
