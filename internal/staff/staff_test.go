package staff_test

import (
	"testing"

	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/pgtest"
	"hjemvej/internal/staff"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestOnlyTheAdministratorKeepsTheRegister(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	in := staff.NewUser{Subject: "s", Name: "Kim", Email: "kim@example.org", Role: access.ContactPerson, Team: "Jylland", Language: "da"}
	create := func(who access.Actor, in staff.NewUser) (staff.User, error) {
		return staff.Create(t.Context(), h.DB, who, in)
	}
	for _, who := range append(h.Partners(), h.Contact, h.Lead, h.Finance, h.Manager, h.Auditor, h.Nobody) {
		_, err := create(who, in)
		housetest.Refused(t, err, fault.Forbidden, "")
	}
	got, err := create(h.Administrator, in)
	if err != nil || got.Team != "Jylland" || !got.Active {
		t.Fatalf("%+v, %v", got, err)
	}
	_, err = create(h.Administrator, in)
	housetest.Refused(t, err, fault.Conflict, "")
	in.Subject, in.Team = "s2", ""
	_, err = create(h.Administrator, in)
	housetest.Refused(t, err, fault.Invalid, "")
	if err := staff.Deactivate(t.Context(), h.DB, h.Administrator, got.ID); err != nil {
		t.Fatal(err)
	}
	housetest.Refused(t, staff.Deactivate(t.Context(), h.DB, h.Administrator, h.Home.ID), fault.NotFound, "")
	all, err := staff.List(t.Context(), h.DB, h.Administrator)
	if err != nil || len(all) != len(h.Staff())+1 {
		t.Errorf("%d users, %v", len(all), err)
	}
}
