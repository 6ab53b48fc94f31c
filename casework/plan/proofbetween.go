package plan

import (
	"fmt"

	"hjemvej/casework/policy"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

const unprovenBetween = "A line of this amount in several instalments pays the next only after the proof of the one before."

var _ = postgres.Rule("line_proof_before_next", fault.Conflictf("R26", unprovenBetween))

// provenBetween refuses lines whose instalments the policy wants proven one by one
// and that do not say so, with every such line (R26).
func provenBetween(limits policy.SupportLimits, lines []Line) error {
	var fields []fault.Field
	for _, l := range lines {
		needed, err := limits.NeedsProofBefore(l.Amount, len(l.Instalments))
		if err != nil {
			return fmt.Errorf("compare with the amount from which proof is needed: %w", err)
		}
		if needed && !l.ProofBeforeNext {
			fields = append(fields, fault.Field{Path: "lines." + l.Key + ".proof_before_next",
				Message: "must be true from " + limits.ProofBeforeNextFrom.String() + " on"})
		}
	}
	if len(fields) == 0 {
		return nil
	}
	return fault.Missing("R26", unprovenBetween, fields)
}
