package attention_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"hjemvej/casework/attention"
	"hjemvej/casework/followup"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/housetest"

	ics "github.com/arran4/golang-ical"
)

// entry is what a program compares of an event that it knows.
type entry struct {
	day, modified string
	sequence      int
}

func entries(t *testing.T, events []*ics.VEvent) map[string]entry {
	t.Helper()
	out := map[string]entry{}
	for _, e := range events {
		of := func(p ics.ComponentProperty) string {
			if v := e.GetProperty(p); v != nil {
				return v.Value
			}
			return ""
		}
		n, err := strconv.Atoi(of(ics.ComponentPropertySequence))
		must(t, err)
		if _, twice := out[e.Id()]; twice {
			t.Errorf("two entries are %s", e.Id())
		}
		out[e.Id()] = entry{of(ics.ComponentPropertyDtStart), of(ics.ComponentPropertyLastModified), n}
	}
	return out
}

func TestR22_ADayThatMovesKeepsItsEntryAndWhatIsDoneVanishes(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	for _, who := range []access.Actor{h.Contact, h.Home} {
		token := feed(t, h, who).Token.Reveal()
		before := entries(t, read(t, h, token))
		h.Pass(1)
		h.Confirm(t, c, h.Contact, h.Today(), "The stamp in the passport")
		after := entries(t, read(t, h, token))
		moved := 0
		for id, is := range after {
			was, known := before[id]
			if !known || is.modified == "" {
				t.Errorf("%s: %s is another entry: %+v", who.Role, id, is)
			}
			if is.day != was.day {
				moved++
				if is.sequence <= was.sequence || is.modified <= was.modified {
					t.Errorf("%s: a day moved from %+v to %+v, and no program would see it", who.Role, was, is)
				}
			}
		}
		if moved < 4 || len(after) != len(before) {
			t.Errorf("%s: %d of %d days moved, %d before", who.Role, moved, len(after), len(before))
		}
	}
	token := feed(t, h, h.Contact).Token.Reveal()
	before := len(read(t, h, token))
	must(t, second(followup.RecordAttempt(t.Context(), h.DB, h.Vault, h.Contact, h.Followup(t, c, followup.ArrivalContact, ""),
		followup.NewAttempt{MadeOn: h.Today(), Channel: followup.Call, Outcome: followup.ReachedSafe})))
	if got := len(read(t, h, token)); got != before-1 {
		t.Errorf("%d of %d entries are left of what is done", got, before)
	}
}

// The parser that reads the feed in the other tests wrote it too: this looks at
// the lines as RFC 5545 has them.
func TestACalendarKeepsToItsFormat(t *testing.T) {
	t.Parallel()
	changed := time.Date(2026, 10, 12, 9, 30, 0, 0, time.UTC)
	text := attention.Write([]attention.Due{
		{Case: "K7QX-2MVD", On: calendar.MustParse("2026-12-31"), Thing: "followup:1", Version: 4, Changed: &changed},
		{Case: "K7QX-2MVD", On: calendar.MustParse("2027-01-01"), Thing: "plan:1"},
	}, calendar.MustParse("2026-10-12"))
	lines := strings.Split(strings.TrimSuffix(text, "\r\n"), "\r\n")
	for _, l := range lines {
		if len(l) > 75 || strings.ContainsAny(l, "\r\n") {
			t.Errorf("a line is too long or broken: %q", l)
		}
	}
	want := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//due//EN", "METHOD:PUBLISH", "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
		"BEGIN:VEVENT", "DTSTAMP:20261012T000000Z", "SEQUENCE:4", "LAST-MODIFIED:20261012T093000Z", "DTSTART;VALUE=DATE:20261231", "DTEND;VALUE=DATE:20270101", "END:VEVENT", "END:VCALENDAR"}
	at := 0
	for _, l := range lines {
		if at < len(want) && l == want[at] {
			at++
		}
	}
	for what, n := range map[string]int{"UID:": 2, "DTSTAMP:": 2, "DTSTART;VALUE=DATE:": 2, "LAST-MODIFIED:": 1, "BEGIN:VEVENT": 2, "END:VEVENT": 2} {
		if got := strings.Count(text, "\r\n"+what); got != n {
			t.Errorf("%d lines begin with %s, want %d", got, what, n)
		}
	}
	if at < len(want) {
		t.Errorf("%s is missing, or not in its place:\n%s", want[at], text)
	}
}
