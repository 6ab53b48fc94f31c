package plan_test

import (
	"testing"

	"hjemvej/casework/plan"
	"hjemvej/casework/policy"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/money"

	"github.com/google/go-cmp/cmp"
)

// inTwo is a line in two equal instalments.
func inTwo(l plan.Line, half string, proven bool) plan.Line {
	l.Instalments = []plan.Instalment{{DueOn: l.DueOn, Amount: money.DKK(half)}, {DueOn: l.DueOn.AddDays(30), Amount: money.DKK(half)}}
	l.ProofBeforeNext = proven
	return l
}

func provenFrom(dkk string) func(*policy.Policy) {
	return func(p *policy.Policy) { p.Support.ProofBeforeNextFrom = new(money.DKK(dkk)) }
}

func TestR26_InstalmentsFromThePolicysAmountOnWaitForProof(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	rent, shop := h.Line("rent", "10000"), h.Line("shop", "12000")
	before := h.Planned(t, housetest.WithLines(inTwo(rent, "5000", false)))
	h.FromTomorrow(t, provenFrom("10000"))
	c := h.Planned(t)
	err := reapprove(t, h, c, inTwo(rent, "5000", false), inTwo(shop, "6000", false), inTwo(h.Line("food", "9999.98"), "4999.99", false))
	housetest.Refused(t, err, fault.Conflict, "R26")
	if diff := cmp.Diff([]string{"lines.rent.proof_before_next", "lines.shop.proof_before_next"}, housetest.Missing(err)); diff != "" {
		t.Error(diff)
	}
	if err := reapprove(t, h, c, inTwo(rent, "5000", true), shop); err != nil {
		t.Error(err)
	}
	// What an older policy allowed stands, until its plan is approved anew.
	if n := h.Count(t, `SELECT count(*) FROM budget_lines WHERE case_id = $1 AND NOT proof_before_next`, before.ID); n != 1 {
		t.Errorf("%d lines of the older plan", n)
	}
	housetest.Refused(t, reapprove(t, h, before, inTwo(rent, "5000", false)), fault.Conflict, "R26")
}

func TestR26_TheDatabaseHoldsInstalmentsToTheirProof(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Planned(t, housetest.WithLines(inTwo(h.Line("rent", "10000"), "5000", false)))
	h.FromTomorrow(t, provenFrom("10000"))
	_, err := h.Exec(t.Context(), c.Lead, `UPDATE budget_lines SET plan_version_id = plan_version_id WHERE case_id = $1`, c.ID)
	housetest.Broken(t, err, "line_proof_before_next")
}
