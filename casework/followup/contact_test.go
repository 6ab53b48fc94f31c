package followup_test

import (
	"testing"
	"time"

	"hjemvej/casework/followup"
	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
)

// guarded is a phone that may be called in the afternoon in Bucharest, with a
// word for when it is safe.
var guarded = person.ContactPoint{Kind: "phone", Value: "+40700000000", Whose: "self", MayCall: true, TimeZone: "Europe/Bucharest",
	Hours: []person.Hours{{From: "14:00", Until: "16:00"}}, SafeWord: "The book is fine", DangerWord: "I brought it back"}

func TestR10_AnAttemptThatIsNotSafeIsKeptShownAndTold(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Arrived(t, housetest.Reachable(guarded))
	slot := h.Followup(t, c, followup.ArrivalContact, "")
	h.SetNow(time.Date(2026, 10, 13, 18, 0, 0, 0, time.UTC))
	early, within := time.Date(2026, 10, 13, 9, 0, 0, 0, time.UTC), time.Date(2026, 10, 13, 12, 0, 0, 0, time.UTC)
	for _, in := range []struct {
		by access.Actor
		followup.NewAttempt
		want string
	}{
		{h.Contact, followup.NewAttempt{Channel: followup.Text}, "channel"},
		{h.Home, followup.NewAttempt{Channel: followup.Call, MadeAt: &early}, "hours"},
		{h.Contact, followup.NewAttempt{Channel: followup.Call, MadeAt: &within}, ""},
		{h.Contact, followup.NewAttempt{Channel: followup.Call}, ""},
		{h.Home, followup.NewAttempt{Channel: followup.ThroughPartner}, ""},
	} {
		h.SetNow(h.Now().Add(time.Minute))
		in.MadeOn, in.Outcome = h.Today(), followup.NoAnswer
		got, err := followup.RecordAttempt(t.Context(), h.DB, h.Vault, in.by, slot, in.NewAttempt)
		must(t, err)
		if last := got.Attempts[len(got.Attempts)-1]; last.Unsafe != in.want {
			t.Errorf("%s at %v is %q, want %q", in.Channel, in.MadeAt, last.Unsafe, in.want)
		}
	}
	// What the contact person did is told to the lead, what the partner did to the
	// contact person.
	for who, want := range map[string]int{h.Lead.ID: 1, h.Contact.ID: 1} {
		if n := h.Count(t, `SELECT count(*) FROM letters WHERE kind = 'contact_unsafe' AND user_id = $1`, who); n != want {
			t.Errorf("%d letters, want %d", n, want)
		}
	}
}

func TestR10_ASafeConversationNeedsTheWordForIt(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Arrived(t, housetest.Reachable(guarded))
	slot := h.Followup(t, c, followup.ArrivalContact, "")
	record := func(by access.Actor, outcome followup.AttemptOutcome, word string) error {
		return second(followup.RecordAttempt(t.Context(), h.DB, h.Vault, by, slot,
			followup.NewAttempt{MadeOn: h.Today(), Channel: followup.Call, Outcome: outcome, Word: word}))
	}
	housetest.Refused(t, record(h.Contact, followup.ReachedSafe, ""), fault.Conflict, "R10")
	housetest.Refused(t, record(h.Contact, followup.ReachedSafe, "danger"), fault.Invalid, "")
	must(t, record(h.Contact, followup.ReachedNotFree, "danger"), record(h.Home, followup.ReachedSafe, ""))
	must(t, record(h.Contact, followup.ReachedSafe, "safe"))
	_, err := h.Exec(t.Context(), h.Contact, `INSERT INTO attempts (case_id, followup_id, made_on, channel, outcome, word, recorded_by) VALUES ($1, $2, '2026-10-12', 'call', 'reached_safe', 'danger', $3)`, c.ID, slot, h.Contact.ID)
	housetest.Broken(t, err, "attempt_danger_is_not_free")
}

func TestR10_ThePersonMayAlwaysGetInTouch(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Arrived(t, housetest.Reachable(person.ContactPoint{Kind: "phone", Value: "+40700000000", Whose: "self", DoNotContact: true}))
	slot := h.Followup(t, c, followup.ArrivalContact, "")
	in := followup.NewAttempt{MadeOn: h.Today(), Channel: followup.Call, Outcome: followup.NoAnswer, ByPerson: true}
	housetest.Refused(t, second(followup.RecordAttempt(t.Context(), h.DB, h.Vault, h.Contact, slot, in)), fault.Invalid, "")
	in.Outcome = followup.ReachedSafe
	got, err := followup.RecordAttempt(t.Context(), h.DB, h.Vault, h.Contact, slot, in)
	must(t, err)
	if got.State != "done" || got.Attempts[0].Unsafe != "" || !got.Attempts[0].ByPerson {
		t.Errorf("%+v", got)
	}
}

func TestR34_OnlySafeAttemptsOverPermittedWaysCount(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	alone := person.ContactPoint{Kind: "phone", Value: "+40700000000", Whose: "self", MayCall: true}
	c := h.Arrived(t, housetest.Reachable(alone))
	slot := h.Followup(t, c, followup.ArrivalContact, "")
	try := func(days int, channel followup.Channel) {
		t.Helper()
		h.Pass(days)
		must(t, second(followup.RecordAttempt(t.Context(), h.DB, h.Vault, h.Contact, slot,
			followup.NewAttempt{MadeOn: h.Today(), Channel: channel, Outcome: followup.NoAnswer})))
	}
	lost := func() error {
		return second(followup.RecordLost(t.Context(), h.DB, h.Vault, h.Contact, slot, 0))
	}
	for range 3 {
		try(1, followup.Call)
		try(0, followup.Text) // is not permitted
	}
	if n := len(housetest.Missing(lost())); n != 2 { // a fourth attempt, and through the partner
		t.Errorf("%d things are missing: %v", n, lost())
	}
	try(1, followup.ThroughPartner)
	must(t, lost())
}

func TestR34_AWayThatEndedStillCountsAsTried(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	slot := h.Followup(t, c, followup.ArrivalContact, "")
	for _, channel := range []followup.Channel{followup.Call, followup.Text, followup.Call, followup.Text} {
		h.Pass(1)
		must(t, second(followup.RecordAttempt(t.Context(), h.DB, h.Vault, h.Contact, slot,
			followup.NewAttempt{MadeOn: h.Today(), Channel: channel, Outcome: followup.NumberDead})))
	}
	h.Set(t, `UPDATE identity_parts SET ended_on = $1`, h.Today())
	must(t, second(followup.RecordLost(t.Context(), h.DB, h.Vault, h.Contact, slot, 0)))
}

func TestR10_AReminderWaitsForThePersonsHoursUntilThreeAtTheLatest(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	afternoon := h.Case(t, housetest.Reachable(guarded)) // one to three in Copenhagen
	evening := guarded
	evening.Hours = []person.Hours{{From: "20:00", Until: "22:00"}}
	late := h.Case(t, housetest.Reachable(evening))
	any := h.Case(t)
	for _, at := range []struct {
		hour, minute                int
		forAfternoon, forLate, open time.Duration
	}{
		{7, 0, time.Hour, time.Hour, 0}, // looks again each hour
		{12, 30, 30 * time.Minute, time.Hour, 0},
		{13, 0, 0, time.Hour, 0},
		{14, 45, 0, 15 * time.Minute, 0},
		{15, 0, 0, 0, 0},
		{20, 0, 0, 0, 0},
	} {
		h.SetNow(time.Date(2026, 10, 14, at.hour-2, at.minute, 0, 0, time.UTC)) // Copenhagen's summer time
		for c, want := range map[*housetest.Case]time.Duration{afternoon: at.forAfternoon, late: at.forLate, any: at.open} {
			got, err := followup.WaitBeforeReminding(t.Context(), h.DB, h.Vault, c.Code)
			must(t, err)
			if got != want {
				t.Errorf("at %02d:%02d: waits %s, want %s", at.hour, at.minute, got, want)
			}
		}
	}
}
