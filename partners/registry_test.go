package partners_test

import (
	"slices"
	"testing"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/partners"

	"github.com/google/go-cmp/cmp"
)

// entry is a whole one.
func entry() partners.RegistryEntry {
	return partners.RegistryEntry{Name: "Casa", Countries: []string{"RO", "MD"}, Places: []string{"Iași"}, Services: []string{"housing", "food"}, Languages: []string{"ro"},
		Language: "en", Email: "casa@partner.example", TransferGround: "safeguards", TransferReference: "Agreement 17", TimeZone: "Europe/Bucharest", WorkingDays: []int{7, 1, 2},
		Holidays: []calendar.Date{calendar.MustParse("2026-12-01")}, ActiveFrom: calendar.MustParse("2026-01-01"), ActiveUntil: calendar.MustParse("2027-12-31")}
}

func TestAPartnersEntryIsKeptWhole(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	made, err := partners.Create(t.Context(), h.DB, h.Administrator, partners.NewPartner{Role: partners.HomeCountryPartner, RegistryEntry: entry()})
	must(t, err)
	want := partners.Partner{ID: made.ID, Role: partners.HomeCountryPartner, RegistryEntry: entry(), Active: true, Version: 1}
	if diff := cmp.Diff(want, made); diff != "" {
		t.Errorf("registered (-want +got):\n%s", diff)
	}
	bare := partners.RegistryEntry{Name: "Casa Nouă", Language: "da", Email: "casa@partner.example"}
	changed, err := partners.Change(t.Context(), h.DB, h.Administrator, made.ID, 1, bare)
	must(t, err)
	want = partners.Partner{ID: made.ID, Role: partners.HomeCountryPartner, Active: true, Version: 2, RegistryEntry: partners.RegistryEntry{Name: "Casa Nouă", Language: "da", Email: "casa@partner.example",
		Countries: []string{}, Places: []string{}, Services: []string{}, Languages: []string{}, TimeZone: "Europe/Copenhagen", WorkingDays: []int{1, 2, 3, 4, 5}, Holidays: []calendar.Date{},
		ActiveFrom: entry().ActiveFrom}}
	if diff := cmp.Diff(want, changed); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	read, err := partners.Read(t.Context(), h.DB, h.Contact, made.ID)
	must(t, err)
	if diff := cmp.Diff(changed, read); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
}

func TestPartnersAreFoundByWhatTheyDo(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	e := entry()
	must(t, second(partners.Create(t.Context(), h.DB, h.Administrator, partners.NewPartner{Role: partners.HomeCountryPartner, RegistryEntry: e})))
	e.Name, e.Countries, e.Services = "Refugiu", []string{"DK"}, nil
	must(t, second(partners.Create(t.Context(), h.DB, h.Administrator, partners.NewPartner{Role: partners.ReferringOrganisation, RegistryEntry: e})))
	for search, want := range map[partners.Search][]string{
		{}:                                     {"Casa", "Partner 1", "Partner 2", "Partner 3", "Partner 4", "Refugiu"},
		{Role: partners.ReferringOrganisation}: {"Partner 4", "Refugiu"}, {Role: partners.ReturnOrganisation}: {"Partner 1"},
		{Country: "MD"}: {"Casa"}, {Country: "RO"}: {"Casa", "Partner 1", "Partner 2", "Partner 3", "Partner 4"}, {Country: "XX"}: nil,
		{Service: "food"}: {"Casa"}, {Service: "medical"}: nil,
		{Role: partners.HomeCountryPartner, Country: "RO", Service: "housing"}: {"Casa"},
	} {
		found, err := partners.List(t.Context(), h.DB, h.Finance, search)
		must(t, err)
		var names []string
		for _, p := range found {
			names = append(names, p.Name)
		}
		if !slices.Equal(names, want) {
			t.Errorf("%+v finds %v, want %v", search, names, want)
		}
	}
}

func TestOfTwoAdministratorsAtOnceOneHasToReadAgain(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	errs := housetest.AtOnce(4, func(int) error {
		return second(partners.Change(t.Context(), h.DB, h.Administrator, h.Home.Partner, 1, entry()))
	})
	if n := housetest.Succeeded(errs); n != 1 {
		t.Errorf("%d of four changes of one version succeeded: %v", n, errs)
	}
	for _, err := range errs {
		if err != nil {
			housetest.Refused(t, err, fault.Stale, "")
		}
	}
	e := entry()
	e.Name = "Partner 3"
	housetest.Refused(t, second(partners.Change(t.Context(), h.DB, h.Administrator, h.Home.Partner, 2, e)), fault.Conflict, "")
	housetest.Refused(t, second(partners.Change(t.Context(), h.DB, h.Administrator, h.Contact.ID, 1, e)), fault.NotFound, "")
	housetest.Refused(t, second(partners.Change(t.Context(), h.DB, h.Contact, h.Home.Partner, 2, e)), fault.Forbidden, "")
	housetest.Refused(t, second(partners.Read(t.Context(), h.DB, h.Contact, h.Contact.ID)), fault.NotFound, "")
	housetest.Refused(t, second(partners.Read(t.Context(), h.DB, h.Home, h.Home.Partner)), fault.Forbidden, "")
}

func TestAnEntryThatCannotBeIsRefusedByItsPlace(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	for path, spoil := range map[string]func(*partners.RegistryEntry){
		"body.time_zone":          func(e *partners.RegistryEntry) { e.TimeZone = "Europe/Atlantis" },
		"body.transfer_reference": func(e *partners.RegistryEntry) { e.TransferReference = "" },
		"body.transfer_ground":    func(e *partners.RegistryEntry) { e.TransferGround = "" },
		"body.active_until":       func(e *partners.RegistryEntry) { e.ActiveUntil = e.ActiveFrom.AddDays(-1) },
		"body.email":              func(e *partners.RegistryEntry) { e.Email = "casa@partner.example\r\nBcc: x@partner.example" },
		"body.working_days":       func(e *partners.RegistryEntry) { e.WorkingDays = []int{0} },
	} {
		e := entry()
		spoil(&e)
		_, made := partners.Create(t.Context(), h.DB, h.Administrator, partners.NewPartner{Role: partners.HomeCountryPartner, RegistryEntry: e})
		_, changed := partners.Change(t.Context(), h.DB, h.Administrator, h.Home.Partner, 1, e)
		for _, err := range []error{made, changed} {
			housetest.Refused(t, err, fault.Invalid, "")
			if got := housetest.Missing(err); !slices.Equal(got, []string{path}) {
				t.Errorf("refused at %v, want %s", got, path)
			}
		}
	}
	for constraint, sql := range map[string]string{
		"partners_role_check":          `UPDATE partners SET role = 'other'`,
		"partner_services":             `UPDATE partners SET services = '{housing,anything}'`,
		"partner_ground":               `UPDATE partners SET transfer_ground = 'trust'`,
		"partner_ground_has_reference": `UPDATE partners SET transfer_reference = NULL`,
		"partner_works_some_day":       `UPDATE partners SET working_days = '{}'`,
		"partner_days":                 `UPDATE partners SET active_until = active_from - 1`,
	} {
		_, err := h.Exec(t.Context(), h.Administrator, sql)
		housetest.Broken(t, err, constraint)
	}
}

func TestAPartnerIsActiveOnItsDays(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	e := entry()
	e.ActiveFrom, e.ActiveUntil = h.Today().AddDays(1), h.Today().AddDays(2)
	p, err := partners.Create(t.Context(), h.DB, h.Administrator, partners.NewPartner{Role: partners.HomeCountryPartner, RegistryEntry: e})
	must(t, err)
	for _, want := range []bool{false, true, true, false} {
		n, err := partners.KeepActive(t.Context(), h.DB)
		must(t, err)
		read, err := partners.Read(t.Context(), h.DB, h.Contact, p.ID)
		must(t, err)
		for the, got := range map[string]bool{"it": read.Active, "the earlier program": h.Text(t, `SELECT active::text FROM partners WHERE id = $1`, p.ID) == "true"} {
			if got != want {
				t.Errorf("on %s %s sees active %v; %d were brought up to the day", h.Today(), the, got, n)
			}
		}
		h.Pass(1)
	}
}

// Whoever switches a partner off by hand, as was the way before it had days,
// must not find it on again.
func TestAPartnerThatIsSwitchedByHandStaysSo(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	for _, active := range []bool{false, true} {
		for range 2 { // whoever changes something else meanwhile changes nothing in it
			_, err := h.Exec(t.Context(), h.Administrator, `UPDATE partners SET active = $2, email = email WHERE id = $1`, h.Home.Partner, active)
			must(t, err)
			must(t, second(partners.KeepActive(t.Context(), h.DB)))
			p, err := partners.Read(t.Context(), h.DB, h.Contact, h.Home.Partner)
			must(t, err)
			if p.Active != active || p.ActiveUntil.IsZero() != active {
				t.Errorf("switched to %v: %+v", active, p)
			}
		}
	}
	_, err := h.Exec(t.Context(), access.Actor{ID: h.Home.ID, Role: access.Partner, Partner: h.Home.Partner}, `UPDATE partners SET active = false`)
	must(t, err)
	if n := h.Count(t, `SELECT count(*) FROM partners WHERE active`); n != 4 {
		t.Errorf("%d partners are active after a partner's try", n)
	}
}
