package policy_test

import (
	"testing"

	"hjemvej/casework/policy"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/money"

	"github.com/google/go-cmp/cmp"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func approve(t *testing.T, h *housetest.House, who access.Actor, id string) error {
	_, err := policy.Approve(t.Context(), h.DB, who, id)
	return err
}

func on(t *testing.T, h *housetest.House, day calendar.Date) policy.Policy {
	t.Helper()
	p, err := policy.InForce(t.Context(), h.DB, h.Auditor, day)
	must(t, err)
	return p.Policy
}

func TestTheFirstPolicyIsTheRulesOwnDefaults(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	all, err := policy.List(t.Context(), h.DB, h.Contact)
	must(t, err)
	if len(all) != 1 || !all[0].InForce || all[0].ApprovedBy != "" || all[0].ProposedBy != access.Program.ID {
		t.Fatalf("%+v", all)
	}
	if diff := cmp.Diff(policy.Default(), all[0].Policy); diff != "" {
		t.Error(diff)
	}
	text, err := policy.Default().Canonical()
	must(t, err)
	if kept := h.Text(t, `SELECT content FROM policies`); kept != text {
		t.Errorf("kept as\n%s\nwant\n%s", kept, text)
	}
}

func TestAPolicyHoldsFromItsFirstDayAndTheDaysBeforeKeepTheirs(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	today := h.Today()
	h.FromTomorrow(t, func(p *policy.Policy) { p.FollowUp.LostAttempts = 5 })
	h.FromTomorrow(t, func(p *policy.Policy) { p.FollowUp.LostAttempts = 6 })
	for day, want := range map[int]int{-9000: 4, 0: 4, 1: 5, 2: 6, 300: 6} {
		if got := on(t, h, today.AddDays(day)).FollowUp.LostAttempts; got != want {
			t.Errorf("on day %d: %d, want %d", day, got, want)
		}
	}
	_, err := policy.InForce(t.Context(), h.DB, h.Auditor, calendar.MustParse("1999-12-31"))
	housetest.Refused(t, err, fault.NotFound, "")
	all, err := policy.List(t.Context(), h.DB, h.Manager)
	must(t, err)
	for i, e := range all {
		if e.InForce != (i == 0) {
			t.Errorf("%s is in force: %v", e.EffectiveFrom, e.InForce)
		}
	}
	if n := h.Count(t, `SELECT count(*) FROM audit_log WHERE operation IN ('propose-policy','approve-policy') AND outcome = 'done' AND object_id IN (SELECT id::text FROM policies)`); n != 4 {
		t.Errorf("%d of 4 changes are in the audit log", n)
	}
}

func TestWhoeverProposesAPolicyCannotApproveIt(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	p := h.Proposed(t, nil)
	housetest.Refused(t, approve(t, h, h.Administrator, p.ID), fault.Conflict, "")
	housetest.Refused(t, approve(t, h, h.Finance, p.ID), fault.Forbidden, "")
	const sql = `UPDATE policies SET approved_by = $2, approved_at = now() WHERE id = $1`
	_, err := h.Exec(t.Context(), h.Administrator, sql, p.ID, h.Administrator.ID)
	housetest.Broken(t, err, "policy_four_eyes")
	_, err = h.Exec(t.Context(), h.Administrator, sql, p.ID, h.Manager.ID)
	housetest.Broken(t, err, "policy_by_the_actor")
	for _, who := range []access.Actor{h.Program, h.Finance, h.Lead, h.Home} {
		if n, err := h.Exec(t.Context(), who, sql, p.ID, who.ID); n != 0 || err != nil {
			t.Errorf("%s reaches %d rows: %v", who.Role, n, err)
		}
	}
	must(t, approve(t, h, h.Manager, p.ID))
	housetest.Refused(t, approve(t, h, h.Manager, p.ID), fault.Conflict, "")
}

func TestTwoAtOnceApproveOneOfADay(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	second := access.Actor{ID: h.Auditor.ID, Role: access.Administrator}
	one, other := h.Proposed(t, nil), h.Proposed(t, nil)
	errs := housetest.AtOnce(12, func(i int) error {
		return approve(t, h, []access.Actor{h.Manager, second}[i%2], []string{one.ID, other.ID}[i/2%2])
	})
	if n := housetest.Succeeded(errs); n != 1 {
		t.Errorf("%d approvals", n)
	}
	for _, err := range errs {
		if err != nil {
			housetest.Refused(t, err, fault.Conflict, "")
		}
	}
}

func TestAnApprovedPolicyNeverChanges(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	p := h.Proposed(t, nil)
	for _, set := range []string{"content = '{}'", "effective_from = effective_from + 1", "proposed_by = gen_random_uuid()"} {
		_, err := h.Exec(t.Context(), h.Manager, `UPDATE policies SET `+set+` WHERE id = $1`, p.ID)
		housetest.Broken(t, err, "42501")
		_, err = h.Owner.Exec(t.Context(), `UPDATE policies SET `+set+` WHERE id = $1`, p.ID)
		housetest.Broken(t, err, "policy_is_what_was_proposed")
	}
	must(t, approve(t, h, h.Manager, p.ID))
	_, err := h.Exec(t.Context(), h.Manager, `UPDATE policies SET approved_by = NULL, approved_at = NULL WHERE id = $1`, p.ID)
	housetest.Broken(t, err, "policy_approval_is_final")
	_, err = h.Exec(t.Context(), h.Administrator, `INSERT INTO policies (effective_from, content, proposed_by, approved_by, approved_at) VALUES ('2030-01-01', '{}', $1, $2, now())`, h.Administrator.ID, h.Manager.ID)
	housetest.Broken(t, err, "42501")
	_, err = h.Exec(t.Context(), h.Administrator, `INSERT INTO policies (effective_from, content, proposed_by) VALUES ('2030-01-01', '{}', $1)`, h.Manager.ID)
	housetest.Broken(t, err, "policy_by_the_actor")
}

func TestNoPolicyReachesBack(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	for _, days := range []int{-1, 0, 800} {
		_, err := policy.Propose(t.Context(), h.DB, h.Administrator, policy.Proposal{EffectiveFrom: h.Today().AddDays(days), Policy: policy.Default()})
		if got := housetest.Missing(err); cmp.Diff([]string{"body.effective_from"}, got) != "" {
			t.Errorf("from day %d: %v", days, err)
		}
	}
	p := h.Proposed(t, nil)
	h.Pass(1)
	housetest.Refused(t, approve(t, h, h.Manager, p.ID), fault.Conflict, "")
	_, err := h.Exec(t.Context(), h.Manager, `UPDATE policies SET approved_by = $2, approved_at = now() WHERE id = $1`, p.ID, h.Manager.ID)
	housetest.Broken(t, err, "policy_from_tomorrow")
}

func TestAProposalIsRefusedWithEverythingThatIsWrong(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	in := policy.Proposal{EffectiveFrom: h.Today(), Policy: policy.Default()}
	in.Policy.FollowUp.ClosesAfter = 0
	in.Policy.Authorisation.People = []policy.PersonLimit{{UserID: h.Finance.ID, UpTo: money.DKK("1")}, {UserID: h.Contact.ID, UpTo: money.DKK("1")}}
	in.Policy.Support.CategoryCaps = map[string]money.Amount{"secret": money.DKK("1")}
	_, err := policy.Propose(t.Context(), h.DB, h.Administrator, in)
	want := []string{"body.effective_from", "body.policy.authorisation.people[1].user_id", "body.policy.follow_up.closes_after", "body.policy.support.category_caps"}
	if diff := cmp.Diff(want, housetest.Missing(err)); diff != "" {
		t.Error(diff)
	}
}

func TestWhatWasNotProposedAsAWholeIsNotApproved(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	_, err := h.Exec(t.Context(), h.Administrator, `INSERT INTO policies (effective_from, content, proposed_by) VALUES ('2027-01-01', '{"support":{}}', $1)`, h.Administrator.ID)
	must(t, err)
	id := h.Text(t, `SELECT id::text FROM policies WHERE effective_from = '2027-01-01'`)
	housetest.Refused(t, approve(t, h, h.Manager, id), fault.Conflict, "")
}
