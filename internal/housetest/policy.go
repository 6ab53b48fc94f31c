package housetest

import (
	"testing"

	"hjemvej/casework/policy"
)

// Proposed is a policy that differs from today's by change, proposed by the
// administrator for tomorrow.
func (h *House) Proposed(t testing.TB, change func(*policy.Policy)) policy.DatedPolicy {
	t.Helper()
	now, err := policy.InForce(t.Context(), h.DB, h.Administrator, h.Today())
	must(t, err)
	if change != nil {
		change(&now.Policy)
	}
	p, err := policy.Propose(t.Context(), h.DB, h.Administrator, policy.Proposal{EffectiveFrom: h.Today().AddDays(1), Policy: now.Policy})
	must(t, err)
	return p
}

// FromTomorrow has a changed policy approved by the manager, and lets a day pass:
// it is in force.
func (h *House) FromTomorrow(t testing.TB, change func(*policy.Policy)) {
	t.Helper()
	_, err := policy.Approve(t.Context(), h.DB, h.Manager, h.Proposed(t, change).ID)
	must(t, err)
	h.Pass(1)
}
