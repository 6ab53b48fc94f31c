package followup_test

import (
	"fmt"
	"slices"
	"testing"

	"hjemvej/casework/followup"
	"hjemvej/casework/policy"
	"hjemvej/internal/calendar"

	"pgregory.net/rapid"
)

func TestR31_TheSeriesFromArrival(t *testing.T) {
	facts := followup.Facts{
		Arrived:        day("2025-08-31"),
		LargePayments:  []followup.LargePayment{{ID: "p1", PaidOn: day("2025-10-01")}, {ID: "planned"}},
		Month12Consent: true,
	}
	var got []string
	for _, s := range series(facts) {
		got = append(got, fmt.Sprint(s.Kind, " ", s.Ref, " ", s.OpensOn, " ", s.DueOn, " ", s.ClosesOn))
	}
	want := []string{
		"arrival_contact  2025-08-31 2025-09-14 2025-09-28",
		"month_1  2025-09-23 2025-09-30 2025-10-14",
		"payment_check p1 2025-10-08 2025-10-15 2025-10-29",
		"month_3  2025-11-23 2025-11-30 2025-12-14",
		"exit  2026-02-14 2026-02-28 2026-03-14",
		"month_12  2026-08-24 2026-08-31 2026-09-14",
	}
	if !slices.Equal(got, want) {
		t.Errorf("slots:\n%q\nwant\n%q", got, want)
	}
}

// The days of month 1, month 3, the exit and month 12, counted by hand.
func TestR31_MonthsThatAreTooShortAndLeapYears(t *testing.T) {
	for arrived, want := range map[string]string{
		"2027-01-29": "2027-02-28 2027-04-29 2027-07-29 2028-01-29",
		"2027-01-30": "2027-02-28 2027-04-30 2027-07-30 2028-01-30",
		"2027-01-31": "2027-02-28 2027-04-30 2027-07-31 2028-01-31",
		"2027-08-31": "2027-09-30 2027-11-30 2028-02-29 2028-08-31",
		"2027-11-30": "2027-12-30 2028-02-29 2028-05-30 2028-11-30",
		"2028-01-31": "2028-02-29 2028-04-30 2028-07-31 2029-01-31",
		"2028-02-29": "2028-03-29 2028-05-29 2028-08-29 2029-02-28",
	} {
		due := map[followup.Kind]calendar.Date{}
		for _, s := range series(followup.Facts{Arrived: day(arrived), Month12Consent: true}) {
			due[s.Kind] = s.DueOn
		}
		if got := fmt.Sprint(due[followup.Month1], " ", due[followup.Month3], " ", due[followup.Exit], " ", due[followup.Month12]); got != want {
			t.Errorf("arrived on %s: %s, want %s", arrived, got, want)
		}
	}
}

func TestR31_Month12NeedsItsOwnConsent(t *testing.T) {
	for _, s := range series(followup.Facts{Arrived: day("2026-01-15")}) {
		if s.Kind == followup.Month12 {
			t.Error("month 12 without consent")
		}
	}
}

func TestR31_NoSlotsBeforeArrival(t *testing.T) {
	paid := []followup.LargePayment{{ID: "p", PaidOn: day("2026-01-15")}}
	if got := series(followup.Facts{LargePayments: paid, Month12Consent: true}); len(got) != 0 {
		t.Errorf("slots before arrival: %v", got)
	}
}

func TestR32_ACorrectedArrivalMovesWhatIsNotDone(t *testing.T) {
	var have []followup.Existing
	for _, s := range series(followup.Facts{Arrived: day("2026-01-15")}) {
		have = append(have, followup.Existing{Slot: s, Done: s.Kind == followup.ArrivalContact})
	}
	wanted := series(followup.Facts{Arrived: day("2026-01-20"), Month12Consent: true})
	insert, move := followup.Reconcile(have, wanted)
	if len(insert) != 1 || insert[0].Kind != followup.Month12 {
		t.Errorf("insert %v, want month 12 alone", insert)
	}
	var moved []followup.Kind
	for _, s := range move {
		moved = append(moved, s.Kind)
	}
	if want := []followup.Kind{followup.Month1, followup.Month3, followup.Exit}; !slices.Equal(moved, want) {
		t.Errorf("moved %v, want %v", moved, want)
	}
	if move[2].DueOn != day("2026-07-20") {
		t.Errorf("the exit moved to %s", move[2].DueOn)
	}
}

func anyFacts(t *rapid.T) followup.Facts {
	f := followup.Facts{Arrived: anyDay(t, "arrived"), Month12Consent: rapid.Bool().Draw(t, "month 12")}
	for range rapid.IntRange(0, 4).Draw(t, "payments") {
		f.LargePayments = append(f.LargePayments, followup.LargePayment{
			ID:     rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "id"),
			PaidOn: f.Arrived.AddDays(rapid.IntRange(-5, 200).Draw(t, "paid")),
		})
	}
	for range rapid.IntRange(0, 3).Draw(t, "extensions") {
		f.Extensions = append(f.Extensions, f.Arrived.AddDays(rapid.IntRange(100, 366).Draw(t, "until")))
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "levels") {
		f.Levels = append(f.Levels, followup.LevelSet{ID: fmt.Sprint("l", i), On: f.Arrived.AddDays(rapid.IntRange(0, 60).Draw(t, "set")),
			Level: rapid.SampledFrom([]followup.Level{followup.Light, followup.Standard, followup.Intensified}).Draw(t, "level"), Raised: rapid.Bool().Draw(t, "raised")})
	}
	return f
}

func TestR31_EachSlotExistsOnceInAStableOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts(t)
		slots := series(f)
		seen := map[string]bool{}
		for i, s := range slots {
			if id := string(s.Kind) + "/" + s.Ref; seen[id] {
				t.Fatalf("%s twice", id)
			} else {
				seen[id] = true
			}
			if s.OpensOn.After(s.DueOn) || s.DueOn.After(s.ClosesOn) {
				t.Fatalf("days out of order: %v", s)
			}
			if i > 0 && s.DueOn.Before(slots[i-1].DueOn) {
				t.Fatalf("slots out of order: %v", slots)
			}
		}
		f.LargePayments = rapid.Permutation(f.LargePayments).Draw(t, "permutation")
		f.Extensions = rapid.Permutation(f.Extensions).Draw(t, "extensions permuted")
		f.Levels = rapid.Permutation(f.Levels).Draw(t, "levels permuted")
		if again := series(f); !slices.Equal(slots, again) {
			t.Fatalf("the order of the facts changed the slots: %v, %v", slots, again)
		}
	})
}

// apply does what a store does with the answer of Reconcile, and fails where the
// answer cannot be done.
func apply(t *rapid.T, have []followup.Existing, insert, move []followup.Slot) []followup.Existing {
	at := func(s followup.Slot) int {
		return slices.IndexFunc(have, func(e followup.Existing) bool { return e.Kind == s.Kind && e.Ref == s.Ref })
	}
	for _, s := range move {
		i := at(s)
		if i < 0 || have[i].Done {
			t.Fatalf("moved %v, which is done or does not exist", s)
		}
		have[i].Slot = s
	}
	for _, s := range insert {
		if at(s) >= 0 {
			t.Fatalf("inserted %v a second time", s)
		}
		have = append(have, followup.Existing{Slot: s})
	}
	return have
}

func TestR32_ReconcileSettlesAtOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var have []followup.Existing
		done := map[string]calendar.Date{}
		for range rapid.IntRange(1, 5).Draw(t, "corrections") {
			wanted := series(anyFacts(t))
			insert, move := followup.Reconcile(have, append(wanted, wanted...))
			have = apply(t, have, insert, move)
			if insert, move = followup.Reconcile(have, wanted); len(insert)+len(move) > 0 {
				t.Fatalf("a second time: insert %v, move %v", insert, move)
			}
			for i, e := range have {
				id := string(e.Kind) + "/" + e.Ref
				if was, ok := done[id]; ok && was != e.DueOn {
					t.Fatalf("%s was done and moved from %s to %s", id, was, e.DueOn)
				}
				if e.Done || rapid.Bool().Draw(t, "done") {
					have[i].Done = true
					done[id] = e.DueOn
				}
			}
		}
	})
}

func TestR31_APaymentNamedTwiceCountsFromItsEarlierDay(t *testing.T) {
	facts := followup.Facts{Arrived: day("2026-01-15"), LargePayments: []followup.LargePayment{
		{ID: "p", PaidOn: day("2026-02-10")}, {ID: "p", PaidOn: day("2026-02-01")},
	}}
	var due []calendar.Date
	for _, s := range series(facts) {
		if s.Kind == followup.PaymentCheck {
			due = append(due, s.DueOn)
		}
	}
	if !slices.Equal(due, []calendar.Date{day("2026-02-15")}) {
		t.Errorf("checks are due on %v", due)
	}
}

// series are the slots by the rules' own defaults.
func series(f followup.Facts) []followup.Slot { return followup.Slots(f, policy.Default().FollowUp) }
