package support_test

import (
	"testing"

	"hjemvej/casework/plan"
	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"

	"pgregory.net/rapid"
)

// TestR26_NoCombinationOfHandsPaysAlone draws who planned, who edited and who
// verified the payee, and who authorises, past every check of the program: the
// database lets just those combinations through in which four eyes saw it.
func TestR26_NoCombinationOfHandsPaysAlone(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	hands := []access.Actor{h.Contact, h.Lead, h.Finance, h.Finance2}
	h.Set(t, `UPDATE programmes SET ceiling_dkk = 1000000000`)
	paid, refused := 0, 0
	rapid.Check(t, func(r *rapid.T) {
		draw := func(role string) access.Actor { return hands[rapid.IntRange(0, len(hands)-1).Draw(r, role)] }
		c := h.Arrived(t)
		p := h.Pay(t, c, "100", "planned")
		planner, editor, verifier, authoriser := draw("planner"), draw("editor"), draw("verifier"), draw("authoriser")
		h.Set(t, `ALTER TABLE payments DISABLE TRIGGER guard_payment`)
		h.Set(t, `UPDATE payments SET form = 'cash', planned_by = $2 WHERE id = $1`, p.ID, planner.ID)
		h.Set(t, `ALTER TABLE payments ENABLE TRIGGER guard_payment`)
		if _, err := h.Exec(t.Context(), editor, `INSERT INTO payees (case_id, sealed_account, edited_by) VALUES ($1, 'x', $2)`, c.ID, editor.ID); err != nil {
			r.Fatalf("edit the payee: %v", err)
		}
		_, verified := h.Exec(t.Context(), verifier, `UPDATE payees SET verified_by = $2, verified_at = now(), verified_over = 'call' WHERE case_id = $1`, c.ID, verifier.ID)
		if (verified == nil) != (verifier.ID != editor.ID) {
			r.Fatalf("verified by the editor or refused to another: %v", verified)
		}
		_, err := h.Exec(t.Context(), authoriser, `UPDATE payments SET state = 'authorised', authorised_by = $2, authorised_at = now() WHERE id = $1`, p.ID, authoriser.ID)
		want := verified == nil && authoriser.ID != planner.ID && authoriser.ID != editor.ID
		if (err == nil) != want {
			r.Fatalf("planner %s, editor %s, verifier %s, authoriser %s: %v", planner.Role, editor.Role, verifier.Role, authoriser.Role, err)
		}
		if err == nil {
			paid++
		} else {
			refused++
		}
	})
	if paid == 0 || refused == 0 {
		t.Errorf("%d authorised and %d refused: the property was not tried", paid, refused)
	}
}

func TestR26_WhoSentAPaymentIsWhoDidIt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.Pay(t, b.c, "10", support.Authorised)
	for rule, sql := range map[string]string{
		"payment_by_the_actor":     `UPDATE payments SET state = 'sent', sent_on = planned_for, sent_by = '` + b.Finance2.ID + `' WHERE id = $1`,
		"payment_sent_by_somebody": `UPDATE payments SET state = 'sent', sent_on = planned_for WHERE id = $1`,
	} {
		_, err := b.Exec(t.Context(), b.Finance, sql, p.ID)
		housetest.Broken(t, err, rule)
	}
	_, err := b.Exec(t.Context(), b.Contact, `UPDATE payments SET state = 'sent', sent_on = planned_for, sent_by = planned_by WHERE id = $1`, p.ID)
	housetest.Broken(t, err, "payment_sender_is_not_planner")
}

func TestR16_NothingIsPlannedOrAuthorisedOnAPlanThatWasEdited(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	before := b.planned("10", "in_kind")
	authorised := b.Pay(t, b.c, "10", support.Authorised)
	read := b.Count(t, `SELECT max(version) FROM plan_versions WHERE case_id = $1 AND kind = 'reintegration'`, b.c.ID)
	_, err := plan.Save(t.Context(), b.DB, b.c.By, b.c.Code, plan.Reintegration, read, b.c.Content(b.Line("rent", "12000")))
	b.must(err)
	_, err = b.plan(b.Contact, "10", "in_kind")
	housetest.Refused(t, err, fault.Conflict, "R16")
	housetest.Refused(t, b.authorise(b.Finance, before), fault.Conflict, "R16")
	b.must(b.send(b.Finance, authorised))
}
