package followup_test

import (
	"slices"
	"strings"
	"testing"

	"hjemvej/casework/followup"
	"hjemvej/casework/support"
	"hjemvej/internal/housetest"
)

func TestR35_TheExitReviewSaysAllThatIsMissingAtOnce(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Arrived(t)
	p := h.Pay(t, c, "100", support.Sent)
	got, err := followup.ReadExitReview(t.Context(), h.DB, h.Vault, c.By, c.Code)
	must(t, err)
	if got.Followup != "open" || got.Surveyed || len(got.Payments) != 1 || got.Payments[0].ID != p.ID || len(got.Lines) != 2 || len(got.LostMissing) == 0 {
		t.Errorf("%+v", got)
	}
	for _, want := range []string{"Support runs until 2027-04-12.", "No outcome is recorded.", "The exit follow-up is open.", "The exit survey is not answered.", "A payment of 100.00 DKK on rent is sent."} {
		if !slices.Contains(got.Missing, want) {
			t.Errorf("%q is not said among\n%s", want, strings.Join(got.Missing, "\n"))
		}
	}
}

func TestR35_NothingIsMissingWhereNothingIs(t *testing.T) {
	t.Parallel()
	if got := followup.ExitMissing(followup.ExitFacts{LastDay: day("2027-04-12"), Passed: true, Outcome: followup.Died, Followup: "dropped"}); len(got) != 0 {
		t.Errorf("of who died: %v", got)
	}
	if got := followup.ExitMissing(followup.ExitFacts{}); len(got) == 0 {
		t.Error("nothing is missing before the arrival")
	}
}

func TestR35_AnExitThatNobodyRecordsIsEscalatedOnceAStep(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Arrived(t) // the last day is 12 April
	expectSwept(t, h, followup.EscalateExits, map[string]int{"2027-04-13": 1, "2027-04-15": 1, "2027-04-22": 1, "2027-04-29": 1},
		"2027-04-12", "2027-04-13", "2027-04-14", "2027-04-15", "2027-04-21", "2027-04-22", "2027-04-28", "2027-04-29")
	if got, want := letters(t, h, c, "exit%"), "exit_unfinished 1 01, exit_unfinished 3 01, exit_unfinished 10 03, exit_unfinished 17 03"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	h.SetToday("2027-04-30")
	_, err := followup.RecordExit(t.Context(), h.DB, c.By, c.Code, h.Version(t, c), followup.ExitReview{Outcome: followup.ReMigrated, ExitedOn: h.Today()})
	must(t, err)
	if n := swept(t, h, "2027-06-01", followup.EscalateExits); n != 0 {
		t.Errorf("%d letters after the exit", n)
	}
}

func TestR35_AfterAnOutageOnlyTheLatestStepIsTold(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Arrived(t)
	if n := swept(t, h, "2027-05-20", followup.EscalateExits); n != 2 { // to the contact person, and to the lead
		t.Errorf("%d letters: %s", n, letters(t, h, c, "exit%"))
	}
}
