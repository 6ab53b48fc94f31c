package partners_test

import (
	"slices"
	"testing"
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/partners"
)

func TestTheDatabasesHandoffMovesAreThePrograms(t *testing.T) {
	t.Parallel()
	housetest.SameMoves(t, housetest.New(t), "handoff", partners.Moves)
}

func TestR20_APartnerReceivesAndAccepts(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewAccepted(t)
	id := h.Offer(t, c, h.Home)
	got, err := partners.Receive(t.Context(), h.DB, h.Home, id, 1)
	must(t, err)
	if got.State != partners.Received || got.ReceivedAt == nil || got.AnsweredAt != nil || got.AnswerDueOn != h.Today().AddWorkdays(3) {
		t.Errorf("%+v", got)
	}
	h.SetNow(h.Now().Add(time.Hour))
	got, err = partners.AnswerOffer(t.Context(), h.DB, h.Home, id, 2, partners.Answer{Answer: "accepted"})
	must(t, err)
	if got.State != partners.Accepted || !got.AnsweredAt.After(*got.ReceivedAt) || got.Version != 3 {
		t.Errorf("%+v", got)
	}
	letters := h.Text(t, `SELECT string_agg(kind || ' to ' || coalesce(user_id, partner_id), ', ' ORDER BY queued_at) FROM letters`)
	if want := "handoff_offered to " + h.Home.Partner + ", handoff_answered to " + h.Contact.ID; letters != want {
		t.Errorf("letters: %s, want %s", letters, want)
	}
}

func TestR20_APartnerDeclinesWithAReasonAndSeesNoMore(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewAccepted(t)
	id := h.Offer(t, c, h.Home)
	_, err := partners.AnswerOffer(t.Context(), h.DB, h.Home, id, 1, partners.Answer{Answer: "declined"})
	housetest.Refused(t, err, fault.Invalid, "")
	got, err := partners.AnswerOffer(t.Context(), h.DB, h.Home, id, 1, partners.Answer{Answer: "declined", Reason: "Another region"})
	must(t, err)
	if got.State != partners.Declined || got.Reason != "Another region" || got.ReceivedAt == nil {
		t.Errorf("%+v", got)
	}
	housetest.Refused(t, second(partners.ReadHanded(t.Context(), h.DB, h.Vault, h.Home, id)), fault.NotFound, "")
	again := h.Offer(t, c, h.Home) // a declined one is not open
	if again == id {
		t.Error("the declined hand-off came back")
	}
}

// act is the use case that leads a hand-off to a state.
func act(t *testing.T, h *housetest.House, c *housetest.Case, id string, to partners.State) error {
	ctx := t.Context()
	switch to {
	case partners.Received:
		return second(partners.Receive(ctx, h.DB, h.Home, id, 0))
	case partners.Accepted:
		return second(partners.AnswerOffer(ctx, h.DB, h.Home, id, 0, partners.Answer{Answer: "accepted"}))
	case partners.Declined:
		return second(partners.AnswerOffer(ctx, h.DB, h.Home, id, 0, partners.Answer{Answer: "declined", Reason: "Another region"}))
	case partners.Completed:
		return second(partners.Complete(ctx, h.DB, h.Home, id, 0))
	default:
		return second(partners.Revoke(ctx, h.DB, c.By, c.Code, id, 0))
	}
}

func TestR20_IllegalMovesAreRefusedByTheProgramAndByTheDatabase(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	states := []partners.State{partners.Draft, partners.Offered, partners.Received, partners.Accepted, partners.Declined, partners.InProgress, partners.Completed, partners.Revoked}
	gone := []partners.State{partners.Draft, partners.Declined, partners.Revoked}
	c := h.Accepted(t)
	for _, from := range states {
		h.Set(t, `DELETE FROM letters`)
		h.Set(t, `DELETE FROM handoffs`)
		id := h.Text(t, `INSERT INTO handoffs (case_id, partner_id, role, state, answer_due_on, offered_by, decline_reason, completed_at)
			VALUES ($1, $2, 'home_country_partner', $3, '2026-10-15', $4, 'x', $5) RETURNING id::text`, c.ID, h.Home.Partner, string(from), h.Contact.ID, h.Now())
		for _, to := range states {
			if from == to || slices.Contains(partners.Moves[from], to) {
				continue
			}
			_, err := h.Exec(t.Context(), h.Contact, `UPDATE handoffs SET state = $2 WHERE id = $1`, id, string(to))
			housetest.Broken(t, err, "handoff_move")
			if to == partners.Draft || to == partners.Offered || to == partners.InProgress { // no act leads there
				continue
			}
			if err = act(t, h, c, id, to); to != partners.Revoked && slices.Contains(gone, from) {
				housetest.Refused(t, err, fault.NotFound, "")
			} else {
				housetest.Refused(t, err, fault.Conflict, "R20")
			}
		}
	}
}

func TestR20_ACaseIsHandedToAPartnerOnceAtATime(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewAccepted(t)
	offer := func(partner string) error {
		return second(partners.Offer(t.Context(), h.DB, c.By, c.Code, partners.NewHandoff{PartnerID: partner}))
	}
	errs := housetest.AtOnce(4, func(int) error { return offer(h.Home.Partner) })
	if n := housetest.Succeeded(errs); n != 1 {
		t.Errorf("%d of four offers at once succeeded", n)
	}
	housetest.Refused(t, offer(h.Home.Partner), fault.Conflict, "R20")
	housetest.Refused(t, offer(h.Contact.ID), fault.Invalid, "")
	must(t, offer(h.Return.Partner))
	if n := h.Count(t, `SELECT count(*) FROM letters WHERE kind = 'handoff_offered'`); n != 2 {
		t.Errorf("%d letters of two offers", n)
	}
	housetest.Refused(t, second(partners.Offer(t.Context(), h.DB, h.Contact, h.Offered(t).Code, partners.NewHandoff{PartnerID: h.Home.Partner})), fault.Conflict, "R20")
}

func TestR20_EscalatesToThePartnerThenTheContactPersonThenTheLead(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	answered, unanswered := h.Accepted(t), h.Accepted(t)
	h.Hand(t, answered, h.Home)
	id := h.Offer(t, unanswered, h.Home) // on Monday 12 October: due Thursday the 15th
	escalate := func(day string, want int) {
		t.Helper()
		h.SetToday(day)
		queued := make([]int, 4)
		must(t, housetest.AtOnce(4, func(i int) (err error) { queued[i], err = partners.Escalate(t.Context(), h.DB); return err })...)
		if got := queued[0] + queued[1] + queued[2] + queued[3]; got != want {
			t.Errorf("%s: %d letters by four sweeps, want %d", day, got, want)
		}
	}
	escalate("2026-10-15", 0) // the day itself is in time
	escalate("2026-10-16", 1)
	escalate("2026-10-18", 0) // a Sunday
	escalate("2026-10-19", 1)
	escalate("2026-10-20", 1)
	escalate("2026-11-20", 0)
	got := h.Text(t, `SELECT string_agg(right(coalesce(user_id, partner_id)::text, 3), ' ' ORDER BY queued_at) FROM letters WHERE kind = 'handoff_unanswered' AND handoff_id = $1`, id)
	if got != "202 001 003" {
		t.Errorf("told %s", got)
	}
}

func TestR20_AfterAnOutageEscalationIsCaughtUpAndStopsWithTheAnswer(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewAccepted(t)
	h.Offer(t, c, h.Home)
	answered := h.Offer(t, h.Accepted(t), h.Home)
	withdrawn := h.Accepted(t)
	h.Offer(t, withdrawn, h.Home)
	h.SetToday("2026-10-30")
	must(t, second(partners.Receive(t.Context(), h.DB, h.Home, answered, 1)), second(partners.AnswerOffer(t.Context(), h.DB, h.Home, answered, 2, partners.Answer{Answer: "declined", Reason: "late"})),
		second(partners.Withdraw(t.Context(), h.DB, h.Contact, withdrawn.Code, 0, casefile.Withdrawal{WithdrawnOn: h.Today()})))
	for _, want := range []int{3, 0} {
		n, err := partners.Escalate(t.Context(), h.DB)
		must(t, err)
		if n != want {
			t.Errorf("%d letters, want %d", n, want)
		}
	}
	if n := h.Count(t, `SELECT count(*) FROM letters WHERE kind = 'handoff_unanswered' AND case_id <> $1`, c.ID); n != 0 {
		t.Errorf("%d letters about what was answered or taken back", n)
	}
}

func TestR7_R21_ThePartnerReadsWhatConsentCovers(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewAccepted(t)
	id := h.Offer(t, c, h.Home)
	read := func() partners.Document {
		t.Helper()
		doc, err := partners.ReadHanded(t.Context(), h.DB, h.Vault, h.Home, id)
		must(t, err)
		return doc
	}
	shows := func(doc partners.Document, identity, contact, travel bool) {
		t.Helper()
		if (doc.Identity != nil) != identity || (len(doc.Contact) > 0) != contact || (doc.Travel != nil) != travel {
			t.Errorf("identity %v, contact %v, travel %v", doc.Identity, doc.Contact, doc.Travel)
		}
	}
	doc := read()
	shows(doc, false, false, false)
	if !slices.Equal(doc.Withheld, casefile.Categories) {
		t.Errorf("withheld: %v", doc.Withheld)
	}
	h.Consent(t, c, h.OtherHome, casefile.Categories...) // another partner's is not ours
	shows(read(), false, false, false)

	given := map[casefile.Category]casefile.Consent{}
	for _, k := range h.Consent(t, c, h.Home, casefile.Categories...) {
		given[k.Category] = k
	}
	doc = read()
	shows(doc, true, true, true)
	if doc.Identity.FamilyName != "Exemplu" || doc.Travel.Country != "RO" || len(doc.Withheld) != 0 {
		t.Errorf("%+v", doc)
	}
	withdraw := func(cat casefile.Category) {
		t.Helper()
		must(t, second(partners.WithdrawConsent(t.Context(), h.DB, c.By, c.Code, given[cat].ID, 1)))
	}
	withdraw(casefile.ShareTravel)
	shows(read(), true, true, false)
	withdraw(casefile.ShareIdentity)
	doc = read()
	if shows(doc, false, true, false); !slices.Contains(doc.Withheld, casefile.ShareIdentity) { // contact has a consent of its own
		t.Errorf("withheld: %v", doc.Withheld)
	}
	if n := h.Count(t, `SELECT count(*) FROM letters WHERE kind = 'sharing_ended' AND partner_id = $1`, h.Home.Partner); n != 2 {
		t.Errorf("the partner was told %d times of two withdrawals", n)
	}
	housetest.Refused(t, second(partners.WithdrawConsent(t.Context(), h.DB, c.By, c.Code, given[casefile.ShareIdentity].ID, 2)), fault.Conflict, "R7")
	housetest.Refused(t, second(partners.WithdrawConsent(t.Context(), h.DB, c.By, c.Code, given[casefile.ShareHealth].ID, 2)), fault.Stale, "")
}

func TestR7_ConsentCountsFromItsFirstDayToItsLast(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewAccepted(t)
	id := h.Offer(t, c, h.Home)
	_, err := casefile.GiveConsent(t.Context(), h.DB, h.Vault, c.By, c.Code, casefile.NewConsent{PartnerID: h.Home.Partner, Categories: []casefile.Category{casefile.ShareIdentity},
		Purpose: "reception", GivenBy: "self", Language: "ro", ValidFrom: h.Today().AddDays(1), ValidUntil: h.Today().AddDays(2)})
	must(t, err)
	for _, want := range []bool{false, true, true, false} {
		doc, err := partners.ReadHanded(t.Context(), h.DB, h.Vault, h.Home, id)
		must(t, err)
		if (doc.Identity != nil) != want {
			t.Errorf("on %s the identity is shown: %v", h.Today(), !want)
		}
		h.Pass(1)
	}
}

func TestR7_WhereSeveralConsentsApplyTheNarrowestWins(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewAccepted(t)
	id := h.Offer(t, c, h.Home)
	h.Consent(t, c, h.Home, casefile.ShareIdentity)
	later := h.Consent(t, c, h.Home, casefile.ShareIdentity)
	must(t, second(partners.WithdrawConsent(t.Context(), h.DB, c.By, c.Code, later[0].ID, 1)))
	doc, err := partners.ReadHanded(t.Context(), h.DB, h.Vault, h.Home, id)
	must(t, err)
	if doc.Identity != nil {
		t.Error("identity is shared although its consent was withdrawn")
	}
}

func TestR21_AfterRevocationThereIsNoSuchHandoff(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	id := c.HomeHandoff
	must(t, second(partners.ReadHanded(t.Context(), h.DB, h.Vault, h.Home, id)))
	for _, who := range []access.Actor{h.OtherHome, h.Return} {
		housetest.Refused(t, second(partners.ReadHanded(t.Context(), h.DB, h.Vault, who, id)), fault.NotFound, "")
		housetest.Refused(t, second(partners.Complete(t.Context(), h.DB, who, id, 0)), fault.NotFound, "")
	}
	housetest.Refused(t, second(partners.Revoke(t.Context(), h.DB, h.Contact, h.Case(t).Code, id, 0)), fault.NotFound, "")
	must(t, second(partners.Revoke(t.Context(), h.DB, h.Contact, c.Code, id, 0)))
	housetest.Refused(t, second(partners.ReadHanded(t.Context(), h.DB, h.Vault, h.Home, id)), fault.NotFound, "")
	list, _, err := partners.ListHanded(t.Context(), h.DB, h.Home, partners.Filter{Limit: 10})
	must(t, err)
	if len(list) != 0 {
		t.Errorf("still listed: %+v", list)
	}
}

func TestR21_CompletedWorkStaysVisibleForThirtyDays(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	must(t, second(partners.Complete(t.Context(), h.DB, h.Home, c.HomeHandoff, 0)))
	for _, step := range []struct {
		days int
		want bool
	}{{0, true}, {29, true}, {2, false}} {
		h.Pass(step.days)
		list, _, err := partners.ListHanded(t.Context(), h.DB, h.Home, partners.Filter{Limit: 10})
		must(t, err)
		if (len(list) == 1) != step.want {
			t.Errorf("on %s: %d hand-offs", h.Today(), len(list))
		}
	}
}

func TestHandoffsAreListedByPages(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	for range 3 {
		h.Offer(t, h.Accepted(t), h.Home)
	}
	first, next, err := partners.ListHanded(t.Context(), h.DB, h.Home, partners.Filter{Limit: 2})
	must(t, err)
	rest, end, err := partners.ListHanded(t.Context(), h.DB, h.Home, partners.Filter{Limit: 2, After: next, State: partners.Offered})
	must(t, err)
	if len(first) != 2 || len(rest) != 1 || end != "" || rest[0].ID <= first[1].ID {
		t.Errorf("%d and %d", len(first), len(rest))
	}
}
