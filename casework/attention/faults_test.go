package attention_test

import (
	"context"
	"maps"
	"slices"
	"testing"

	"hjemvej/casework/attention"
	"hjemvej/casework/casefile"
	"hjemvej/internal/housetest"
	"hjemvej/internal/pgtest"
)

// steps are what each case that stands still waits for, where nothing went wrong.
var steps = map[string]attention.What{
	"identified":                  attention.OfferReturn,
	"offered":                     attention.AnswerOffer,
	"declined":                    attention.CloseCase,
	"accepted, nothing else":      attention.PrepareReturn,
	"accepted, an action planned": attention.DoPlanAction,
	"accepted, a partner asked":   attention.AwaitPartner,
	"accepted, booked":            attention.Depart,
	"departed, no arrival":        attention.ConfirmArrival,
	"arrived, follow-ups open":    attention.FollowUp,
	"arrived, a safety hold":      attention.LookAtSafetyHold,
	"arrived, extension pending":  attention.ReviewExit,
	"arrived, only the exit open": attention.FollowUp,
	"exited":                      attention.CloseCase,
}

// faults are what may go wrong with every case at once, and what those wait for
// then that waited for something else.
var faults = map[string]struct {
	sql   string
	other map[string]attention.What
}{
	"nothing":                 {sql: `SELECT`},
	"its contact person left": {sql: `UPDATE users SET active = false WHERE role = 'contact_person'`, other: everyStep(attention.NameContactPerson)},
	"nobody may make contact": {sql: `INSERT INTO identity_parts (id, person_id, kind, sealed, do_not_contact, recorded_by) SELECT gen_random_uuid(), person_id, 'contact_point', '', true, contact_person_id FROM cases`,
		other: map[string]attention.What{"arrived, follow-ups open": attention.LookAtSafetyHold, "arrived, only the exit open": attention.LookAtSafetyHold}},
	"partners declined":       {sql: `UPDATE handoffs SET state = 'declined', decline_reason = 'full'`, other: map[string]attention.What{"accepted, a partner asked": attention.PrepareReturn}},
	"hand-offs were revoked":  {sql: `UPDATE handoffs SET state = 'revoked'`, other: map[string]attention.What{"accepted, a partner asked": attention.PrepareReturn}},
	"consents were withdrawn": {sql: `UPDATE consents SET withdrawn_at = now()`},
	"consents ran out":        {sql: `UPDATE consents SET valid_until = valid_from`},
	"periods ended":           {sql: `UPDATE cases SET reflection_ends_on = '2026-11-01', reflection_ended_on = '2026-11-01'`},
	"nothing is booked":       {sql: `DELETE FROM departures`, other: map[string]attention.What{"accepted, booked": attention.PrepareReturn}},
	"a plan without actions":  {sql: `UPDATE plan_deadlines SET actions = 0`, other: map[string]attention.What{"accepted, an action planned": attention.PrepareReturn}},
	"nothing is open any more": {sql: `UPDATE followups SET state = 'dropped', done_on = NULL`,
		other: map[string]attention.What{"arrived, follow-ups open": attention.ReviewExit, "arrived, a safety hold": attention.ReviewExit, "arrived, only the exit open": attention.ReviewExit}},
	"the person is not free to talk": {sql: `UPDATE followups SET quiet_until = due_on + 30 WHERE state = 'open'`},
	"extensions were never approved": {sql: `UPDATE cases SET last_day = arrived_on + 10 WHERE arrived_on IS NOT NULL`},
}

func everyStep(w attention.What) map[string]attention.What {
	out := map[string]attention.What{}
	for name := range steps {
		out[name] = w
	}
	return out
}

// Left alone for long enough, every open case is named with what it waits for,
// whatever went wrong.
func TestR36_WhateverGoesWrongEveryOpenCaseWaitsForSomebody(t *testing.T) {
	t.Parallel()
	names := map[string]string{} // by the code
	stand := func(_ context.Context, url string) error {
		h := housetest.On(t, url)
		defer h.Owner.Close()
		defer h.DB.Close()
		for name, walk := range standstills {
			h.SetToday(housetest.FirstDay)
			walk(t, h)
			code := h.Text(t, `SELECT code FROM cases WHERE NOT code = ANY($1)`, slices.AppendSeq([]string{}, maps.Keys(names)))
			names[code] = name
		}
		return nil
	}
	for what, fault := range faults {
		h := housetest.On(t, pgtest.Database(t, housetest.Furnish, stand))
		for _, table := range []string{"handoffs", "consents", "cases", "followups", "identity_parts", "departures"} {
			h.Set(t, `ALTER TABLE `+table+` DISABLE TRIGGER USER`)
		}
		h.Set(t, fault.sql)
		h.SetToday("2029-01-01")
		health, err := attention.ReadHealth(t.Context(), h.DB, h.Lead)
		must(t, err)
		got := map[string]attention.What{}
		for _, w := range health.Forgotten {
			got[names[w.Case]] = w.Step
			if w.Owner == "" || w.By.IsZero() || casefile.State(w.State).Over() {
				t.Errorf("%s, %s: %+v", what, names[w.Case], w)
			}
		}
		for name, want := range steps {
			if other, changed := fault.other[name]; changed {
				want = other
			}
			if got[name] != want {
				t.Errorf("%s, %s: it waits for %q, want %s", what, name, got[name], want)
			}
		}
		if n, err := attention.Report(t.Context(), h.DB); n != len(steps) || len(got) != len(steps) || err != nil {
			t.Errorf("%s: %d are named and %d reported of %d, %v", what, len(got), n, len(steps), err)
		}
	}
}
