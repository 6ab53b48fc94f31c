// Package letter is what letters say and how they go out.
//
// R11 shapes all of it: a letter may lie open on a desk or light up a phone, so
// it names neither what the work is about, nor the programme, nor a person. It
// says that something in a case wants attention, by the case's code, and where
// to sign in to read the rest. Compose writes letters, Sender hands one at a
// time to a mail server.
package letter

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"regexp"
	"slices"

	"hjemvej/internal/calendar"
)

// Kind is what a letter is about. What stands behind each name is in the
// templates; which of Days and DueOn it needs is in Compose's checks.
type Kind string

// The kinds of letters, by who gets them.
const (
	FollowupReminderBefore  Kind = "followup_reminder_before"  // contact person, Days before DueOn (R36)
	FollowupReminderDue     Kind = "followup_reminder_due"     // contact person, on DueOn (R36)
	FollowupReminderOverdue Kind = "followup_reminder_overdue" // contact person, Days after DueOn (R36)
	FollowupEscalated       Kind = "followup_escalated"        // team lead, Days after DueOn (R36)
	ReflectionEnds          Kind = "reflection_ends"           // contact person, Days before DueOn, the last day
	HandoffOffered          Kind = "handoff_offered"           // partner, who must answer by DueOn (R20)
	HandoffDue              Kind = "handoff_due"               // partner, who must answer by DueOn, the next working day (R20)
	HandoffUnanswered       Kind = "handoff_unanswered"        // partner again, contact person, team lead; DueOn has passed (R20)
	HandoffAnswered         Kind = "handoff_answered"          // contact person (R20)
	ArrivalConfirmed        Kind = "arrival_confirmed"         // contact person, other partners at work: the day is known, or is another (R22)
	PaymentOnHold           Kind = "payment_on_hold"           // contact person, finance (R27)
	SurveyAlert             Kind = "survey_alert"              // contact person, the same day (R37)
	SupportEnds             Kind = "support_ends"              // contact person, Days before DueOn, the last day; Lines are not used up (R23)
	SupportEndsThere        Kind = "support_ends_there"        // partners at work at home, the same of the lines that they give
	ExitUnfinished          Kind = "exit_unfinished"           // contact person, then team lead: Days after DueOn, the last day, no outcome is recorded (R35)
	ExtensionAsked          Kind = "extension_asked"           // team lead: support is asked for beyond DueOn, the last day (R32)
	ExtensionWaits          Kind = "extension_waits"           // team lead: nobody has decided on it (R32)
	ExtensionDecided        Kind = "extension_decided"         // whoever asked, contact person (R32)
	ExtensionLapsed         Kind = "extension_lapsed"          // whoever asked, contact person, team lead: nobody decided in time (R32)
	PayeeChanged            Kind = "payee_changed"             // whoever verifies it (R27)
	PlanActionsDue          Kind = "plan_actions_due"          // contact person, actions of a plan due on DueOn
	ConsentExpires          Kind = "consent_expires"           // contact person, Days before DueOn, the last day (R7)
	GlassBroken             Kind = "glass_broken"              // team lead: a case was opened in an emergency
	SharingEnded            Kind = "sharing_ended"             // partner: it may know less than before (R7)
	ContactUnsafe           Kind = "contact_unsafe"            // contact person or team lead: an attempt was not safe (R10)
	DeletionUnconfirmed     Kind = "deletion_unconfirmed"      // partner, contact person: deletion was due on DueOn (R7)
	CaseJoined              Kind = "case_joined"               // contact persons: two cases are of one person
	CaseUnattended          Kind = "case_unattended"           // team lead: the contact person has left (R2)
	CaseAssigned            Kind = "case_assigned"             // contact persons: the case has another one (R2)
	CaseWithoutNextStep     Kind = "case_without_next_step"    // contact person and team lead: nobody would hear of the case any more
	ReportUrgent            Kind = "report_urgent"             // contact person and team lead: a partner reported what must be seen today
	ReportUnseen            Kind = "report_unseen"             // team lead: nobody has seen what a partner reported on DueOn
	ReportWaits             Kind = "report_waits"              // contact person: a partner proposes a change of the plan
	ReportAnswered          Kind = "report_answered"           // partner: its proposal is answered
	HandoffStopped          Kind = "handoff_stopped"           // contact person: a partner cannot go on
	FileKeptAway            Kind = "file_kept_away"            // contact person: a file that was sent is harmful and was not kept
	PromisePassed           Kind = "promise_passed"            // contact person: what was promised for DueOn has not all come (R30)
	IncidentRecorded        Kind = "incident_recorded"         // contact person and team lead: something in the case cannot wait
	IncidentWaits           Kind = "incident_waits"            // team lead: nobody has taken in hand what was recorded on DueOn
	IncidentPlanPassed      Kind = "incident_plan_passed"      // contact person: what was to be done by DueOn is not closed
	EndpointPaused          Kind = "endpoint_paused"           // partner: one of its endpoints gets no more events; about no case
)

type needs struct{ days, due, noCase bool }

var kinds = map[Kind]needs{
	FollowupReminderBefore:  {days: true, due: true},
	FollowupReminderDue:     {due: true},
	FollowupReminderOverdue: {days: true, due: true},
	FollowupEscalated:       {days: true, due: true},
	ReflectionEnds:          {days: true, due: true},
	HandoffOffered:          {due: true},
	HandoffDue:              {due: true},
	HandoffUnanswered:       {due: true},
	HandoffAnswered:         {},
	ArrivalConfirmed:        {},
	PaymentOnHold:           {},
	SurveyAlert:             {},
	SupportEnds:             {days: true, due: true},
	SupportEndsThere:        {days: true, due: true},
	ExitUnfinished:          {days: true, due: true},
	ExtensionAsked:          {due: true},
	ExtensionWaits:          {due: true},
	ExtensionDecided:        {},
	ExtensionLapsed:         {},
	PayeeChanged:            {},
	PlanActionsDue:          {due: true},
	ConsentExpires:          {days: true, due: true},
	GlassBroken:             {},
	SharingEnded:            {},
	ContactUnsafe:           {},
	DeletionUnconfirmed:     {due: true},
	CaseJoined:              {},
	CaseUnattended:          {},
	CaseAssigned:            {},
	CaseWithoutNextStep:     {},
	ReportUrgent:            {},
	ReportUnseen:            {due: true},
	ReportWaits:             {},
	ReportAnswered:          {},
	HandoffStopped:          {},
	FileKeptAway:            {},
	PromisePassed:           {due: true},
	IncidentRecorded:        {},
	IncidentWaits:           {due: true},
	IncidentPlanPassed:      {due: true},
	EndpointPaused:          {noCase: true},
}

// Kinds lists all of them.
func Kinds() []Kind { return slices.Sorted(maps.Keys(kinds)) }

// ComesBack reports whether what a letter of the kind tells of can end and be true
// again for the same day: an arrival that is corrected forth and back moves days so,
// and who must not be contacted may be once more.
func (k Kind) ComesBack() bool {
	return k == FollowupReminderBefore || k.LeadsToContact() || k == SupportEnds || k == SupportEndsThere || k == ExitUnfinished || k == ExtensionWaits
}

// LeadsToContact reports whether a reader of the letter will try to reach the
// person, so that it waits for the person's hours (R10).
func (k Kind) LeadsToContact() bool {
	return k == FollowupReminderDue || k == FollowupReminderOverdue || k == FollowupEscalated
}

// Letter is everything that a letter may know. There is no field for a name, an
// address or a free text, so that none can slip in (R11).
type Letter struct {
	Kind     Kind
	Language string        // "da" or "en", the recipient's
	CaseCode string        // letters, digits and hyphens; "" where the kind is about no case
	Days     int           // days until or since DueOn, at least 1, where the kind counts them
	DueOn    calendar.Date // the date that it is about, where the kind has one
	Lines    int           // how many lines of a plan are not used up, where the kind counts them
	Link     string        // absolute, https (http on loopback), to a page that needs sign-in
}

// ErrLetter is a letter that cannot be written: its kind or language is unknown,
// or something that its kind needs is missing or malformed.
var ErrLetter = errors.New("not a letter that can be written")

var caseCode = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{2,39}$`)

func (l Letter) check() error {
	need, known := kinds[l.Kind]
	switch {
	case !known:
		return fmt.Errorf("%w: unknown kind", ErrLetter)
	case languages[l.Language] == nil:
		return fmt.Errorf("%w: language is neither da nor en", ErrLetter)
	case need.noCase != (l.CaseCode == "") || l.CaseCode != "" && !caseCode.MatchString(l.CaseCode):
		return fmt.Errorf("%w: no case code", ErrLetter)
	case need.days && l.Days < 1:
		return fmt.Errorf("%w: %s needs a number of days", ErrLetter, l.Kind)
	case need.due && l.DueOn.IsZero():
		return fmt.Errorf("%w: %s needs a date", ErrLetter, l.Kind)
	case !linkable(l.Link):
		return fmt.Errorf("%w: the link is not an https address", ErrLetter)
	}
	return nil
}

func linkable(link string) bool {
	u, err := url.Parse(link)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname())
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
