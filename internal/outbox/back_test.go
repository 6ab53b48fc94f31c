package outbox_test

import (
	"context"
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/casework/person"
	"hjemvej/internal/calendar"
	"hjemvej/internal/housetest"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
)

// carried tries to send every queued letter, as the scheduler does: what is not
// needed is dropped. It answers how many about a day that may move were sent.
func carried(t *testing.T, h *housetest.House) (sent int) {
	t.Helper()
	for h.Count(t, `SELECT count(*) FROM letters WHERE state = 'queued'`) > 0 {
		w, err := outbox.Find(t.Context(), h.DB, h.Text(t, `SELECT id::text FROM letters WHERE state = 'queued' LIMIT 1`))
		must(t, err)
		if w.Needed {
			must(t, outbox.End(t.Context(), h.DB, w.ID, "sent"))
			if w.Kind.ComesBack() {
				sent++
			}
		} else {
			must(t, outbox.Drop(t.Context(), h.DB, w))
		}
	}
	return sent
}

func swept(t *testing.T, h *housetest.House, sweep func(context.Context, *postgres.DB) (int, error), want int) {
	t.Helper()
	n, err := sweep(t.Context(), h.DB)
	must(t, err)
	if n != want {
		t.Errorf("%d queued, want %d", n, want)
	}
}

// A letter that was dropped before anybody read it comes once its day is back, and
// one that was sent does not come twice.
func TestR32_R36_AnArrivalThatIsCorrectedForthAndBackIsStillRemembered(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		day   string
		sweep func(context.Context, *postgres.DB) (int, error)
	}{
		{"2026-10-23", followup.Remind},      // three days before the arrival contact
		{"2027-03-20", followup.WarnSupport}, // support ends on 12 April
		{"2027-04-14", followup.EscalateExits},
	} {
		h, k := housetest.NewArrived(t)
		arrived := calendar.MustParse(h.Text(t, `SELECT arrived_on::text FROM cases`))
		h.Set(t, `UPDATE followups SET state = 'done', done_on = opens_on WHERE kind NOT IN ('arrival_contact', 'exit')`)
		if c.day > "2026-11" {
			h.Set(t, `UPDATE followups SET state = 'done', done_on = opens_on WHERE kind = 'arrival_contact'`)
		}
		h.SetToday(c.day)
		h.Set(t, `UPDATE letters SET state = 'sent', ended_at = queued_at`)
		swept(t, h, c.sweep, 1)
		h.Confirm(t, k, h.Contact, arrived.AddDays(9), "The stamp says so")
		if n := carried(t, h); n != 0 {
			t.Errorf("%s: %d sent about a day that moved", c.day, n)
		}
		h.Confirm(t, k, h.Contact, arrived, "The stamp was another's")
		for _, queued := range []int{1, 0} {
			swept(t, h, c.sweep, queued)
			if n := carried(t, h); n != queued {
				t.Errorf("%s: %d sent, want %d", c.day, n, queued)
			}
		}
	}
}

func TestR10_R36_AHoldThatIsLiftedIsFollowedByTheReminder(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	h.SetToday("2026-10-26")
	h.Set(t, `UPDATE letters SET state = 'sent', ended_at = queued_at`)
	swept(t, h, followup.Remind, 1)
	_, err := casefile.AddPart(t.Context(), h.DB, h.Vault, h.Contact, c.Code, &person.ContactPoint{Kind: "phone", Value: "+40700000001", Whose: "self", DoNotContact: true})
	must(t, err)
	if n := carried(t, h); n != 0 {
		t.Errorf("%d sent to lead to contact", n)
	}
	swept(t, h, followup.Remind, 0)
	h.Set(t, `UPDATE identity_parts SET do_not_contact = false WHERE do_not_contact`)
	swept(t, h, followup.Remind, 1)
	if n := carried(t, h); n != 1 {
		t.Errorf("%d sent", n)
	}
}

func TestALetterToWhoeverLeftIsNotQueuedAgainAndAgain(t *testing.T) {
	t.Parallel()
	h, _ := housetest.NewArrived(t)
	h.SetToday("2026-10-26")
	h.Set(t, `UPDATE letters SET state = 'sent', ended_at = queued_at`)
	h.Set(t, `UPDATE users SET active = false WHERE id = $1`, h.Contact.ID)
	for _, queued := range []int{1, 0, 0} {
		swept(t, h, followup.Remind, queued)
		if n := carried(t, h); n != 0 {
			t.Errorf("%d sent", n)
		}
	}
}
