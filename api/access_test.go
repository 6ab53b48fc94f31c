package api

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"hjemvej/internal/access"
)

// TestEveryOperationReachesWhatTheTableSays asks every operation of the
// document as every role about everybody's records. The table of access decides
// what must come of it.
func TestEveryOperationReachesWhatTheTableSays(t *testing.T) {
	t.Parallel()
	c := fill(t)
	callers := c.callers(t)
	served := documented(t)
	shared := c.open(t)
	for _, rule := range access.Rules() {
		if _, ok := served[rule.Operation]; !ok && rule.Operation != byAddress {
			t.Errorf("%s has a rule and no operation", rule.Operation)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(served)) {
		t.Run(string(id), func(t *testing.T) {
			t.Parallel()
			if !access.Known(id) {
				t.Fatal("has no rule in the table of access")
			}
			for _, who := range callers {
				m := &matrix{T: t, caseload: c, op: served[id], who: who, shared: shared}
				m.everybodys()
			}
		})
	}
}

// byAddress is the one operation that no bearer asks for: its address is secret,
// and stands in no document.
const byAddress access.Operation = "read-calendar"

// caller is somebody who asks, and whose records each reach covers for them.
type caller struct {
	name string
	access.Actor
	covers map[access.Reach][]whose
}

func (c *caseload) callers(t *testing.T) []caller {
	staff := map[access.Reach][]whose{access.Own: {own}, access.Team: {own, colleagues}, access.All: {own, colleagues, others}}
	handed := map[access.Reach][]whose{access.Handed: {own, colleagues}, access.Itself: {own}, access.All: {own, colleagues, others}}
	stranger := access.Actor{ID: "00000000-0000-4000-8000-000000000214", Role: access.Partner, Partner: "00000000-0000-4000-8000-000000000204", Scopes: access.EveryScope}
	everything := map[access.Reach][]whose{access.All: {own, colleagues, others}}
	all := []caller{
		{"a contact person", c.Contact, staff}, {"a team lead", c.Lead, staff}, {"finance", c.Finance, staff}, {"a manager", c.Manager, staff},
		{"an administrator", c.Administrator, staff}, {"an auditor", c.Auditor, staff},
		{"a partner", c.Home, handed}, {"a partner's focal point", c.HomeFocalPoint, handed}, {"a partner with nothing", stranger, everything},
		{"a referring organisation", c.Referrer, everything},
	}
	for _, role := range access.Roles {
		if !slices.ContainsFunc(all, func(who caller) bool { return who.Role == role }) {
			t.Errorf("nobody asks as %s", role)
		}
	}
	return all
}

// byConsent are the operations that show a partner nothing of a case that was
// handed to it while no consent covers it (R7, R21). The others show less.
var byConsent = map[access.Operation]bool{
	"read-payment": true, "record-receipt": true, "record-case-receipt": true, "explain-delay": true, "record-attempt": true, "answer-survey": true, "read-handoff-risk": true,
	"save-survey-draft": true, "read-survey-draft": true, "answer-service-questions": true,
}

// forFocalPoints are the operations that show the partner's other keys nothing
// at all (R9).
var forFocalPoints = map[access.Operation]bool{"read-handoff-risk": true}

// ruled are the requests that a rule of the programme refuses whoever may ask.
var ruled = map[access.Operation]map[access.Role]int{
	"verify-payee": {access.TeamLead: 409},      // R27: the lead entered the payee
	"break-glass":  {access.ContactPerson: 409}, // one's own case needs no breaking

	"withdraw-extension": {access.TeamLead: 409}, // R32: the contact person asked
}

// aboutTwo are the operations that touch two cases, or do one thing and refuse
// another, and leave a row about each.
var aboutTwo = map[access.Operation]bool{"join-cases": true, "report-batch": true}

// unrecorded are the operations that look nothing up about anybody.
var unrecorded = map[access.Operation]bool{"read-me": true, "read-instrument": true, "read-service-questions": true, "print-survey-form": true, "list-plan-templates": true, "read-plan-template": true}

// matrix is one operation asked by one caller.
type matrix struct {
	*testing.T
	*caseload
	op     described
	who    caller
	shared opened

	expected []audited
}

type audited struct{ request, outcome, code string }

// everybodys asks about everybody's records: what is refused and what only
// reads on the database that all share, a change on a copy of its own.
func (m *matrix) everybodys() {
	m.Helper()
	reach := access.ReachOf(m.who.Actor, m.op.id)
	inside := m.who.covers[reach] // of None: nothing
	if len(m.op.records()) == 0 && reach != access.None {
		inside = []whose{own}
	}
	m.refusals(reach, inside)
	m.audit(m.shared)
	if len(inside) == 0 {
		return
	}
	on := m.shared
	if m.op.method != http.MethodGet {
		on = m.open(m.T)
	}
	for _, of := range inside {
		m.allowed(on, of)
	}
	m.audit(on)
}

func (m *matrix) refusals(reach access.Reach, inside []whose) {
	m.Helper()
	everybody := []whose{nobodys, own, colleagues, others}
	switch len(m.op.records()) {
	case 0:
		everybody = []whose{own}
	case 1:
	default:
		everybody = append(everybody, crossed)
	}
	want := http.StatusNotFound
	if reach == access.None {
		want = http.StatusForbidden
	}
	var none string
	for _, of := range everybody {
		if slices.Contains(inside, of) {
			continue
		}
		path := m.pathOf(of)
		rec, got := m.ask(m.shared, of, path)
		body := withoutRequest(rec)
		if of == nobodys {
			none = body
		}
		if got != want || of != crossed && len(m.op.records()) > 0 && body != none {
			m.Errorf("%s, %s: %d %s, want %d as of a record that is not there", m.who.name, of, got, rec.Body, want)
		}
		m.expected = append(m.expected, audited{rec.Header().Get("X-Request-Id"), "denied", path["code"]})
	}
}

func (m *matrix) allowed(on opened, of whose) {
	m.Helper()
	path := m.pathOf(of)
	rec, got := m.ask(on, of, path)
	request := rec.Header().Get("X-Request-Id")
	switch want := ruled[m.op.id][m.who.Role]; {
	case m.who.Role == access.Partner && (of == colleagues && byConsent[m.op.id] || forFocalPoints[m.op.id] && m.who.Actor != m.HomeFocalPoint):
		if got != http.StatusNotFound {
			m.Errorf("%s, %s: %d %s, want 404 without a consent, or for this key", m.who.name, of, got, rec.Body)
		}
		m.expected = append(m.expected, audited{request, "denied", ""})
		return
	case want != 0 && got == want:
		return
	case want != 0 && of == own || got < 200 || got > 299:
		m.Errorf("%s, %s: %d %s, want success", m.who.name, of, got, rec.Body)
		return
	}
	for _, hidden := range []whose{own, colleagues, others} {
		reach := access.ReachOf(m.who.Actor, m.op.id)
		if slices.Contains(m.who.covers[reach], hidden) || reach == access.All {
			continue
		}
		for _, at := range m.records[hidden] {
			if strings.Contains(rec.Body.String(), at["code"]) {
				m.Errorf("%s: the answer shows %s case", m.who.name, hidden)
			}
		}
	}
	if !unrecorded[m.op.id] {
		m.expected = append(m.expected, audited{request, "done", path["code"]})
	}
}
