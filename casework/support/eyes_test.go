package support_test

import (
	"testing"

	"hjemvej/casework/plan"
	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
)

// TestR26_NoCombinationOfHandsPaysAlone goes through everybody who can have
// planned, have edited and have verified the payee, and authorise, past every
// check of the program: the database lets just those combinations through in
// which four eyes saw it.
func TestR26_NoCombinationOfHandsPaysAlone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	hands := []access.Actor{b.Contact, b.Lead, b.Finance, b.Finance2}
	paid, refused := 0, 0
	for _, planner := range hands {
		for _, editor := range hands {
			for _, verifier := range hands {
				for _, authoriser := range hands {
					if b.paysBy(planner, editor, verifier, authoriser) {
						paid++
					} else {
						refused++
					}
				}
			}
		}
	}
	if paid == 0 || refused == 0 {
		t.Errorf("%d authorised and %d refused: the property was not tried", paid, refused)
	}
}

// paysBy lays one payment in cash and its payee into these hands, and says
// whether the database let it be authorised.
func (b *bench) paysBy(planner, editor, verifier, authoriser access.Actor) bool {
	b.t.Helper()
	ctx := b.t.Context()
	p := b.planned("1", "in_kind")
	b.Set(b.t, `DELETE FROM payees WHERE case_id = $1`, b.c.ID)
	b.Set(b.t, `ALTER TABLE payments DISABLE TRIGGER guard_payment`)
	b.Set(b.t, `UPDATE payments SET form = 'cash', planned_by = $2 WHERE id = $1`, p.ID, planner.ID)
	b.Set(b.t, `ALTER TABLE payments ENABLE TRIGGER guard_payment`)
	_, err := b.Exec(ctx, editor, `INSERT INTO payees (case_id, sealed_account, edited_by) VALUES ($1, 'x', $2)`, b.c.ID, editor.ID)
	b.must(err)
	_, verified := b.Exec(ctx, verifier, `UPDATE payees SET verified_by = $2, verified_at = now(), verified_over = 'call' WHERE case_id = $1`, b.c.ID, verifier.ID)
	if (verified == nil) != (verifier.ID != editor.ID) {
		b.t.Errorf("verified by the editor or refused to another: %v", verified)
	}
	_, err = b.Exec(ctx, authoriser, `UPDATE payments SET state = 'authorised', authorised_by = $2, authorised_at = now() WHERE id = $1`, p.ID, authoriser.ID)
	if want := verified == nil && authoriser.ID != planner.ID && authoriser.ID != editor.ID; (err == nil) != want {
		b.t.Errorf("planner %s, editor %s, verifier %s, authoriser %s: %v", planner.Role, editor.Role, verifier.Role, authoriser.Role, err)
	}
	return err == nil
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
