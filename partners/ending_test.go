package partners_test

import (
	"strings"
	"testing"

	"hjemvej/casework/followup"
	"hjemvej/casework/support"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/partners"

	"github.com/jackc/pgx/v5"
)

func TestR26_ACaseClosesOnlyWithoutOpenPaymentsInRawSQLToo(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Arrived(t)
	p := h.Pay(t, c, "100", support.Sent)
	h.Set(t, `UPDATE followups SET state = 'done', done_on = due_on WHERE case_id = $1`, c.ID)
	h.Set(t, `UPDATE cases SET state = 'exited', exit_outcome = 'reached', exited_on = arrived_on WHERE id = $1`, c.ID)
	_, err := partners.Close(t.Context(), h.DB, c.By, c.Code, h.Version(t, c), partners.Closing{ClosedOn: h.Today()})
	housetest.Refused(t, err, fault.Conflict, "R26")
	if missing := housetest.Missing(err); len(missing) != 1 || missing[0] != "payments."+p.ID {
		t.Errorf("it names %v", missing)
	}
	_, err = h.Exec(t.Context(), h.Contact, `UPDATE cases SET state = 'closed', closed_on = arrived_on WHERE id = $1`, c.ID)
	housetest.Broken(t, err, "case_closed_with_open_payments")
}

// Whoever plans a payment and whoever closes the case wait for each other, past
// every check of the program.
func TestR26_APaymentAndAClosingAtOnceInRawSQL(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Arrived(t)
	p := h.Pay(t, c, "100", support.Received)
	h.Set(t, `UPDATE cases SET state = 'exited', exit_outcome = 'reached', exited_on = arrived_on WHERE id = $1`, c.ID)
	waits := h.SomebodyWaits(t)
	closed := make(chan error, 1)
	err := h.Raw(t.Context(), h.Contact, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO payments (case_id, line_id, amount, currency, rate, rate_on, dkk, form, planned_for, planned_by)
			SELECT case_id, line_id, amount, currency, rate, rate_on, dkk, form, planned_for, planned_by FROM payments WHERE id = $1`, p.ID)
		if err != nil {
			return err
		}
		go func() {
			_, err := h.Exec(t.Context(), h.Contact, `UPDATE cases SET state = 'closed', closed_on = arrived_on WHERE id = $1`, c.ID)
			closed <- err
		}()
		<-waits
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	housetest.Broken(t, <-closed, "case_closed_with_open_payments")
}

func TestR23_PartnersAtWorkAreToldThatSupportEnds(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Arrived(t)
	last := followup.LastDay(h.Today())
	told := func() string {
		return h.Text(t, `SELECT coalesce(string_agg(days::text, ' ' ORDER BY queued_at), '') FROM letters WHERE case_id = $1 AND kind = 'support_ends' AND partner_id = $2`, c.ID, c.Home.Partner)
	}
	for _, left := range []int{31, 30, 29, 14, 7, 6, 0} {
		h.SetToday(last.AddDays(-left).String())
		for range 2 {
			if _, err := partners.WarnSupport(t.Context(), h.DB); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := strings.Fields(told()); len(got) == 0 || len(got)%3 != 0 || got[0] != "30" || got[len(got)-1] != "7" {
		t.Errorf("told %v days before", got)
	}
}
