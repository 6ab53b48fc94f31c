package plan_test

import (
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/casework/plan"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"

	"github.com/jackc/pgx/v5"
)

const kind = plan.Reintegration

// bench is an accepted case and short names for what happens to its plan.
type bench struct {
	*housetest.House
	c *housetest.Case
	t *testing.T
}

func newBench(t *testing.T) *bench {
	h, c := housetest.NewAccepted(t)
	return &bench{h, c, t}
}

func (b *bench) save(who access.Actor, read int, dkk string) error {
	_, err := plan.Save(b.t.Context(), b.DB, who, b.c.Code, kind, read, b.c.Content(b.Line("rent", dkk)))
	return err
}

func (b *bench) request(who access.Actor, read int) error {
	_, err := plan.RequestApproval(b.t.Context(), b.DB, who, b.c.Code, kind, read)
	return err
}

func (b *bench) approve(who access.Actor, read int) error {
	_, err := plan.Approve(b.t.Context(), b.DB, b.Vault, who, b.c.Code, kind, read)
	return err
}

func (b *bench) must(errs ...error) {
	b.t.Helper()
	for _, err := range errs {
		if err != nil {
			b.t.Fatal(err)
		}
	}
}

// stale fails unless err says that the plan changed since it was read (R15).
func stale(t testing.TB, err error) {
	t.Helper()
	if fault.KindOf(err) != fault.Stale {
		t.Errorf("got %v, want stale", err)
	}
}

// approved is how many versions of the case are approved.
func (b *bench) approved() int {
	b.t.Helper()
	return b.Count(b.t, `SELECT count(*) FROM plan_approvals WHERE case_id = $1 AND approved_by IS NOT NULL`, b.c.ID)
}

func TestR16_NeitherAuthorNorEditorNorRequesterApproves(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	tests := []struct {
		name            string
		authors         []access.Actor // of the versions, oldest first
		requester, last access.Actor   // last is who approves
		ok              bool
	}{
		{name: "the only author", authors: []access.Actor{h.Lead}, requester: h.Contact, last: h.Lead},
		{name: "the first author", authors: []access.Actor{h.Lead, h.Contact}, requester: h.Contact, last: h.Lead},
		{name: "the last editor", authors: []access.Actor{h.Contact, h.Lead}, requester: h.Contact, last: h.Lead},
		{name: "the requester", authors: []access.Actor{h.Contact}, requester: h.Lead, last: h.Lead},
		{name: "the author, now a team lead", authors: []access.Actor{h.Contact}, requester: h.Lead,
			last: access.Actor{ID: h.Contact.ID, Role: access.TeamLead, Team: h.Contact.Team}},
		{name: "an editor between is neither", authors: []access.Actor{h.Contact, h.Lead, h.Contact}, requester: h.Contact, last: h.Lead, ok: true},
		{name: "another person", authors: []access.Actor{h.Contact}, requester: h.Contact, last: h.Lead, ok: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := &bench{h, h.Accepted(t), t}
			for i, author := range tt.authors {
				b.must(b.save(author, i, "1000"))
			}
			b.must(b.request(tt.requester, len(tt.authors)))
			err := b.approve(tt.last, len(tt.authors))
			if tt.ok {
				b.must(err)
				return
			}
			housetest.Refused(t, err, fault.Conflict, "R16")
			if b.approved() != 0 || b.Count(t, `SELECT count(*) FROM budget_lines WHERE case_id = $1`, b.c.ID) != 0 {
				t.Error("a refused approval left something")
			}
		})
	}
}

func TestR16_ApprovalIsTheTeamLeadsOfTheCase(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.must(b.save(b.Contact, 0, "1000"), b.request(b.Contact, 1))
	for _, who := range append(b.Partners(), b.Contact, b.Colleague, b.Finance, b.Manager, b.Administrator, b.Auditor, b.Nobody) {
		housetest.Refused(t, b.approve(who, 1), fault.Forbidden, "")
	}
	housetest.Refused(t, b.approve(b.OtherLead, 1), fault.NotFound, "")
	b.must(b.approve(b.Lead, 1))
}

func TestR16_AnyEditVoidsApprovalAndRequest(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.must(b.save(b.Contact, 0, "1000"), b.request(b.Contact, 1), b.save(b.Contact, 1, "1001"))
	stale(t, b.approve(b.Lead, 1))
	housetest.Refused(t, b.approve(b.Lead, 2), fault.Conflict, "R16") // nobody asked for this one

	b.must(b.request(b.Contact, 2), b.approve(b.Lead, 2))
	// The same content again is an edit, too.
	b.must(b.save(b.Contact, 2, "1001"))
	v, err := plan.Read(t.Context(), b.DB, b.Contact, "read-plan", b.c.Code, kind, 0)
	b.must(err)
	if v.Approved() || v.Version != 3 {
		t.Errorf("version %d, approved %v", v.Version, v.Approved())
	}
	old, err := plan.Read(t.Context(), b.DB, b.Contact, "read-plan-version", b.c.Code, kind, 2)
	b.must(err)
	if !old.Approved() || old.Hash != v.Hash {
		t.Error("the approved version must stay as it was")
	}
	if got := b.Text(t, `SELECT approved_dkk::text FROM budget_lines WHERE case_id = $1`, b.c.ID); got != "1001.00" {
		t.Errorf("an edit that nobody approved changed the line to %s", got)
	}
}

func TestR16_AnApprovalIsGivenOnceAndAskedForOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.must(b.save(b.Contact, 0, "1000"), b.request(b.Contact, 1))
	housetest.Refused(t, b.request(b.Contact, 1), fault.Conflict, "R16")
	errs := housetest.AtOnce(4, func(int) error { return b.approve(b.Lead, 1) })
	if n := housetest.Succeeded(errs); n != 1 {
		t.Errorf("%d of four approvals at once succeeded", n)
	}
	for _, err := range errs {
		if err != nil {
			housetest.Refused(t, err, fault.Conflict, "R16")
		}
	}
	if got := b.Text(t, `SELECT allotted_dkk::text FROM programmes`); got != "1000.00" {
		t.Errorf("the programme allotted %s", got)
	}
}

// Whichever comes first: an approval stands only for the newest content.
func TestR16_AnEditAndAnApprovalAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for range 12 {
		b.c = b.Accepted(t)
		b.must(b.save(b.Contact, 0, "1000"), b.request(b.Contact, 1))
		errs := housetest.AtOnce(2, func(i int) error {
			if i == 0 {
				return b.approve(b.Lead, 1)
			}
			return b.save(b.Contact, 1, "2000")
		})
		b.must(errs[1]) // an edit of what is there is always possible
		if errs[0] != nil {
			stale(t, errs[0])
		}
		if want := housetest.Succeeded(errs[:1]); b.approved() != want {
			t.Errorf("%d approved, want %d", b.approved(), want)
		}
		if n := b.Count(t, `SELECT count(*) FROM plan_approvals a JOIN plan_versions v ON v.id = a.plan_version_id WHERE v.case_id = $1 AND v.version = 2`, b.c.ID); n != 0 {
			t.Error("the new version got the old one's approval")
		}
	}
}

// Both orders, held open: the second waits for the first and then sees it.
func TestR16_AnEditWaitsForAnApprovalInRawSQL(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.must(b.save(b.Contact, 0, "1000"), b.request(b.Contact, 1))
	first, second := make(chan struct{}), make(chan error, 1)
	go func() {
		<-first
		second <- b.save(b.Contact, 1, "2000")
	}()
	err := b.Raw(t.Context(), b.Lead, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), approveSQL, b.c.ID, b.Lead.ID)
		close(first)
		select {
		case passed := <-second:
			second <- passed
			t.Error("the edit passed an approval that was not finished")
		case <-b.SomebodyWaits(t):
		}
		return err
	})
	b.must(err, <-second)
}

func TestR16_AnApprovalWaitsForAnEditInRawSQL(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.must(b.save(b.Contact, 0, "1000"), b.request(b.Contact, 1))
	first, second := make(chan struct{}), make(chan error, 1)
	go func() {
		<-first
		_, err := b.Exec(t.Context(), b.Lead, approveSQL, b.c.ID, b.Lead.ID)
		second <- err
	}()
	err := b.Raw(t.Context(), b.Contact, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO plan_versions (case_id, kind, version, content, hash, saved_by)
			SELECT case_id, kind, 2, content || ' ', sha256(convert_to(content || ' ', 'UTF8')), saved_by FROM plan_versions WHERE case_id = $1`, b.c.ID)
		close(first)
		select {
		case passed := <-second:
			second <- passed
			t.Error("the approval passed an edit that was not finished")
		case <-b.SomebodyWaits(t):
		}
		return err
	})
	b.must(err)
	housetest.Broken(t, <-second, "approval_of_the_exact_content")
}

const approveSQL = `UPDATE plan_approvals a SET approved_by = $2, approved_at = now(), hash = v.hash FROM plan_versions v
	WHERE v.id = a.plan_version_id AND a.case_id = $1 AND a.approved_by IS NULL`

func TestR16_ForgedApprovalsAreRefusedByTheDatabase(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	newest := `FROM plan_versions v WHERE v.id = a.plan_version_id AND a.case_id = $1`
	tests := []struct {
		name    string
		who     access.Actor
		request bool // asked for by the contact person before
		sql     string
		rule    string
	}{
		{"in another's name", h.Contact, true, `UPDATE plan_approvals a SET approved_by = '` + h.Lead.ID + `', approved_at = now(), hash = v.hash ` + newest, "approval_by_the_actor"},
		{"by the author", h.Contact, true, `UPDATE plan_approvals a SET approved_by = '` + h.Contact.ID + `', approved_at = now(), hash = v.hash ` + newest, "approver_is_not_author"},
		{"of other content", h.Lead, true, `UPDATE plan_approvals a SET approved_by = '` + h.Lead.ID + `', approved_at = now(), hash = sha256('x') ` + newest, "approval_of_the_exact_content"},
		{"without a hash", h.Lead, true, `UPDATE plan_approvals a SET approved_by = '` + h.Lead.ID + `', approved_at = now() ` + newest, "approval_whole"},
		{"asked for by another now", h.Contact, true, `UPDATE plan_approvals a SET requested_by = '` + h.Lead.ID + `' ` + newest, "approval_is_final"},
		{"asked for in another's name", h.Lead, false, `INSERT INTO plan_approvals (plan_version_id, case_id, requested_by)
			SELECT id, case_id, '` + h.Contact.ID + `' FROM plan_versions WHERE case_id = $1`, "approval_by_the_actor"},
		{"asked for and given at once", h.Lead, false, `INSERT INTO plan_approvals (plan_version_id, case_id, requested_by, approved_by, approved_at, hash)
			SELECT id, case_id, '` + h.Contact.ID + `', '` + h.Lead.ID + `', now(), hash FROM plan_versions WHERE case_id = $1`, "approval_begins_asked"},
		{"on another case", h.Contact, false, `INSERT INTO plan_approvals (plan_version_id, case_id, requested_by)
			SELECT v.id, c.id, actor_id() FROM plan_versions v, cases c WHERE v.case_id = $1 AND c.id <> $1 LIMIT 1`, "approval_same_case"},
		{"as a version before the first author's", h.Lead, true, `INSERT INTO plan_versions (case_id, kind, version, content, hash, saved_by)
			SELECT case_id, kind, 0, content, hash, actor_id() FROM plan_versions WHERE case_id = $1`, "plan_versions_version_check"},
		{"as a version in another's name", h.Lead, true, `INSERT INTO plan_versions (case_id, kind, version, content, hash, saved_by)
			SELECT case_id, kind, 2, content, hash, saved_by FROM plan_versions WHERE case_id = $1`, "plan_saved_by_the_actor"},
		{"as a version with another's hash", h.Lead, true, `INSERT INTO plan_versions (case_id, kind, version, content, hash, saved_by)
			SELECT case_id, kind, 2, '{}', hash, actor_id() FROM plan_versions WHERE case_id = $1`, "plan_hash_of_content"},
		{"by rewriting the version", h.Contact, true, `UPDATE plan_versions SET content = '{}' WHERE case_id = $1`, "42501"},
	}
	h.Case(t) // another case, of the same contact person
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := &bench{h, h.Accepted(t), t}
			b.must(b.save(b.Contact, 0, "1000"))
			if tt.request {
				b.must(b.request(b.Contact, 1))
			}
			_, err := h.Exec(t.Context(), tt.who, tt.sql, b.c.ID)
			housetest.Broken(t, err, tt.rule)
			if b.approved() != 0 {
				t.Error("it was approved")
			}
		})
	}
}

func TestR16_TheProgramItselfCannotApprove(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.must(b.save(b.Contact, 0, "1000"), b.request(b.Contact, 1))
	_, err := b.Exec(t.Context(), b.Program, approveSQL, b.c.ID, b.Contact.ID)
	housetest.Broken(t, err, "approval_by_the_actor")
	for _, who := range []access.Actor{b.Program, b.Colleague} { // in their own name
		_, err = b.Exec(t.Context(), access.Actor{ID: who.ID, Role: access.System}, approveSQL, b.c.ID, who.ID)
		housetest.Broken(t, err, "approver_is_team_lead")
	}
	_, err = plan.Approve(t.Context(), b.DB, b.Vault, access.Program, b.c.Code, kind, 1)
	housetest.Refused(t, err, fault.Conflict, "R16")
	// An author whose settings say "system" is still the author.
	_, err = b.Exec(t.Context(), access.Actor{ID: b.Contact.ID, Role: access.System}, approveSQL, b.c.ID, b.Contact.ID)
	housetest.Broken(t, err, "approver_is_not_author")
}

func TestR15_VersionsStayAndStaleEditsAreRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	stale(t, b.save(b.Contact, 1, "1"))
	b.must(b.save(b.Contact, 0, "1"), b.save(b.Lead, 1, "2"))
	stale(t, b.save(b.Contact, 1, "3"))
	housetest.Refused(t, b.save(b.Contact, 0, "3"), fault.Precondition, "")
	errs := housetest.AtOnce(4, func(int) error { return b.save(b.Contact, 2, "4") })
	if n := housetest.Succeeded(errs); n != 1 {
		t.Errorf("%d of four edits of one version succeeded", n)
	}
	all, err := plan.List(t.Context(), b.DB, b.Lead, b.c.Code, kind)
	b.must(err)
	for i, want := range []string{"1.00", "2.00", "4.00"} {
		if len(all) != 3 || all[i].Version != i+1 || all[i].Content.Lines[0].Amount.Amount != want {
			t.Fatalf("versions: %+v", all)
		}
	}
}

func TestR17_AnAgreementBelongsToOneVersionOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.must(b.save(b.Contact, 0, "1"))
	agree := func(read int, by string, days int) error {
		_, err := plan.Agree(t.Context(), b.DB, b.Vault, b.Contact, b.c.Code, kind, read, plan.Agreement{GivenBy: by, AgreedOn: b.Today().AddDays(days), Language: "ro"})
		return err
	}
	housetest.Refused(t, agree(1, "self", 1), fault.Invalid, "")
	housetest.Refused(t, agree(1, "self", -1), fault.Invalid, "")
	housetest.Refused(t, agree(1, "representative", 0), fault.Conflict, "R5")
	b.must(agree(1, "self", 0))
	housetest.Refused(t, agree(1, "self", 0), fault.Conflict, "R17")
	b.must(b.save(b.Contact, 1, "2"))
	stale(t, agree(1, "self", 0))
	v, err := plan.Read(t.Context(), b.DB, b.Contact, "read-plan", b.c.Code, kind, 0)
	b.must(err)
	if !v.AgreedOn.IsZero() {
		t.Error("the new version has the old one's agreement")
	}
}

func TestR5_NobodyAgreedForAChildBeforeTheyWereAppointed(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	b := &bench{h, h.Case(t, housetest.Aged(16)), t}
	b.must(b.save(b.Contact, 0, "1"))
	saved := h.Today()
	h.Pass(1)
	_, err := casefile.Appoint(t.Context(), b.DB, b.Vault, b.Contact, b.c.Code, casefile.Appointment{Kind: "personal_representative", Name: "Bo", AppointedOn: h.Today()})
	b.must(err)
	agree := func(on calendar.Date) error {
		_, err := plan.Agree(t.Context(), b.DB, b.Vault, b.Contact, b.c.Code, kind, 1, plan.Agreement{GivenBy: "representative", AgreedOn: on, Language: "ro"})
		return err
	}
	housetest.Refused(t, agree(saved), fault.Conflict, "R5")
	b.must(agree(h.Today()))
}

func TestPlansOfACaseThatIsOverStayAsTheyAre(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.must(b.save(b.Contact, 0, "1"), b.request(b.Contact, 1))
	b.Set(t, `UPDATE cases SET state = 'withdrawn' WHERE id = $1`, b.c.ID)
	housetest.Refused(t, b.save(b.Contact, 1, "2"), fault.Conflict, "")
	housetest.Refused(t, b.approve(b.Lead, 1), fault.Conflict, "")
	if n := b.Count(t, `SELECT count(*) FROM budget_lines WHERE case_id = $1`, b.c.ID); n != 0 {
		t.Errorf("%d lines of money were laid for a case that is over", n)
	}
	if b.State(t, b.c) != casefile.Withdrawn {
		t.Error("the case moved")
	}
}
