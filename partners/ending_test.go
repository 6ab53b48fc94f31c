package partners_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/outbox"
	"hjemvej/partners"

	"github.com/jackc/pgx/v5"
)

func exited(t *testing.T, h *housetest.House, c *housetest.Case) {
	t.Helper()
	must(t, second(followup.RecordExit(t.Context(), h.DB, h.Contact, c.Code, 0, followup.ExitReview{Outcome: followup.ReMigrated, ExitedOn: h.Today()})))
}

func TestR26_ClosingNamesEveryOpenPayment(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	want := map[string]string{}
	for state, dkk := range map[support.State]string{support.Planned: "100", support.Authorised: "200", support.Sent: "300"} {
		want["payments."+h.Pay(t, c, dkk, state).ID] = fmt.Sprintf("rent: %s.00 DKK is %s.", dkk, state)
	}
	h.Pay(t, c, "400", support.Received)
	exited(t, h, c)
	err := second(partners.Close(t.Context(), h.DB, h.Contact, c.Code, 0, partners.Closing{ClosedOn: h.Today()}))
	var f *fault.Error
	if !errors.As(err, &f) || f.Rule != "R26" || len(f.Fields) != len(want) {
		t.Fatalf("%+v", err)
	}
	for _, field := range f.Fields {
		if want[field.Path] != field.Message {
			t.Errorf("%+v, want %q", field, want[field.Path])
		}
	}
}

const (
	closeSQL = `UPDATE cases SET state = 'closed', closed_on = actor_today() WHERE id = $1`
	planSQL  = `INSERT INTO payments (case_id, line_id, amount, currency, rate, rate_on, dkk, form, planned_for, planned_by)
		SELECT case_id, line_id, amount, currency, rate, rate_on, dkk, form, planned_for, $2 FROM payments WHERE case_id = $1 LIMIT 1`
)

func TestR26_NoSQLClosesACaseOverAnOpenPayment(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	p := h.Pay(t, c, "100", support.Planned)
	exited(t, h, c)
	for _, who := range []access.Actor{h.Contact, h.Lead, h.Program} {
		_, err := h.Exec(t.Context(), who, closeSQL, c.ID)
		housetest.Broken(t, err, "case_closed_with_open_payments")
	}
	must(t, second(support.End(t.Context(), h.DB, h.Contact, "cancel-payment", p.ID, p.Version, support.Cancelled, support.Ending{Reason: "no longer"})))
	must(t, second(h.Exec(t.Context(), h.Contact, closeSQL, c.ID)))
}

// Whoever closes waits for whoever plans, and the other way round.
func TestR26_PlanningAndClosingAtOnceInRawSQL(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	first := map[bool]string{true: planSQL, false: closeSQL}
	for planFirst := range first {
		c := h.Arrived(t)
		p := h.Pay(t, c, "100", support.Planned)
		must(t, second(support.End(t.Context(), h.DB, h.Contact, "cancel-payment", p.ID, p.Version, support.Cancelled, support.Ending{Reason: "no longer"})))
		exited(t, h, c)
		did := make(chan error, 1)
		err := h.Raw(t.Context(), h.Contact, func(tx pgx.Tx) error {
			if err := either(t.Context(), tx, planFirst, h, c); err != nil {
				return err
			}
			waits := h.SomebodyWaits(t)
			go func() {
				did <- h.Raw(t.Context(), h.Contact, func(tx pgx.Tx) error { return either(t.Context(), tx, !planFirst, h, c) })
			}()
			<-waits
			return nil
		})
		must(t, err)
		housetest.Broken(t, <-did, map[bool]string{true: "case_closed_with_open_payments", false: "payment_case_over"}[planFirst])
	}
	if n := h.Count(t, `SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`); n != 0 {
		t.Errorf("%d deadlocks", n)
	}
}

func either(ctx context.Context, tx pgx.Tx, plan bool, h *housetest.House, c *housetest.Case) error {
	if plan {
		_, err := tx.Exec(ctx, planSQL, c.ID, h.Contact.ID)
		return err
	}
	_, err := tx.Exec(ctx, closeSQL, c.ID)
	return err
}

func TestR35_ACaseIsNotClosedOverAnOpenIncident(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	p := h.Pay(t, c, "100", support.Planned)
	i, err := followup.RecordIncident(t.Context(), h.DB, h.Vault, h.Home, c.Code, followup.NewIncident{Kind: followup.Harm, OccurredOn: h.Today(), Text: "a neighbour"})
	must(t, err)
	exited(t, h, c)
	closing := func(rule string, paths ...string) {
		t.Helper()
		var f *fault.Error
		err := second(partners.Close(t.Context(), h.DB, h.Contact, c.Code, 0, partners.Closing{ClosedOn: h.Today()}))
		if !errors.As(err, &f) || f.Rule != rule || len(f.Fields) != len(paths) {
			t.Fatalf("%+v", err)
		}
		for n, field := range f.Fields {
			if field.Path != paths[n] || strings.Contains(field.Message, "neighbour") {
				t.Errorf("%+v, want %s", field, paths[n])
			}
		}
	}
	closing("R26", "payments."+p.ID, "incidents."+i.ID)
	must(t, second(support.End(t.Context(), h.DB, h.Contact, "cancel-payment", p.ID, p.Version, support.Cancelled, support.Ending{Reason: "no longer"})))
	closing("R35", "incidents."+i.ID)
	for _, who := range []access.Actor{h.Contact, h.Lead, h.Program} {
		housetest.Broken(t, second(h.Exec(t.Context(), who, closeSQL, c.ID)), "case_closed_with_open_incidents")
	}
	i, err = followup.PlanIncident(t.Context(), h.DB, h.Vault, h.Contact, i.ID, 0, followup.IncidentPlan{Plan: "The partner goes on", DueOn: h.Today()})
	must(t, err)
	closing("R35", "incidents."+i.ID)
	must(t, second(followup.CloseIncident(t.Context(), h.DB, h.Vault, h.Contact, i.ID, 0, followup.IncidentClosing{Result: "passed_on_with_consent", ClosedOn: h.Today()})))
	must(t, second(partners.Close(t.Context(), h.DB, h.Contact, c.Code, 0, partners.Closing{ClosedOn: h.Today()})))
}

// Whoever closes waits for whoever records.
func TestR35_RecordingAnIncidentAndClosingAtOnce(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	exited(t, h, c)
	did := make(chan error, 1)
	must(t, h.Raw(t.Context(), h.Contact, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO incidents (id, case_id, kind, occurred_on, sealed_text, recorded_by) VALUES (gen_random_uuid(), $1, 'harm', actor_today(), '\x00', $2)`, c.ID, h.Contact.ID)
		waits := h.SomebodyWaits(t)
		go func() { did <- second(h.Exec(t.Context(), h.Lead, closeSQL, c.ID)) }()
		<-waits
		return err
	}))
	housetest.Broken(t, <-did, "case_closed_with_open_incidents")
}

func TestR23_APartnerAtWorkIsToldBeforeSupportEnds(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t) // until 12 April 2027
	for _, d := range []struct {
		day  string
		want int
	}{{"2027-03-12", 0}, {"2027-03-13", 1}, {"2027-03-20", 0}, {"2027-03-29", 1}, {"2027-04-05", 1}, {"2027-04-12", 0}} {
		h.SetToday(d.day)
		counts := make([]int, 3)
		must(t, housetest.AtOnce(3, func(i int) (err error) { counts[i], err = partners.WarnSupport(t.Context(), h.DB); return err })...)
		if got := counts[0] + counts[1] + counts[2]; got != d.want {
			t.Errorf("%s: %d letters, want %d", d.day, got, d.want)
		}
	}
	if got := h.Text(t, `SELECT string_agg(partner_id || ' ' || days, ', ' ORDER BY queued_at) FROM letters WHERE kind = 'support_ends_there' AND case_id = $1`, c.ID); got != strings.ReplaceAll("P 30, P 14, P 7", "P", h.Home.Partner) {
		t.Error(got)
	}
	last := h.Text(t, `SELECT id::text FROM letters WHERE kind = 'support_ends_there' AND days = 7`)
	if w, err := outbox.Find(t.Context(), h.DB, last); err != nil || !w.Needed || w.Lines != 2 {
		t.Errorf("%+v, %v", w, err)
	}
	h.SetToday("2026-10-12")
	h.Pay(t, c, "20000", support.Received)
	h.SetToday("2027-04-05")
	if w, err := outbox.Find(t.Context(), h.DB, last); err != nil || w.Lines != 1 {
		t.Errorf("one of two lines is used up: %+v, %v", w, err)
	}
	withdrawSupport(t, h, c)
	if w, err := outbox.Find(t.Context(), h.DB, last); err != nil || w.Needed {
		t.Errorf("the consent is withdrawn, and the letter is needed: %+v, %v", w, err)
	}
}

func withdrawSupport(t *testing.T, h *housetest.House, c *housetest.Case) {
	t.Helper()
	id := h.Text(t, `SELECT id::text FROM consents WHERE case_id = $1 AND partner_id = $2 AND category = $3`, c.ID, h.Home.Partner, "support_and_payments")
	must(t, second(partners.WithdrawConsent(t.Context(), h.DB, h.Contact, c.Code, id, 1)))
}

func TestR7_APartnerIsNotToldThatSupportEndsWithoutConsent(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	withdrawSupport(t, h, h.Arrived(t))
	h.SetToday("2027-03-13")
	if n, err := partners.WarnSupport(t.Context(), h.DB); n != 0 || err != nil {
		t.Errorf("%d letters, %v", n, err)
	}
}

func TestR23_TheBudgetShowsWhatIsUnspentToWhoeverGivesIt(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	h.Pay(t, c, "5000", support.Planned)
	for _, who := range []access.Actor{h.Contact, h.Finance, h.Home} {
		b, err := support.ReadBudget(t.Context(), h.DB, who, c.Code)
		must(t, err)
		approved, unspent := b.Approved, b.Unspent
		if left, err := approved.Sub(unspent); err != nil || left.Number() != "5000.00" {
			t.Errorf("%s: %s of %s is unspent, %v", who.Role, unspent, approved, err)
		}
		for _, l := range b.Lines {
			if l.Key == "rent" && l.Unspent.Number() != "15000.00" {
				t.Errorf("%s: %s is unspent of rent", who.Role, l.Unspent)
			}
		}
	}
}

func TestR35_ACaseIsNotClosedOverWhatAlarmsOrAReportThatWaits(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	h.Answered(t, c) // two answers alarm
	r := h.Report(t, h.Home, c.HomeHandoff, partners.UnableToGoOn)
	exited(t, h, c)
	closing := func() error {
		return second(partners.Close(t.Context(), h.DB, h.Contact, c.Code, 0, partners.Closing{ClosedOn: h.Today()}))
	}
	err := closing()
	housetest.Refused(t, err, fault.Conflict, "R35")
	if got := housetest.Missing(err); len(got) != 3 || !strings.HasPrefix(got[0], "concerns.") || got[2] != "reports."+r.ID {
		t.Errorf("%q", got)
	}
	closes := func(rule string) {
		t.Helper()
		for _, who := range []access.Actor{h.Contact, h.Lead, h.Program} {
			housetest.Broken(t, second(h.Exec(t.Context(), who, closeSQL, c.ID)), rule)
		}
	}
	closes("case_closed_with_open_concerns")
	concerns, err := casefile.ListConcerns(t.Context(), h.DB, h.Vault, h.Contact, c.Code)
	must(t, err)
	for _, n := range concerns {
		must(t, second(casefile.AcknowledgeConcern(t.Context(), h.DB, h.Vault, h.Contact, n.ID, casefile.Acknowledgement{Done: "Called her"})))
	}
	closes("case_closed_with_open_reports")
	housetest.Refused(t, closing(), fault.Conflict, "R35")
	must(t, second(partners.AnswerReport(t.Context(), h.DB, h.Vault, h.Contact, c.Code, r.ID, r.Version, partners.ReportAnswer{Answer: partners.ReportSeen})))
	must(t, closing())
}

// Whoever closes waits for whoever raises a concern or reports.
func TestR35_AConcernOrAReportAndAClosingAtOnce(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	for rule, sql := range map[string]string{
		"case_closed_with_open_concerns": `INSERT INTO concerns (case_id, kind, ref) VALUES ($1, 'survey_alert', $2)`,
		"case_closed_with_open_reports": `INSERT INTO partner_reports (id, case_id, handoff_id, partner_id, kind, happened_on, reference, sealed, recorded_by, state)
			SELECT gen_random_uuid(), $1, h.id, h.partner_id, 'unable_to_go_on', actor_today(), 'x', '\x00', actor_id(), 'open' FROM handoffs h WHERE h.id = $2`,
	} {
		c := h.Arrived(t)
		exited(t, h, c)
		who := map[bool]access.Actor{true: h.Contact, false: h.Home}[rule == "case_closed_with_open_concerns"]
		did := make(chan error, 1)
		must(t, h.Raw(t.Context(), who, func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), sql, c.ID, c.HomeHandoff)
			waits := h.SomebodyWaits(t)
			go func() { did <- second(h.Exec(t.Context(), h.Lead, closeSQL, c.ID)) }()
			<-waits
			return err
		}))
		housetest.Broken(t, <-did, rule)
	}
}
