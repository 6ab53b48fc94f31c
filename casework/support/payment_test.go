package support_test

import (
	"fmt"
	"slices"
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/partners"

	"github.com/jackc/pgx/v5"
)

func TestR26_WhoPlannedDoesNotAuthorise(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, planner := range []access.Actor{b.Contact, b.Lead} {
		p, err := b.plan(planner, "100", "in_kind")
		b.must(err)
		housetest.Refused(t, b.authorise(access.Actor{ID: planner.ID, Role: access.Finance}, p), fault.Conflict, "R26")
		for _, who := range append(b.Partners(), b.Contact, b.Lead, b.Manager, b.Administrator, b.Auditor) {
			housetest.Refused(t, b.authorise(who, p), fault.Forbidden, "")
		}
		b.must(b.authorise(b.Finance, p))
	}
}

func TestR26_WhoEditedThePayeeDoesNotAuthorise(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Payee(t, b.c, true)
	p, err := b.plan(b.Lead, "100", "cash")
	b.must(err)
	housetest.Refused(t, b.authorise(access.Actor{ID: b.Contact.ID, Role: access.Finance}, p), fault.Conflict, "R26")
	b.must(b.authorise(b.Finance, p))
}

func TestR26_AuthorisedOnceAndNotAfterACancellation(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for range 8 {
		p := b.planned("100", "in_kind")
		errs := housetest.AtOnce(4, func(i int) error {
			if i < 2 {
				_, err := support.Authorise(t.Context(), b.DB, []access.Actor{b.Finance, b.Finance2}[i], p.ID, p.Version)
				return err
			}
			_, err := support.End(t.Context(), b.DB, b.Contact, "cancel-payment", p.ID, p.Version, support.Cancelled, support.Ending{Reason: "no longer"})
			return err
		})
		if n := housetest.Succeeded(errs); n != 1 {
			t.Errorf("%d of four succeeded: %v", n, errs)
		}
		for _, err := range errs {
			if err != nil {
				housetest.Refused(t, err, fault.Stale, "")
			}
		}
		if want := map[bool]support.State{true: support.Cancelled, false: support.Authorised}[errs[0] != nil && errs[1] != nil]; b.state(p) != want {
			t.Errorf("the payment is %s, want %s", b.state(p), want)
		}
	}
}

func TestR26_ReceivedNeedsProof(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.Pay(t, b.c, "100", support.Sent)
	_, err := b.Exec(t.Context(), b.Contact, `UPDATE payments SET state = 'received', received_on = sent_on WHERE id = $1`, p.ID)
	housetest.Broken(t, err, "payment_received_needs_proof")
	for _, days := range []int{1, -1} {
		_, err = support.RecordReceipt(t.Context(), b.DB, b.Contact, p.ID, p.Version, support.Proof{Kind: "receipt", ReceivedOn: b.Today().AddDays(days)})
		housetest.Refused(t, err, fault.Invalid, "")
	}
	got, err := support.RecordReceipt(t.Context(), b.DB, b.Home, p.ID, p.Version, support.Proof{Kind: "own_confirmation", ReceivedOn: b.Today()})
	b.must(err)
	if got.State != support.Received || got.ReceivedOn != b.Today() {
		t.Errorf("%+v", got)
	}
	if n := b.Count(t, `SELECT count(*) FROM receipts WHERE payment_id = $1 AND by_partner = $2`, p.ID, b.Home.Partner); n != 1 {
		t.Errorf("%d proofs by the partner", n)
	}
}

func TestR26_APartnerProvesOnlyWhatItGives(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.Pay(t, b.c, "100", support.Sent)
	for _, who := range []access.Actor{b.Return, b.OtherHome} {
		_, err := support.RecordReceipt(t.Context(), b.DB, who, p.ID, p.Version, support.Proof{Kind: "receipt", ReceivedOn: b.Today()})
		housetest.Refused(t, err, fault.NotFound, "")
		_, err = support.Read(t.Context(), b.DB, who, p.ID)
		housetest.Refused(t, err, fault.NotFound, "")
	}
	b.Set(t, `UPDATE consents SET withdrawn_at = now() WHERE partner_id = $1 AND category = 'support_and_payments'`, b.Home.Partner)
	_, err := support.RecordReceipt(t.Context(), b.DB, b.Home, p.ID, p.Version, support.Proof{Kind: "receipt", ReceivedOn: b.Today()})
	housetest.Refused(t, err, fault.NotFound, "")
}

var states = []support.State{support.Planned, support.Authorised, support.Sent, support.Received, support.Cancelled, support.Failed, support.Returned}

// reach brings a new payment to a state by legal moves.
func (b *bench) reach(s support.State) support.Payment {
	b.t.Helper()
	from, ended := map[support.State]support.State{support.Cancelled: support.Planned, support.Failed: support.Authorised, support.Returned: support.Sent}[s]
	if !ended {
		return b.Pay(b.t, b.c, "10", s)
	}
	p, err := b.move(b.Pay(b.t, b.c, "10", from), s)
	b.must(err)
	return p
}

// move is the use case that leads to a state.
func (b *bench) move(p support.Payment, to support.State) (support.Payment, error) {
	ctx, end := b.t.Context(), support.Ending{Reason: "no longer"}
	switch to {
	case support.Authorised:
		return support.Authorise(ctx, b.DB, b.Finance, p.ID, p.Version)
	case support.Sent:
		return support.Send(ctx, b.DB, b.Finance, p.ID, p.Version, support.Dispatch{SentOn: b.Today()})
	case support.Received:
		return support.RecordReceipt(ctx, b.DB, b.Contact, p.ID, p.Version, support.Proof{Kind: "receipt", ReceivedOn: b.Today()})
	case support.Cancelled:
		return support.End(ctx, b.DB, b.Contact, "cancel-payment", p.ID, p.Version, to, end)
	case support.Failed:
		return support.End(ctx, b.DB, b.Finance, "fail-payment", p.ID, p.Version, to, end)
	default:
		return support.End(ctx, b.DB, b.Finance, "return-payment", p.ID, p.Version, to, end)
	}
}

func TestR26_IllegalMovesAreRefusedByTheProgramAndByTheDatabase(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, from := range states {
		for _, to := range states {
			if to == support.Planned || slices.Contains(support.Moves[from], to) {
				continue
			}
			p := b.reach(from)
			_, err := b.move(p, to)
			housetest.Refused(t, err, fault.Conflict, "R26")
			if from == to {
				continue
			}
			_, err = b.Exec(t.Context(), b.Finance, `UPDATE payments SET state = $2 WHERE id = $1`, p.ID, string(to))
			if got := housetest.Constraint(err); got != "payment_move" && got != "payment_received_needs_proof" && got != "payment_authorised_whole" {
				t.Errorf("%s to %s in raw SQL: %v", from, to, err)
			}
			if b.state(p) != from {
				t.Errorf("%s became %s", from, b.state(p))
			}
		}
	}
	for _, from := range states[1:] {
		p := b.reach(from)
		_, err := b.Exec(t.Context(), b.Finance, `UPDATE payments SET state = 'planned' WHERE id = $1`, p.ID)
		housetest.Broken(t, err, "payment_move")
	}
}

func TestR26_ForgedPaymentsAreRefusedByTheDatabase(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Payee(t, b.c, false)
	insert := `INSERT INTO payments (case_id, line_id, amount, currency, rate, rate_on, dkk, form, planned_for, planned_by, state, authorised_by, sent_on)
		SELECT case_id, line_id, amount, currency, rate, rate_on, dkk, form, planned_for, %s, %s, %s, planned_for FROM payments WHERE id = $1`
	quote := func(a access.Actor) string { return "'" + a.ID + "'" }
	tests := []struct {
		name string
		who  access.Actor
		form string
		sql  string
		rule string
	}{
		{"authorised in another's name", b.Contact, "in_kind", `UPDATE payments SET state = 'authorised', authorised_by = ` + quote(b.Finance) + ` WHERE id = $1`, "payment_by_the_actor"},
		{"authorised by the planner", b.Contact, "in_kind", `UPDATE payments SET state = 'authorised', authorised_by = ` + quote(b.Contact) + ` WHERE id = $1`, "payment_four_eyes"},
		{"authorised by nobody", b.Finance, "in_kind", `UPDATE payments SET state = 'authorised' WHERE id = $1`, "payment_authorised_whole"},
		{"sent without a day", b.Finance, "in_kind", `UPDATE payments SET state = 'sent' WHERE id = $1`, "payment_move"},
		{"planned in another's name", b.Contact, "in_kind", fmt.Sprintf(insert, quote(b.Lead), "'planned'", "NULL"), "payment_by_the_actor"},
		{"born sent", b.Contact, "in_kind", fmt.Sprintf(insert, quote(b.Contact), "'sent'", quote(b.Finance)), "payment_begins_planned"},
		{"born received by the program", b.Program, "in_kind", fmt.Sprintf(insert, quote(b.Program), "'received'", quote(b.Finance)), "payment_begins_planned"},
		{"another planner afterwards", b.Finance, "in_kind", `UPDATE payments SET planned_by = ` + quote(b.Lead) + ` WHERE id = $1`, "42501"},
		{"more money afterwards", b.Finance, "in_kind", `UPDATE payments SET amount = amount + 1, dkk = dkk + 1 WHERE id = $1`, "42501"},
		{"another day afterwards", b.Contact, "in_kind", `UPDATE payments SET planned_for = planned_for + 1 WHERE id = $1`, "42501"},
		{"cash made in kind to pass the hold", b.Finance, "cash", `UPDATE payments SET form = 'in_kind', state = 'authorised', authorised_by = ` + quote(b.Finance) + ` WHERE id = $1`, "42501"},
		{"an exception afterwards", b.Contact, "in_kind", `UPDATE payments SET exception_reason = 'late' WHERE id = $1`, "42501"},
		{"an exception in another's name", b.Contact, "in_kind", `UPDATE payments SET exception_approved_by = ` + quote(b.Lead) + ` WHERE id = $1`, "payment_by_the_actor"},
		{"cash on hold", b.Finance, "cash", `UPDATE payments SET state = 'authorised', authorised_by = ` + quote(b.Finance) + ` WHERE id = $1`, "payment_on_hold"},
		{"by deleting it", b.Finance, "in_kind", `DELETE FROM payments WHERE id = $1`, "42501"},
	}
	for _, tt := range tests {
		p := b.planned("10", tt.form)
		_, err := b.Exec(t.Context(), tt.who, tt.sql, p.ID)
		if got := housetest.Constraint(err); got != tt.rule {
			t.Errorf("%s: refused by %q (%v), want %q", tt.name, got, err, tt.rule)
		}
		if b.state(p) != support.Planned {
			t.Errorf("%s: the payment is %s", tt.name, b.state(p))
		}
	}
	// An authorisation cannot be taken over.
	p := b.Pay(t, b.c, "10", support.Authorised)
	_, err := b.Exec(t.Context(), b.Finance2, `UPDATE payments SET authorised_by = `+quote(b.Finance2)+` WHERE id = $1`, p.ID)
	housetest.Broken(t, err, "payment_by_the_actor")
}

func (b *bench) changePayee(who access.Actor, version int) (support.Payee, error) {
	return support.ChangePayee(b.t.Context(), b.DB, b.Vault, who, b.c.Code, version, support.Account{Kind: "iban", Number: "RO49AAAA1B31007593840000", Holder: "Ana", CameOver: "messaging_app"})
}

func (b *bench) verify(who access.Actor, version int) (support.Payee, error) {
	return support.VerifyPayee(b.t.Context(), b.DB, who, b.c.Code, version, support.Verification{Over: "call"})
}

func TestR27_AChangedPayeeHoldsPaymentsUntilASecondPersonVerified(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	planned, authorised, kind := b.planned("10", "cash"), b.planned("10", "cash"), b.planned("10", "in_kind")
	housetest.Refused(t, b.authorise(b.Finance, planned), fault.Conflict, "R27") // no payee at all
	b.Payee(t, b.c, false)
	housetest.Refused(t, b.authorise(b.Finance, planned), fault.Conflict, "R27")
	housetest.Refused(t, second(b.verify(b.Contact, 1)), fault.Conflict, "R27") // who entered it
	b.must(second(b.verify(b.Lead, 1)), b.authorise(b.Finance, authorised), b.authorise(b.Finance, kind))

	changed, err := b.changePayee(b.Lead, 2)
	b.must(err)
	if changed.Verified || changed.OnHold != 2 || changed.Version != 3 {
		t.Errorf("%+v", changed)
	}
	for _, p := range []support.Payment{planned, authorised} {
		got, err := support.Read(t.Context(), b.DB, b.Finance, p.ID)
		b.must(err)
		if !got.OnHold {
			t.Errorf("%s cash is not on hold", got.State)
		}
	}
	housetest.Refused(t, b.authorise(b.Finance, planned), fault.Conflict, "R27")
	housetest.Refused(t, b.send(b.Finance, authorised), fault.Conflict, "R27")
	b.must(b.send(b.Finance, kind)) // in kind goes to no account
	housetest.Refused(t, second(b.verify(b.Finance, 2)), fault.Stale, "")
	housetest.Refused(t, second(b.verify(b.Lead, 3)), fault.Conflict, "R27") // who edited it last
	b.must(second(b.verify(b.Finance2, 3)), b.authorise(b.Finance, planned), b.send(b.Finance, planned), b.send(b.Finance, authorised))
}

func TestR27_VerificationIsNotForgedInRawSQL(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Payee(t, b.c, false)
	verify := func(who, as access.Actor) error {
		_, err := b.Exec(t.Context(), who, `UPDATE payees SET verified_by = $2, verified_at = now(), verified_over = 'call' WHERE case_id = $1`, b.c.ID, as.ID)
		return err
	}
	housetest.Broken(t, verify(b.Contact, b.Contact), "payee_verified_by_another")
	housetest.Broken(t, verify(b.Contact, b.Lead), "payee_verified_by_the_actor")
	_, err := b.Exec(t.Context(), b.Contact, `UPDATE payees SET edited_by = $2 WHERE case_id = $1`, b.c.ID, b.Lead.ID)
	housetest.Broken(t, err, "payee_edited_by_the_actor")
	b.must(verify(b.Lead, b.Lead))
	// A new account that says it is verified is not.
	_, err = b.Exec(t.Context(), b.Contact, `UPDATE payees SET sealed_account = 'x', edited_by = $2 WHERE case_id = $1`, b.c.ID, b.Contact.ID)
	b.must(err)
	if b.Count(t, `SELECT count(*) FROM payees WHERE verified_by IS NOT NULL OR verified_over IS NOT NULL`) != 0 {
		t.Error("a changed account is still verified")
	}
}

func TestR27_AChangeAndAnAuthorisationAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	version := b.Payee(t, b.c, true).Version
	for range 8 {
		p := b.planned("10", "cash")
		errs := housetest.AtOnce(2, func(i int) error {
			if i == 0 {
				return b.authorise(b.Finance, p)
			}
			return second(b.changePayee(b.Contact, version))
		})
		b.must(errs[1])
		if errs[0] != nil {
			housetest.Refused(t, errs[0], fault.Conflict, "R27")
		} else {
			housetest.Refused(t, b.send(b.Finance, p), fault.Conflict, "R27")
		}
		payee, err := b.verify(b.Lead, version+1)
		b.must(err)
		version = payee.Version
	}
}

// A change that is not finished yet is waited for: no money goes to the old
// account while the new one is being entered.
func TestR27_SendingWaitsForAChangeOfThePayee(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Payee(t, b.c, true)
	p := b.planned("10", "cash")
	b.must(b.authorise(b.Finance, p))
	changing, sent := make(chan struct{}), make(chan error, 1)
	go func() {
		<-changing
		_, err := support.Send(t.Context(), b.DB, b.Finance, p.ID, 0, support.Dispatch{SentOn: b.Today()})
		sent <- err
	}()
	b.must(b.Raw(t.Context(), b.Lead, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE payees SET sealed_account = 'x', edited_by = $2 WHERE case_id = $1`, b.c.ID, b.Lead.ID)
		close(changing)
		select {
		case passed := <-sent:
			sent <- passed
			t.Error("the money did not wait")
		case <-b.SomebodyWaits(t):
		}
		return err
	}))
	housetest.Refused(t, <-sent, fault.Conflict, "R27")
}

func TestR27_ThoseWhoVerifyAreToldOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Payee(t, b.c, false)
	b.must(second(b.changePayee(b.Lead, 1)))
	got := b.Text(t, `SELECT string_agg(right(user_id::text, 2), ' ' ORDER BY once) FROM letters WHERE kind = 'payee_changed'`)
	if want := "03 06 07 06 07"; got != want { // lead and finance; the second time the lead changed it
		t.Errorf("told %s, want %s", got, want)
	}
}

func TestR23_APaymentOutsideTheSixMonthsNeedsAnApprovedException(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	day := func(n int, reason string) (support.Payment, error) {
		in := b.NewPayment("10", "in_kind")
		in.PlannedFor, in.Exception = b.Today().AddMonths(6).AddDays(n), reason
		return support.Plan(t.Context(), b.DB, b.Contact, b.c.Code, in)
	}
	b.must(second(day(0, ""))) // the last day counts
	housetest.Refused(t, second(day(1, "")), fault.Conflict, "R23")
	before := b.NewPayment("10", "in_kind")
	before.PlannedFor = b.Today().AddDays(-1)
	housetest.Refused(t, second(support.Plan(t.Context(), b.DB, b.Contact, b.c.Code, before)), fault.Conflict, "R23")

	p, err := day(1, "The school term ends later")
	b.must(err)
	housetest.Refused(t, b.authorise(b.Finance, p), fault.Conflict, "R23")
	approve := func(who access.Actor) error {
		return second(support.ApproveException(t.Context(), b.DB, who, p.ID, b.version(p)))
	}
	housetest.Refused(t, approve(access.Actor{ID: b.Contact.ID, Role: access.TeamLead, Team: b.Contact.Team}), fault.Conflict, "R23")
	housetest.Refused(t, approve(b.OtherLead), fault.NotFound, "")
	housetest.Refused(t, approve(b.Finance), fault.Forbidden, "")
	b.must(approve(b.Lead), b.authorise(b.Finance, p))
}

func TestR23_ACorrectedArrivalTakesPaymentsOutOfTheWindow(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.planned("10", "in_kind")
	b.Pass(5)
	b.Confirm(t, b.c, b.Home, b.Today(), "The journey took longer")
	housetest.Refused(t, b.authorise(b.Finance, p), fault.Conflict, "R23")
}

func TestR23_NothingIsPlannedForACaseThatIsOver(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.planned("10", "in_kind")
	_, err := partners.Withdraw(t.Context(), b.DB, b.Contact, b.c.Code, 0, casefile.Withdrawal{WithdrawnOn: b.Today()})
	b.must(err)
	housetest.Refused(t, second(b.plan(b.Contact, "10", "in_kind")), fault.Conflict, "R23")
	_, err = b.Exec(t.Context(), b.Contact, `INSERT INTO payments (case_id, line_id, amount, currency, rate, rate_on, dkk, form, planned_for, planned_by)
		SELECT case_id, line_id, amount, currency, rate, rate_on, dkk, form, planned_for, planned_by FROM payments WHERE id = $1`, p.ID)
	housetest.Broken(t, err, "payment_case_over")
}

// Whoever plans while the case is closed waits for the close and sees it.
func TestACaseClosesWithoutOpenPaymentsEvenAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for range 6 {
		b.c = b.Arrived(t)
		_, err := partners.Withdraw(t.Context(), b.DB, b.Contact, b.c.Code, 0, casefile.Withdrawal{WithdrawnOn: b.Today()})
		b.must(err)
		b.Set(t, `ALTER TABLE cases DISABLE TRIGGER case_move`)
		b.Set(t, `UPDATE cases SET state = 'exited' WHERE id = $1`, b.c.ID)
		housetest.AtOnce(2, func(i int) error {
			if i == 0 {
				return second(b.plan(b.Contact, "10", "in_kind"))
			}
			return second(partners.Close(t.Context(), b.DB, b.Contact, b.c.Code, 0, partners.Closing{ClosedOn: b.Today()}))
		})
		closed, open := b.State(t, b.c) == casefile.Closed, b.Count(t, `SELECT count(*) FROM payments WHERE case_id = $1`, b.c.ID)
		if closed == (open > 0) {
			t.Errorf("closed: %v, with %d open payments", closed, open)
		}
	}
}

func TestPaymentsAreListedByPages(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for range 5 {
		b.planned("10", "in_kind")
	}
	seen := map[string]bool{}
	for f := (support.Filter{Limit: 2}); ; {
		page, next, err := support.List(t.Context(), b.DB, b.Contact, f)
		b.must(err)
		for _, p := range page {
			if seen[p.ID] {
				t.Error("a payment came twice")
			}
			seen[p.ID] = true
		}
		if next == "" {
			break
		}
		f.After = next
	}
	if len(seen) != 5 {
		t.Errorf("%d payments listed", len(seen))
	}
	for who, want := range map[access.Actor]int{b.Lead: 5, b.Finance: 5, b.Colleague: 0, b.OtherLead: 0} {
		page, _, err := support.List(t.Context(), b.DB, who, support.Filter{Limit: 200, State: support.Planned, Case: b.c.Code})
		b.must(err)
		if len(page) != want {
			t.Errorf("%s sees %d, want %d", who.Role, len(page), want)
		}
	}
}

func TestTheDatabasesPaymentMovesAreThePrograms(t *testing.T) {
	t.Parallel()
	housetest.SameMoves(t, housetest.New(t), "payment", support.Moves)
}
