package person_test

import (
	"slices"
	"testing"
	"time"

	"hjemvej/casework/person"
	"hjemvej/internal/calendar"

	"pgregory.net/rapid"
)

func instant(s string) time.Time {
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return at
}

// evening may be called from six to eight in the evening in Bucharest, which is
// five to seven in Copenhagen.
var evening = person.ContactPoint{Held: person.Held{ID: "evening"}, Kind: "phone", Value: "+40700000000", Whose: "self", MayCall: true,
	Hours: []person.Hours{{From: "18:00", Until: "20:00"}}, TimeZone: "Europe/Bucharest"}

func TestR10_HoursAreThePersonsLocalTime(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		at, from, until string
		now             bool
	}{
		{at: "2026-11-25T15:59:00Z", from: "2026-11-25T16:00:00Z"},
		{at: "2026-11-25T16:00:00Z", until: "2026-11-25T18:00:00Z", now: true},
		{at: "2026-11-25T17:59:59Z", until: "2026-11-25T18:00:00Z", now: true},
		{at: "2026-11-25T18:00:00Z", from: "2026-11-26T16:00:00Z"},
		// In summer the same hours are an hour earlier in UTC; the last day of summer time.
		{at: "2026-10-24T14:30:00Z", from: "2026-10-24T15:00:00Z"},
		{at: "2026-10-24T17:30:00Z", from: "2026-10-25T16:00:00Z"},
	} {
		got := person.SafeContactAt([]person.ContactPoint{evening}, instant(c.at))
		if got.Now != c.now || len(got.Ways) != 1 || got.Ways[0].Now != c.now || text(got.From) != c.from || text(got.Ways[0].Until) != c.until {
			t.Errorf("at %s: %+v", c.at, got)
		}
	}
}

func text(at *time.Time) string {
	if at == nil {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

func TestR10_OneDoNotContactClosesEveryWay(t *testing.T) {
	t.Parallel()
	blocked := person.ContactPoint{Kind: "phone", Value: "+40700000001", Whose: "self", DoNotContact: true}
	got := person.SafeContactAt([]person.ContactPoint{evening, blocked}, instant("2026-11-25T17:00:00Z"))
	if !got.DoNotContact || got.Now || len(got.Ways) > 0 || got.Permitted() != nil || got.Unsafe(person.ThroughPartner, true) != "do_not_contact" {
		t.Errorf("%+v", got)
	}
}

func TestR10_EachContactPointOpensTheChannelsThatItPermits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		point person.ContactPoint
		want  []person.Channel
	}{
		{person.ContactPoint{Kind: "phone", MayCall: true, MayText: true}, []person.Channel{person.Call, person.Text}},
		{person.ContactPoint{Kind: "phone", MayLeave: true}, nil},
		{person.ContactPoint{Kind: "messaging_app", MayText: true}, []person.Channel{person.MessagingApp}},
		{person.ContactPoint{Kind: "email", MayText: true}, []person.Channel{person.Email}},
		{person.ContactPoint{Kind: "email", MayCall: true}, nil},
		{person.ContactPoint{Kind: "address", MayCall: true}, []person.Channel{person.Visit}},
		{person.ContactPoint{Kind: "address"}, nil},
	} {
		got := person.SafeContactAt([]person.ContactPoint{c.point}, instant("2026-11-25T12:00:00Z")).Permitted()
		if want := append([]person.Channel{person.ThroughPartner}, c.want...); !slices.Equal(got, want) {
			t.Errorf("%+v permits %v, want %v", c.point, got, want)
		}
	}
}

func TestR10_AnAttemptIsJudgedByChannelAndHour(t *testing.T) {
	t.Parallel()
	night := person.SafeContactAt([]person.ContactPoint{evening}, instant("2026-11-25T22:00:00Z"))
	for _, c := range []struct {
		channel   person.Channel
		hourKnown bool
		want      string
	}{
		{person.Call, true, "hours"}, {person.Call, false, ""}, {person.Text, false, "channel"}, {person.ThroughPartner, true, ""},
	} {
		if got := night.Unsafe(c.channel, c.hourKnown); got != c.want {
			t.Errorf("%s is %q, want %q", c.channel, got, c.want)
		}
	}
}

// Whatever the hours, zone and moment: what opens later opens at an hour that the
// point names, and is then open.
func TestR10_WhatOpensLaterIsOpenThen(t *testing.T) {
	t.Parallel()
	zones := []string{"Europe/Bucharest", "Africa/Lagos", "Asia/Bangkok", "Asia/Kathmandu", "America/Sao_Paulo", "Pacific/Chatham"}
	clock := rapid.Map(rapid.IntRange(0, 24*60-1), func(m int) string { return time.Unix(int64(m)*60, 0).UTC().Format("15:04") })
	rapid.Check(t, func(rt *rapid.T) {
		p := person.ContactPoint{Kind: "phone", MayCall: true, TimeZone: rapid.SampledFrom(zones).Draw(rt, "zone")}
		for range rapid.IntRange(1, 3).Draw(rt, "n") {
			a, b := clock.Draw(rt, "from"), clock.Draw(rt, "until")
			if a < b {
				p.Hours = append(p.Hours, person.Hours{From: a, Until: b})
			}
		}
		now := time.Unix(rapid.Int64Range(1.7e9, 1.9e9).Draw(rt, "now"), 0).UTC()
		got := person.SafeContactAt([]person.ContactPoint{p}, now)
		if got.Now == (got.From != nil) {
			rt.Fatalf("now %v and from %v", got.Now, got.From)
		}
		if got.From == nil {
			return
		}
		if got.From.Sub(now) <= 0 || got.From.Sub(now) > 49*time.Hour {
			rt.Fatalf("opens %s after %s", got.From, now)
		}
		if then := person.SafeContactAt([]person.ContactPoint{p}, *got.From); !then.Now {
			rt.Fatalf("at %s it is not open", got.From)
		}
	})
}

func TestR10_SharedWordsDifferAndTellNothing(t *testing.T) {
	t.Parallel()
	today := calendar.MustParse("2026-11-25")
	for words, want := range map[[4]string]bool{
		{"", "", "", ""}: true,
		{"A friend from the language course", "Greetings from the library", "The book is fine", "I brought it back"}: true,
		{"", "", "Fine", " fine"}:                    false,
		{"I call from CMM", "", "", ""}:              false,
		{"", "", "The asylum papers are fine", ""}:   false,
		{"", "Jeg ringer om din handleplan", "", ""}: true,
	} {
		p := person.ContactPoint{Kind: "phone", Value: "+40700000000", Whose: "self", MayCall: true, CoverStory: words[0], OurWord: words[1], SafeWord: words[2], DangerWord: words[3]}
		if err := p.Validate("body", today); (err == nil) != want {
			t.Errorf("%v: %v", words, err)
		}
	}
}
