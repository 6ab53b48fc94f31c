package followup_test

import (
	"context"
	"testing"
	"time"

	"hjemvej/casework/followup"
	"hjemvej/internal/housetest"
	"hjemvej/internal/postgres"
	"hjemvej/partners"
)

// beginsWith holds that a look finds nothing a second before a day begins at the
// destination, and one thing as it begins.
func beginsWith(t *testing.T, h *housetest.House, begins, what string, look func() (int, error)) {
	t.Helper()
	at, err := time.Parse(time.RFC3339, begins)
	must(t, err)
	for want, when := range []time.Time{at.Add(-time.Second), at} {
		h.SetNow(when)
		n, err := look()
		must(t, err)
		if n != want {
			t.Errorf("%s at %s: %d, want %d", what, when, n, want)
		}
	}
}

// A day begins up to eleven hours before Copenhagen's, and up to twelve after.
func TestR31_R36_SweepsGoByTheDayAtTheDestination(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, first, month1, ended string }{
		{"Pacific/Tongatapu", "2026-10-22T11:00:00Z", "2026-11-08T11:00:00Z", "2027-04-12T11:00:00Z"},
		{"Pacific/Honolulu", "2026-10-23T10:00:00Z", "2026-11-09T10:00:00Z", "2027-04-13T10:00:00Z"},
	} {
		h := housetest.New(t)
		arrived := h.Arrived(t) // first contact due on 26 October, month 1 on 12 November, until 12 April
		h.Set(t, `UPDATE cases SET destination_time_zone = $2 WHERE id = $1`, arrived.ID, c.zone)
		sweep := func(do func(context.Context, *postgres.DB) (int, error)) func() (int, error) {
			return func() (int, error) { return do(t.Context(), h.DB) }
		}
		beginsWith(t, h, c.first, "the first reminder, three days before", sweep(followup.Remind))
		h.Set(t, `UPDATE followups SET state = 'done', done_on = '2026-10-24' WHERE case_id = $1 AND kind = 'arrival_contact'`, arrived.ID)
		beginsWith(t, h, c.month1, "month 1, three days before", sweep(followup.Remind))
		beginsWith(t, h, c.ended, "an exit that is not recorded", sweep(followup.EscalateExits))
		warned := addDays(t, c.ended, -31)
		beginsWith(t, h, warned, "support ends in 30 days", sweep(followup.WarnSupport))
		h.Set(t, `DELETE FROM letters WHERE kind = 'support_ends'`)
		beginsWith(t, h, warned, "support ends in 30 days, for the partner", sweep(partners.WarnSupport))
	}
}

// The quiet after a conversation that was not free lasts whole days there (R33).
func TestR33_TheQuietEndsByTheDayAtTheDestination(t *testing.T) {
	t.Parallel()
	for zone, ends := range map[string]string{"Pacific/Tongatapu": "2026-10-29T11:00:00Z", "Pacific/Honolulu": "2026-10-30T10:00:00Z"} {
		h := housetest.New(t)
		c := h.Arrived(t, housetest.InZone(zone))
		at, err := time.Parse(time.RFC3339, ends) // the 30th begins there
		must(t, err)
		h.SetNow(at.Add(-4 * 24 * time.Hour).Add(time.Minute)) // the 26th, on which the first contact is due
		must(t, second(followup.Remind(t.Context(), h.DB)))
		_, err = followup.RecordAttempt(t.Context(), h.DB, h.Vault, h.Contact, h.Followup(t, c, followup.ArrivalContact, ""),
			followup.NewAttempt{MadeOn: day("2026-10-26"), Channel: followup.Call, Outcome: followup.ReachedNotFree})
		must(t, err)
		beginsWith(t, h, ends, "the reminder after the quiet, in "+zone, func() (int, error) { return followup.Remind(t.Context(), h.DB) })
	}
}

// Where clocks go on at midnight the day begins at one; where they go back at
// midnight it begins once. A machine whose clock is set back an hour finds nothing
// again.
func TestR23_R35_R36_DaysThatBeginWhenClocksChange(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	for _, x := range []struct{ zone, last, over string }{
		{"America/Havana", "2027-03-13", "2027-03-14T05:00:00Z"}, // to one
		{"Asia/Beirut", "2027-03-27", "2027-03-27T22:00:00Z"},    // to one
		{"Africa/Cairo", "2027-04-29", "2027-04-29T22:00:00Z"},   // to one
		{"Asia/Beirut", "2027-10-30", "2027-10-30T22:00:00Z"},    // back to eleven, an hour before
		{"Africa/Cairo", "2027-10-28", "2027-10-28T22:00:00Z"},   // back to eleven
	} {
		h.Set(t, `UPDATE cases SET support_ended_on = NULL, arrived_on = $2::date - interval '6 months', last_day = $2, destination_time_zone = $3 WHERE id = $1`, c.ID, x.last, x.zone)
		for _, sweep := range []func(context.Context, *postgres.DB) (int, error){followup.EscalateExits, followup.EndSupport} {
			beginsWith(t, h, x.over, x.zone, func() (int, error) { return sweep(t.Context(), h.DB) })
			h.SetNow(h.Now().Add(-time.Hour))
			if n, err := sweep(t.Context(), h.DB); n != 0 || err != nil {
				t.Errorf("%s: with the clock set back %d, %v", x.zone, n, err)
			}
		}
	}
}

func TestR31_WhatIsDueTodayIsDueAtItsDestination(t *testing.T) {
	t.Parallel()
	for zone, begins := range map[string]string{"Pacific/Tongatapu": "2026-10-25T11:00:00Z", "Pacific/Honolulu": "2026-10-26T10:00:00Z"} {
		h, c := housetest.NewArrived(t)
		h.Set(t, `UPDATE cases SET destination_time_zone = $2 WHERE id = $1`, c.ID, zone)
		beginsWith(t, h, begins, "due at "+zone, func() (int, error) {
			due, _, err := followup.ListDue(t.Context(), h.DB, h.Vault, h.Contact, followup.Due{Limit: 9})
			return len(due), err
		})
	}
}

// East of Copenhagen a person arrives, answers and leaves on days that have not
// come in Copenhagen yet.
func TestR22_R37_R35_WhatHappensThereIsDatedThere(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Departed(t)
	h.Set(t, `UPDATE cases SET destination_time_zone = 'Pacific/Tongatapu' WHERE id = $1`, c.ID)
	at, err := time.Parse(time.RFC3339, h.Today().String()+"T12:00:00Z")
	must(t, err)
	h.SetNow(at)
	tomorrow := h.Today().AddDays(1)
	h.Confirm(t, c, h.Contact, tomorrow, "")
	if got := h.Text(t, `SELECT arrived_on::text FROM cases WHERE id = $1`, c.ID); got != tomorrow.String() {
		t.Errorf("arrived on %s", got)
	}
	must(t, second(followup.AnswerSurvey(t.Context(), h.DB, h.Contact, c.Code, followup.NewSurvey{Kind: followup.Baseline, AnsweredOn: tomorrow, Answers: housetest.Answers("declined"), Interview: housetest.Interview})))
	must(t, second(followup.RecordIncident(t.Context(), h.DB, h.Vault, h.Contact, c.Code, followup.NewIncident{Kind: followup.Threat, OccurredOn: tomorrow, Text: words})))
	must(t, second(followup.RecordExit(t.Context(), h.DB, h.Contact, c.Code, h.Version(t, c), followup.ExitReview{Outcome: followup.Died, ExitedOn: tomorrow})))
}

func addDays(t *testing.T, instant string, days int) string {
	t.Helper()
	at, err := time.Parse(time.RFC3339, instant)
	must(t, err)
	return at.AddDate(0, 0, days).Format(time.RFC3339)
}
