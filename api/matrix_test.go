package api

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http/httptest"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"

	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/housetest/cabinet"
	"hjemvej/internal/postgres"

	"github.com/jackc/pgx/v5/pgxpool"
)

// opened is a service on a copy of the caseload, and who looks into its log.
type opened struct {
	service *Server
	owner   *pgxpool.Pool
}

func (c *caseload) open(t testing.TB) opened {
	t.Helper()
	url := c.copy(t)
	db, err := postgres.Open(t.Context(), url, c.Now)
	must(t, err)
	t.Cleanup(db.Close)
	owner, err := pgxpool.New(t.Context(), url)
	must(t, err)
	t.Cleanup(owner.Close)
	folder := t.TempDir()
	must(t, os.CopyFS(folder, os.DirFS(c.folder)))
	return opened{serviceOn(t, Config{DB: db, Vault: c.Vault, Files: cabinet.Files(t, folder), Debtor: housetest.Debtor, Auth: byName{}, Logger: slog.New(slog.DiscardHandler), RatePerSecond: 1e6, Burst: 1e6}), owner}
}

// idle are services whose test is over. To describe all operations takes longer
// than to copy a database, so a service goes from one test to the next and has
// nothing of its own but where it works.
var idle = make(chan *Server, 16)

// serviceOn is a service with every operation, for this test alone.
func serviceOn(t testing.TB, c Config) *Server {
	t.Helper()
	at := bare(c)
	s := at
	select {
	case s = <-idle:
		s.db, s.vault, s.cabinet, s.till = at.db, at.vault, at.cabinet, at.till
	default:
		s.operations()
	}
	t.Cleanup(func() {
		select {
		case idle <- s:
		default: // enough are kept
		}
	})
	return s
}

// byName lets everybody in as who they say they are: how bearers are known is
// tried elsewhere.
type byName struct{}

// Authenticate is signin.Authenticator's.
func (byName) Authenticate(_ context.Context, bearer string, _ netip.Addr) (who access.Actor, err error) {
	part := strings.Split(bearer, "~")
	if len(part) != 5 {
		return who, &fault.Error{Kind: fault.Unauthenticated}
	}
	scopes, err := strconv.Atoi(part[4])
	return access.Actor{ID: part[0], Role: access.Role(part[1]), Team: part[2], Partner: part[3], Scopes: access.ScopeSet(scopes)}, err
}

func bearerFor(who access.Actor) string {
	return strings.Join([]string{who.ID, string(who.Role), who.Team, who.Partner, strconv.Itoa(int(who.Scopes))}, "~")
}

// pathOf are the path parameters of a record; a parameter that no record knows
// fails the test.
func (m *matrix) pathOf(of whose) ids {
	m.Helper()
	stage := stageOf[m.op.id]
	var known ids
	switch of {
	case nobodys:
		known = nobody
	case crossed:
		known = maps.Clone(m.records[others][stage])
		known[m.op.records()[0]] = m.records[own][stage][m.op.records()[0]]
	default:
		known = m.records[of][stage]
	}
	path := ids{}
	for _, name := range m.op.records() {
		if path[name] = known[name]; path[name] == "" {
			m.Fatalf("the stage %q has no %s", stage, name)
		}
	}
	return path
}

// paymentOf is a payment at the operation's stage, for what names one in its body.
func (m *matrix) paymentOf(of whose) string {
	if m.records[of] == nil {
		of = own
	}
	return m.records[of][stageOf[m.op.id]]["payment_id"]
}

func (m *matrix) ask(on opened, of whose, path ids) (*httptest.ResponseRecorder, int) {
	m.Helper()
	r := m.op.request(m.T, path, map[string]string{exampleDay: m.Today().String(), examplePartner: m.Home.Partner,
		exampleReferrer: m.Referrer.Partner, exampleHandoff: m.records[own][""]["handoff_id"], examplePayment: m.paymentOf(of), exampleReport.Reference: rand.Text(),
		exampleUser: m.OtherContact.ID, exampleCode: m.records[own]["offered"]["code"],
		exampleEntry.Name: "Partner " + path["partner_id"]})
	r.Header.Set("Authorization", "Bearer "+bearerFor(m.who.Actor))
	if m.op.version {
		if v := m.versionOf(on, path); v > 0 || !m.op.versionOptional {
			r.Header.Set("If-Match", fmt.Sprintf(`"%d"`, max(v, 1)))
		}
	}
	rec := httptest.NewRecorder()
	on.service.ServeHTTP(rec, r)
	if rec.Code >= 500 {
		m.Errorf("%s, %s: %d %s", m.who.name, of, rec.Code, rec.Body)
	}
	return rec, rec.Code
}

// audit compares the audit log with what was asked: one row for each request,
// or more that say the same.
func (m *matrix) audit(on opened) {
	m.Helper()
	for _, want := range m.expected {
		var rows, like int
		err := on.owner.QueryRow(m.Context(), `SELECT count(*), count(*) FILTER (WHERE outcome = $2 AND operation = $3 AND actor_id = $4
			AND actor_role = $5 AND ($6 = '' OR case_code = $6)) FROM audit_log WHERE request_id = $1`,
			want.request, want.outcome, string(m.op.id), m.who.ID, string(m.who.Role), want.code).Scan(&rows, &like)
		must(m, err)
		if like == 0 || rows != like && !aboutTwo[m.op.id] {
			m.Errorf("%s: %d of %d audit rows say %s about %q", m.who.name, like, rows, want.outcome, want.code)
		}
	}
	m.expected = nil
}

func withoutRequest(rec *httptest.ResponseRecorder) string {
	var p map[string]any
	if json.Unmarshal(rec.Body.Bytes(), &p) != nil {
		return rec.Body.String()
	}
	delete(p, "request_id")
	return fmt.Sprint(p, rec.Header().Get("ETag"), rec.Header().Get("Content-Type"))
}

// versions are the versions that If-Match is compared with: of the first thing
// that the operation's path has.
var versions = []struct{ in, param, sql string }{
	{"{payment_id}", "payment_id", `SELECT version FROM payments WHERE id::text = $1`},
	{"{batch_id}", "batch_id", `SELECT version FROM bank_batches WHERE id::text = $1`},
	{"/account", "partner_id", `SELECT version FROM partner_accounts WHERE partner_id::text = $1`},
	{"{report_id}", "report_id", `SELECT version FROM partner_reports WHERE id::text = $1`},
	{"{handoff_id}", "handoff_id", `SELECT version FROM handoffs WHERE id::text = $1`},
	{"{incident_id}", "incident_id", `SELECT version FROM incidents WHERE id::text = $1`},
	{"{followup_id}", "followup_id", `SELECT version FROM followups WHERE id::text = $1`},
	{"{consent_id}", "consent_id", `SELECT version FROM consents WHERE id::text = $1`},
	{"{endpoint_id}", "endpoint_id", `SELECT version FROM event_endpoints WHERE id::text = $1`},
	{"{part_id}", "part_id", `SELECT version FROM identity_parts WHERE id::text = $1`},
	{"/referral", "code", `SELECT r.version FROM referrals r JOIN cases c ON c.id = r.case_id WHERE c.code = $1`},
	{"{person_id}", "person_id", `SELECT version FROM partner_people WHERE id::text = $1`},
	{"/v1/partners/{partner_id}", "partner_id", `SELECT version FROM partners WHERE id::text = $1`},
	{"/identity", "code", `SELECT p.version FROM persons p JOIN cases c ON c.person_id = p.id WHERE c.code = $1`},
	{"/plans/", "code", `SELECT v.version FROM plan_versions v JOIN cases c ON c.id = v.case_id WHERE c.code = $1 AND v.kind = 'reintegration'`},
	{"/assessments/", "code", `SELECT a.version FROM assessment_versions a JOIN cases c ON c.id = a.case_id WHERE c.code = $1 AND a.kind = 'risk'`},
	{"/checks/", "code", `SELECT k.version FROM return_checks k JOIN cases c ON c.id = k.case_id WHERE c.code = $1 AND k.kind = 'risk_assessment'`},
	{"/draft", "code", `SELECT d.version FROM survey_drafts d JOIN cases c ON c.id = d.case_id WHERE c.code = $1 AND d.kind = 'exit'`},
	{"/booking", "code", `SELECT d.version FROM departures d JOIN cases c ON c.id = d.case_id WHERE c.code = $1`},
	{"/payee", "code", `SELECT p.version FROM payees p JOIN cases c ON c.id = p.case_id WHERE c.code = $1`},
	{"{code}", "code", `SELECT version FROM cases WHERE code = $1`},
}

// versionOf is the version that a reader of the record would have got, 0 where
// there is none.
func (m *matrix) versionOf(on opened, path ids) (v int) {
	m.Helper()
	for _, thing := range versions {
		if strings.Contains(m.op.path, thing.in) {
			must(m.T, on.owner.QueryRow(m.Context(), `SELECT coalesce(max(version), 0) FROM (`+thing.sql+`) x`, path[thing.param]).Scan(&v))
			return v
		}
	}
	m.Fatalf("nothing at %s has a version", m.op.path)
	return 0
}
