package followup_test

import (
	"testing"

	"hjemvej/casework/followup"
	"hjemvej/internal/housetest"
)

func TestR39_AnInterviewerWhoGivesTheSupportIsFlaggedBesideTheScores(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	for kind, gives := range map[followup.Kind]bool{"baseline": true, "month_3": false} {
		if _, err := followup.AnswerSurvey(t.Context(), h.DB, c.By, c.Code, followup.NewSurvey{Kind: kind, AnsweredOn: h.Today(),
			Answers: housetest.Answers("dont_know"), Interview: followup.Interview{Supports: gives}}); err != nil {
			t.Fatal(err)
		}
	}
	all, err := followup.ListSurveys(t.Context(), h.DB, c.By, c.Code)
	if err != nil || len(all) != 2 {
		t.Fatalf("%d surveys, %v", len(all), err)
	}
	for _, s := range all {
		if s.Supports != (s.Kind == "baseline") {
			t.Errorf("%s: flagged %v", s.Kind, s.Supports)
		}
	}
}
