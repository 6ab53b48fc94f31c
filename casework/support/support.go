// Package support is the money and the things that the person gets after
// arrival: budget lines that an approved plan laid, payments against them with
// four eyes, and the proof that they were received. Sums, four eyes and the
// window of six months are held by the database; this room says them in words.
package support

import (
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// State is how far a payment has come (R26).
type State string

// The states of a payment.
const (
	Planned    State = "planned"
	Authorised State = "authorised"
	Sent       State = "sent"
	Received   State = "received"
	Cancelled  State = "cancelled"
	Failed     State = "failed"
	Returned   State = "returned"
)

// Moves says which state may follow which (R26). The database holds the same
// table, and a test compares them.
var Moves = map[State][]State{
	Planned:    {Authorised, Cancelled},
	Authorised: {Sent, Cancelled, Failed},
	Sent:       {Received, Failed, Returned},
	Received:   {Returned},
}

// Move answers the conflict where a payment may not go from one state to another.
func (s State) Move(to State) error {
	for _, next := range Moves[s] {
		if next == to {
			return nil
		}
	}
	return fault.Conflictf("R26", "A payment that is %s cannot become %s.", s, to)
}

// Counts reports whether a payment in this state counts against its line (R25).
func (s State) Counts() bool { return s != Cancelled && s != Failed && s != Returned }

var (
	_ = postgres.Rule("payment_move", fault.Conflictf("R26", "The payment is not at that step."))
	_ = postgres.Rule("payment_four_eyes", fault.Conflictf("R26", "Whoever planned the payment cannot authorise it."))
	_ = postgres.Rule("payment_sender_is_not_planner", fault.Conflictf("R26", "Whoever planned the payment cannot send it."))
	_ = postgres.Rule("payment_plan_in_force", fault.Conflictf("R16", "The plan was changed and is not approved: have the newest version approved first."))
	_ = postgres.Rule("payment_authoriser_limit", fault.Conflictf("R26", "The payment counts as more than you may authorise."))
	_ = postgres.Rule("payee_editor_is_not_authoriser", fault.Conflictf("R26", "Whoever last edited the payee cannot authorise the payment."))
	_ = postgres.Rule("payment_received_needs_proof", fault.Conflictf("R26", "A payment is received when receipts or the person's own confirmation prove it, and what is missing is explained."))
	_ = postgres.Rule("payment_after_proof", fault.Conflictf("R26", "The line gives the next payment when the one before it was received, with its proof; none overtakes another."))
	_ = postgres.Rule("payment_on_hold", fault.Conflictf("R27", "The payment is on hold: the payee changed and is not verified."))
	_ = postgres.Rule("payment_has_payee", fault.Conflictf("R27", "There is no payee to pay to yet."))
	_ = postgres.Rule("payee_verified_over_another_channel", fault.Conflictf("R27", "The account must be verified over another channel than the one that brought it."))
	_ = postgres.Rule("payee_verified_by_another", fault.Conflictf("R27", "Whoever changed the payee cannot verify it."))
	_ = postgres.Rule("payment_case_over", fault.Conflictf("R23", "The case is over."))
	_ = postgres.Rule("payment_window", fault.Conflictf("R23", "The payment is dated outside the six months of support; it needs an exception with a reason, approved by another person."))
	_ = postgres.Rule("payment_exception_four_eyes", fault.Conflictf("R23", "Whoever planned the payment cannot approve its exception."))
	_ = postgres.Rule("budget_line_sum", fault.Conflictf("R25", "Commitments and payments would exceed the line's approved amount."))
	_ = postgres.Rule("payment_line_of_the_case", fault.NoSuch("budget line"))
	_ = postgres.Rule("receipt_file", badFile)
	_ = postgres.Rule("payment_rate_recorded", fault.Conflictf("R28", "The payment's rate was never recorded."))
)
