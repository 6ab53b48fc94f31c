package followup

import "hjemvej/internal/calendar"

// ReminderKind is how far along a slot is when it is remembered (R36).
type ReminderKind string

// The reminders of a slot, in the order of their days.
const (
	ReminderBefore    ReminderKind = "before"    // 3 days before it is due
	ReminderDue       ReminderKind = "due"       // on the day
	ReminderOverdue   ReminderKind = "overdue"   // 3 days after
	ReminderEscalated ReminderKind = "escalated" // 10 days after, to the team lead
)

// Reader is who gets a reminder, by role in the case (R36).
type Reader string

// The readers.
const (
	ToContactPerson Reader = "contact_person"
	ToTeamLead      Reader = "team_lead"
)

// Reminder is one letter about a slot that has no result yet (R36).
type Reminder struct {
	Kind ReminderKind
	On   calendar.Date
	To   Reader
}

// Reminders is every reminder of a slot that is due on that day, in the order
// of their days (R36). A slot without a due day has none.
func Reminders(due calendar.Date) []Reminder {
	if due.IsZero() {
		return nil
	}
	return []Reminder{
		{ReminderBefore, due.AddDays(-3), ToContactPerson},
		{ReminderDue, due, ToContactPerson},
		{ReminderOverdue, due.AddDays(3), ToContactPerson},
		{ReminderEscalated, due.AddDays(10), ToTeamLead},
	}
}

// DueReminders is what should have gone out by the end of today: for each
// reader only the latest. After an outage of a week the earlier ones say nothing
// that the latest does not, and a reader gets one letter rather than three.
//
// It knows nothing of what was sent. The caller sends what is not recorded as
// sent for this slot, kind and due day; that way each goes out once, and a slot
// that moved is remembered on its new day (R32, R36).
func DueReminders(due, today calendar.Date) []Reminder {
	var out []Reminder
	for _, r := range Reminders(due) {
		if r.On.After(today) {
			break
		}
		if n := len(out); n > 0 && out[n-1].To == r.To {
			out[n-1] = r
		} else {
			out = append(out, r)
		}
	}
	return out
}
