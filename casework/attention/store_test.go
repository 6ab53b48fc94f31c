package attention_test

import (
	"strings"
	"testing"

	"hjemvej/casework/attention"
	"hjemvej/casework/followup"
	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/pgtest"

	ics "github.com/arran4/golang-ical"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// read subscribes as who and parses what comes.
func read(t *testing.T, h *housetest.House, token string) []*ics.VEvent {
	t.Helper()
	who, err := attention.OwnerOf(t.Context(), h.DB, token)
	must(t, err)
	text, err := attention.Calendar(t.Context(), h.DB, who)
	must(t, err)
	cal, err := ics.ParseCalendar(strings.NewReader(text))
	must(t, err)
	return cal.Events()
}

func feed(t *testing.T, h *housetest.House, who access.Actor) attention.NewSubscription {
	t.Helper()
	f, err := attention.CreateFeed(t.Context(), h.DB, who)
	must(t, err)
	return f
}

func TestR11_ACalendarSaysACodeAndADayAndNothingElse(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	h.Arrived(t, housetest.Of(h.OtherContact, h.OtherLead), housetest.HandedTo(h.OtherHome))
	for _, who := range []access.Actor{h.Contact, h.Lead, h.Home} {
		events := read(t, h, feed(t, h, who).Token.Reveal())
		if len(events) < 4 {
			t.Errorf("%s: %d events", who.Role, len(events))
		}
		for _, e := range events {
			if got := e.GetProperty(ics.ComponentPropertySummary).Value; got != c.Code+": due" || e.GetProperty(ics.ComponentPropertyDescription) != nil {
				t.Errorf("%s: an event says %q", who.Role, got)
			}
		}
	}
	due := []attention.Due{{Case: c.Code, On: calendar.MustParse("2026-10-25"), Thing: "followup:1", Version: 3}}
	text := attention.Write(due, h.Today())
	for _, want := range []string{"DTSTART;VALUE=DATE:20261025", "DTEND;VALUE=DATE:20261026", "SEQUENCE:3", "SUMMARY:" + c.Code + ": due"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing in %s", want, text)
		}
	}
	if text != attention.Write(due, h.Today()) {
		t.Error("the same days are other bytes")
	}
}

func TestR10_NobodyIsLedToAHoldByACalendar(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	h.Arrived(t, housetest.Reachable(person.ContactPoint{Kind: "phone", Value: "+40700000002", Whose: "self", DoNotContact: true}))
	if events := read(t, h, feed(t, h, h.Home).Token.Reveal()); len(events) != 0 {
		t.Errorf("a partner's calendar shows %d days of a safety hold", len(events))
	}
}

func TestR21_ACalendarGoesNoFurtherThanItsKeysScopes(t *testing.T) {
	t.Parallel()
	h, _ := housetest.NewArrived(t)
	h.Set(t, `UPDATE partner_keys SET scopes = '{upload}' WHERE id = $1`, h.Home.ID)
	if events := read(t, h, feed(t, h, h.Home).Token.Reveal()); len(events) != 0 {
		t.Errorf("a key for uploads alone shows %d days", len(events))
	}
}

func TestACalendarEndsWithItsOwner(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	revoked, left, key := feed(t, h, h.Contact), feed(t, h, h.Colleague), feed(t, h, h.Home)
	must(t, attention.RevokeFeed(t.Context(), h.DB, h.Contact, revoked.ID))
	must(t, attention.RevokeFeed(t.Context(), h.DB, h.Contact, revoked.ID))
	housetest.Refused(t, attention.RevokeFeed(t.Context(), h.DB, h.Lead, left.ID), fault.NotFound, "")
	h.Set(t, `UPDATE users SET active = false WHERE id = $1`, h.Colleague.ID)
	h.Set(t, `UPDATE partner_keys SET revoked_at = now() WHERE id = $1`, h.Home.ID)
	for _, token := range []string{revoked.Token.Reveal(), left.Token.Reveal(), key.Token.Reveal(), "", strings.Repeat("A", 43)} {
		_, err := attention.OwnerOf(t.Context(), h.DB, token)
		housetest.Refused(t, err, fault.NotFound, "")
	}
	if n := h.Count(t, `SELECT count(*) FROM calendar_feeds WHERE position($1::bytea in hash) > 0`, []byte(left.Token.Reveal())); n != 0 {
		t.Error("a token is stored")
	}
}

func TestR33_ACalendarWaitsForTheQuietToEnd(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	h.SetToday("2026-10-26")
	_, err := followup.RecordAttempt(t.Context(), h.DB, h.Vault, h.Contact, h.Followup(t, c, followup.ArrivalContact, ""),
		followup.NewAttempt{MadeOn: h.Today(), Channel: followup.Call, Outcome: followup.ReachedNotFree})
	must(t, err)
	var days []string
	for _, e := range read(t, h, feed(t, h, h.Contact).Token.Reveal()) {
		days = append(days, e.GetProperty(ics.ComponentPropertyDtStart).Value)
	}
	if days[0] != "20261030" {
		t.Errorf("the first day is %s", days[0])
	}
}
