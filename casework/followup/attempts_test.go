package followup_test

import (
	"strings"
	"testing"

	"hjemvej/casework/followup"
	"hjemvej/casework/policy"
	"hjemvej/internal/calendar"

	"pgregory.net/rapid"
)

// tries reads "1 call, 2 text": attempts on days of March that nobody answered.
func tries(s string) []followup.Attempt {
	var out []followup.Attempt
	for _, one := range strings.Split(s, ", ") {
		on, channel, _ := strings.Cut(one, " ")
		out = append(out, followup.Attempt{On: day("2026-03-0" + on), Channel: followup.Channel(channel), Outcome: followup.NoAnswer})
	}
	return out
}

func TestR34_LostContactNeedsEnoughAttempts(t *testing.T) {
	both := []followup.Channel{followup.Call, followup.Text}
	one := []followup.Channel{followup.Call}
	const attempts, days, channels = "4 attempts", "3 different days", "permitted channels to be tried"
	for name, c := range map[string]struct {
		attempts  string
		permitted []followup.Channel
		missing   []string
	}{
		"enough":                         {"1 call, 2 text, 3 call, 3 call", both, nil},
		"three attempts":                 {"1 call, 2 text, 3 call", both, []string{attempts}},
		"two days":                       {"1 call, 1 text, 2 call, 2 text", both, []string{days}},
		"one channel of two":             {"1 call, 2 call, 3 call, 4 call", both, []string{channels}},
		"one channel of one":             {"1 call, 2 call, 3 call, 4 call", one, nil},
		"one channel of one named twice": {"1 call, 2 call, 3 call, 4 call", append(one, one...), nil},
		"a channel that is not allowed":  {"1 call, 2 visit, 3 call, 4 call", both, []string{attempts, channels}},
		"everything at once":             {"1 call", both, []string{attempts, days, channels}},
	} {
		got := lostMissing(tries(c.attempts), c.permitted)
		if len(got) != len(c.missing) {
			t.Errorf("%s: missing %q, want %q", name, got, c.missing)
			continue
		}
		for i, part := range c.missing {
			if !strings.Contains(got[i], part) {
				t.Errorf("%s: %q does not speak of %q", name, got[i], part)
			}
		}
	}
}

func TestR34_NothingTriedMissesEverything(t *testing.T) {
	if got := lostMissing(nil, []followup.Channel{followup.Call, followup.Text}); len(got) != 3 {
		t.Errorf("missing %q", got)
	}
}

func TestR10_WithoutPermittedChannelContactIsOnHoldNotLost(t *testing.T) {
	got := lostMissing(tries("1 call, 2 text, 3 call, 4 call"), nil)
	if len(got) != 1 || !strings.Contains(got[0], "safety hold") {
		t.Errorf("missing %q", got)
	}
}

func TestR34_AnUndatedAttemptDoesNotCount(t *testing.T) {
	attempts := tries("1 call, 2 text, 3 call, 4 call")
	attempts[3].On = calendar.Date{}
	if got := lostMissing(attempts, []followup.Channel{followup.Call, followup.Text}); len(got) != 1 {
		t.Errorf("missing %q", got)
	}
}

func TestR33_OnlyTheReachedAndTheRefusingConclude(t *testing.T) {
	for _, c := range []struct {
		outcome followup.AttemptOutcome
		as      followup.ExitOutcome
	}{
		{followup.ReachedSafe, followup.Reached},
		{followup.Refused, followup.DeclinedContact},
		{followup.ReachedNotFree, ""},
		{followup.NoAnswer, ""},
		{followup.NumberDead, ""},
		{followup.ThirdParty, ""},
	} {
		if as, ok := followup.Concludes(c.outcome); as != c.as || ok != (c.as != "") {
			t.Errorf("%s concludes as %q, %v", c.outcome, as, ok)
		}
		attempts := tries("1 call, 2 text, 3 call, 4 call")
		attempts[0].Outcome = c.outcome
		lost := len(lostMissing(attempts, []followup.Channel{followup.Call, followup.Text})) == 0
		if lost == (c.as != "") {
			t.Errorf("after %s lost contact may be recorded: %v", c.outcome, lost)
		}
	}
}

func TestR34_AnotherAttemptNeverMakesContactLessLost(t *testing.T) {
	channels := []followup.Channel{followup.Call, followup.Text, followup.Visit}
	rapid.Check(t, func(t *rapid.T) {
		permitted := rapid.SliceOfN(rapid.SampledFrom(channels), 1, 3).Draw(t, "permitted")
		var attempts []followup.Attempt
		before := len(lostMissing(nil, permitted))
		for range rapid.IntRange(1, 12).Draw(t, "attempts") {
			attempts = append(attempts, followup.Attempt{
				On:      day("2026-03-01").AddDays(rapid.IntRange(0, 4).Draw(t, "day")),
				Channel: rapid.SampledFrom(channels).Draw(t, "channel"),
				Outcome: followup.NoAnswer,
			})
			now := len(lostMissing(attempts, permitted))
			if now > before {
				t.Fatalf("%d things missing after %d", now, before)
			}
			if now == 0 && len(attempts) < policy.Default().FollowUp.LostAttempts {
				t.Fatalf("lost after %d attempts", len(attempts))
			}
			before = now
		}
	})
}

func TestR33_OnlyTheListedWordsAreValid(t *testing.T) {
	for _, c := range []followup.Channel{followup.Call, followup.Text, followup.MessagingApp, followup.Email, followup.Visit, followup.ThroughPartner} {
		if !c.Valid() {
			t.Errorf("channel %s is refused", c)
		}
	}
	for _, o := range []followup.AttemptOutcome{followup.ReachedSafe, followup.ReachedNotFree, followup.NoAnswer, followup.NumberDead, followup.ThirdParty, followup.Refused} {
		if !o.Valid() {
			t.Errorf("outcome %s is refused", o)
		}
	}
	for _, word := range []string{"", "fax", "CALL"} {
		if followup.Channel(word).Valid() || followup.AttemptOutcome(word).Valid() {
			t.Errorf("%q is accepted", word)
		}
	}
}

func TestR35_ThereIsNoBlankOutcome(t *testing.T) {
	all := followup.ExitOutcomes()
	if len(all) != 6 {
		t.Errorf("%d outcomes, want 6", len(all))
	}
	for _, o := range all {
		if !o.Valid() {
			t.Errorf("%s is not valid", o)
		}
	}
	if followup.ExitOutcome("").Valid() || followup.ExitOutcome("unknown").Valid() {
		t.Error("a blank outcome is valid")
	}
}

func lostMissing(attempts []followup.Attempt, permitted []followup.Channel) []string {
	return followup.LostContactMissing(attempts, permitted, policy.Default().FollowUp)
}
