package partners_test

import (
	"testing"

	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/partners"
)

func somebody(name string) partners.NewRecipient {
	return partners.NewRecipient{Name: name, Email: name + "@partner.example", Language: "en"}
}

func add(t *testing.T, h *housetest.House, partner string, in partners.NewRecipient) partners.Recipient {
	t.Helper()
	r, err := partners.AddRecipient(t.Context(), h.DB, h.Administrator, partner, in)
	must(t, err)
	return r
}

// written is who was written to by the letters of a kind, in the order of their
// addresses.
func written(t *testing.T, h *housetest.House, kind string) string {
	t.Helper()
	return h.Text(t, `SELECT coalesce(string_agg(coalesce(r.email, p.email), ' ' ORDER BY coalesce(r.email, p.email)), '') FROM letters l
		JOIN partners p ON p.id = l.partner_id LEFT JOIN partner_people r ON r.id = l.partner_person_id WHERE l.kind = $1`, kind)
}

func TestEachOfAPartnersPeopleGetsALetter(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	h.Offer(t, h.Accepted(t), h.Home)
	if got := written(t, h, "handoff_offered"); got != "desk2@partner.example" {
		t.Errorf("without people, %s", got)
	}
	add(t, h, h.Home.Partner, somebody("ana"))
	bo := add(t, h, h.Home.Partner, somebody("bo"))
	add(t, h, h.Return.Partner, somebody("other"))
	h.Set(t, `DELETE FROM letters`)
	h.Offer(t, h.Accepted(t), h.Home)
	if got := written(t, h, "handoff_offered"); got != "ana@partner.example bo@partner.example" {
		t.Errorf("with people, %s", got)
	}
	must(t, second(partners.ChangeRecipient(t.Context(), h.DB, h.Administrator, h.Home.Partner, bo.ID, bo.Version, partners.RecipientChange{NewRecipient: somebody("bo")})))
	h.Set(t, `DELETE FROM letters`)
	h.Offer(t, h.Accepted(t), h.Home)
	if got := written(t, h, "handoff_offered"); got != "ana@partner.example" {
		t.Errorf("after one left, %s", got)
	}
}

func TestR36_WhoIsAddedLaterIsToldOnceAndNobodyTwice(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	ana := add(t, h, h.Home.Partner, somebody("ana"))
	h.Offer(t, h.Accepted(t), h.Home)
	h.SetToday("2026-10-16") // the day after the deadline
	escalate := func(want int) {
		t.Helper()
		n, err := partners.Escalate(t.Context(), h.DB)
		must(t, err)
		if n != want {
			t.Errorf("%d letters, want %d; to %s", n, want, written(t, h, "handoff_unanswered"))
		}
	}
	escalate(1)
	escalate(0)
	add(t, h, h.Home.Partner, somebody("bo"))
	escalate(1)
	in := partners.RecipientChange{NewRecipient: somebody("ana"), Active: true}
	in.Email = "ana@elsewhere.example"
	must(t, second(partners.ChangeRecipient(t.Context(), h.DB, h.Administrator, h.Home.Partner, ana.ID, 1, in)))
	escalate(0)
}

func TestR9_APartnerHasOneProtectionFocalPoint(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	focal := func(name string) partners.NewRecipient {
		r := somebody(name)
		r.FocalPoint = true
		return r
	}
	first := add(t, h, h.Home.Partner, focal("ana"))
	add(t, h, h.OtherHome.Partner, focal("ana")) // another partner's
	housetest.Refused(t, second(partners.AddRecipient(t.Context(), h.DB, h.Administrator, h.Home.Partner, focal("bo"))), fault.Conflict, "R9")
	bo := add(t, h, h.Home.Partner, somebody("bo"))
	change := func(r partners.Recipient, in partners.NewRecipient, active bool) error {
		return second(partners.ChangeRecipient(t.Context(), h.DB, h.Administrator, h.Home.Partner, r.ID, 0, partners.RecipientChange{NewRecipient: in, Active: active}))
	}
	housetest.Refused(t, change(bo, focal("bo"), true), fault.Conflict, "R9")
	must(t, change(first, focal("ana"), false)) // who has left is none
	must(t, change(bo, focal("bo"), true))
	housetest.Refused(t, change(first, focal("ana"), true), fault.Conflict, "R9")
	errs := housetest.AtOnce(3, func(i int) error {
		return second(partners.AddRecipient(t.Context(), h.DB, h.Administrator, h.Return.Partner, focal([]string{"x", "y", "z"}[i])))
	})
	if n := housetest.Succeeded(errs); n != 1 {
		t.Errorf("%d focal points at once: %v", n, errs)
	}
}

func TestWhoIsWrittenToIsChangedByWhoReadIt(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	ana := add(t, h, h.Home.Partner, somebody("ana"))
	if ana.Wants != "each_letter" || !ana.Active || ana.UndeliverableSince != nil || ana.Version != 1 {
		t.Errorf("added: %+v", ana)
	}
	change := func(partner, id string, version int, in partners.NewRecipient) error {
		return second(partners.ChangeRecipient(t.Context(), h.DB, h.Administrator, partner, id, version, partners.RecipientChange{NewRecipient: in, Active: true}))
	}
	bo := somebody("bo")
	bo.Wants, bo.Language = "daily_digest", "da"
	must(t, change(h.Home.Partner, ana.ID, 1, bo))
	housetest.Refused(t, change(h.Home.Partner, ana.ID, 1, bo), fault.Stale, "")
	housetest.Refused(t, change(h.Return.Partner, ana.ID, 2, bo), fault.NotFound, "")
	housetest.Refused(t, second(partners.AddRecipient(t.Context(), h.DB, h.Administrator, h.Contact.ID, bo)), fault.NotFound, "")
	housetest.Refused(t, second(partners.AddRecipient(t.Context(), h.DB, h.Lead, h.Home.Partner, bo)), fault.Forbidden, "")
	twice := somebody("bo")
	twice.Email = "BO@partner.example"
	housetest.Refused(t, second(partners.AddRecipient(t.Context(), h.DB, h.Administrator, h.Home.Partner, twice)), fault.Conflict, "")
	all, err := partners.ListRecipients(t.Context(), h.DB, h.Contact, h.Home.Partner)
	must(t, err)
	if len(all) != 1 || all[0].NewRecipient != bo || all[0].Version != 2 {
		t.Errorf("%+v", all)
	}
	housetest.Refused(t, second(partners.ListRecipients(t.Context(), h.DB, h.Contact, h.Contact.ID)), fault.NotFound, "")
}

func TestAnAddressIsOneAddress(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	for _, email := range []string{"ana@partner.example\nBcc: x@partner.example", "ana@partner.example\r\n", "Ana <ana@partner.example>", "ana", "ana@partner.example, bo@partner.example", `"ana bo"@partner.example`} {
		in := somebody("ana")
		in.Email = email
		housetest.Refused(t, second(partners.AddRecipient(t.Context(), h.DB, h.Administrator, h.Home.Partner, in)), fault.Invalid, "")
	}
	for _, email := range []string{"ana@partner.example\nBcc: x@partner.example", "a na@partner.example", "ana", "@"} {
		_, err := h.Exec(t.Context(), h.Administrator, `INSERT INTO partner_people (partner_id, name, email, language, wants) VALUES ($1, 'x', $2, 'en', 'each_letter')`, h.Home.Partner, email)
		housetest.Broken(t, err, "partner_people_email")
	}
}
