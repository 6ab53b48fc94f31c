package partners_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/partners"
)

// whole is a case about which there is something to know in every category,
// handed to Home.
func whole(t *testing.T) (*housetest.House, *housetest.Case) {
	t.Helper()
	h := housetest.New(t)
	c := h.Ready(t)
	h.Assess(t, c, casefile.Needs, "done")
	h.Assess(t, c, casefile.Risk, "cleared")
	must(t, second(casefile.AddPart(t.Context(), h.DB, h.Vault, c.By, c.Code, &person.FamilyMember{Relation: "child", GivenNames: "Ion"})))
	must(t, second(casefile.Depart(t.Context(), h.DB, h.Vault, c.By, c.Code, h.Version(t, c), casefile.Departure{DepartedOn: h.Today()})))
	h.Confirm(t, c, c.Home, h.Today(), "")
	h.Set(t, `UPDATE consents SET withdrawn_at = recorded_at WHERE partner_id = $1`, h.Home.Partner)
	h.Pass(1)
	return h, c
}

// sections are the keys of a document that consent opens, by category.
var sections = map[casefile.Category][]string{
	casefile.ShareIdentity: {"identity"}, casefile.ShareContact: {"contact_points", "safe_contact"}, casefile.ShareTravel: {"travel"},
	casefile.ShareHealth: {"health"}, casefile.ShareFamily: {"family"}, casefile.ShareNeeds: {"housing_and_livelihood"},
	casefile.ShareRisk: {}, casefile.ShareSupport: {"support"}, casefile.ShareFollowUp: {"follow_ups"},
}

func TestR7_EachConsentOpensItsOwnCategoryAndNoOther(t *testing.T) {
	t.Parallel()
	h, c := whole(t)
	for _, category := range casefile.Categories {
		given := h.Consent(t, c, h.Home, category)[0]
		doc, err := partners.ReadHanded(t.Context(), h.DB, h.Vault, h.Home, c.HomeHandoff)
		must(t, err)
		text, err := json.Marshal(doc)
		must(t, err)
		var keys map[string]json.RawMessage
		must(t, json.Unmarshal(text, &keys))
		for other, names := range sections {
			for _, name := range names {
				if _, shown := keys[name]; shown != (other == category) {
					t.Errorf("with consent for %s: %s is shown: %v", category, name, shown)
				}
			}
		}
		if len(doc.Shared) != 1 || doc.Shared[0].Category != category || len(doc.Shared[0].Purposes) != 1 || doc.Shared[0].Purposes[0].Purpose != "reception" ||
			len(doc.Withheld) != len(casefile.Categories)-1 {
			t.Errorf("%s: shared %+v, withheld %v", category, doc.Shared, doc.Withheld)
		}
		for _, never := range []string{"None known", "safe_to_return", "threats"} {
			if strings.Contains(string(text), never) {
				t.Errorf("R9: with consent for %s it says %q", category, never)
			}
		}
		h.Pass(1)
		must(t, second(partners.WithdrawConsent(t.Context(), h.DB, c.By, c.Code, given.ID, given.Version)))
	}
}

func TestR7_ADocumentNamesThePurposesThatAreInForce(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewAccepted(t)
	id := h.Offer(t, c, h.Home)
	for _, purpose := range []string{"support", "follow_up"} {
		must(t, second(casefile.GiveConsent(t.Context(), h.DB, h.Vault, c.By, c.Code, casefile.NewConsent{PartnerID: h.Home.Partner,
			Categories: []casefile.Category{casefile.ShareContact}, Purpose: purpose, GivenBy: "self", Language: "ro",
			ValidFrom: h.Today(), ValidUntil: h.Today().AddDays(len(purpose))})))
	}
	doc, err := partners.ReadHanded(t.Context(), h.DB, h.Vault, h.Home, id)
	must(t, err)
	want := []partners.Purpose{{Purpose: "support", Until: h.Today().AddDays(7)}, {Purpose: "follow_up", Until: h.Today().AddDays(9)}}
	if len(doc.Shared) != 1 || !slices.Equal(doc.Shared[0].Purposes, want) {
		t.Errorf("shared: %+v", doc.Shared)
	}
}

func TestR21_WhatAPartnerSawCanBeShownLater(t *testing.T) {
	t.Parallel()
	h, c := whole(t)
	ctx := t.Context()
	given := h.Consent(t, c, h.Home, casefile.ShareIdentity)[0]
	read := func() partners.Document {
		t.Helper()
		doc, err := partners.ReadHanded(ctx, h.DB, h.Vault, h.Home, c.HomeHandoff)
		must(t, err)
		return doc
	}
	first, again := read(), read()
	h.Pass(1)
	must(t, second(partners.WithdrawConsent(ctx, h.DB, c.By, c.Code, given.ID, given.Version)))
	less := read()
	if first.Hash != again.Hash || less.Hash == first.Hash {
		t.Errorf("hashes %s, %s, %s", first.Hash, again.Hash, less.Hash)
	}
	readings, err := partners.ListReadings(ctx, h.DB, c.By, c.Code)
	must(t, err)
	if len(readings) != 3 || readings[0].Hash != less.Hash || len(readings[0].Categories) != 0 || !slices.Equal(readings[2].Categories, []casefile.Category{casefile.ShareIdentity}) {
		t.Fatalf("readings: %+v", readings)
	}
	if n := h.Count(t, `SELECT count(*) FROM handoff_contents WHERE case_id = $1`, c.ID); n != 2 {
		t.Errorf("%d contents are kept of two", n)
	}
	seen, err := partners.ReadSeen(ctx, h.DB, h.Vault, c.By, c.Code, readings[2].ID)
	must(t, err)
	first.Hash = ""
	if want, _ := json.Marshal(first); string(seen.Content) != string(want) {
		t.Errorf("shown: %s\nwas:   %s", seen.Content, want)
	}
	if n := h.Count(t, `SELECT count(*) FROM handoff_contents WHERE encode(sealed, 'escape') LIKE '%Exemplu%'`); n != 0 {
		t.Error("R12: what was seen lies open")
	}
	housetest.Refused(t, second(partners.ReadSeen(ctx, h.DB, h.Vault, h.OtherContact, c.Code, readings[2].ID)), fault.NotFound, "")
	_, err = h.Exec(ctx, h.Program, `UPDATE handoff_readings SET hash = ''`)
	housetest.Broken(t, err, "42501")
}

func TestR9_AReadingOfRiskIsKeptToo(t *testing.T) {
	t.Parallel()
	h, c := whole(t)
	h.Consent(t, c, h.Home, casefile.ShareRisk)
	must(t, second(risk(t, h, h.HomeFocalPoint, c.HomeHandoff)))
	readings, err := partners.ListReadings(t.Context(), h.DB, c.By, c.Code)
	must(t, err)
	if len(readings) != 1 || readings[0].Kind != "risk" || readings[0].KeyID != h.HomeFocalPoint.ID {
		t.Errorf("readings: %+v", readings)
	}
}

func TestR7_WhatWasReadAndMayNotBeKnownIsToBeDeletedAndConfirmed(t *testing.T) {
	t.Parallel()
	h, c := whole(t)
	ctx := t.Context()
	given := h.Consent(t, c, h.Home, casefile.ShareIdentity, casefile.ShareTravel)
	must(t, second(partners.ReadHanded(ctx, h.DB, h.Vault, h.Home, c.HomeHandoff)))
	h.Consent(t, c, h.Home, casefile.ShareHealth) // never read
	health := h.Text(t, `SELECT id::text FROM consents WHERE category = 'health' AND withdrawn_at IS NULL AND partner_id = $1`, h.Home.Partner)
	h.Pass(1)
	for _, id := range []string{given[0].ID, given[1].ID, health} {
		must(t, second(partners.WithdrawConsent(ctx, h.DB, c.By, c.Code, id, 0)))
	}
	duties, err := partners.ListDuties(ctx, h.DB, h.Home)
	must(t, err)
	if len(duties) != 2 || duties[0].Case != c.Code || duties[0].DueOn != h.Today().AddDays(partners.DeletionDays) {
		t.Fatalf("duties: %+v", duties)
	}
	// The duty outlives the hand-off.
	must(t, second(partners.Revoke(ctx, h.DB, c.By, c.Code, c.HomeHandoff, 0)))
	confirm := func(who access.Actor, id string, on calendar.Date) error {
		return second(partners.ConfirmDeletion(ctx, h.DB, who, id, partners.Deletion{DeletedOn: on}))
	}
	housetest.Refused(t, confirm(h.OtherHome, duties[0].ID, h.Today()), fault.NotFound, "")
	housetest.Refused(t, confirm(h.Home, duties[0].ID, h.Today().AddDays(-1)), fault.Invalid, "")
	must(t, confirm(h.Home, duties[0].ID, h.Today()))
	h.SetNow(h.Now().Add(time.Minute))
	housetest.Refused(t, confirm(h.Home, duties[0].ID, h.Today()), fault.Conflict, "R7")
	if n := len(otherDuties(t, h)); n != 0 {
		t.Errorf("another partner sees %d duties", n)
	}
	h.Pass(partners.DeletionDays + 1)
	for _, want := range []int{2, 0} { // to the partner and the contact person, once
		n, err := partners.RemindDeletions(ctx, h.DB)
		must(t, err)
		if n != want {
			t.Errorf("%d letters, want %d", n, want)
		}
	}
	of, err := partners.ListDutiesOfCase(ctx, h.DB, c.By, c.Code)
	must(t, err)
	if open := slices.DeleteFunc(of, func(d partners.Duty) bool { return d.AcknowledgedAt != nil }); len(open) != 1 || open[0].ID != duties[1].ID {
		t.Errorf("open: %+v", open)
	}
	h.Consent(t, c, h.Home, duties[1].Category)
	if again, err := partners.ListDuties(ctx, h.DB, h.Home); err != nil || !again[1].Lifted && !again[0].Lifted {
		t.Errorf("a new consent does not lift the duty: %+v, %v", again, err)
	}
}

func otherDuties(t *testing.T, h *housetest.House) []partners.Duty {
	t.Helper()
	out, err := partners.ListDuties(t.Context(), h.DB, h.OtherHome)
	must(t, err)
	return out
}

func TestR7_ConsentWithdrawnWhileAHandoffIsReadIsLessAtOnce(t *testing.T) {
	t.Parallel()
	h, c := whole(t)
	given := h.Consent(t, c, h.Home, casefile.ShareIdentity)[0]
	h.Pass(1)
	errs := housetest.AtOnce(9, func(i int) error {
		if i == 4 {
			return second(partners.WithdrawConsent(t.Context(), h.DB, c.By, c.Code, given.ID, given.Version))
		}
		doc, err := partners.ReadHanded(t.Context(), h.DB, h.Vault, h.Home, c.HomeHandoff)
		if err == nil && doc.Identity != nil && slices.Contains(doc.Withheld, casefile.ShareIdentity) {
			t.Error("withheld and shown")
		}
		return err
	})
	must(t, errs...)
	doc, err := partners.ReadHanded(t.Context(), h.DB, h.Vault, h.Home, c.HomeHandoff)
	if err != nil || doc.Identity != nil {
		t.Errorf("after the withdrawal: %+v, %v", doc.Identity, err)
	}
}

func TestR20_ARetroactiveHandoffIsOrdinaryAndHasAReason(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	offer := func(c *housetest.Case, reason string) (partners.Handoff, error) {
		return partners.Offer(t.Context(), h.DB, c.By, c.Code, partners.NewHandoff{PartnerID: h.OtherHome.Partner, Reason: reason})
	}
	gone, here := h.Departed(t), h.Accepted(t)
	_, err := offer(gone, "")
	housetest.Refused(t, err, fault.Invalid, "")
	_, err = offer(here, "She left with a cousin")
	housetest.Refused(t, err, fault.Invalid, "")
	made, err := offer(gone, "She left with a cousin")
	must(t, err)
	must(t, second(partners.AnswerOffer(t.Context(), h.DB, h.OtherHome, made.ID, 1, partners.Answer{Answer: "accepted"})))
	if made.Retroactive == "" {
		t.Errorf("%+v", made)
	}
}
