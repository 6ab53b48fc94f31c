package followup

import (
	"strings"
	"time"

	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
)

// IncidentKind is what happened to the person, or is feared.
type IncidentKind string

// The kinds of incident.
const (
	Harm                 IncidentKind = "harm"
	Threat               IncidentKind = "threat"
	ExploitationAgain    IncidentKind = "exploitation_again"
	RetraffickingConcern IncidentKind = "retrafficking_concern"
)

// IncidentState says how far an incident is dealt with.
type IncidentState string

// The states of an incident.
const (
	IncidentOpen   IncidentState = "open" // nobody has taken it in hand
	IncidentInHand IncidentState = "in_hand"
	IncidentClosed IncidentState = "closed"
)

// IncidentMoves says which state of an incident may follow which. The database
// holds the same table, and a test compares them.
var IncidentMoves = map[IncidentState][]IncidentState{IncidentOpen: {IncidentInHand, IncidentClosed}, IncidentInHand: {IncidentClosed}}

// NewIncident is something that happened to the person, or that is feared.
type NewIncident struct {
	Kind       IncidentKind  `json:"kind" enum:"harm,threat,exploitation_again,retrafficking_concern" example:"threat"`
	OccurredOn calendar.Date `json:"occurred_on" format:"date" example:"2026-10-20" doc:"The day on which it happened, or on which you noticed it; within the last year"`
	Text       string        `json:"text" minLength:"3" maxLength:"4000" example:"A man whom she does not know asks for her at the door" doc:"Sealed; read by the case's staff and by whoever wrote it, by no other partner (R12, R21)"`
}

// IncidentPlan is what is done about an incident.
type IncidentPlan struct {
	Plan  string        `json:"plan" minLength:"3" maxLength:"4000" example:"She sleeps at her aunt's; the partner visits on Thursday" doc:"Sealed; read by the case's staff alone (R9, R12)"`
	DueOn calendar.Date `json:"due_on" format:"date" example:"2026-10-27" doc:"When it is to be done: today or later. If it is not closed by then, the contact person is told"`
	Kind  IncidentKind  `json:"kind,omitempty" enum:"harm,threat,exploitation_again,retrafficking_concern" example:"retrafficking_concern" doc:"What it is after all, where it was recorded as another kind"`
}

// IncidentClosing says how an incident ended.
type IncidentClosing struct {
	Result   string        `json:"result" enum:"resolved,passed_on_with_consent,help_declined,unfounded,other" example:"resolved" doc:"Without a plan, only unfounded"`
	ClosedOn calendar.Date `json:"closed_on" format:"date" example:"2026-10-26"`
}

// Incident is an incident and how it is dealt with.
type Incident struct {
	ID         string        `json:"id" format:"uuid"`
	Case       string        `json:"case_code" example:"K7QX-2MVD"`
	Kind       IncidentKind  `json:"kind" enum:"harm,threat,exploitation_again,retrafficking_concern" example:"threat"`
	OccurredOn calendar.Date `json:"occurred_on" format:"date"`
	Text       string        `json:"text,omitempty" doc:"Left out of the list over all cases"`
	RecordedBy string        `json:"recorded_by" format:"uuid" doc:"The user, or the partner's key"`
	RecordedAt time.Time     `json:"recorded_at"`
	ByPartner  string        `json:"by_partner_id,omitempty" format:"uuid"`
	ReportID   string        `json:"report_id,omitempty" format:"uuid" doc:"The partner's report that it came with"`
	State      IncidentState `json:"state" enum:"open,in_hand,closed" example:"open" doc:"open: nobody has taken it in hand"`
	Plan       string        `json:"plan,omitempty" doc:"A partner is not told"`
	PlanDueOn  calendar.Date `json:"plan_due_on,omitzero" format:"date"`
	TakenBy    string        `json:"taken_by,omitempty" format:"uuid" doc:"A partner is not told"`
	TakenAt    *time.Time    `json:"taken_at,omitempty"`
	ClosedOn   calendar.Date `json:"closed_on,omitzero" format:"date"`
	Result     string        `json:"result,omitempty" enum:"resolved,passed_on_with_consent,help_declined,unfounded,other"`
	Version    int           `json:"version" example:"1"`
}

func (in NewIncident) check(today calendar.Date) error {
	switch {
	case in.OccurredOn.After(today) || in.OccurredOn.Before(today.AddMonths(-12)):
		return fault.Invalidf("body.occurred_on", "must lie within the last year, not in the future")
	case strings.TrimSpace(in.Text) == "":
		return fault.Invalidf("body.text", "says nothing")
	}
	return nil
}

func (in IncidentPlan) check(today calendar.Date) error {
	switch {
	case in.DueOn.Before(today):
		return fault.Invalidf("body.due_on", "must not lie in the past")
	case strings.TrimSpace(in.Plan) == "":
		return fault.Invalidf("body.plan", "says nothing")
	}
	return nil
}

// check takes the day on which the incident was recorded, and today.
func (in IncidentClosing) check(recorded, today calendar.Date) error {
	if in.ClosedOn.Before(recorded) || in.ClosedOn.After(today) {
		return fault.Invalidf("body.closed_on", "must lie between the day on which it was recorded and today")
	}
	return nil
}

// UnattendedOn is the day for which the leads are told that nobody has taken an
// incident in hand: the latest working day after the one on which it was recorded,
// zero where none has come. After an outage the days before it say nothing that
// it does not.
func UnattendedOn(recorded, today calendar.Date) calendar.Date {
	for day := today; day.After(recorded); day = day.AddDays(-1) {
		if calendar.IsWorkday(day) {
			return day
		}
	}
	return calendar.Date{}
}
