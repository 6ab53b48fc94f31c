package followup_test

import (
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/casework/person"
	"hjemvej/internal/housetest"
	"hjemvej/internal/outbox"
)

func TestR10_DoNotContactBlocksEveryReminderAndIsShown(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	h.Pass(14) // the arrival contact is due
	if n, err := followup.Remind(t.Context(), h.DB); err != nil || n != 1 {
		t.Fatalf("before: %d letters, %v", n, err)
	}
	queued := h.Text(t, `SELECT id::text FROM letters WHERE case_id = $1 AND followup_id IS NOT NULL`, c.ID)
	part, err := casefile.AddPart(t.Context(), h.DB, h.Vault, c.By, c.Code, &person.ContactPoint{Kind: "phone", Value: "+40700000001", Whose: "shared", DoNotContact: true})
	if err != nil {
		t.Fatal(err)
	}
	if w, err := outbox.Find(t.Context(), h.DB, queued); err != nil || w.Needed {
		t.Errorf("a reminder that was queued before: %+v, %v", w, err)
	}
	h.Pass(10)
	if n, err := followup.Remind(t.Context(), h.DB); err != nil || n != 0 {
		t.Errorf("while it holds: %d letters, %v", n, err)
	}
	series, err := followup.List(t.Context(), h.DB, h.Vault, c.By, c.Code)
	if err != nil || len(series) == 0 || !series[0].Hold {
		t.Errorf("the hold is not shown: %+v, %v", series, err)
	}
	if _, err := casefile.EndPart(t.Context(), h.DB, c.By, c.Code, part.ID, part.Version); err != nil {
		t.Fatal(err)
	}
	if n, err := followup.Remind(t.Context(), h.DB); err != nil || n != 2 { // the latest of each reader
		t.Errorf("after it ended: %d letters, %v", n, err)
	}
}
