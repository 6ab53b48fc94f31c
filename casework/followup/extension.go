package followup

import (
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// NewExtension asks that support lasts longer than six months (R32).
type NewExtension struct {
	Until  calendar.Date `json:"until" format:"date" example:"2027-06-30" doc:"The new last day: after the present one, and at most twelve calendar months after the arrival"`
	Reason string        `json:"reason" minLength:"3" maxLength:"1000" example:"The training ends in June"`
}

// ExtensionState is how far an extension has come.
type ExtensionState string

// The states of an extension; every one but the first is its last.
const (
	ExtensionAsked      ExtensionState = "asked"
	ExtensionApproved   ExtensionState = "approved"
	ExtensionRefused    ExtensionState = "refused"
	ExtensionWithdrawn  ExtensionState = "withdrawn"  // by whoever asked, or the contact person
	ExtensionLapsed     ExtensionState = "lapsed"     // nobody decided in time, or the exit came first
	ExtensionSuperseded ExtensionState = "superseded" // by a newer one, in the time when several could wait
)

// Extended is an extension that was asked for, and where another approved it, in
// force.
type Extended struct {
	ID         string         `json:"id" format:"uuid"`
	State      ExtensionState `json:"state" enum:"asked,approved,refused,withdrawn,lapsed,superseded" example:"asked"`
	Until      calendar.Date  `json:"until" format:"date" doc:"The last day of support, unless the six months after a corrected arrival reach further, or the twelve less far"`
	Reason     string         `json:"reason"`
	AskedBy    string         `json:"asked_by" format:"uuid"`
	AskedAt    time.Time      `json:"asked_at"`
	ApprovedBy string         `json:"approved_by,omitempty" format:"uuid"`
	ApprovedAt *time.Time     `json:"approved_at,omitempty"`
	EndedBy    string         `json:"ended_by,omitempty" format:"uuid" doc:"Who refused it or took it back"`
	EndedAt    *time.Time     `json:"ended_at,omitempty" doc:"When it was refused, taken back, or fell away"`
	Refusal    string         `json:"refusal,omitempty" doc:"Why it was refused"`
}

// Refusal says why an extension is refused.
type Refusal struct {
	Reason string `json:"reason" minLength:"3" maxLength:"1000" example:"The training is paid for until June already"`
}

// decideWithin is how many days after the last day of support an extension that was
// asked for in time may still be approved: the person does not lose it because
// nobody was there to decide. The database says so too.
const decideWithin = 14

// lastDecision is the last day on which an extension of support that lasts until a
// day may be approved.
func lastDecision(lastDay calendar.Date) calendar.Date { return lastDay.AddDays(decideWithin) }

// mayExtend refuses a new last day where it is too late to ask for it or to decide,
// or where it is none; latest is the last day on which that may be done.
func mayExtend(c *casefile.Row, until, latest, today calendar.Date, late *fault.Error) error {
	switch {
	case c.State != casefile.Arrived || today.After(latest):
		return late
	case !until.After(c.LastDay) || until.After(c.ArrivedOn.AddMonths(ExtendedMonths)):
		return notWithin
	}
	return nil
}

// remindOfExtension are the days, counted from the last day of support, on which
// those who may approve are reminded of an extension that nobody has decided.
var remindOfExtension = []int{-14, -7, -1, 1, 7, decideWithin - 1}

// ExtensionReminder is which reminder of an extension that was asked for on a day
// should have gone out by today, as days from the last day of support; ok is false
// where none should. After an outage only the latest is worth a letter, and the day
// on which it was asked for had a letter of its own.
func ExtensionReminder(asked, lastDay, today calendar.Date) (step int, ok bool) {
	for _, days := range remindOfExtension {
		if on := lastDay.AddDays(days); on.After(asked) && !on.After(today) {
			step, ok = days, true
		}
	}
	return step, ok
}

var (
	supportIsOver    = fault.Conflictf("R32", "Support is extended while it runs: after the arrival, and on its last day at the latest.")
	tooLateToDecide  = fault.Conflictf("R32", "An extension is approved within 14 days after the last day of support, and before an outcome is recorded.")
	notYourExtension = fault.Conflictf("R32", "Whoever asked for an extension neither approves nor refuses it.")
	notYoursToEnd    = fault.Conflictf("R32", "An extension is taken back by whoever asked for it, or by the contact person.")
	isDecided        = fault.Conflictf("R32", "The extension was decided, or fell away, before.")
	onePending       = fault.Conflictf("R32", "An extension of this case waits for a decision already. Take it back before you ask for another.")
	notWithin        = fault.Invalidf("body.until", "must lie after the last day of support, and at most twelve months after the arrival")

	_ = postgres.Rule("extension_while_supported", supportIsOver)
	_ = postgres.Rule("extension_within", notWithin)
	_ = postgres.Rule("extension_four_eyes", notYourExtension)
	_ = postgres.Rule("extension_withdrawn_by_asker", notYoursToEnd)
	_ = postgres.Rule("extension_approval_is_final", isDecided)
	_ = postgres.Rule("extension_pending_once", onePending)
)
