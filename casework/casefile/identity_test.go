package casefile_test

import (
	"fmt"
	"slices"
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
)

func changes(c casefile.IdentityChange) (what []string) {
	for _, k := range c.Changes {
		what = append(what, k.What)
	}
	return what
}

func TestR5_R12_ABirthDateThatMakesAnAdultAChildSaysWhatItChanges(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Planned(t)
	h.Consent(t, c, h.Home, casefile.ShareIdentity)
	i, err := casefile.ReadIdentity(t.Context(), h.DB, h.Vault, h.Contact, c.Code)
	must(t, err)
	to := i.Core()
	to.BirthDate = h.Today().AddMonths(-12 * 14)
	child, err := casefile.ChangeIdentity(t.Context(), h.DB, h.Vault, h.Contact, c.Code, i.Version, to)
	must(t, err)
	if want := []string{"representative", "representative_agreed", "consents", "departure_gate", "escort"}; !child.BecameChild || !slices.Equal(changes(child), want) {
		t.Errorf("%+v, want %v", child, want)
	}
	missing, err := casefile.ReadGate(t.Context(), h.DB, h.Vault, h.Contact, c.Code)
	must(t, err)
	if !slices.ContainsFunc(missing, func(m casefile.Missing) bool { return m.What == "representative" }) {
		t.Errorf("the gate asks for %v", missing)
	}
	_, err = casefile.Appoint(t.Context(), h.DB, h.Vault, h.Contact, c.Code, casefile.Appointment{Kind: "personal_representative", Name: "Bo Eksempel", AppointedOn: h.Today()})
	must(t, err)
	adult, err := casefile.ChangeIdentity(t.Context(), h.DB, h.Vault, h.Contact, c.Code, child.Version+1, i.Core()) // the appointment is read with the identity
	must(t, err)
	if !adult.BecameAdult || !slices.Contains(changes(adult), "representative") || adult.Version != i.Version+3 {
		t.Errorf("%+v", adult)
	}
	if got := h.Text(t, `SELECT string_agg(object_id, ', ' ORDER BY id) FROM audit_log WHERE operation = 'change-identity' AND object_id IS NOT NULL`); got != "became_child, became_adult" {
		t.Errorf("recorded: %s", got)
	}
	same, err := casefile.ChangeIdentity(t.Context(), h.DB, h.Vault, h.Lead, c.Code, adult.Version, i.Core())
	must(t, err)
	if same.BecameChild || same.BecameAdult || len(same.Changes) != 0 {
		t.Errorf("%+v", same)
	}
}

func TestR12_IdentityIsChangedByWhoMayAndReadItLast(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	i, err := casefile.ReadIdentity(t.Context(), h.DB, h.Vault, h.Contact, c.Code)
	must(t, err)
	to := i.Core()
	to.GivenNames = "Ana Maria"
	change := func(version int, change func(*person.Core)) error {
		in := to
		change(&in)
		return second(casefile.ChangeIdentity(t.Context(), h.DB, h.Vault, h.Contact, c.Code, version, in))
	}
	housetest.Refused(t, change(9, func(*person.Core) {}), fault.Stale, "")
	housetest.Refused(t, change(1, func(c *person.Core) { c.BirthDate = h.Today().AddDays(1) }), fault.Invalid, "")
	housetest.Refused(t, change(1, func(c *person.Core) { c.BirthDate = h.Today() }), fault.Invalid, "") // after the assessment
	housetest.Refused(t, second(casefile.ChangeIdentity(t.Context(), h.DB, h.Vault, h.Colleague, c.Code, 1, to)), fault.NotFound, "")
	housetest.Refused(t, second(casefile.ChangeIdentity(t.Context(), h.DB, h.Vault, h.Finance, c.Code, 1, to)), fault.Forbidden, "")
	errs := housetest.AtOnce(4, func(int) error { return change(1, func(*person.Core) {}) })
	if housetest.Succeeded(errs) != 1 {
		t.Errorf("two changes of one version: %v", errs)
	}
	if i, err = casefile.ReadIdentity(t.Context(), h.DB, h.Vault, h.Contact, c.Code); err != nil || i.GivenNames != "Ana Maria" || i.Version != 2 || len(i.ContactPoints) != 1 {
		t.Errorf("%+v, %v", i, err)
	}
}

func TestR10_R12_PartsAreAddedChangedAndEnded(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c, other := h.Case(t), h.Case(t)
	ctx := t.Context()
	point := func() *person.ContactPoint {
		return &person.ContactPoint{Held: person.Held{ID: "sent", Version: 9}, Kind: "phone", Value: "+40700000002", Whose: "shared", MayCall: true,
			Hours: []person.Hours{{From: "09:00", Until: "12:00"}}, Language: "ro", CoverStory: "A friend", MustNotKnow: "The landlord", ExpiresOn: h.Today()}
	}
	p, err := casefile.AddPart(ctx, h.DB, h.Vault, h.Contact, c.Code, point())
	must(t, err)
	for _, in := range []person.Part{&person.Address{Use: "home", Lines: "1", Country: "RO"}, &person.FamilyMember{Relation: "child", GivenNames: "Ion"},
		&person.IdentityDocument{Kind: "passport", Country: "RO", Number: "1", ExpiresOn: h.Today().AddDays(-900)}} {
		must(t, second(casefile.AddPart(ctx, h.DB, h.Vault, h.Lead, c.Code, in)))
	}
	i, err := casefile.ReadIdentity(ctx, h.DB, h.Vault, h.Contact, c.Code)
	must(t, err)
	if len(i.ContactPoints) != 2 || len(i.Addresses) != 1 || len(i.Family) != 1 || len(i.Documents) != 1 || i.Version != 5 {
		t.Fatalf("%+v", i)
	}
	if got := i.ContactPoints[1]; got.ID != p.ID || got.Version != 1 || got.TimeZone != "Europe/Bucharest" || got.CoverStory != "A friend" || got.ExpiresOn != h.Today() {
		t.Errorf("%+v", got)
	}
	blocked := point()
	blocked.MayCall, blocked.DoNotContact = false, true
	if p, err = casefile.ChangePart(ctx, h.DB, h.Vault, h.Contact, c.Code, p.ID, 1, blocked); err != nil || !p.DoNotContact || p.Version != 2 {
		t.Errorf("%+v, %v", p, err)
	}
	housetest.Refused(t, second(casefile.ChangePart(ctx, h.DB, h.Vault, h.Contact, c.Code, p.ID, 1, point())), fault.Stale, "")
	housetest.Refused(t, second(casefile.ChangePart(ctx, h.DB, h.Vault, h.Contact, c.Code, p.ID, 2, &person.Address{Country: "RO"})), fault.NotFound, "")
	housetest.Refused(t, second(casefile.ChangePart(ctx, h.DB, h.Vault, h.Contact, other.Code, p.ID, 2, point())), fault.NotFound, "")
	housetest.Refused(t, second(casefile.EndPart(ctx, h.DB, h.OtherLead, c.Code, p.ID, 2)), fault.NotFound, "")
	if p, err = casefile.EndPart(ctx, h.DB, h.Contact, c.Code, p.ID, 2); err != nil || p.EndedOn != h.Today() {
		t.Errorf("%+v, %v", p, err)
	}
	housetest.Refused(t, second(casefile.EndPart(ctx, h.DB, h.Contact, c.Code, p.ID, 3)), fault.Conflict, "")
	housetest.Refused(t, second(casefile.ChangePart(ctx, h.DB, h.Vault, h.Contact, c.Code, p.ID, 3, point())), fault.Conflict, "")
	if i, err = casefile.ReadIdentity(ctx, h.DB, h.Vault, h.Contact, c.Code); err != nil || len(i.ContactPoints) != 2 || i.ContactPoints[1].EndedOn != h.Today() {
		t.Errorf("what ended is not readable: %+v, %v", i, err)
	}
}

func TestOpeningWarnsOfThePersonThatMayExist(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	first := h.Case(t)
	in := h.Opening()
	in.Person.GivenNames, in.Person.FamilyName = "EXEMPLU", "Ána"
	elsewhere, err := casefile.Open(t.Context(), h.DB, h.Vault, h.OtherContact, in)
	must(t, err)
	if elsewhere.PossibleDuplicates != 1 || elsewhere.Hint == "" {
		t.Errorf("%+v", elsewhere)
	}
	in.Person.GivenNames, in.Person.FamilyName = "Somebody", "Else"
	if none, err := casefile.Open(t.Context(), h.DB, h.Vault, h.Contact, in); err != nil || none.PossibleDuplicates != 0 || none.Hint != "" {
		t.Errorf("%+v, %v", none, err)
	}
	mine, err := casefile.Open(t.Context(), h.DB, h.Vault, h.Colleague, h.Opening())
	must(t, err)
	got, err := casefile.ListDuplicates(t.Context(), h.DB, h.Lead, mine.Code)
	must(t, err)
	if len(got.Cases) != 1 || got.Cases[0].Code != first.Code || len(got.Cases[0].Alike) != 4 || got.Elsewhere != 1 {
		t.Errorf("%+v", got)
	}
	housetest.Refused(t, second(casefile.ListDuplicates(t.Context(), h.DB, h.OtherLead, mine.Code)), fault.NotFound, "")
	housetest.Refused(t, second(casefile.ListDuplicates(t.Context(), h.DB, h.Contact, mine.Code)), fault.Forbidden, "")
	i, err := casefile.ReadIdentity(t.Context(), h.DB, h.Vault, h.Colleague, mine.Code) // the names were written wrongly
	must(t, err)
	to := i.Core()
	to.GivenNames, to.FamilyName = "Another", "Person"
	must(t, second(casefile.ChangeIdentity(t.Context(), h.DB, h.Vault, h.Colleague, mine.Code, i.Version, to)))
	if got, err = casefile.ListDuplicates(t.Context(), h.DB, h.Lead, mine.Code); err != nil || len(got.Cases)+got.Elsewhere != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestOfCasesOpenedAtOnceEveryLaterOneIsWarned(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	const n = 5
	found := make([]int, n)
	must(t, housetest.AtOnce(n, func(i int) error {
		opened, err := casefile.Open(t.Context(), h.DB, h.Vault, h.Contact, h.Opening())
		found[i] = opened.PossibleDuplicates
		return err
	})...)
	slices.Sort(found)
	if want := "[0 1 2 3 4]"; fmt.Sprint(found) != want {
		t.Errorf("%v, want %s", found, want)
	}
}
