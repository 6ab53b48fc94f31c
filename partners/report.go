package partners

import (
	"slices"
	"strings"

	"hjemvej/casework/followup"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/letter"
)

// ReportKind is what a partner can report of its work, beside what has a place
// of its own: its answer to the offer, the arrival, receipts, attempts at
// follow-up and surveys.
type ReportKind string

// The kinds of report.
const (
	BookingConfirmed   ReportKind = "booking_confirmed" // by the receiving office (R19)
	MetAtArrival       ReportKind = "met_at_arrival"    // it does not confirm the arrival (R22)
	CounsellingHeld    ReportKind = "counselling_held"
	PlanChangeProposed ReportKind = "plan_change_proposed" // the contact person accepts or refuses
	Incident           ReportKind = "incident"             // something happened under way
	SafetyConcern      ReportKind = "safety_concern"       // something may happen
	UnableToGoOn       ReportKind = "unable_to_go_on"      // another partner must take over
)

// ReportState says whether a report waits for the contact person.
type ReportState string

// The states of a report.
const (
	ReportNoted    ReportState = "noted" // it asks for nothing
	ReportOpen     ReportState = "open"
	ReportSeen     ReportState = "seen"
	ReportAccepted ReportState = "accepted"
	ReportRefused  ReportState = "refused"
)

// ReportMoves says which state of a report may follow which. The database holds
// the same table, and a test compares them.
var ReportMoves = map[ReportState][]ReportState{ReportOpen: {ReportSeen, ReportAccepted, ReportRefused}}

// Reporting is what one kind of report needs and leads to.
type Reporting struct {
	While   []State       // of the hand-off: when it may be reported
	By      Role          // whose it is; "" for both roles
	Text    bool          // it says nothing without words
	Answers []ReportState // how it can be answered; none where it asks for nothing
	Tells   letter.Kind   // the letter to the contact person at once, "" for none
	Leads   bool          // the team's leads get it, too, and the case shows it until it was seen

	Opens followup.IncidentKind // the incident that begins with it, "" for none; staff may correct its kind
}

var (
	atWork  = []State{Accepted, InProgress}
	worked  = []State{Accepted, InProgress, Completed} // work is often written down afterwards
	anyTime = []State{Offered, Received, Accepted, InProgress, Completed}
	toSee   = []ReportState{ReportSeen}
)

// Reportings is every kind of report. A danger may be reported from the offer
// on, whether the partner takes the case or not.
var Reportings = map[ReportKind]Reporting{
	BookingConfirmed:   {While: atWork, By: ReturnOrganisation},
	MetAtArrival:       {While: worked},
	CounsellingHeld:    {While: worked},
	PlanChangeProposed: {While: atWork, Text: true, Answers: []ReportState{ReportAccepted, ReportRefused}, Tells: letter.ReportWaits},
	Incident:           {While: worked, Text: true, Answers: toSee, Tells: letter.ReportUrgent, Leads: true, Opens: followup.Harm},
	SafetyConcern:      {While: anyTime, Text: true, Answers: toSee, Tells: letter.ReportUrgent, Leads: true, Opens: followup.Threat},
	UnableToGoOn:       {While: atWork, Text: true, Answers: toSee, Tells: letter.HandoffStopped},
}

// begins is the state in which a report of the kind is recorded.
func (r Reporting) begins() ReportState {
	if len(r.Answers) == 0 {
		return ReportNoted
	}
	return ReportOpen
}

// NewReport is something that a partner reports.
type NewReport struct {
	Kind       ReportKind    `json:"kind" enum:"booking_confirmed,met_at_arrival,counselling_held,plan_change_proposed,incident,safety_concern,unable_to_go_on" example:"counselling_held"`
	HappenedOn calendar.Date `json:"happened_on" format:"date" example:"2026-10-20" doc:"The day on which it happened, or on which you noticed it; within the last year"`
	Reference  string        `json:"reference" minLength:"1" maxLength:"100" pattern:"^[A-Za-z0-9][A-Za-z0-9._:/-]*$" example:"CE-2026-0412" doc:"Your own, a new one for each report, never a name. The same report sent again under it is the report of the first time; another one is refused (R29)"`
	Text       string        `json:"text,omitempty" maxLength:"4000" example:"Two hours with our counsellor." doc:"Sealed; read by the case's staff and by you, by no other partner (R21). Required for plan_change_proposed, incident, safety_concern and unable_to_go_on. What happened to the person before does not belong here (R8)"`
}

// ReportFacts is what decides whether something may be reported now.
type ReportFacts struct {
	Role       Role          // of the partner in this hand-off
	State      State         // of the hand-off
	DepartedOn calendar.Date // zero while the person has not left
	NotifiedOn calendar.Date // of the booking; zero where there is none
}

// Check refuses what cannot be reported at this step of the hand-off and of the
// return. path is the report's place in the request. No refusal says a day that
// the partner may not know.
func (in NewReport) Check(path string, f ReportFacts, today calendar.Date) error {
	kind := Reportings[in.Kind]
	switch {
	case kind.By != "" && kind.By != f.Role:
		return fault.Conflictf("R19", "The return organisation confirms the booking.")
	case !slices.Contains(kind.While, f.State):
		return fault.Conflictf("R20", "This is not reported while the hand-off is %s.", f.State)
	case kind.Text && strings.TrimSpace(in.Text) == "":
		return fault.Invalidf(path+".text", "is required for this kind of report")
	case in.HappenedOn.After(today) || in.HappenedOn.Before(today.AddMonths(-12)):
		return fault.Invalidf(path+".happened_on", "must lie within the last year, not in the future")
	}
	switch in.Kind {
	case BookingConfirmed:
		return inOrder(path, f.NotifiedOn, in.HappenedOn, fault.Conflictf("R19", "There is no booking to confirm yet."))
	case MetAtArrival:
		return inOrder(path, f.DepartedOn, in.HappenedOn, fault.Conflictf("R22", "The person has not departed yet."))
	}
	return nil
}

// inOrder refuses what comes before the step that it follows.
func inOrder(path string, step, day calendar.Date, early error) error {
	switch {
	case step.IsZero():
		return early
	case day.Before(step):
		return fault.Invalidf(path+".happened_on", "lies before the step that it follows")
	}
	return nil
}
