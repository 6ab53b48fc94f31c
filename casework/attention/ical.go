package attention

import (
	"context"
	"strings"
	"time"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/postgres"

	ics "github.com/arran4/golang-ical"
	"github.com/google/uuid"
)

// Due is one day in a calendar. What is due stays inside: it only makes the entry
// the same one each time.
type Due struct {
	Case    string
	On      calendar.Date
	Thing   string     // a word and an id; never shown
	Version int        // rises when the day moves
	Changed *time.Time // when it last did; nil where nobody notes it
}

// Nobody is led to somebody who must not be contacted (R10), nor to somebody who
// was not free to talk before the quiet is over. A partner's policies show its own.
const dueSQL = `SELECT c.code AS "case", greatest(f.due_on, f.quiet_until + 1) AS "on", 'followup:' || f.id AS thing, f.version, f.changed_at AS changed
		FROM followups f JOIN cases c ON c.id = f.case_id WHERE f.state = 'open' AND NOT contact_blocked(c.person_id) AND `
const (
	partnersDueSQL = dueSQL + `$1
		UNION ALL SELECT c.code, h.answer_due_on, 'handoff:' || h.id, h.version, h.offered_at FROM handoffs h JOIN cases c ON c.id = h.case_id WHERE h.state IN ('offered','received') AND $2
		ORDER BY 2, 3 LIMIT 2000`
	actionsDueSQL = `
		UNION ALL SELECT c.code, d.due_on, 'plan:' || c.id || ':' || d.due_on, 0, NULL FROM plan_deadlines d JOIN cases c ON c.id = d.case_id
			WHERE d.actions > 0 AND c.departed_on IS NULL AND c.state NOT IN ('closed','withdrawn','joined') AND `
	supportDueSQL = `
		UNION ALL SELECT c.code, c.last_day, 'support:' || c.id, c.version,
			greatest((SELECT max(a.recorded_at) FROM arrivals a WHERE a.case_id = c.id), (SELECT max(x.approved_at) FROM extensions x WHERE x.case_id = c.id)) FROM cases c WHERE c.state = 'arrived' AND `
	answersDueSQL = `
		UNION ALL SELECT c.code, h.answer_due_on, 'handoff:' || h.id, h.version, h.offered_at FROM handoffs h JOIN cases c ON c.id = h.case_id WHERE h.state IN ('offered','received') AND `
)

// Calendar is the due days of the actor's cases as iCalendar: contact persons'
// own, leads' teams', and of a partner what was handed to it and is shared with it,
// as far as the key's scopes go (R21). It says a case's code and that something is due, and nothing else (R11).
func Calendar(ctx context.Context, db *postgres.DB, who access.Actor) (string, error) {
	sql, args := partnersDueSQL, []any{who.Scopes.Has(access.FollowUp), who.Scopes.Has(access.ReadHandoffs)}
	if who.Role != access.Partner {
		column, id := own(who)
		mine := `c.` + column + ` = $1`
		sql, args = dueSQL+mine+actionsDueSQL+mine+supportDueSQL+mine+answersDueSQL+mine+` ORDER BY 2, 3 LIMIT 2000`, []any{id}
	}
	var due []Due
	moment, err := postgres.Read(ctx, db, who, "read-calendar", postgres.About{}, postgres.Many(&due, sql, args...))
	if err != nil {
		return "", err
	}
	return Write(due, moment.Today), nil
}

// refresh asks programs to look again each hour.
const refresh = "PT1H"

// Write is the days as an iCalendar document (RFC 5545), each a day without an
// hour, stamped with today: the same days on the same day are the same bytes. A
// day that moved keeps its entry, with a higher sequence and the time of the change;
// what is not due any more is not there.
func Write(due []Due, today calendar.Date) string {
	cal := ics.NewCalendar()
	cal.SetProductId("-//due//EN")
	cal.SetMethod(ics.MethodPublish)
	cal.SetRefreshInterval(refresh)
	for _, d := range due {
		e := cal.AddEvent(uuid.NewSHA1(uuid.NameSpaceOID, []byte(d.Thing)).String())
		e.SetDtStampTime(at(today))
		e.SetSequence(d.Version)
		if d.Changed != nil {
			e.SetLastModifiedAt(*d.Changed)
		}
		e.SetAllDayStartAt(at(d.On))
		e.SetAllDayEndAt(at(d.On.AddDays(1)))
		e.SetSummary(d.Case + ": due")
		e.SetTimeTransparency(ics.TransparencyTransparent)
		e.SetClass(ics.ClassificationConfidential)
	}
	var b strings.Builder
	_ = cal.SerializeTo(&b, ics.WithNewLineWindows) // RFC 5545 has CRLF on every system; a Builder takes everything
	return b.String()
}

func at(d calendar.Date) time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }
