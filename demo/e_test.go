package demo

import (
	"fmt"
	"slices"
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/money"
)

func (d filled) courseE(t *testing.T) {
	who := d.actor(t, "contact_person_1")
	c, err := casefile.Read(t.Context(), d.db, who, d.CourseE)
	if err != nil {
		t.Fatal(err)
	}
	arrival := calendar.MustParse("2026-05-09")
	if c.State != casefile.Closed || c.ExitOutcome != string(followup.Reached) || c.ArrivedOn != arrival || c.LastDay != arrival.AddMonths(6) || c.SupportEnded != c.LastDay {
		t.Errorf("E's case is %+v", c)
	}
	b, err := support.ReadBudget(t.Context(), d.db, who, d.CourseE)
	if err != nil || b.Approved != money.DKK("41700.00") || b.PocketMoney != money.DKK("1500.00") || len(b.Lines) != 6 {
		t.Errorf("E's budget is %+v, %v", b, err)
	}
	for _, l := range b.Lines {
		if short, _ := l.Approved.Sub(l.Delivered); short != money.DKK("0.00") && short != money.DKK("0.01") || l.Late {
			t.Errorf("E's line %s is short by %s, late %v", l.Key, short, l.Late)
		}
		want := map[string]int{"rent": 6, "sewing": 2, "food": 6}[l.Key]
		if len(l.Promises) != max(want, 1) || l.ProofBeforeNext != (l.Key == "sewing") || (l.ChildID != "") != (l.Key == "school") {
			t.Errorf("E was promised %+v", l)
		}
		for _, p := range l.Promises {
			if !p.OnTime {
				t.Errorf("E's line %s, instalment %d: %+v", l.Key, p.Number, p.Outcome)
			}
		}
	}
	d.proofsOfE(t, who)
	surveys, err := followup.ListSurveys(t.Context(), d.db, who, d.CourseE)
	if err != nil || len(surveys) != 3 {
		t.Fatalf("E has %d surveys, %v", len(surveys), err)
	}
	s := surveys[0]
	if got := fmt.Sprintf("%s %s %s %s %s %d", s.Economic, s.Social, s.Psychosocial, s.Composite, s.Level, len(s.Alerts)); got != "0.6350 0.7450 0.2625 0.5150 intensified 4" {
		t.Errorf("E's baseline is %s", got)
	}
	for i, later := range surveys[1:] {
		if before := surveys[i]; later.Composite.String() <= before.Composite.String() || later.Psychosocial.String() <= before.Psychosocial.String() {
			t.Errorf("E is not better at %s than at %s", later.Kind, before.Kind)
		}
	}
	d.contactsOfE(t, who)
}

// proofsOfE looks whether E's support is proven to the last ban, and her rents are
// settled by the partner's statement.
func (d filled) proofsOfE(t *testing.T, who access.Actor) {
	paid, _, err := support.List(t.Context(), d.db, who, support.Filter{Case: d.CourseE, Limit: 200})
	if err != nil || len(paid) != 17 {
		t.Fatalf("E got %d payments, %v", len(paid), err)
	}
	for _, p := range paid {
		if p.Amount.Currency != "RON" || p.State != support.Received || p.Proven != p.Amount || (p.Line == "rent") != (p.Settled == p.Amount) {
			t.Errorf("E's payment on %s is %s, proven %s of %s, settled %s", p.Line, p.State, p.Proven, p.Amount, p.Settled)
		}
	}
	receipts, err := support.ListReceipts(t.Context(), d.db, who, d.CourseE)
	if err != nil || len(receipts) != 17 {
		t.Fatalf("E has %d receipts, %v", len(receipts), err)
	}
	if !slices.ContainsFunc(receipts, func(r support.Receipt) bool { return len(r.Shares) == 2 && r.Amount == money.Must("2366.86", "RON") }) {
		t.Error("no receipt of E's proves two payments")
	}
}

func (d filled) contactsOfE(t *testing.T, who access.Actor) {
	all, err := followup.List(t.Context(), d.db, d.vault, who, d.CourseE)
	if err != nil {
		t.Fatal(err)
	}
	got := map[followup.Kind]int{}
	for _, f := range all {
		got[f.Kind] += len(f.Attempts)
		if f.State != "done" {
			t.Errorf("E's %s is %s", f.Kind, f.State)
		}
	}
	want := map[followup.Kind]int{followup.ArrivalContact: 1, followup.Month1: 1, followup.PaymentCheck: 1, followup.Month3: 3, followup.Exit: 1, followup.Weekly: 4}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("E's attempts are %v, want %v", got, want)
	}
}
