package casefile_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
)

func TestTheDatabasesCaseMovesAreThePrograms(t *testing.T) {
	t.Parallel()
	housetest.SameMoves(t, housetest.New(t), "case", casefile.Moves)
}

func TestEveryIllegalMoveOfACaseIsRefusedByTheDatabase(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	states := []casefile.State{casefile.Identified, casefile.Offered, casefile.Accepted, casefile.Declined, casefile.Departed, casefile.Arrived,
		casefile.Exited, casefile.Closed, casefile.Withdrawn}
	for _, from := range states {
		h.Set(t, `ALTER TABLE cases DISABLE TRIGGER case_move`)
		h.Set(t, `UPDATE cases SET state = $2 WHERE id = $1`, c.ID, string(from))
		h.Set(t, `ALTER TABLE cases ENABLE TRIGGER case_move`)
		for _, to := range states {
			if from == to || slices.Contains(casefile.Moves[from], to) {
				continue
			}
			for _, who := range []access.Actor{h.Contact, h.Program} {
				_, err := h.Exec(t.Context(), who, `UPDATE cases SET state = $2 WHERE id = $1`, c.ID, string(to))
				housetest.Broken(t, err, "case_move")
			}
		}
	}
}

func TestR1_TheTrackDecidesWhoAssesses(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	for _, track := range []casefile.Track{casefile.AsylumSeeker, casefile.NoLawfulStay, casefile.LawfulStay} {
		for _, by := range []casefile.Authority{casefile.ImmigrationService, casefile.CMM} {
			in := h.Opening()
			in.Track, in.AssessedBy = track, by
			_, err := casefile.Open(t.Context(), h.DB, h.Vault, h.Contact, in)
			if by == track.Assessor() {
				must(t, err)
				continue
			}
			housetest.Refused(t, err, fault.Conflict, "R1")
		}
	}
	c := h.Case(t)
	_, err := h.Exec(t.Context(), h.Contact, `UPDATE cases SET assessed_by = 'cmm' WHERE id = $1`, c.ID)
	housetest.Broken(t, err, "case_assessing_authority")
}

func TestR2_TheOneWhoOpensIsTheContactPerson(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	in := h.Opening()
	in.SupportPerson = &casefile.SupportPerson{Reason: "Needs company", AgreedOn: h.Today()}
	opened, err := casefile.Open(t.Context(), h.DB, h.Vault, h.Contact, in)
	must(t, err)
	if opened.ContactPerson != h.Contact.ID || opened.Team != h.Contact.Team || opened.SupportPerson == nil || !access.IsCode(opened.Code) {
		t.Errorf("%+v", opened)
	}
	in.SupportPerson.AgreedOn = h.Today().AddDays(1)
	housetest.Refused(t, second(casefile.Open(t.Context(), h.DB, h.Vault, h.Contact, in)), fault.Invalid, "")
	for _, who := range append(h.Partners(), h.Lead, h.Finance, h.Manager, h.Administrator, h.Auditor) {
		housetest.Refused(t, second(casefile.Open(t.Context(), h.DB, h.Vault, who, h.Opening())), fault.Forbidden, "")
	}
}

func TestR12_ARefusedOpeningDoesNotRepeatTheBirthDate(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	in := h.Opening()
	in.Person.BirthDate = in.AssessedOn.AddDays(1)
	err := second(casefile.Open(t.Context(), h.DB, h.Vault, h.Contact, in))
	housetest.Refused(t, err, fault.Invalid, "")
	var f *fault.Error
	if !errors.As(err, &f) || len(f.Fields) != 1 || f.Fields[0].Path != "body.assessed_on" || strings.Contains(f.Fields[0].Message, in.Person.BirthDate.String()) {
		t.Errorf("%+v", f)
	}
}

func TestR12_IdentityIsSealedAndEachOpeningIsRecorded(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	if n := h.Count(t, `SELECT count(*) FROM persons WHERE position('Exemplu'::bytea IN identity) > 0 OR position('1996'::bytea IN identity) > 0`); n != 0 {
		t.Error("an identity lies open")
	}
	got, err := casefile.ReadIdentity(t.Context(), h.DB, h.Vault, h.Lead, c.Code)
	must(t, err)
	if got.FamilyName != "Exemplu" {
		t.Errorf("%+v", got)
	}
	housetest.Refused(t, second(casefile.ReadIdentity(t.Context(), h.DB, h.Vault, h.Colleague, c.Code)), fault.NotFound, "")
	housetest.Refused(t, second(casefile.ReadIdentity(t.Context(), h.DB, h.Vault, h.Finance, c.Code)), fault.Forbidden, "")
	trace := h.Text(t, `SELECT string_agg(outcome || ' ' || actor_role, ', ' ORDER BY id) FROM audit_log WHERE operation = 'read-identity'`)
	if want := "done team_lead, denied contact_person, denied finance"; trace != want {
		t.Errorf("%s, want %s", trace, want)
	}
	// Another house's master key opens nothing.
	other := housetest.On(t, h.URL)
	if _, err := casefile.ReadIdentity(t.Context(), h.DB, other.Vault, h.Lead, c.Code); fault.KindOf(err) != fault.Internal {
		t.Errorf("opened with another key: %v", err)
	}
}

func TestR3_TheReflectionPeriodKeepsItsLimits(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	decide := func(days int, ground string, by casefile.Authority) error {
		return second(casefile.Decide(t.Context(), h.DB, h.Contact, c.Code, casefile.Decision{DecidedOn: h.Today(), Days: days, Ground: ground, Authority: by}))
	}
	service := casefile.ImmigrationService
	housetest.Refused(t, decide(30, "special_reasons", service), fault.Conflict, "R3")
	housetest.Refused(t, decide(31, "initial", service), fault.Conflict, "R3")
	housetest.Refused(t, decide(30, "initial", casefile.CMM), fault.Conflict, "R3")
	errs := housetest.AtOnce(4, func(int) error { return decide(30, "initial", service) })
	if n := housetest.Succeeded(errs); n != 1 {
		t.Errorf("%d first decisions", n)
	}
	housetest.Refused(t, decide(91, "special_reasons", service), fault.Conflict, "R3")
	errs = housetest.AtOnce(6, func(int) error { return decide(40, "cooperates_on_prepared_return", service) })
	if n := housetest.Succeeded(errs); n != 2 {
		t.Errorf("%d extensions by 40 days of 90 that are left", n)
	}
	must(t, decide(10, "special_reasons", service))
	got, err := casefile.Read(t.Context(), h.DB, h.Contact, c.Code)
	must(t, err)
	if got.Reflection.LastDay != h.Today().AddDays(120) {
		t.Errorf("the last day is %s", got.Reflection.LastDay)
	}
	insert := `INSERT INTO reflection_decisions (case_id, decided_on, days, ground, authority, recorded_by) VALUES ($1, '2026-10-12', $2, $3, 'cmm', $4)`
	_, err = h.Exec(t.Context(), h.Contact, insert, c.ID, 1, "special_reasons", h.Contact.ID)
	housetest.Broken(t, err, "reflection_total_120")
	fresh := h.Case(t)
	_, err = h.Exec(t.Context(), h.Contact, insert, fresh.ID, 31, "initial", h.Contact.ID)
	housetest.Broken(t, err, "reflection_first_30")
	_, err = h.Exec(t.Context(), h.Contact, insert, fresh.ID, 30, "special_reasons", h.Contact.ID)
	housetest.Broken(t, err, "reflection_initial_first")
}

func TestR3_WarnsOnceAt14And7And1DaysAndEndsOnce(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	decided := func() *housetest.Case {
		c := h.Case(t)
		must(t, second(casefile.Decide(t.Context(), h.DB, h.Contact, c.Code, casefile.Decision{DecidedOn: h.Today(), Days: 30, Ground: "initial", Authority: casefile.ImmigrationService})))
		return c
	}
	c, withdrawn := decided(), decided() // until 11 November
	h.Set(t, `UPDATE cases SET state = 'withdrawn' WHERE id = $1`, withdrawn.ID)
	warned := func(day string, want int) {
		t.Helper()
		h.SetToday(day)
		did := make([]int, 4)
		must(t, housetest.AtOnce(4, func(i int) (err error) { did[i], err = casefile.WarnReflection(t.Context(), h.DB); return err })...)
		if got := did[0] + did[1] + did[2] + did[3]; got != want {
			t.Errorf("%s: %d letters, want %d", day, got, want)
		}
	}
	for _, step := range []struct {
		day  string
		want int
	}{{"2026-10-27", 0}, {"2026-10-28", 1}, {"2026-10-29", 0}, {"2026-11-06", 1}, {"2026-11-10", 1}, {"2026-11-11", 0}} {
		warned(step.day, step.want)
	}
	// A longer period is announced anew.
	must(t, second(casefile.Decide(t.Context(), h.DB, h.Contact, c.Code, casefile.Decision{DecidedOn: h.Today(), Days: 10, Ground: "special_reasons", Authority: casefile.ImmigrationService})))
	warned("2026-11-11", 1)
	h.SetToday("2026-11-21")
	for _, want := range []int{1, 0} { // the withdrawn one ran out
		n, err := casefile.EndReflection(t.Context(), h.DB)
		must(t, err)
		if n != want {
			t.Errorf("%d periods ended, want %d", n, want)
		}
	}
	h.SetToday("2026-12-24")
	did := make([]int, 4)
	must(t, housetest.AtOnce(4, func(i int) (err error) { did[i], err = casefile.EndReflection(t.Context(), h.DB); return err })...)
	if got := did[0] + did[1] + did[2] + did[3]; got != 1 {
		t.Errorf("%d periods ended by four sweeps, want 1", got)
	}
}

func TestStaleAndForeignChangesOfACaseAreRefused(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	offer := func(who access.Actor, version int) error {
		return second(casefile.MakeOffer(t.Context(), h.DB, who, c.Code, version, casefile.Offer{OfferedOn: h.Today(), Destination: casefile.Destination{Country: "RO", Kind: "home_country"}}))
	}
	housetest.Refused(t, offer(h.Contact, 2), fault.Stale, "")
	for _, who := range []access.Actor{h.Colleague, h.OtherContact, h.OtherLead} {
		housetest.Refused(t, offer(who, 1), fault.NotFound, "")
	}
	errs := housetest.AtOnce(4, func(int) error { return offer(h.Contact, 1) })
	if n := housetest.Succeeded(errs); n != 1 {
		t.Errorf("%d of four changes of one version succeeded", n)
	}
	answer := func(a string, on calendar.Date) error {
		return second(casefile.AnswerOffer(t.Context(), h.DB, h.Lead, c.Code, 0, casefile.Answer{Answer: a, AnsweredOn: on}))
	}
	housetest.Refused(t, answer("accepted", h.Today().AddDays(-1)), fault.Invalid, "")
	must(t, answer("declined", h.Today()))
	housetest.Refused(t, answer("accepted", h.Today()), fault.Conflict, "")
	must(t, offer(h.Contact, 0), answer("accepted", h.Today())) // offered again
}

func TestCasesAreListedByPagesToThoseWhoReachThem(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	for range 3 {
		h.Case(t)
	}
	h.Offered(t, housetest.Of(h.Colleague, h.Lead))
	h.Case(t, housetest.Of(h.OtherContact, h.OtherLead))
	for who, want := range map[access.Actor]int{h.Contact: 3, h.Colleague: 1, h.Lead: 4, h.OtherLead: 1} {
		n, f := 0, casefile.Filter{Limit: 1}
		for {
			page, next, err := casefile.List(t.Context(), h.DB, who, f)
			must(t, err)
			n += len(page)
			if f.After = next; next == "" {
				break
			}
		}
		if n != want {
			t.Errorf("%s lists %d, want %d", who.Role, n, want)
		}
	}
	offered, _, err := casefile.List(t.Context(), h.DB, h.Lead, casefile.Filter{State: casefile.Offered, Limit: 200})
	must(t, err)
	if len(offered) != 1 {
		t.Errorf("%d offered", len(offered))
	}
	housetest.Refused(t, func() error {
		_, _, err := casefile.List(t.Context(), h.DB, h.Finance, casefile.Filter{Limit: 1})
		return err
	}(), fault.Forbidden, "")
}
