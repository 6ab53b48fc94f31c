package followup_test

import (
	"context"
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/housetest"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
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

// The sweep asks for everybody at once what everywhere else is asked of one person.
func TestR10_WhoIsBlockedIsOneAnswerAndTheProgramsAlone(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	until := h.Today().AddDays(3)
	_, err := casefile.AddPart(t.Context(), h.DB, h.Vault, c.By, c.Code, &person.ContactPoint{Kind: "phone", Value: "+40700000001", Whose: "shared", DoNotContact: true, ExpiresOn: until})
	must(t, err)
	for _, day := range []struct {
		passed int
		holds  bool
	}{{0, true}, {3, true}, {1, false}} {
		h.Pass(day.passed)
		for _, who := range []access.Actor{access.Program, c.By, c.Lead, c.Home, h.Manager, h.Auditor} {
			var one, all bool
			op := access.Operation("read-me")
			if who == access.Program {
				op = "remind-followups"
			}
			err := postgres.Do(t.Context(), h.DB, who, op, func(ctx context.Context, tx *postgres.Tx) error {
				return tx.QueryRow(ctx, `SELECT contact_blocked(p), p IN (SELECT blocked_people()) FROM (SELECT $1::uuid AS p) x`, personOf(t, h, c)).Scan(&one, &all)
			})
			must(t, err)
			if one != day.holds || all != (day.holds && who.Role == access.System) {
				t.Errorf("%s, the %s: %t of one, %t of all", h.Today(), who.Role, one, all)
			}
		}
	}
}

func personOf(t *testing.T, h *housetest.House, c *housetest.Case) string {
	t.Helper()
	return h.Text(t, `SELECT person_id::text FROM cases WHERE id = $1`, c.ID)
}
