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

// Calendar is the due days of the actor's cases as iCalendar: contact persons'
// own, leads' teams', and of a partner what was handed to it and is shared with it,
// as far as the key's scopes go (R21): all of them. It says a case's code and that
// something is due, and nothing else (R11). A day is the one at the destination,
// wherever it is read.
func Calendar(ctx context.Context, db *postgres.DB, who access.Actor) (string, error) {
	find := staffsDue
	if who.Role == access.Partner {
		find = partnersDue
	}
	sql, args := find(who)
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
