package support_test

import (
	"testing"

	"hjemvej/casework/support"
	"hjemvej/internal/calendar"
	"hjemvej/internal/money"

	"pgregory.net/rapid"
)

func candidate(id, amount, sentOn string) support.Candidate {
	return support.Candidate{PaymentID: id, Case: "K7QX-2MVD", Line: "rent", SentOn: calendar.MustParse(sentOn), References: []string{"R-" + id}, Sent: true, Proven: true,
		Unsettled: support.Outstanding{Amount: ron(amount), Rate: "1.69"}}
}

func TestR28_AStatementsLineIsMatchedByAmountDayAndName(t *testing.T) {
	t.Parallel()
	unproven, settled := candidate("c", "5", "2026-10-01"), candidate("d", "0", "2026-10-01")
	unproven.Proven, unproven.Unsettled.Amount = false, ron("0")
	back := candidate("e", "70", "2026-10-01")
	back.Sent = false
	candidates := []support.Candidate{candidate("a", "100", "2026-10-01"), candidate("b", "100", "2026-10-20"), unproven, settled, back}
	line := func(amount, day string, named func(*support.StatementLine)) support.StatementLine {
		l := support.StatementLine{PaidOn: calendar.MustParse(day), Amount: ron(amount)}
		if named != nil {
			named(&l)
		}
		return l
	}
	id := func(id string) func(*support.StatementLine) {
		return func(l *support.StatementLine) { l.PaymentID = id }
	}
	for _, c := range []struct {
		what string
		line support.StatementLine
		want support.Match
	}{
		{"the nearest day", line("100", "2026-10-12", nil), support.Match{PaymentID: "b"}},
		{"the receipt's number", line("100", "2026-10-12", func(l *support.StatementLine) { l.Reference = "R-a" }), support.Match{PaymentID: "a"}},
		{"case and line", line("100", "2026-10-02", func(l *support.StatementLine) { l.Case, l.Line = "K7QX-2MVD", "rent" }), support.Match{PaymentID: "a"}},
		{"31 days", line("100", "2026-11-20", nil), support.Match{PaymentID: "b"}},
		{"32 days", line("100", "2026-11-02", id("a")), support.Match{Reason: support.TooFarApart}},
		{"another amount", line("98", "2026-10-02", id("a")), support.Match{Reason: support.AmountDiffers, DiffersBy: ron("2")}},
		{"not proven", line("5", "2026-10-02", id("c")), support.Match{Reason: support.NotProven}},
		{"settled", line("5", "2026-10-02", id("d")), support.Match{Reason: support.AlreadySettled}},
		{"came back", line("70", "2026-10-02", id("e")), support.Match{Reason: support.Unknown}},
		{"nobody's", line("100", "2026-10-02", id("z")), support.Match{Reason: support.Unknown}},
		{"another line's", line("100", "2026-10-02", func(l *support.StatementLine) { l.Case, l.Line = "K7QX-2MVD", "shop" }), support.Match{Reason: support.Unknown}},
		{"an amount alone tells nothing", line("98", "2026-10-02", nil), support.Match{Reason: support.Unknown}},
		{"another currency", support.StatementLine{PaidOn: calendar.MustParse("2026-10-02"), Amount: money.DKK("100"), PaymentID: "a"}, support.Match{Reason: support.Unknown}},
	} {
		if got := support.MatchLines([]support.StatementLine{c.line}, candidates)[0]; got != c.want {
			t.Errorf("%s: %+v, want %+v", c.what, got, c.want)
		}
	}
	twice := support.MatchLines([]support.StatementLine{line("100", "2026-10-02", id("a")), line("100", "2026-10-02", id("a"))}, candidates)
	if twice[0].PaymentID != "a" || twice[1].Reason != support.AlreadySettled {
		t.Errorf("the same line twice: %+v", twice)
	}
}

func TestR28_NoPaymentIsMatchedTwiceNorWithAnotherAmount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amounts := rapid.SampledFrom([]string{"1", "2", "3"})
		days := rapid.SampledFrom([]string{"2026-10-01", "2026-10-15", "2026-12-24"})
		var candidates []support.Candidate
		for i := range rapid.IntRange(0, 6).Draw(t, "payments") {
			candidates = append(candidates, candidate(string(rune('a'+i)), amounts.Draw(t, "proven"), days.Draw(t, "sent")))
		}
		var lines []support.StatementLine
		for range rapid.IntRange(1, 8).Draw(t, "lines") {
			lines = append(lines, support.StatementLine{PaidOn: calendar.MustParse(days.Draw(t, "paid")), Amount: ron(amounts.Draw(t, "amount")),
				PaymentID: rapid.SampledFrom([]string{"", "a", "f"}).Draw(t, "named")})
		}
		seen := map[string]bool{}
		for i, m := range support.MatchLines(lines, candidates) {
			if (m.PaymentID == "") == (m.Reason == "") || seen[m.PaymentID] {
				t.Fatalf("line %d: %+v", i, m)
			}
			for _, c := range candidates {
				if c.PaymentID == m.PaymentID && c.Unsettled.Amount != lines[i].Amount {
					t.Fatalf("line %d of %s is matched with %s", i, lines[i].Amount, c.Unsettled.Amount)
				}
			}
			if m.PaymentID != "" {
				seen[m.PaymentID] = true
			}
		}
	})
}
