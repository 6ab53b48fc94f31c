package followup_test

import (
	"slices"
	"testing"

	"hjemvej/casework/followup"
	"hjemvej/internal/calendar"

	"pgregory.net/rapid"
)

func TestR36_FourRemindersToTheirReaders(t *testing.T) {
	want := []followup.Reminder{
		{Kind: followup.ReminderBefore, On: day("2026-02-26"), To: followup.ToContactPerson},
		{Kind: followup.ReminderDue, On: day("2026-03-01"), To: followup.ToContactPerson},
		{Kind: followup.ReminderOverdue, On: day("2026-03-04"), To: followup.ToContactPerson},
		{Kind: followup.ReminderEscalated, On: day("2026-03-11"), To: followup.ToTeamLead},
	}
	if got := followup.Reminders(day("2026-03-01")); !slices.Equal(got, want) {
		t.Errorf("reminders %v, want %v", got, want)
	}
	if got := followup.Reminders(calendar.Date{}); len(got) != 0 {
		t.Errorf("without a due day: %v", got)
	}
}

func TestR36_AfterAnOutageAReaderGetsTheLatestOnly(t *testing.T) {
	due := day("2026-03-01")
	for today, want := range map[string][]followup.ReminderKind{
		"2026-02-25": nil,
		"2026-02-26": {followup.ReminderBefore},
		"2026-02-28": {followup.ReminderBefore},
		"2026-03-01": {followup.ReminderDue},
		"2026-03-05": {followup.ReminderOverdue},
		"2026-03-10": {followup.ReminderOverdue},
		"2026-03-11": {followup.ReminderOverdue, followup.ReminderEscalated},
		"2026-06-01": {followup.ReminderOverdue, followup.ReminderEscalated},
	} {
		var got []followup.ReminderKind
		for _, r := range followup.DueReminders(due, day(today)) {
			got = append(got, r.Kind)
		}
		if !slices.Equal(got, want) {
			t.Errorf("on %s: %v, want %v", today, got, want)
		}
	}
}

func TestR36_EachGoesOutOnceOnWhateverDaysTheProgramRuns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		due := anyDay(t, "due")
		sent := map[followup.Reminder]bool{}
		latest := map[followup.Reader]calendar.Date{}
		for i, up := range rapid.SliceOfN(rapid.Bool(), 25, 25).Draw(t, "up") {
			if !up {
				continue
			}
			letters := map[followup.Reader]int{}
			for _, r := range followup.DueReminders(due, due.AddDays(i-6)) {
				if sent[r] {
					continue
				}
				sent[r] = true
				if letters[r.To]++; letters[r.To] > 1 {
					t.Fatalf("%s gets two letters in one run", r.To)
				}
				if r.On.Before(latest[r.To]) {
					t.Fatalf("%s gets an older reminder after a newer one", r.To)
				}
				latest[r.To] = r.On
			}
		}
	})
}

func TestR36_OnADailyRunEachGoesOutOnItsDay(t *testing.T) {
	due := day("2026-03-01")
	sent := map[followup.Reminder]bool{}
	for i := -10; i <= 20; i++ {
		today := due.AddDays(i)
		for _, r := range followup.DueReminders(due, today) {
			if !sent[r] && r.On != today {
				t.Errorf("%s goes out on %s, not on %s", r.Kind, today, r.On)
			}
			sent[r] = true
		}
	}
	if len(sent) != 4 {
		t.Errorf("%d of 4 went out", len(sent))
	}
}
