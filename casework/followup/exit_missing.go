package followup

import (
	"fmt"

	"hjemvej/casework/casefile"
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
	Concerns    []ExitConcern  `json:"open_concerns" nullable:"false" doc:"What alarms, and nobody has said what was done about it (R37)"`
	Reports     []ExitReport   `json:"unseen_reports" nullable:"false" doc:"Partners' reports that wait, without their text"`
	Extensions  []ExitAsked    `json:"pending_extensions" nullable:"false" doc:"An extension that is not decided falls away with the outcome (R32)"`
	Followups   []ExitOwed     `json:"open_followups" nullable:"false" doc:"Besides the exit, and month 12, which is owed further; dropped with the outcome"`
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

// ExitConcern is a concern that keeps the case from being closed.
type ExitConcern struct {
	ID       string               `json:"id" format:"uuid"`
	Kind     casefile.ConcernKind `json:"kind" enum:"survey_alert,treated_badly"`
	RaisedOn calendar.Date        `json:"raised_on" format:"date"`
}

// String says which concern it is, and nothing of what raised it.
func (c ExitConcern) String() string {
	return fmt.Sprintf("A concern of %s (%s) is not acknowledged.", c.RaisedOn, c.Kind)
}

// ExitReport is a partner's report that keeps the case from being closed.
type ExitReport struct {
	ID         string        `json:"id" format:"uuid"`
	Kind       string        `json:"kind" enum:"plan_change_proposed,incident,safety_concern,unable_to_go_on"`
	HappenedOn calendar.Date `json:"happened_on" format:"date"`
}

// String says which report it is, and nothing of what it says.
func (r ExitReport) String() string {
	return fmt.Sprintf("A partner's report of %s (%s) is not answered.", r.HappenedOn, r.Kind)
}

// ExitAsked is an extension that waits for a decision.
type ExitAsked struct {
	ID    string        `json:"id" format:"uuid"`
	Until calendar.Date `json:"until" format:"date"`
}

// ExitOwed is a follow-up that is still open.
type ExitOwed struct {
	ID    string        `json:"id" format:"uuid"`
	Kind  Kind          `json:"kind" enum:"arrival_contact,month_1,month_3,month_6,payment_check,weekly,extension"`
	DueOn calendar.Date `json:"due_on" format:"date"`
}

// ExitHandoff is a hand-off that has not ended.
type ExitHandoff struct {
	ID        string `json:"id" format:"uuid"`
	PartnerID string `json:"partner_id" format:"uuid"`
	State     string `json:"state" enum:"draft,offered,received,accepted,in_progress"`
}

// ExitMissing is everything that the exit of a case still lacks, in sentences that
// are safe to show; none where nothing does (R35). An outcome waits for the window
// of the exit and for what bears it out, and for nothing else that is listed; closing
// waits for payments, incidents, concerns and reports. The rest is shown, since
// nobody looks at it again.
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
	for _, c := range f.Concerns {
		say("%s", c)
	}
	for _, r := range f.Reports {
		say("%s", r)
	}
	for _, e := range f.Extensions {
		say("An extension until %s is not decided.", e.Until)
	}
	for _, o := range f.Followups {
		say("The follow-up %s of %s is open.", o.Kind, o.DueOn)
	}
	for _, h := range f.Handoffs {
		say("A hand-off is %s.", h.State)
	}
	return missing
}
