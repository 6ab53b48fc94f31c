package casefile_test

import (
	"testing"
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
)

func TestBreakingTheGlassOpensAColleaguesCaseForThreeHours(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	read := func() error {
		_, err := casefile.Read(t.Context(), h.DB, h.Colleague, c.Code)
		return err
	}
	housetest.Refused(t, read(), fault.NotFound, "")
	opened, err := casefile.BreakGlass(t.Context(), h.DB, h.Colleague, c.Code, casefile.Emergency{Reason: "The contact person is on leave"})
	if err != nil {
		t.Fatal(err)
	}
	if got := opened.Until.Sub(opened.OpenedAt); got != 3*time.Hour {
		t.Errorf("open for %s", got)
	}
	if err := read(); err != nil {
		t.Errorf("while it is open: %v", err)
	}
	if _, err := followup.RecordAttempt(t.Context(), h.DB, h.Vault, h.Colleague, h.Followup(t, c, followup.ArrivalContact, ""),
		followup.NewAttempt{MadeOn: h.Today(), Channel: followup.Call, Outcome: followup.NoAnswer}); err != nil {
		t.Errorf("what hangs on the case: %v", err)
	}
	if n := h.Count(t, `SELECT count(*) FROM letters WHERE kind = 'glass_broken' AND user_id = $1`, h.Lead.ID); n != 1 {
		t.Errorf("%d letters to the team lead", n)
	}
	if n := h.Count(t, `SELECT count(*) FROM audit_log WHERE operation = 'break-glass' AND outcome = 'done' AND actor_id = $1 AND case_code = $2`, h.Colleague.ID, c.Code); n != 1 {
		t.Errorf("%d rows in the audit log", n)
	}
	h.SetNow(h.Now().Add(3 * time.Hour))
	housetest.Refused(t, read(), fault.NotFound, "")
}

func TestTheGlassIsNotBrokenOnOnesOwnOrOnNothing(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	in := casefile.Emergency{Reason: "The contact person is on leave"}
	_, err := casefile.BreakGlass(t.Context(), h.DB, c.By, c.Code, in)
	housetest.Refused(t, err, fault.Conflict, "")
	_, err = casefile.BreakGlass(t.Context(), h.DB, h.Colleague, "2222-2222", in)
	housetest.Refused(t, err, fault.NotFound, "")
	_, err = casefile.BreakGlass(t.Context(), h.DB, h.Finance, c.Code, in)
	housetest.Refused(t, err, fault.Forbidden, "")
	openings, err := casefile.ListGlassOpenings(t.Context(), h.DB, h.Lead, c.Code)
	if err != nil || len(openings) != 0 {
		t.Errorf("%d openings, %v", len(openings), err)
	}
}
