package casefile_test

import (
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
)

func TestR1_AChangeOfTrackKeepsTheAssessmentAndItsHistory(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	change := func(version int, in casefile.NewTrack) (casefile.Case, error) {
		return casefile.ChangeTrack(t.Context(), h.DB, c.By, c.Code, version, in)
	}
	lawful := casefile.NewTrack{Track: casefile.LawfulStay, ChangedOn: h.Today(), Reason: "Asylum was granted"}
	after, err := change(h.Version(t, c), lawful)
	if err != nil || after.Track != casefile.LawfulStay || after.AssessedBy != casefile.ImmigrationService {
		t.Fatalf("after the change: %+v, %v", after, err)
	}
	_, err = change(after.Version, lawful)
	housetest.Refused(t, err, fault.Conflict, "R1")
	_, err = change(after.Version-1, casefile.NewTrack{Track: casefile.NoLawfulStay, ChangedOn: h.Today(), Reason: "It ended"})
	housetest.Refused(t, err, fault.Stale, "")
	_, err = change(after.Version, casefile.NewTrack{Track: casefile.NoLawfulStay, ChangedOn: h.Today().AddDays(1), Reason: "It will end"})
	housetest.Refused(t, err, fault.Invalid, "")
	_, err = change(after.Version, casefile.NewTrack{Track: casefile.NoLawfulStay, ChangedOn: h.Today().AddDays(-1), Reason: "It ended before"})
	housetest.Refused(t, err, fault.Invalid, "")
	all, err := casefile.ListTrackChanges(t.Context(), h.DB, c.By, c.Code)
	if err != nil || len(all) != 1 || all[0].From != casefile.AsylumSeeker || all[0].To != casefile.LawfulStay || all[0].By != c.By.ID {
		t.Errorf("the history: %+v, %v", all, err)
	}
	// R3: from now on CMM decides on the period.
	_, err = casefile.Decide(t.Context(), h.DB, c.By, c.Code, casefile.Decision{DecidedOn: h.Today(), Days: 30, Ground: "initial", Authority: casefile.ImmigrationService})
	housetest.Refused(t, err, fault.Conflict, "R3")
	_, err = casefile.Decide(t.Context(), h.DB, c.By, c.Code, casefile.Decision{DecidedOn: h.Today(), Days: 30, Ground: "initial", Authority: casefile.CMM})
	must(t, err)
}

func TestR5_AChangeOfTrackEndsTheOtherKindOfRepresentation(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Accepted(t, housetest.Aged(15))
	appoint := func(in casefile.Appointment) (casefile.Case, error) {
		in.Name, in.AppointedOn = "Bo", h.Today()
		return casefile.Appoint(t.Context(), h.DB, h.Vault, c.By, c.Code, in)
	}
	_, err := appoint(casefile.Appointment{Kind: "personal_representative"})
	must(t, err)
	after, err := casefile.ChangeTrack(t.Context(), h.DB, c.By, c.Code, h.Version(t, c), casefile.NewTrack{Track: casefile.LawfulStay, ChangedOn: h.Today(), Reason: "Asylum was granted"})
	must(t, err)
	if len(after.Represented) != 1 || after.Represented[0].EndedOn != h.Today() {
		t.Errorf("representatives: %+v", after.Represented)
	}
	_, err = casefile.GiveConsent(t.Context(), h.DB, h.Vault, c.By, c.Code, casefile.NewConsent{PartnerID: h.Home.Partner, Categories: []casefile.Category{casefile.ShareIdentity},
		Purpose: "reception", GivenBy: "representative", Language: "ro", ValidFrom: h.Today(), ValidUntil: h.Today().AddDays(30)})
	housetest.Refused(t, err, fault.Conflict, "R5")
	_, err = appoint(casefile.Appointment{Kind: "custody_holder", Municipality: "Aarhus"})
	must(t, err)
}
