package support_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hjemvej/casework/support"
	"hjemvej/internal/housetest"
	"hjemvej/internal/money"

	"pgregory.net/rapid"
)

// movesOf is where the money of a case went, oldest first.
func (b *bench) movesOf(payment support.Payment) string {
	b.t.Helper()
	rows, next, err := support.ListPostings(b.t.Context(), b.DB, b.Finance, b.c.Code, 0, 200)
	b.must(err)
	if next != 0 {
		b.t.Fatal("there are more postings than a page holds")
	}
	var out []string
	for _, r := range rows {
		if r.Payment == payment.ID {
			out = append(out, fmt.Sprintf("%s>%s %s", r.From, r.To, r.Counted.Number()))
		}
	}
	return strings.Join(out, ", ")
}

func TestR25_EveryStepOfAPaymentIsAPosting(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for to, want := range map[support.State]string{
		support.Planned:    "line>committed 10.00",
		support.Authorised: "line>committed 10.00",
		support.Cancelled:  "line>committed 10.00, committed>line 10.00",
		support.Sent:       "line>committed 10.00, committed>sent 10.00",
		support.Failed:     "line>committed 10.00, committed>line 10.00",
		support.Received:   "line>committed 10.00, committed>sent 10.00, sent>proven 10.00",
		support.Returned:   "line>committed 10.00, committed>sent 10.00, sent>line 10.00",
	} {
		if got := b.movesOf(b.reach(to)); got != want {
			t.Errorf("%s: %s, want %s", to, got, want)
		}
	}
}

func TestR25_TheBooksSayWhereEveryKroneIs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.reach(support.Planned)
	b.reach(support.Sent)
	b.reach(support.Received)
	b.reach(support.Cancelled)
	books, err := support.ReadBooks(t.Context(), b.DB, b.Manager)
	b.must(err)
	if !books.Balance.IsZero() || len(books.Programmes) != 1 {
		t.Fatalf("the trial balance is %s over %d programmes", books.Balance, len(books.Programmes))
	}
	p := books.Programmes[0]
	granted, err := money.Sum(p.Free, money.DKK("35000"))
	b.must(err)
	if granted != p.Ceiling {
		t.Errorf("%s free and 35,000 promised of %s", p.Free, p.Ceiling)
	}
	for _, c := range p.Categories {
		if c.Category == "housing" && (c.OnLine != money.DKK("34970") || c.Committed != money.DKK("10") || c.OnItsWay != money.DKK("10") || c.Proven != money.DKK("10")) {
			t.Errorf("housing: %+v", c)
		}
	}
}

func TestR25_APostingIsNeverChangedNotEvenByTheOwner(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.reach(support.Sent)
	for _, sql := range []string{`UPDATE postings SET dkk = dkk + 1`, `DELETE FROM postings`, `TRUNCATE postings`} {
		_, err := b.Owner.Exec(t.Context(), sql)
		housetest.Broken(t, err, "posting_is_final")
		_, err = b.Exec(t.Context(), b.Finance, sql)
		housetest.Broken(t, err, "42501")
	}
	_, err := b.Exec(t.Context(), b.Program, `INSERT INTO postings (programme_id, taken_from, put_to, dkk, amount, currency, rate) SELECT id, 'granted', 'programme', 1, 1, 'DKK', 1 FROM programmes`)
	housetest.Broken(t, err, "42501")
}

func TestR26_NotEvenTheOwnerChangesWhatWasPlanned(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.planned("100", "in_kind")
	for _, set := range []string{`planned_by = gen_random_uuid()`, `amount = amount + 1, dkk = dkk + 1`, `planned_for = planned_for + 1`, `form = 'cash'`, `exception_reason = 'late'`} {
		_, err := b.Owner.Exec(t.Context(), `UPDATE payments SET `+set+` WHERE id = $1`, p.ID)
		housetest.Broken(t, err, "payment_is_what_was_planned")
	}
	_, err := b.Owner.Exec(t.Context(), `UPDATE payments SET state = 'authorised', authorised_by = planned_by WHERE id = $1`, p.ID)
	housetest.Broken(t, err, "payment_by_the_actor")
}

func TestTheCheckNamesWhatDoesNotAgree(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.reach(support.Sent)
	b.Set(t, `UPDATE budget_lines SET sent_dkk = sent_dkk - 1 WHERE sent_dkk > 0`)
	_, faults, err := support.CheckLedger(t.Context(), b.DB)
	b.must(err)
	var said []string
	for _, f := range faults {
		said = append(said, f.Of+" "+string(f.Place))
	}
	if want := []string{"line committed", "line sent", "payments committed", "payments sent"}; !slices.Equal(said, want) {
		t.Errorf("the check said %v, want %v", said, want)
	}
	b.Set(t, `UPDATE budget_lines SET sent_dkk = sent_dkk + 1 WHERE sent_dkk > 0`)
}

// Whatever payments go through, in whatever order, no øre is lost or made: the
// house asks it after the test, too.
func TestR25_MoneyIsConservedWhateverHappens(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	rapid.Check(t, func(t *rapid.T) {
		p := b.planned(rapid.SampledFrom([]string{"0.01", "1", "7.77"}).Draw(t, "amount"), "in_kind")
		for range rapid.IntRange(0, 4).Draw(t, "steps") {
			to := rapid.SampledFrom([]support.State{support.Authorised, support.Sent, support.Received, support.Cancelled, support.Failed, support.Returned}).Draw(t, "to")
			if moved, err := b.move(p, to); err == nil { // a refused step moves nothing
				p = moved
			}
		}
		if _, faults, err := support.CheckLedger(b.t.Context(), b.DB); err != nil || len(faults) > 0 {
			t.Fatalf("%v, %v", faults, err)
		}
	})
}
