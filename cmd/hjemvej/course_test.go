package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"hjemvej/api"
	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/casework/outcome"
	"hjemvej/casework/person"
	"hjemvej/casework/plan"
	"hjemvej/casework/support"
	"hjemvej/internal/audit"
	"hjemvej/internal/calendar"
	"hjemvej/internal/letter"
	"hjemvej/internal/mailbox"
	"hjemvej/internal/money"
	"hjemvej/partners"
)

// Who does the steps of the course "E".
const (
	worker = "contact_person_1"
	lead   = "team_lead"
	home   = "partner_1"
	iom    = "iom"
)

// courseE is the scenario that must always run, dated as it is written, but moved
// so that she arrived 190 days ago.
type courseE struct {
	*running
	arrival   calendar.Date
	code      string
	path      string // of the case
	son       string // the id of her son among the family
	followups map[followup.Kind]string
}

func TestTheWholeCourseOfE(t *testing.T) {
	t.Parallel()
	e := &courseE{running: startDemo(t), arrival: today().AddDays(-190)}
	quiet(t, database(t, e.dir)) // the sweeps of the start would get in her way
	before := e.funnel()
	for _, step := range []func(){e.isIdentified, e.hasTimeToReflect, e.accepts, e.cannotDepartYet, e.isPrepared, e.isPromisedSupport,
		e.isHandedOver, e.departs, e.arrives, e.getsPaid, e.isFollowed, e.ends} {
		step()
	}
	for name, n := range e.funnel() {
		if n != (outcome.Rate{N: before[name].N + 1, Of: before[name].Of + 1}) {
			t.Errorf("step %s of the report was %+v and is %+v", name, before[name], n)
		}
	}
	e.isOnRecord()
}

// day is a day as the scenario has it.
func (e *courseE) day(written string) calendar.Date {
	return e.arrival.AddDays(calendar.MustParse(written).DaysSince(calendar.MustParse("2014-10-11")))
}

func (e *courseE) isIdentified() {
	opening := j{"track": "asylum_seeker", "assessed_by": "cmm", "assessed_on": e.day("2014-07-15"),
		"person": j{"given_names": "Ilinca", "family_name": "Inventată", "birth_date": "1990-04-12", "language": "ro", "contact_points": []j{
			{"kind": "phone", "value": "+999000009901", "whose": "self", "may_call": true},
			{"kind": "messaging_app", "value": "+999000009902", "whose": "self", "may_text": true}}}}
	e.do(worker, "POST", "/v1/cases", opening, 409).by("R1")
	e.do(lead, "POST", "/v1/cases", opening, 403)
	opening["assessed_by"] = "immigration_service"
	c := got[casefile.Case](e.do(worker, "POST", "/v1/cases", opening, 201))
	e.code, e.path = c.Code, "/v1/cases/"+c.Code
	e.son = got[person.PartState](e.do(worker, "POST", e.path+"/family-members", j{"relation": "child", "given_names": "Ion"}, 201)).ID
	e.do("contact_person_3", "GET", e.path, nil, 404)
	e.do(home, "GET", e.path, nil, 403)
}

func (e *courseE) hasTimeToReflect() {
	decide := func(on string, days int, ground string, want int) answer {
		return e.do(worker, "POST", e.path+"/reflection-decisions", j{"decided_on": e.day(on), "days": days, "ground": ground, "authority": "immigration_service"}, want)
	}
	decide("2014-07-15", 31, "initial", 409).by("R3")
	decide("2014-07-15", 30, "initial", 201)
	decide("2014-08-12", 91, "cooperates_on_prepared_return", 409).by("R3")
	c := got[casefile.Case](decide("2014-08-12", 60, "cooperates_on_prepared_return", 201))
	if r := c.Reflection; r == nil || len(r.Decisions) != 2 || r.LastDay != r.StartsOn.AddDays(90) {
		e.t.Errorf("R3: her reflection period is %+v", r)
	}
}

func (e *courseE) accepts() {
	e.change(worker, "POST", e.path, "/answer", j{"answer": "accepted", "answered_on": e.day("2014-07-22")}, 409)
	e.change(worker, "POST", e.path, "/offer", j{"offered_on": e.day("2014-07-18"), "destination": j{"country": "RO", "kind": "home_country", "place": "Iași"}}, 200)
	e.want(request{actor: worker, method: "POST", path: e.path + "/answer", match: `"1"`, body: j{"answer": "accepted", "answered_on": e.day("2014-07-22")}}, 412)
	e.change(worker, "POST", e.path, "/answer", j{"answer": "accepted", "answered_on": e.day("2014-07-22")}, 200)
	e.do(worker, "PUT", e.path+"/plans/action", j{"goals": []j{{"goal": "Feel well enough to travel", "actions": []j{
		e.action("health", "Health care"), e.action("psychosocial_counselling", "Six hours with a psychologist"),
		e.action("internship", "A short internship"), e.action("accommodation", "Protected stay at a crisis centre")}}}}, 200)
}

func (e *courseE) action(area, what string) j {
	return j{"area": area, "what": what, "responsible": "contact_person", "due_on": e.day("2014-09-15"), "state": "open"}
}

func (e *courseE) cannotDepartYet() {
	missing := e.change(worker, "POST", e.path, "/departure", j{"departed_on": e.day("2014-10-10")}, 409).by("R18")
	want := []string{"voluntary_declaration", "consent_return_organisation", "consent_home_country_partner", "risk_assessment", "needs_assessment",
		"approved_plan", "agreed_plan", "return_organisation_accepted", "home_country_partner_accepted", "booking"}
	if !slices.Equal(missing, want) {
		e.t.Errorf("R18: missing are %v, want %v", missing, want)
	}
}

func (e *courseE) isPrepared() {
	shared := map[string][]string{iom: {"identity", "travel", "contact"},
		home: {"identity", "travel", "contact", "housing_and_livelihood", "support_and_payments", "follow_up"}}
	for partner, categories := range shared {
		e.do(worker, "POST", e.path+"/consents", j{"partner_id": e.Partner[partner], "categories": categories, "purpose": "reception", "given_by": "self",
			"language": "ro", "valid_from": e.day("2014-08-26"), "valid_until": e.day("2015-08-26")}, 201)
	}
	for kind, result := range map[string]string{"voluntary_declaration": "done", "risk_assessment": "cleared", "needs_assessment": "done"} {
		e.do(worker, "PUT", e.path+"/checks/"+kind, j{"done_on": e.day("2014-08-26"), "result": result, "language": "ro"}, 200)
	}
}

// promised is what E was promised: 41,700 kroner.
var promised = []struct{ key, category, form, purpose, amount string }{
	{"rent", "housing", "in_kind", "Six monthly rents", "12000.00"},
	{"sewing", "small_business", "in_kind", "Sewing machine and cloth, in two instalments", "15000.00"},
	{"course", "education", "in_kind", "Tailoring course", "6000.00"},
	{"food", "food", "cash", "Food, monthly", "4800.00"},
	{"school", "school_fees", "in_kind", "School fees for the son", "2400.00"},
	{"pocket_money", "pocket_money", "cash", "At the arrival", "1500.00"},
}

func (e *courseE) lines(purpose string) j {
	var lines []j
	for _, p := range promised {
		line := j{"key": p.key, "category": p.category, "form": p.form, "purpose": p.purpose + purpose, "amount": j{"amount": p.amount, "currency": "DKK"},
			"partner_id": e.Partner[home], "due_on": e.day("2014-11-30"), "told_on": e.day("2014-08-28")}
		if p.category == "school_fees" {
			line["child_id"] = e.son // R24
		}
		lines = append(lines, line)
	}
	return j{"lines": lines}
}

func (e *courseE) isPromisedSupport() {
	reintegration := e.path + "/plans/reintegration"
	approve := func(who string, want int) answer {
		return e.change(who, "POST", reintegration, "/approval", nil, want)
	}
	agree := j{"given_by": "self", "agreed_on": today(), "language": "ro"}
	e.do(worker, "PUT", reintegration, e.lines(""), 200)
	approve(lead, 409).by("R16") // nobody asked
	e.change(worker, "POST", reintegration, "/approval-request", nil, 200)
	approve(worker, 403)
	e.change(worker, "POST", reintegration, "/agreements", agree, 200)
	approve(lead, 200)

	e.change(lead, "PUT", reintegration, "", e.lines(", as spoken of"), 200) // voids the approval
	if v := got[plan.Version](e.do(worker, "GET", reintegration, nil, 200)); v.Version != 2 || v.ApprovedBy != "" {
		e.t.Errorf("R16: after the edit the plan is %+v", v)
	}
	if missing := e.missing(); !slices.Contains(missing, "approved_plan") || !slices.Contains(missing, "agreed_plan") {
		e.t.Errorf("R16: after the edit only %v is missing", missing)
	}
	e.change(worker, "POST", reintegration, "/approval-request", nil, 200)
	approve(lead, 409).by("R16") // its author

	e.change(worker, "PUT", reintegration, "", e.lines(""), 200)
	e.change(worker, "POST", reintegration, "/agreements", agree, 200)
	e.change(worker, "POST", reintegration, "/approval-request", nil, 200)
	e.want(request{actor: "team_lead_2", method: "POST", path: reintegration + "/approval", match: `"3"`}, 404)
	approve(lead, 200)
	b := got[support.Budget](e.do(worker, "GET", e.path+"/budget", nil, 200))
	if b.Approved != money.DKK("41700.00") || b.PocketMoney != money.DKK("1500.00") {
		e.t.Errorf("R25: approved are %s, of which pocket money %s", b.Approved, b.PocketMoney)
	}
}

func (e *courseE) missing() (what []string) {
	for _, m := range got[[]casefile.Missing](e.do(worker, "GET", e.path+"/departure-gate", nil, 200)) {
		what = append(what, m.What)
	}
	return what
}

func (e *courseE) isHandedOver() {
	withheld := map[string]string{iom: "[health family housing_and_livelihood risk support_and_payments follow_up]", home: "[health family risk]"}
	for partner, want := range withheld {
		h := "/v1/handoffs/" + e.do(worker, "POST", e.path+"/handoffs", j{"partner_id": e.Partner[partner], "note": "A direct flight is best."}, 201).id()
		e.do("partner_2", "GET", h, nil, 404)
		e.change(partner, "POST", h, "/receipt", nil, 200)
		e.change(partner, "POST", h, "/answer", j{"answer": "accepted"}, 200)
		d := got[partners.Document](e.do(partner, "GET", h, nil, 200))
		if fmt.Sprint(d.Withheld) != want || d.Identity == nil || d.Identity.GivenNames != "Ilinca" || d.Travel == nil || d.Travel.Place != "Iași" || len(d.Contact) != 2 {
			e.t.Errorf("R21: %s reads %+v", partner, d)
		}
	}
}

func (e *courseE) departs() {
	if m := e.missing(); !slices.Equal(m, []string{"booking"}) {
		e.t.Errorf("R18: before the booking %v is missing", m)
	}
	b := got[casefile.Booked](e.do(worker, "PUT", e.path+"/booking", j{"planned_on": e.day("2014-10-10"), "notified_on": e.day("2014-09-25"), "confirmed_on": e.day("2014-09-26")}, 200))
	if b.Late || len(e.missing()) > 0 {
		e.t.Errorf("R19: the booking is %+v, and %v is missing", b, e.missing())
	}
	e.do(home, "POST", e.path+"/arrivals", j{"arrived_on": e.arrival}, 409).by("R22")
	e.change(worker, "POST", e.path, "/departure", j{"departed_on": e.day("2014-10-10")}, 200)
}

func (e *courseE) arrives() {
	e.do("partner_2", "POST", e.path+"/arrivals", j{"arrived_on": e.arrival}, 404)
	e.do(home, "POST", e.path+"/arrivals", j{"arrived_on": e.arrival}, 201)
	c := got[casefile.Case](e.do(worker, "GET", e.path, nil, 200))
	if c.State != casefile.Arrived || c.ArrivedOn != e.arrival || c.LastDay != e.arrival.AddMonths(6) {
		e.t.Errorf("R23: arrived on %s with %s as the last day; the case is %s", c.ArrivedOn, c.LastDay, c.State)
	}
	if n := len(e.slots()); n != 4 {
		e.t.Errorf("R31: %d follow-ups", n)
	}
}

func (e *courseE) slots() map[followup.Kind]string {
	e.followups = map[followup.Kind]string{}
	for _, f := range got[[]followup.Followup](e.do(worker, "GET", e.path+"/followups", nil, 200)) {
		e.followups[f.Kind] = f.ID
	}
	return e.followups
}

// given is what E was given, in lei at 1.69 kroner, so many days after her arrival.
var given = []struct {
	line, form, lei string
	days            []int
}{
	{"rent", "in_kind", "1183.43", []int{3, 33, 63, 93, 123, 153}},
	{"sewing", "in_kind", "7100.59", []int{24}}, {"sewing", "in_kind", "1775.14", []int{75}},
	{"course", "in_kind", "3550.29", []int{40}},
	{"food", "cash", "473.37", []int{4, 34, 64, 94, 124, 154}},
	{"school", "in_kind", "1420.11", []int{20}},
	{"pocket_money", "cash", "887.57", []int{1}},
}

func (e *courseE) getsPaid() {
	verified := false
	for _, g := range given {
		for _, after := range g.days {
			p := "/v1/payments/" + e.plan(g.line, g.form, g.lei, after, 201).id()
			e.change(worker, "POST", p, "/authorisation", nil, 403)
			if g.form == "cash" && !verified {
				e.change("finance", "POST", p, "/authorisation", nil, 409).by("R27") // no payee yet
				e.do(worker, "PUT", e.path+"/payee", j{"kind": "iban", "number": "RO49AAAA1B31007593840000", "holder": "Ilinca Inventată", "came_over": "visit"}, 200)
				e.change("finance", "POST", p, "/authorisation", nil, 409).by("R27") // on hold
				e.change(worker, "POST", e.path+"/payee", "/verification", j{"over": "call"}, 409).by("R27")
				e.change(lead, "POST", e.path+"/payee", "/verification", j{"over": "call"}, 200)
				verified = true
			}
			e.change("finance", "POST", p, "/authorisation", nil, 200)
			e.change("finance", "POST", p, "/dispatch", j{"sent_on": e.arrival.AddDays(after)}, 200)
			r := got[support.Payment](e.change(home, "POST", p, "/receipts", j{"kind": "receipt", "received_on": e.arrival.AddDays(after + 1)}, 200))
			if r.State != support.Received || r.Amount.Currency != "RON" || r.Rate != "1.69" {
				e.t.Errorf("R28: the payment is %+v", r)
			}
		}
	}
	e.plan("rent", "in_kind", "1.00", 160, 409).by("R25")
	e.plan("rent", "in_kind", "1.00", 191, 409).by("R23")
	b := got[support.Budget](e.do("finance", "GET", e.path+"/budget", nil, 200))
	for _, l := range b.Lines {
		if short, err := l.Approved.Sub(l.Delivered); err != nil || short != money.DKK("0.00") && short != money.DKK("0.01") {
			e.t.Errorf("R30: line %s is short by %s", l.Key, short)
		}
	}
}

func (e *courseE) plan(line, form, lei string, after, want int) answer {
	return e.do(worker, "POST", e.path+"/payments", j{"line": line, "form": form, "amount": j{"amount": lei, "currency": "RON"},
		"rate_on": e.arrival.AddDays(min(after, 189)), "planned_for": e.arrival.AddDays(after)}, want)
}

func (e *courseE) isFollowed() {
	e.slots()
	e.attempt(home, followup.ArrivalContact, e.day("2014-10-20"), "visit", "reached_safe", "done")
	e.attempt(worker, followup.Month1, e.day("2014-11-10"), "call", "reached_safe", "done")
	e.attempt(home, followup.PaymentCheck, e.arrival.AddDays(38), "visit", "reached_safe", "done")
	month3 := e.arrival.AddMonths(3)
	e.attempt(worker, followup.Month3, month3.AddDays(-3), "call", "no_answer", "open")
	e.attempt(worker, followup.Month3, month3.AddDays(-1), "call", "third_party", "open")
	e.attempt(worker, followup.Month3, month3.AddDays(2), "messaging_app", "reached_safe", "done")
	e.attempt(worker, followup.Exit, e.arrival.AddMonths(6).AddDays(-2), "call", "reached_safe", "done")
	e.answersTheSurvey(month3)
	if letters := e.heard(e.code); len(letters) > 0 {
		sayNothing(e.t, letters, "Ilinca", "Inventat", "Iași", "99900000")
	}
}

func (e *courseE) attempt(who string, kind followup.Kind, on calendar.Date, channel, came string, want string) {
	f := got[followup.Followup](e.do(who, "POST", "/v1/followups/"+e.followups[kind]+"/attempts", j{"made_on": on, "channel": channel, "outcome": came}, 201))
	if f.State != want {
		e.t.Errorf("R33: after %s the %s is %s, want %s", came, kind, f.State, want)
	}
}

// answersTheSurvey takes the golden sample as the baseline and better answers
// later.
func (e *courseE) answersTheSurvey(month3 calendar.Date) {
	text, err := os.ReadFile("../../demo/baseline_e.json")
	must(e.t, err)
	var golden struct {
		Choices map[string]string `json:"choices"`
		Reasons []string          `json:"reasons_to_leave,omitempty"`
	}
	must(e.t, json.Unmarshal(text, &golden))
	take := func(kind string, on calendar.Date) followup.Survey {
		return got[followup.Survey](e.do(worker, "POST", e.path+"/surveys", j{"kind": kind, "answered_on": on, "answers": golden, "interviewer": "contact_person", "interpreter_helped": false, "mode": "call", "language": "ro", "interviewer_gives_support": false}, 201))
	}
	s := take("baseline", e.day("2014-11-10"))
	if got := fmt.Sprintf("%s %s %s %s %s %d", s.Economic, s.Social, s.Psychosocial, s.Composite, s.Level, len(s.Alerts)); got != "0.6350 0.7450 0.2625 0.5150 intensified 4" {
		e.t.Errorf("R37: the golden sample scores %s", got)
	}
	m, err := letter.Compose(letter.Letter{Kind: letter.SurveyAlert, Language: "da", CaseCode: e.code, Link: e.BaseURL + e.path})
	must(e.t, err)
	until(e.t, "the alert's letter arrives (R37)", func() bool {
		return slices.ContainsFunc(e.heard(e.code), func(l mailbox.Letter) bool { return l.Subject == m.Subject && strings.Contains(l.Body, e.path) })
	})
	golden.Choices["able_to_stay"], golden.Choices["physical_safety"], golden.Choices["distress"], golden.Reasons = "yes", "safe", "rarely", nil
	take("month_3", month3.AddDays(2))
	golden.Choices["wants_psychological_support"], golden.Choices["belonging"], golden.Choices["support_network"] = "no", "agree", "good"
	if s := take("exit", e.arrival.AddMonths(6).AddDays(-2)); len(s.Alerts) > 0 || s.Psychosocial <= 5000 {
		e.t.Errorf("R37: at the exit she is at %s with alerts %v", s.Psychosocial, s.Alerts)
	}
}

// heard are the letters about a case.
func (d *running) heard(code string) (about []mailbox.Letter) {
	for _, l := range lettersIn(d.t, d.dir) {
		if strings.Contains(l.Subject, code) {
			about = append(about, l)
		}
	}
	return about
}

func (e *courseE) ends() {
	last := e.arrival.AddMonths(6)
	e.change(worker, "POST", e.path, "/closing", j{"closed_on": today()}, 409)
	e.change(worker, "POST", e.path, "/exit", j{"outcome": "lost", "exited_on": last}, 409).by("R35")
	e.change(worker, "POST", e.path, "/exit", j{"outcome": "reached", "exited_on": last.AddDays(2)}, 200)
	open := e.do(worker, "POST", e.path+"/payments", j{"line": "course", "form": "in_kind", "amount": j{"amount": "0.01", "currency": "DKK"}, "planned_for": last}, 201)
	if left := e.change(worker, "POST", e.path, "/closing", j{"closed_on": today()}, 409).by("R26"); len(left) != 3 { // and two surveys that alarmed
		e.t.Errorf("what is left before the close is %v", left)
	}
	for _, n := range got[[]casefile.Concern](e.do(worker, "GET", e.path+"/concerns", nil, 200)) {
		e.do(worker, "POST", "/v1/concerns/"+n.ID+"/acknowledgement", j{"done": "She talks with a counsellor each week."}, 201)
	}
	e.change(worker, "POST", "/v1/payments/"+open.id(), "/cancellation", j{"reason": "It was not needed"}, 200)
	e.change(worker, "POST", e.path, "/closing", j{"closed_on": today()}, 200)
	c := got[casefile.Case](e.do(worker, "GET", e.path, nil, 200))
	if c.State != casefile.Closed || c.ExitOutcome != "reached" {
		e.t.Errorf("at the end the case is %s, and she %s", c.State, c.ExitOutcome)
	}
	e.change(worker, "POST", e.path, "/withdrawal", j{"withdrawn_on": today()}, 409)
}

// funnel is the manager's report, step by step.
func (d *running) funnel() map[string]outcome.Rate {
	r := got[outcome.Report](d.do("manager", "GET", fmt.Sprintf("/v1/reports/outcome?from=%s&to=%s", today().AddDays(-500), today()), nil, 200))
	out := map[string]outcome.Rate{"reached": r.Reached, "first contact": {N: r.FirstContact.N, Of: r.FirstContact.Of}, "first support": {N: r.FirstSupport.N, Of: r.FirstSupport.Of}}
	for _, s := range r.Funnel {
		out[s.Step] = outcome.Rate{N: s.N, Of: s.Of}
	}
	return out
}

// isOnRecord has the auditor, who reads no case, find who did what.
func (e *courseE) isOnRecord() {
	e.do("auditor", "GET", e.path, nil, 403)
	e.do("manager", "GET", "/v1/audit", nil, 403)
	seen := map[string]int{}
	for cursor := ""; ; {
		p := got[api.Page[audit.Entry]](e.do("auditor", "GET", "/v1/audit?limit=50&case="+e.code+cursor, nil, 200))
		for _, row := range p.Items {
			seen[row.Outcome+" "+row.Operation+" "+row.ActorRole]++
		}
		if p.NextCursor == "" {
			break
		}
		cursor = "&cursor=" + p.NextCursor
	}
	for row, n := range map[string]int{
		"done open-case contact_person": 1, "done record-reflection-decision contact_person": 2, "done give-consent contact_person": 2,
		"done save-plan contact_person": 3, "done save-plan team_lead": 1, "done approve-plan team_lead": 2, "denied approve-plan contact_person": 1,
		"denied read-case contact_person": 1, "done answer-handoff partner": 2, "denied confirm-arrival partner": 1, "done confirm-arrival partner": 1,
		"done depart contact_person": 1, "done plan-payment contact_person": 18, "done authorise-payment finance": 17, "done send-payment finance": 17,
		"done record-receipt partner": 17, "done record-attempt partner": 2, "done record-attempt contact_person": 5, "done answer-survey contact_person": 3,
		"done record-exit contact_person": 1, "done close-case contact_person": 1,
	} {
		if seen[row] < n {
			e.t.Errorf("the auditor finds %d times %q, want %d: %v", seen[row], row, n, seen)
		}
	}
}

func TestAWithdrawalEndsWhatWasUnderWay(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	before := d.funnel()
	c := got[casefile.Case](d.do(worker, "POST", "/v1/cases", j{"track": "lawful_stay", "assessed_by": "cmm", "assessed_on": today().AddDays(-40),
		"person": j{"given_names": "Ilinca", "family_name": "Inventată", "birth_date": "1990-04-12", "language": "ro"}}, 201))
	path := "/v1/cases/" + c.Code
	d.change(worker, "POST", path, "/offer", j{"offered_on": today().AddDays(-30), "destination": j{"country": "RO", "kind": "home_country"}}, 200)
	d.change(worker, "POST", path, "/answer", j{"answer": "accepted", "answered_on": today().AddDays(-20)}, 200)
	h := "/v1/handoffs/" + d.do(worker, "POST", path+"/handoffs", j{"partner_id": d.Partner[home]}, 201).id()
	d.change(home, "POST", h, "/receipt", nil, 200)
	d.change(worker, "POST", path, "/withdrawal", j{"withdrawn_on": today()}, 200)
	d.do(home, "GET", h, nil, 404)
	for _, of := range got[[]partners.Handoff](d.do(worker, "GET", path+"/handoffs", nil, 200)) {
		if of.State != partners.Revoked {
			t.Errorf("R20: after the withdrawal the hand-off is %s", of.State)
		}
	}
	d.change(worker, "POST", path, "/departure", j{"departed_on": today()}, 409)
	d.change(worker, "POST", path, "/withdrawal", j{"withdrawn_on": today()}, 409)
	d.change(worker, "POST", path, "/closing", j{"closed_on": today()}, 200)
	for name, n := range d.funnel() {
		more := map[string]int{"opened": 1, "offered": 1, "accepted": 1}[name]
		if n.N != before[name].N+more {
			t.Errorf("step %s of the report was %+v and is %+v", name, before[name], n)
		}
	}
	sayNothing(t, d.heard(c.Code), "Ilinca", "Inventat")
}
