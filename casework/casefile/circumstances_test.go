package casefile_test

import (
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/staff"
)

func TestR2_ASupportPersonIsNamedWhenTheNeedShows(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	name := func(in casefile.SupportPerson) error {
		return second(casefile.NameSupportPerson(t.Context(), h.DB, c.By, c.Code, h.Version(t, c), in))
	}
	in := casefile.SupportPerson{Reason: "Needs company at the hospital", AgreedOn: h.Today().AddDays(1)}
	housetest.Refused(t, name(in), fault.Invalid, "")
	in.AgreedOn = h.Today()
	must(t, name(in))
	got, err := casefile.Read(t.Context(), h.DB, c.By, c.Code)
	must(t, err)
	if got.SupportPerson == nil || *got.SupportPerson != in {
		t.Errorf("%+v", got.SupportPerson)
	}
	h.Set(t, `UPDATE cases SET state = 'withdrawn' WHERE id = $1`, c.ID)
	housetest.Refused(t, name(in), fault.Conflict, "R2")
}

func TestR2_ACaseWhoseContactPersonLeftIsPutToTheLead(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	h.Case(t)
	over := h.Case(t)
	h.Set(t, `UPDATE cases SET state = 'withdrawn' WHERE id = $1`, over.ID)
	must(t, staff.Deactivate(t.Context(), h.DB, h.Administrator, h.Contact.ID))
	if n := h.Count(t, `SELECT count(*) FROM letters WHERE kind = 'case_unattended' AND user_id = $1`, h.Lead.ID); n != 1 {
		t.Errorf("%d letters to the lead, want one", n)
	}
}

func TestR6_TheDestinationChangesUntilTheDeparture(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	change := func(c *housetest.Case, country string) error {
		return second(casefile.ChangeDestination(t.Context(), h.DB, c.By, c.Code, h.Version(t, c), casefile.Destination{Country: country, Kind: "former_residence", Place: "Chișinău"}))
	}
	c := h.Accepted(t)
	for _, none := range []string{"ZZ", "EU", "XX", "UN"} {
		housetest.Refused(t, change(c, none), fault.Invalid, "")
	}
	must(t, change(c, "MD"))
	got, err := casefile.Read(t.Context(), h.DB, c.By, c.Code)
	if err != nil || *got.Destination != (casefile.Destination{Country: "MD", Kind: "former_residence", Place: "Chișinău"}) {
		t.Errorf("%+v, %v", got.Destination, err)
	}
	housetest.Refused(t, change(h.Departed(t), "MD"), fault.Conflict, "R6")
	housetest.Refused(t, change(h.Case(t), "MD"), fault.Conflict, "R6")
}

func TestR5_WhoActsForAChildIsReadWithTheIdentity(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Ready(t, housetest.Aged(14))
	who, err := casefile.ReadIdentity(t.Context(), h.DB, h.Vault, c.By, c.Code)
	must(t, err)
	roles := map[string]string{}
	for _, p := range who.People {
		roles[p.Role] = p.Name
	}
	for _, role := range []string{"personal_representative", "guardian_in_denmark", "guardian_at_destination", "escort"} {
		if roles[role] != "Bo Eksempel" {
			t.Errorf("%s is %q", role, roles[role])
		}
	}
	_, err = casefile.RecordCheck(t.Context(), h.DB, h.Vault, c.By, c.Code, casefile.Escort, 1, casefile.CheckResult{DoneOn: h.Today(), Result: "done"})
	housetest.Refused(t, err, fault.Invalid, "")
	if n := h.Count(t, `SELECT count(*) FROM return_checks WHERE encode(sealed_who, 'escape') LIKE '%Eksempel%'`); n != 0 {
		t.Error("R12: a name lies open")
	}
}

func TestR5_AnotherRepresentativeAgreesAnew(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Ready(t, housetest.Aged(14))
	must(t, second(casefile.Appoint(t.Context(), h.DB, h.Vault, c.By, c.Code, casefile.Appointment{Kind: "personal_representative", Name: "Else Prøve", AppointedOn: h.Today()})))
	if got := housetest.Missing(depart(t, h, c)); len(got) != 1 || got[0] != "representative_agreed" {
		t.Errorf("missing: %v", got)
	}
	h.Agree(t, c, "representative")
	must(t, depart(t, h, c))
}

func TestR18_ACheckRemembersWhatItSaidBefore(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t, housetest.Aged(14))
	for version, result := range []string{"against", "in_favour"} {
		_, err := casefile.RecordCheck(t.Context(), h.DB, h.Vault, c.By, c.Code, casefile.BestInterests, version, casefile.CheckResult{DoneOn: h.Today(), Result: result})
		must(t, err)
	}
	list, err := casefile.ListChecks(t.Context(), h.DB, c.By, c.Code)
	must(t, err)
	if len(list) != 1 || !list[0].Passes() || len(list[0].Before) != 1 || list[0].Before[0] != "against" {
		t.Errorf("%+v", list)
	}
}
