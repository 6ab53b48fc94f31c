package attention_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"hjemvej/casework/attention"
	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/casework/person"
	"hjemvej/casework/plan"
	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/housetest"
	"hjemvej/partners"

	ics "github.com/arran4/golang-ical"
)

// shown is what a calendar shows to who, by its entries' ids.
func shown(t *testing.T, h *housetest.House, who access.Actor) map[string]entry {
	t.Helper()
	text, err := attention.Calendar(t.Context(), h.DB, who)
	must(t, err)
	cal, err := ics.ParseCalendar(strings.NewReader(text))
	must(t, err)
	return entries(t, cal.Events())
}

// change is how a calendar differs from what it was: "+" a day that came, "-" one
// that went, and from which to which an entry moved.
func change(before, after map[string]entry) string {
	var out []string
	for id, is := range after {
		switch was, known := before[id]; {
		case !known:
			out = append(out, "+"+is.day)
		case was.day != is.day && is.sequence > was.sequence && is.modified > was.modified:
			out = append(out, was.day+" to "+is.day)
		case was.day != is.day:
			out = append(out, was.day+" to "+is.day+", and no program sees it")
		}
	}
	for id, was := range before {
		if _, still := after[id]; !still {
			out = append(out, "-"+was.day)
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func action(due calendar.Date, state string) plan.Step {
	return plan.Step{Area: "health", What: "A doctor", Responsible: "contact_person", DueOn: due, State: state}
}

func TestR13_ADayOfAPlanThatMovesKeepsItsEntry(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewAccepted(t)
	before := shown(t, h, h.Contact)
	read, day := 0, h.Today()
	for _, step := range []struct {
		first, second, third plan.Step
		want                 string
	}{
		{action(day.AddDays(10), "open"), action(day.AddDays(10), "open"), action(day.AddDays(30), "open"), "+20261022, +20261022, +20261111"},
		{action(day.AddDays(10), "open"), action(day.AddDays(40), "open"), action(day.AddDays(30), "open"), "20261022 to 20261121"},
		{action(day.AddDays(10), "done"), action(day.AddDays(40), "open"), action(day.AddDays(30), "open"), "-20261022"},
		{action(day.AddDays(10), "done"), action(day.AddDays(40), "open"), action(day.AddDays(20), "open"), "20261111 to 20261101"},
		{action(day.AddDays(10), "done"), action(day.AddDays(40), "dropped"), action(day.AddDays(20), "done"), "-20261101, -20261121"},
	} {
		h.SetNow(h.Now().AddDate(0, 0, 1))
		_, err := plan.Save(t.Context(), h.DB, c.By, c.Code, plan.Action, read, plan.Content{Goals: []plan.Goal{
			{Goal: "To travel", Actions: []plan.Step{step.first, step.second}}, {Goal: "Nothing yet"}, {Goal: "To live", Actions: []plan.Step{step.third}}}})
		must(t, err)
		read++
		after := shown(t, h, h.Contact)
		if got := change(before, after); got != step.want {
			t.Errorf("version %d: %s, want %s", read, got, step.want)
		}
		before = after
	}
}

// What staff work towards stands in their calendars, moves in its place, and goes
// when it is over; nobody else reads it there.
func TestR36_EveryDayThatStaffWorkTowardsIsInTheirCalendar(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	period := h.Case(t)
	h.Arrived(t, housetest.Of(h.OtherContact, h.OtherLead), housetest.HandedTo(h.OtherHome))
	nothing := shown(t, h, h.OtherLead)
	var incident followup.Incident
	planned := func(due string) {
		var err error
		incident, err = followup.PlanIncident(t.Context(), h.DB, h.Vault, h.Contact, incident.ID, incident.Version, followup.IncidentPlan{Plan: "A visit", DueOn: calendar.MustParse(due)})
		must(t, err)
	}
	decide := func(days int, ground string) {
		must(t, second(casefile.Decide(t.Context(), h.DB, period.By, period.Code, casefile.Decision{DecidedOn: h.Today(), Days: days, Ground: ground, Authority: casefile.ImmigrationService})))
	}
	rent, shop := h.Line("rent", "20000"), h.Line("shop", "15000")
	rent.DueOn, shop.DueOn = calendar.MustParse("2026-12-01"), h.Today().AddMonths(12)
	for _, step := range []struct {
		what string
		do   func()
		want string
	}{
		{"an incident", func() {
			var err error
			incident, err = followup.RecordIncident(t.Context(), h.DB, h.Vault, h.Contact, c.Code, followup.NewIncident{Kind: followup.Harm, OccurredOn: h.Today(), Text: "A man"})
			must(t, err)
		}, ""},
		{"in hand", func() { planned("2026-10-29") }, "+20261029"},
		{"planned anew", func() { planned("2026-11-02") }, "20261029 to 20261102"},
		{"closed", func() {
			must(t, second(followup.CloseIncident(t.Context(), h.DB, h.Vault, h.Contact, incident.ID, incident.Version, followup.IncidentClosing{Result: "resolved", ClosedOn: h.Today()})))
		}, "-20261102"},
		{"a reflection period", func() { decide(30, "initial") }, "+20261116"},
		{"a longer one", func() { decide(20, "special_reasons") }, "20261116 to 20261206"},
		{"that is over", func() {
			must(t, second(partners.Withdraw(t.Context(), h.DB, period.By, period.Code, 0, casefile.Withdrawal{WithdrawnOn: h.Today()})))
		}, "-20261206"},
		{"consents", func() { h.Consent(t, c, h.Home, casefile.ShareHealth, casefile.ShareFamily) }, "+20271020"},
		{"other promises", func() { h.Approve(t, c, 1, rent, shop) }, "20271012 to 20261201"},
		{"a promise that is kept", func() { h.Pay(t, c, "20000", support.Received) }, "+20261105, -20261201"}, // and the check of a large payment
	} {
		was := [2]map[string]entry{shown(t, h, h.Contact), shown(t, h, h.Lead)}
		h.SetNow(h.Now().AddDate(0, 0, 1))
		step.do()
		for i, who := range []access.Actor{h.Contact, h.Lead} {
			if got := change(was[i], shown(t, h, who)); got != step.want {
				t.Errorf("%s, to a %s: %q, want %q", step.what, who.Role, got, step.want)
			}
		}
	}
	if got := change(nothing, shown(t, h, h.OtherLead)); got != "" {
		t.Errorf("another team's calendar changes: %s", got)
	}
	h.SetToday("2027-10-20")
	last := shown(t, h, h.Contact)
	h.Pass(1)
	if got := change(last, shown(t, h, h.Contact)); got != "-20271020" {
		t.Errorf("as consents run out: %s", got)
	}
}

func TestR21_R23_APartnersCalendarHasTheLastDayOfTheSupportThatItGives(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	last := func(who access.Actor) string {
		var days []string
		for e := range maps.Values(shown(t, h, who)) {
			days = append(days, e.day)
		}
		return fmt.Sprint(slices.Sorted(slices.Values(days)))
	}
	allBut(t, h, c, "")
	if got := last(h.Home); got != "[20270412]" {
		t.Errorf("the home-country partner's calendar has %s", got)
	}
	before := shown(t, h, h.Home)
	h.Pass(1)
	x, err := followup.AskExtension(t.Context(), h.DB, c.By, c.Code, followup.NewExtension{Until: calendar.MustParse("2027-06-12"), Reason: "A course"})
	must(t, err)
	must(t, second(followup.ApproveExtension(t.Context(), h.DB, h.Lead, c.Code, x.ID)))
	h.Set(t, `UPDATE followups SET state = 'dropped' WHERE state = 'open'`)
	if got := change(before, shown(t, h, h.Home)); got != "20270412 to 20270612" {
		t.Errorf("an extension: %s", got)
	}
	readOnly := h.Home
	readOnly.Scopes = access.SetOf(access.ReadHandoffs, access.FollowUp)
	for what, who := range map[string]access.Actor{"the return organisation": h.Return, "another partner": h.OtherHome, "a key that reports no support": readOnly} {
		if got := last(who); got != "[]" {
			t.Errorf("%s's calendar has %s", what, got)
		}
	}
	for what, undone := range map[string][2]string{
		"held":            {`INSERT INTO identity_parts (id, person_id, kind, sealed, do_not_contact, recorded_by) SELECT gen_random_uuid(), person_id, 'contact_point', '', true, contact_person_id FROM cases`, `UPDATE identity_parts SET do_not_contact = false WHERE do_not_contact`},
		"not shared":      {`UPDATE consents SET valid_until = '2026-10-12' WHERE category = 'support_and_payments'`, `UPDATE consents SET valid_until = '2027-10-12' WHERE category = 'support_and_payments'`},
		"not at work yet": {`UPDATE handoffs SET state = 'received'`, `UPDATE handoffs SET state = 'in_progress'`},
		"support is over": {`UPDATE cases SET state = 'exited'`, `UPDATE cases SET state = 'arrived'`},
	} {
		for _, table := range []string{"identity_parts", "consents", "handoffs", "cases"} {
			h.Set(t, `ALTER TABLE `+table+` DISABLE TRIGGER USER`)
		}
		h.Set(t, undone[0])
		if got := last(h.Home); strings.Contains(got, "20270612") {
			t.Errorf("%s: the calendar has %s", what, got)
		}
		h.Set(t, undone[1])
		if got := last(h.Home); got != "[20270612]" {
			t.Errorf("no longer %s: the calendar has %s", what, got)
		}
	}
}

func TestR10_WhatIsDoneAtADeskAboutAHoldIsDue(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Arrived(t, housetest.Reachable(person.ContactPoint{Kind: "phone", Value: "+40700000002", Whose: "self", DoNotContact: true}))
	var got []string
	for e := range maps.Values(shown(t, h, h.Contact)) {
		got = append(got, e.day)
	}
	slices.Sort(got)
	// The last day of support, and two promises and the consents for a year. No follow-up.
	if want := "[20270412 20271012 20271012 20271012]"; fmt.Sprint(got) != want {
		t.Errorf("%v, want %s; the follow-ups are due %s", got, want, h.Text(t, `SELECT string_agg(due_on::text, ' ') FROM followups WHERE case_id = $1`, c.ID))
	}
}

func TestACalendarHasEveryDayHoweverManyThereAre(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	h.Set(t, `INSERT INTO followups (case_id, kind, ref, opens_on, due_on, closes_on) SELECT $1, 'weekly', n::text, '2026-11-01', '2026-11-01', '2026-11-01' FROM generate_series(1, 2500) n`, c.ID)
	for _, who := range []access.Actor{h.Contact, h.Home} {
		if n := len(shown(t, h, who)); n < 2504 {
			t.Errorf("a %s's calendar has %d days", who.Role, n)
		}
	}
}

func TestR36_WhatIsOverIsInNoCalendar(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewAccepted(t)
	must(t, second(casefile.Decide(t.Context(), h.DB, c.By, c.Code, casefile.Decision{DecidedOn: h.Today(), Days: 30, Ground: "initial", Authority: casefile.ImmigrationService})))
	must(t, second(plan.Save(t.Context(), h.DB, c.By, c.Code, plan.Action, 0, plan.Content{Goals: []plan.Goal{{Goal: "To travel", Actions: []plan.Step{action(h.Today().AddDays(10), "open")}}}})))
	h.Consent(t, c, h.Home, casefile.ShareHealth)
	for _, table := range []string{"cases", "consents"} {
		h.Set(t, `ALTER TABLE `+table+` DISABLE TRIGGER USER`)
	}
	const again = `; UPDATE cases SET state = 'accepted', departed_on = NULL, reflection_ended_on = NULL; UPDATE consents SET withdrawn_at = NULL`
	before := shown(t, h, h.Contact)
	for sql, want := range map[string]string{
		`SELECT`: "",
		`UPDATE consents SET withdrawn_at = now()`:                        "-20271012",
		`UPDATE cases SET state = 'declined'`:                             "-20271012",
		`UPDATE cases SET reflection_ended_on = '2026-10-12'`:             "-20261111",
		`UPDATE cases SET state = 'departed', departed_on = '2026-10-12'`: "-20261022, -20261111",
		`UPDATE cases SET state = 'withdrawn'`:                            "-20261022, -20261111, -20271012",
		`UPDATE cases SET state = 'closed'`:                               "-20261022, -20261111, -20271012",
		`UPDATE cases SET state = 'joined'`:                               "-20261022, -20261111, -20271012",
		`UPDATE cases SET contact_person_id = '` + h.Colleague.ID + `'`:   "-20261022, -20261111, -20271012",
	} {
		h.Set(t, sql)
		if got := change(before, shown(t, h, h.Contact)); got != want {
			t.Errorf("%s: %s, want %s", sql, got, want)
		}
		h.Set(t, `UPDATE cases SET contact_person_id = '`+c.By.ID+`'`+again)
	}
}
