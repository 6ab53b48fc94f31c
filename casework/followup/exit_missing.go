package followup

import (
	"fmt"

	"hjemvej/internal/calendar"
	"hjemvej/internal/money"
)

// ExitFacts is everything of a case that an exit review looks at (R35).
type ExitFacts struct {
	LastDay     calendar.Date  `json:"last_day,omitzero" format:"date" doc:"Of support; left out before the arrival"`
	Passed      bool           `json:"last_day_passed"`
	Outcome     ExitOutcome    `json:"outcome,omitempty" enum:"reached,lost,declined_contact,re_migrated,died,safety_hold" doc:"What was recorded"`
	Followup    string         `json:"exit_followup" enum:"missing,open,done,lost,declined,dropped"`
	LostMissing []string       `json:"lost_contact_missing" nullable:"false" doc:"While the follow-up is open: what lost contact would still take (R34)"`
	Surveyed    bool           `json:"exit_survey_answered"`
	Payments    []ExitPayment  `json:"open_payments" nullable:"false" doc:"Planned, authorised, or sent without the whole proof (R26)"`
	Lines       []ExitLine     `json:"unspent_lines" nullable:"false" doc:"Lines of which something is not committed, or neither delivered nor explained (R23). Less than half a krone for each promise is rounding, and left out"`
	Incidents   []ExitIncident `json:"open_incidents" nullable:"false" doc:"What is not closed, without its text"`
	Handoffs    []ExitHandoff  `json:"open_handoffs" nullable:"false"`
}

// ExitPayment is a payment that keeps the case from being closed.
type ExitPayment struct {
	ID     string       `json:"id" format:"uuid"`
	Line   string       `json:"line" example:"rent"`
	Amount money.Amount `json:"amount" doc:"In the payment's own currency"`
	State  string       `json:"state" enum:"planned,authorised,sent"`
}

// ExitLine is a line that is not used up; DKK.
type ExitLine struct {
	Key         string       `json:"key" example:"rent"`
	Uncommitted money.Amount `json:"unspent" doc:"Approved and not committed; DKK"`
	Undelivered money.Amount `json:"not_received" doc:"Committed, and neither received nor explained; DKK"`
}

// ExitIncident is an incident that keeps the case from being closed.
type ExitIncident struct {
	ID         string        `json:"id" format:"uuid"`
	Kind       IncidentKind  `json:"kind" enum:"harm,threat,exploitation_again,retrafficking_concern"`
	OccurredOn calendar.Date `json:"occurred_on" format:"date"`
}

// String says which incident it is, and nothing of what happened.
func (i ExitIncident) String() string {
	return fmt.Sprintf("An incident of %s (%s) is not closed.", i.OccurredOn, i.Kind)
}

// ExitHandoff is a hand-off that has not ended.
type ExitHandoff struct {
	ID        string `json:"id" format:"uuid"`
	PartnerID string `json:"partner_id" format:"uuid"`
	State     string `json:"state" enum:"draft,offered,received,accepted,in_progress"`
}

// ExitMissing is everything that the exit of a case still lacks, in sentences that
// are safe to show; none where nothing does (R35). Only closing waits for all of
// it: an outcome can always be recorded.
func ExitMissing(f ExitFacts) []string {
	missing := []string{}
	say := func(format string, args ...any) { missing = append(missing, fmt.Sprintf(format, args...)) }
	if f.LastDay.IsZero() {
		say("There is no arrival yet.")
	} else if !f.Passed && f.Outcome == "" {
		say("Support runs until %s.", f.LastDay)
	}
	if f.Outcome == "" {
		say("No outcome is recorded.")
		if f.Followup == "open" || f.Followup == "missing" {
			say("The exit follow-up is %s.", f.Followup)
		}
		for _, m := range f.LostMissing {
			say("%s", m)
		}
	}
	if !f.Surveyed && f.Outcome != Died {
		say("The exit survey is not answered.")
	}
	for _, p := range f.Payments {
		say("A payment of %s on %s is %s.", p.Amount, p.Line, p.State)
	}
	for _, l := range f.Lines {
		if l.Uncommitted.IsPositive() {
			say("On %s, %s is unspent.", l.Key, l.Uncommitted)
		}
		if l.Undelivered.IsPositive() {
			say("On %s, %s is not received.", l.Key, l.Undelivered)
		}
	}
	for _, i := range f.Incidents {
		say("%s", i)
	}
	for _, h := range f.Handoffs {
		say("A hand-off is %s.", h.State)
	}
	return missing
}
