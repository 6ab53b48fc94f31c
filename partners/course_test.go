package partners_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/partners"
)

func TestR22_EveryCorrectionOfTheArrivalIsKeptAndMovesTheSixMonths(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Departed(t)
	confirm := func(who access.Actor, on calendar.Date, reason string) error {
		return second(partners.ConfirmArrival(t.Context(), h.DB, who, c.Code, followup.Arrival{ArrivedOn: on, Reason: reason}))
	}
	today := h.Today()
	housetest.Refused(t, confirm(h.Home, today.AddDays(-1), ""), fault.Invalid, "")
	housetest.Refused(t, confirm(h.Home, today.AddDays(1), ""), fault.Invalid, "")
	housetest.Refused(t, confirm(h.OtherHome, today, ""), fault.NotFound, "")
	housetest.Refused(t, confirm(h.Return, today, ""), fault.Conflict, "R22") // it sees the person off, it is not there
	must(t, confirm(h.Home, today, ""))
	if got := h.Text(t, `SELECT state FROM handoffs WHERE id = $1`, c.HomeHandoff); got != "in_progress" {
		t.Errorf("the partner's hand-off is %s", got)
	}
	h.SetToday("2026-11-02")
	housetest.Refused(t, confirm(h.Contact, calendar.MustParse("2026-10-31"), ""), fault.Invalid, "")
	must(t, confirm(h.Contact, calendar.MustParse("2026-10-31"), "The partner saw the person on the 31st"))
	all, err := partners.ListArrivals(t.Context(), h.DB, h.Contact, c.Code)
	must(t, err)
	want := []followup.Arrived{{ArrivedOn: today, ByPartner: h.Home.Partner, By: h.Home.ID},
		{ArrivedOn: calendar.MustParse("2026-10-31"), Reason: "The partner saw the person on the 31st", By: h.Contact.ID}}
	if len(all) != 2 || all[0] != want[0] || all[1] != want[1] {
		t.Errorf("kept: %+v", all)
	}
	// R21: a partner reads its own words, and of others' the day alone.
	seen, err := partners.ListArrivals(t.Context(), h.DB, h.Home, c.Code)
	must(t, err)
	want[1] = followup.Arrived{ArrivedOn: want[1].ArrivedOn}
	if len(seen) != 2 || seen[0] != want[0] || seen[1] != want[1] {
		t.Errorf("the partner sees: %+v", seen)
	}
	if got, err := casefile.Read(t.Context(), h.DB, h.Contact, c.Code); err != nil || got.LastDay != calendar.MustParse("2027-04-30") {
		t.Errorf("the last day is %s, %v", got.LastDay, err)
	}
}

func TestR22_ConfirmationsAtOnceAreOneArrival(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Departed(t)
	errs := housetest.AtOnce(4, func(int) error {
		return second(partners.ConfirmArrival(t.Context(), h.DB, h.Home, c.Code, followup.Arrival{ArrivedOn: h.Today()}))
	})
	if n := housetest.Succeeded(errs); n != 1 {
		t.Errorf("%d confirmations without a reason succeeded: %v", n, errs)
	}
	if n := h.Count(t, `SELECT count(*) FROM followups WHERE case_id = $1`, c.ID); n != 4 {
		t.Errorf("%d slots", n)
	}
}

func TestWithdrawalIsPossibleAtEveryPointAndTakesEverythingBack(t *testing.T) {
	t.Parallel()
	type step = func(*housetest.House, testing.TB, ...housetest.Option) *housetest.Case
	h := housetest.New(t)
	declined := func(h *housetest.House, t testing.TB, o ...housetest.Option) *housetest.Case {
		c := h.Offered(t, o...)
		must(t, second(casefile.AnswerOffer(t.Context(), h.DB, c.By, c.Code, 0, casefile.Answer{Answer: "declined", AnsweredOn: h.Today()})))
		return c
	}
	for _, walk := range []step{(*housetest.House).Case, (*housetest.House).Offered, declined, (*housetest.House).Accepted, (*housetest.House).Ready,
		(*housetest.House).Departed, (*housetest.House).Arrived, (*housetest.House).Exited} {
		c := walk(h, t)
		from := h.State(t, c)
		housetest.Refused(t, second(partners.Withdraw(t.Context(), h.DB, h.OtherContact, c.Code, 0, casefile.Withdrawal{WithdrawnOn: h.Today()})), fault.NotFound, "")
		housetest.Refused(t, second(partners.Withdraw(t.Context(), h.DB, h.Contact, c.Code, 99, casefile.Withdrawal{WithdrawnOn: h.Today()})), fault.Stale, "")
		got, err := partners.Withdraw(t.Context(), h.DB, h.Contact, c.Code, 0, casefile.Withdrawal{WithdrawnOn: h.Today()})
		must(t, err)
		if got.State != casefile.Withdrawn || h.Text(t, `SELECT withdrawn_from FROM cases WHERE id = $1`, c.ID) != string(from) {
			t.Errorf("from %s: %+v", from, got)
		}
		left := h.Count(t, `SELECT (SELECT count(*) FROM handoffs WHERE case_id = $1 AND state <> 'revoked') + (SELECT count(*) FROM followups WHERE case_id = $1 AND state = 'open')`, c.ID)
		if left != 0 {
			t.Errorf("from %s: %d hand-offs and follow-ups are left", from, left)
		}
		if c.HomeHandoff != "" {
			housetest.Refused(t, second(partners.ReadHanded(t.Context(), h.DB, h.Vault, h.Home, c.HomeHandoff)), fault.NotFound, "")
		}
		housetest.Refused(t, second(partners.Withdraw(t.Context(), h.DB, h.Contact, c.Code, 0, casefile.Withdrawal{WithdrawnOn: h.Today()})), fault.Conflict, "")
		closed, err := partners.Close(t.Context(), h.DB, h.Contact, c.Code, 0, partners.Closing{ClosedOn: h.Today()})
		must(t, err)
		if closed.State != casefile.Closed {
			t.Errorf("closed as %s", closed.State)
		}
	}
}

func TestACaseIsClosedOnceNoPaymentIsOpen(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	p := h.Pay(t, c, "100", support.Planned)
	h.Pay(t, c, "100", support.Sent)
	h.Pay(t, c, "100", support.Received)
	closing := func() error {
		return second(partners.Close(t.Context(), h.DB, h.Contact, c.Code, 0, partners.Closing{ClosedOn: h.Today()}))
	}
	housetest.Refused(t, closing(), fault.Conflict, "") // not exited
	must(t, second(followup.RecordExit(t.Context(), h.DB, h.Contact, c.Code, 0, followup.ExitReview{Outcome: followup.Died, ExitedOn: h.Today()})))
	err := closing()
	housetest.Refused(t, err, fault.Conflict, "R26")
	var f *fault.Error
	if !errors.As(err, &f) || len(f.Fields) != 2 || !strings.Contains(f.Fields[0].Message+f.Fields[1].Message, "rent: 100") {
		t.Errorf("all open payments are listed: %+v", f)
	}
	must(t, second(support.End(t.Context(), h.DB, h.Contact, "cancel-payment", p.ID, p.Version, support.Cancelled, support.Ending{Reason: "no longer"})))
	h.Set(t, `UPDATE payments SET state = 'returned' WHERE state = 'sent'`)
	must(t, closing())
	if got := h.Text(t, `SELECT string_agg(state, ',' ORDER BY role) FROM handoffs WHERE case_id = $1`, c.ID); got != "completed,completed" {
		t.Errorf("hand-offs are %s", got)
	}
}

func TestR12_KeysAreShownOnceAndEndAtOnce(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	issued, err := partners.IssueKey(t.Context(), h.DB, h.Administrator, h.Home.Partner, partners.NewKey{Label: "production", Days: 30, Scopes: access.Scopes})
	must(t, err)
	if !strings.HasPrefix(issued.Secret.Reveal(), issued.Prefix) || len(issued.Secret.Reveal()) < 40 || !issued.ExpiresAt.Equal(h.Now().UTC().AddDate(0, 0, 30)) {
		t.Errorf("%+v", issued.Key)
	}
	if n := h.Count(t, `SELECT count(*) FROM partner_keys WHERE id = $1 AND hash = sha256($2)`, issued.ID, []byte(issued.Secret.Reveal())); n != 1 {
		t.Error("the key is not stored as its hash")
	}
	must(t, partners.RevokeKey(t.Context(), h.DB, h.Administrator, h.Home.Partner, issued.ID))
	housetest.Refused(t, partners.RevokeKey(t.Context(), h.DB, h.Administrator, h.Return.Partner, issued.ID), fault.NotFound, "")
	housetest.Refused(t, second(partners.IssueKey(t.Context(), h.DB, h.Contact, h.Home.Partner, partners.NewKey{Label: "x", Days: 1, Scopes: access.Scopes})), fault.Forbidden, "")
	housetest.Refused(t, second(partners.IssueKey(t.Context(), h.DB, h.Administrator, h.Contact.ID, partners.NewKey{Label: "x", Days: 1, Scopes: access.Scopes})), fault.NotFound, "")
	keys, err := partners.ListKeys(t.Context(), h.DB, h.Administrator, h.Home.Partner)
	must(t, err)
	revoked := slices.DeleteFunc(slices.Clone(keys), func(k partners.Key) bool { return k.RevokedAt == nil })
	if len(keys) != 3 || len(revoked) != 1 || revoked[0].ID != issued.ID {
		t.Errorf("%+v", keys)
	}
}
