package casefile_test

import (
	"slices"
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/casework/plan"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/money"
	"hjemvej/internal/postgres"
	"hjemvej/internal/seal"

	"github.com/google/go-cmp/cmp"
)

func depart(t *testing.T, h *housetest.House, c *housetest.Case) error {
	t.Helper()
	return second(casefile.Depart(t.Context(), h.DB, h.Vault, c.By, c.Code, h.Version(t, c), casefile.Departure{DepartedOn: h.Today()}))
}

var forEverybody = []string{"agreed_plan", "approved_plan", "booking", "consent_home_country_partner", "consent_return_organisation",
	"home_country_partner_accepted", "needs_assessment", "return_organisation_accepted", "risk_assessment", "voluntary_declaration"}

func TestR18_R5_ARefusedDepartureSaysEverythingThatIsMissingAtOnce(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	child := []string{"best_interests", "childs_wish", "family_assessment", "guardian_at_destination", "guardian_in_denmark", "representative", "representative_agreed"}
	for age, want := range map[int][]string{30: forEverybody, 18: forEverybody, 17: slices.Concat(forEverybody, child), 15: slices.Concat(forEverybody, child),
		14: slices.Concat(forEverybody, child, []string{"escort"})} {
		c := h.Accepted(t, housetest.Aged(age))
		err := depart(t, h, c)
		housetest.Refused(t, err, fault.Conflict, "R18")
		slices.Sort(want)
		if diff := cmp.Diff(want, housetest.Missing(err)); diff != "" {
			t.Errorf("at %d (-want +got):\n%s", age, diff)
		}
		shown, err := casefile.ReadGate(t.Context(), h.DB, h.Vault, h.Lead, c.Code)
		must(t, err)
		if len(shown) != len(want) {
			t.Errorf("at %d the gate shows %d of %d", age, len(shown), len(want))
		}
	}
}

func TestR18_EachOneThingMissingKeepsThePersonHere(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	tests := map[string]string{ // what is missing, by what happens to a case that is ready
		"consent_return_organisation":   `UPDATE consents SET withdrawn_at = now() WHERE case_id = $1 AND category = 'travel' AND partner_id = '` + h.Return.Partner + `'`,
		"consent_home_country_partner":  `UPDATE consents SET valid_until = '2026-10-11', valid_from = '2026-10-01' WHERE case_id = $1 AND category = 'identity' AND partner_id = '` + h.Home.Partner + `'`,
		"risk_assessment":               `UPDATE return_checks SET result = 'not_cleared' WHERE case_id = $1 AND kind = 'risk_assessment'`,
		"needs_assessment":              `DELETE FROM return_checks WHERE case_id = $1 AND kind = 'needs_assessment'`,
		"voluntary_declaration":         `DELETE FROM return_checks WHERE case_id = $1 AND kind = 'voluntary_declaration'`,
		"booking":                       `DELETE FROM departures WHERE case_id = $1`,
		"agreed_plan":                   `DELETE FROM plan_agreements WHERE case_id = $1 AND given_by = 'self'`,
		"best_interests":                `UPDATE return_checks SET result = 'against' WHERE case_id = $1 AND kind = 'best_interests'`,
		"representative":                `UPDATE representatives SET ended_on = appointed_on WHERE case_id = $1`,
		"representative_agreed":         `DELETE FROM plan_agreements WHERE case_id = $1 AND given_by = 'representative'`,
		"escort":                        `DELETE FROM return_checks WHERE case_id = $1 AND kind = 'escort'`,
		"return_organisation_accepted":  `UPDATE handoffs SET state = 'revoked' WHERE case_id = $1 AND role = 'return_organisation'`,
		"home_country_partner_accepted": `UPDATE handoffs SET state = 'revoked' WHERE case_id = $1 AND role = 'home_country_partner'`,
	}
	follows := map[string][]string{ // consent is asked for the partner that accepted, the agreement of who is appointed
		"representative":                {"representative_agreed"},
		"return_organisation_accepted":  {"consent_return_organisation"},
		"home_country_partner_accepted": {"consent_home_country_partner"},
	}
	for what, sql := range tests {
		t.Run(what, func(t *testing.T) {
			c := h.Ready(t, housetest.Aged(14))
			h.Set(t, sql, c.ID)
			want := append([]string{what}, follows[what]...)
			if what == "agreed_plan" { // the representative's agreement is an agreement
				h.Set(t, `DELETE FROM plan_agreements WHERE case_id = $1`, c.ID)
				want = append(want, "representative_agreed")
			}
			slices.Sort(want)
			err := depart(t, h, c)
			housetest.Refused(t, err, fault.Conflict, "R18")
			if diff := cmp.Diff(want, housetest.Missing(err)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if h.State(t, c) != casefile.Accepted {
				t.Error("the person departed")
			}
		})
	}
}

func TestR18_AnEditOfThePlanClosesTheGateAgain(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Ready(t)
	must(t, second(plan.Save(t.Context(), h.DB, c.By, c.Code, plan.Reintegration, 1, c.Content(plan.Line{Key: "rent", Category: "housing", Form: "cash",
		Purpose: "x", Amount: money.DKK("1"), DueOn: h.Today(), ToldOn: h.Today()}))))
	if diff := cmp.Diff([]string{"agreed_plan", "approved_plan"}, housetest.Missing(depart(t, h, c))); diff != "" {
		t.Error(diff)
	}
}

func TestR5_Turning18EndsTheRequirementFromThatDay(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Ready(t)
	child := h.Ready(t, h.Turns18In(1))
	h.Set(t, `DELETE FROM return_checks WHERE case_id = $1 AND kind = 'guardian_in_denmark'`, child.ID)
	must(t, depart(t, h, c))
	housetest.Refused(t, depart(t, h, child), fault.Conflict, "R18")
	h.Pass(1)
	must(t, depart(t, h, child))
}

func TestR5_TheTrackDecidesWhoRepresentsAChild(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	appoint := func(c *housetest.Case, kind, municipality string) error {
		return second(casefile.Appoint(t.Context(), h.DB, h.Vault, h.Contact, c.Code, casefile.Appointment{Kind: kind, Name: "Bo", Municipality: municipality, AppointedOn: h.Today()}))
	}
	asylum, lawful, adult := h.Case(t, housetest.Aged(16)), h.Case(t, housetest.Aged(16), housetest.OnTrack(casefile.LawfulStay)), h.Case(t)
	housetest.Refused(t, appoint(asylum, "custody_holder", ""), fault.Conflict, "R5")
	housetest.Refused(t, appoint(lawful, "personal_representative", "Aarhus"), fault.Conflict, "R5")
	housetest.Refused(t, appoint(lawful, "custody_holder", ""), fault.Invalid, "")
	housetest.Refused(t, appoint(adult, "personal_representative", ""), fault.Conflict, "R5")
	must(t, appoint(asylum, "personal_representative", ""), appoint(asylum, "personal_representative", ""), appoint(lawful, "custody_holder", "Aarhus"))
	if n := h.Count(t, `SELECT count(*) FROM representatives WHERE case_id = $1 AND ended_on IS NULL`, asylum.ID); n != 1 {
		t.Errorf("%d current representatives", n)
	}
}

func TestR12_ARepresentativesNameOpensInItsOwnRowAlone(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t, housetest.Aged(16))
	for _, name := range []string{"Bo", "Else"} {
		must(t, second(casefile.Appoint(t.Context(), h.DB, h.Vault, h.Contact, c.Code, casefile.Appointment{Kind: "personal_representative", Name: name, AppointedOn: h.Today()})))
	}
	who, err := postgres.One[person.Sealed](t.Context(), h.Owner, person.FindSQL, c.Code)
	must(t, err)
	key, err := h.Vault.Key(who)
	must(t, err)
	rows, err := postgres.Collect[struct {
		ID         string
		SealedName []byte
	}](t.Context(), h.Owner, `SELECT id::text, sealed_name FROM representatives WHERE case_id = $1`, c.ID)
	must(t, err)
	for i, r := range rows {
		for j, at := range rows {
			if _, err := key.Open(r.SealedName, seal.At("representatives", "sealed_name", at.ID)); (err == nil) != (i == j) {
				t.Errorf("name %d in row %d: %v", i, j, err)
			}
		}
	}
}

func TestR19_ALateNoticeNeedsAReasonAndIsShown(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewAccepted(t)
	book := func(version int, b casefile.Booking) (casefile.Booked, error) {
		return casefile.Book(t.Context(), h.DB, h.Contact, c.Code, version, b)
	}
	onTime := casefile.Booking{PlannedOn: h.Today().AddDays(7), NotifiedOn: h.Today()} // Monday to Monday: five working days
	got, err := book(0, onTime)
	must(t, err)
	if got.Late {
		t.Error("five working days are enough")
	}
	late := casefile.Booking{PlannedOn: h.Today().AddDays(6), NotifiedOn: h.Today()}
	housetest.Refused(t, second(book(1, late)), fault.Conflict, "R19")
	housetest.Refused(t, second(book(0, onTime)), fault.Precondition, "")
	late.LateReason = "The only seat this month"
	got, err = book(1, late)
	must(t, err)
	if !got.Late || got.Version != 2 {
		t.Errorf("%+v", got)
	}
	housetest.Refused(t, second(book(1, onTime)), fault.Stale, "")
	// Whoever reads it sees why it is late, and can change it.
	housetest.Refused(t, second(casefile.ReadBooking(t.Context(), h.DB, h.Lead, h.Case(t).Code)), fault.NotFound, "")
	read, err := casefile.ReadBooking(t.Context(), h.DB, h.Lead, c.Code)
	must(t, err)
	if read != got {
		t.Errorf("read %+v, want %+v", read, got)
	}
	must(t, second(book(read.Version, onTime)))
}

func TestR19_AConfirmationIsLateAfterOneWorkingDay(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewAccepted(t)                                                           // a Monday
	b := casefile.Booking{PlannedOn: h.Today().AddDays(21), NotifiedOn: h.Today().AddDays(-3)} // Friday
	late := func(version int) bool {
		got, err := casefile.Book(t.Context(), h.DB, h.Contact, c.Code, version, b)
		must(t, err)
		if got.ConfirmBy != b.NotifiedOn.AddDays(3) {
			t.Errorf("to be confirmed by %s", got.ConfirmBy)
		}
		return got.ConfirmLate
	}
	if late(0) {
		t.Error("late on the last day for it")
	}
	h.Pass(1)
	if read, err := casefile.ReadBooking(t.Context(), h.DB, h.Contact, c.Code); err != nil || !read.ConfirmLate {
		t.Errorf("not confirmed by the day after: %+v, %v", read, err)
	}
	if b.ConfirmedOn = h.Today(); !late(1) {
		t.Error("confirmed a day too late, and it does not show")
	}
	if b.ConfirmedOn = h.Today().AddDays(-1); late(2) {
		t.Error("confirmed in time")
	}
}

func TestR19_ALateNoticeForTheDayItselfNeedsAReason(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Ready(t)
	book := func(version int, b casefile.Booking) error {
		return second(casefile.Book(t.Context(), h.DB, h.Contact, c.Code, version, b))
	}
	later := casefile.Booking{PlannedOn: h.Today().AddDays(14), NotifiedOn: h.Today().AddDays(-1)}
	must(t, book(1, later))
	if diff := cmp.Diff([]string{"booking"}, housetest.Missing(depart(t, h, c))); diff != "" {
		t.Errorf("two weeks before the day that was planned (-want +got):\n%s", diff)
	}
	later.LateReason = "A seat came free"
	must(t, book(2, later), depart(t, h, c))
}

func TestR18_AReplacedCheckMustBeTheOneThatWasRead(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	record := func(kind casefile.CheckKind, version int, result, language string) error {
		return second(casefile.RecordCheck(t.Context(), h.DB, h.Vault, h.Contact, c.Code, kind, version, casefile.CheckResult{DoneOn: h.Today(), Result: result, Language: language}))
	}
	housetest.Refused(t, record(casefile.VoluntaryDeclaration, 0, "done", ""), fault.Invalid, "")
	housetest.Refused(t, record(casefile.RiskAssessment, 0, "done", ""), fault.Invalid, "")
	must(t, record(casefile.RiskAssessment, 0, "not_cleared", ""))
	housetest.Refused(t, record(casefile.RiskAssessment, 0, "cleared", ""), fault.Precondition, "")
	must(t, record(casefile.RiskAssessment, 1, "cleared", ""))
	housetest.Refused(t, record(casefile.RiskAssessment, 1, "cleared", ""), fault.Stale, "")
	list, err := casefile.ListChecks(t.Context(), h.DB, h.Lead, c.Code)
	must(t, err)
	if len(list) != 1 || !list[0].Passes() || list[0].Version != 2 {
		t.Errorf("%+v", list)
	}
}
