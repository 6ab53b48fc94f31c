package followup_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hjemvej/casework/followup"
	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/outbox"

	"pgregory.net/rapid"
)

// asks asks for an extension until a day.
func asks(t *testing.T, h *housetest.House, who access.Actor, c *housetest.Case, until string) followup.Extended {
	t.Helper()
	e, err := followup.AskExtension(t.Context(), h.DB, who, c.Code, followup.NewExtension{Until: day(until), Reason: "The training ends then"})
	must(t, err)
	return e
}

func approve(t *testing.T, h *housetest.House, c *housetest.Case, e followup.Extended) error {
	return second(followup.ApproveExtension(t.Context(), h.DB, h.Lead, c.Code, e.ID))
}

func refuse(t *testing.T, h *housetest.House, who access.Actor, c *housetest.Case, e followup.Extended) error {
	return second(followup.RefuseExtension(t.Context(), h.DB, who, c.Code, e.ID, followup.Refusal{Reason: "It is paid for already"}))
}

// needed reports whether the one letter of a kind is still needed.
func needed(t *testing.T, h *housetest.House, kind string) bool {
	t.Helper()
	w, err := outbox.Find(t.Context(), h.DB, h.Text(t, `SELECT id::text FROM letters WHERE kind = $1`, kind))
	must(t, err)
	return w.Needed
}

func TestR32_AnExtensionThatIsAskedForIsPutToWhoeverMayApprove(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	e := asks(t, h, h.Contact, c, "2027-09-30")
	if got := tellsOf(t, h, "extension_asked"); e.State != followup.ExtensionAsked || got != "03" || !needed(t, h, "extension_asked") {
		t.Errorf("%s, told %q", e.State, got)
	}
	must(t, second(followup.WithdrawExtension(t.Context(), h.DB, h.Contact, c.Code, e.ID)))
	if needed(t, h, "extension_asked") {
		t.Error("it is taken back, and the leads are still told")
	}
	h.Set(t, `DELETE FROM letters`)
	asks(t, h, h.Lead, c, "2027-09-30")
	if got := tellsOf(t, h, "extension_asked"); got != "09" { // who can name another lead
		t.Errorf("the only lead asked, and told is %q", got)
	}
}

func TestR32_R36_AnExtensionThatNobodyDecidesIsRememberedOnceOnEachDay(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t) // until 12 April 2027
	e := asks(t, h, h.Contact, c, "2027-09-30")
	expectSwept(t, h, followup.RemindExtensions, map[string]int{"2027-03-29": 1, "2027-04-05": 1, "2027-04-11": 1, "2027-04-13": 1, "2027-04-19": 1, "2027-04-25": 1, "2027-04-27": 2},
		"2027-03-28", "2027-03-29", "2027-03-30", "2027-04-05", "2027-04-11", "2027-04-12", "2027-04-13", "2027-04-19", "2027-04-25", "2027-04-26", "2027-04-27", "2027-05-10")
	if got := tellsOf(t, h, "extension_waits"); got != "03 03 03 03 03 03" {
		t.Errorf("reminded %q", got)
	}
	if got := tellsOf(t, h, "extension_lapsed"); got != "01 03" {
		t.Errorf("told that it lapsed: %q", got)
	}
	list, err := followup.ListExtensions(t.Context(), h.DB, h.Contact, c.Code)
	must(t, err)
	if list[0].State != followup.ExtensionLapsed || list[0].EndedAt == nil || list[0].EndedBy != "" {
		t.Errorf("%+v", list)
	}
	housetest.Refused(t, approve(t, h, c, e), fault.Conflict, "R32")
}

func TestR32_AnExtensionFallsAwayWithTheExitAndIsToldOnce(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	asks(t, h, h.Contact, c, "2027-09-30")
	must(t, second(followup.RecordExit(t.Context(), h.DB, h.Contact, c.Code, 0, followup.ExitReview{Outcome: followup.ReMigrated, ExitedOn: h.Today()})))
	if needed(t, h, "extension_asked") {
		t.Error("the leads are still asked to decide")
	}
	expectSwept(t, h, followup.RemindExtensions, map[string]int{"2026-10-12": 2}, "2026-10-12", "2026-10-13")
}

func TestR32_AReminderOfAnExtensionComesAfterItWasAskedFor(t *testing.T) {
	t.Parallel()
	last := day("2027-04-12")
	rapid.Check(t, func(t *rapid.T) {
		asked := last.AddDays(-rapid.IntRange(0, 60).Draw(t, "asked"))
		today := asked.AddDays(rapid.IntRange(0, 90).Draw(t, "today"))
		step, ok := followup.ExtensionReminder(asked, last, today)
		if on := last.AddDays(step); ok && (!on.After(asked) || on.After(today)) {
			t.Fatalf("asked on %s, on %s: the one of %s", asked, today, on)
		}
		if next, still := followup.ExtensionReminder(asked, last, today.AddDays(1)); ok && (!still || next < step) {
			t.Fatalf("%d comes after %d", next, step)
		}
	})
}

func TestR32_AnExtensionIsRefusedWithAReasonAndWhoeverAskedIsTold(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	own := asks(t, h, h.Lead, c, "2027-09-30")
	housetest.Refused(t, refuse(t, h, h.Lead, c, own), fault.Conflict, "R32")
	housetest.Refused(t, refuse(t, h, h.Contact, c, own), fault.Forbidden, "")
	must(t, second(followup.WithdrawExtension(t.Context(), h.DB, h.Contact, c.Code, own.ID)))
	h.Set(t, `DELETE FROM letters`)
	e := asks(t, h, h.Contact, c, "2027-09-30")
	must(t, refuse(t, h, h.Lead, c, e))
	if got := tellsOf(t, h, "extension_decided"); got != "01" || !needed(t, h, "extension_decided") {
		t.Errorf("told %q", got)
	}
	list, err := followup.ListExtensions(t.Context(), h.DB, h.Contact, c.Code)
	must(t, err)
	refused := slices.IndexFunc(list, func(x followup.Extended) bool { return x.ID == e.ID }) // both were asked for at one moment
	if got := list[refused]; got.State != followup.ExtensionRefused || got.EndedBy != h.Lead.ID || got.Refusal == "" {
		t.Errorf("%+v", got)
	}
	for _, again := range []error{approve(t, h, c, e), refuse(t, h, h.Lead, c, e), second(followup.WithdrawExtension(t.Context(), h.DB, h.Contact, c.Code, e.ID))} {
		housetest.Refused(t, again, fault.Conflict, "R32")
	}
	if got := h.Text(t, `SELECT last_day::text FROM cases WHERE id = $1`, c.ID); got != "2027-04-12" {
		t.Errorf("refused, and the last day is %s", got)
	}
}

func TestR32_NoSQLDecidesAnExtensionOtherwise(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	asks(t, h, h.Lead, c, "2027-09-30")
	end := func(as string) string {
		return `UPDATE extensions SET ended_as = '` + as + `', ended_by = actor_id(), ended_at = now()` + map[bool]string{true: `, refusal = 'x'`}[as == "refused"]
	}
	for _, x := range []struct {
		who       access.Actor
		sql, rule string
	}{
		{h.Contact, end("refused"), "extension_approver_is_team_lead"},
		{h.Lead, end("refused"), "extension_four_eyes"},
		{h.Lead, `UPDATE extensions SET ended_as = 'refused', ended_by = actor_id(), ended_at = now()`, "extension_four_eyes"},
		{h.Contact, `UPDATE extensions SET ended_as = 'lapsed', ended_at = now()`, "extension_lapses_with_support"},
		{h.Program, `UPDATE extensions SET ended_as = 'superseded', ended_at = now()`, "extension_lapses_with_support"},
		{h.Program, end("withdrawn"), "extension_withdrawn_by_asker"},
		{h.Contact, `INSERT INTO extensions (case_id, until, reason, asked_by) SELECT case_id, until, reason, actor_id() FROM extensions`, "extension_pending_once"},
	} {
		housetest.Broken(t, second(h.Exec(t.Context(), x.who, x.sql)), x.rule)
	}
	must(t, second(h.Exec(t.Context(), h.Lead, end("withdrawn"))))
	housetest.Broken(t, second(h.Exec(t.Context(), h.Lead, `UPDATE extensions SET approved_by = actor_id(), approved_at = now()`)), "extension_approval_is_final")
	_, err := h.Owner.Exec(t.Context(), `UPDATE extensions SET until = until + 1`)
	housetest.Broken(t, err, "extension_is_what_was_asked")
}

func TestR32_OneExtensionOfACaseWaitsAtATime(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	ask := func(int) error { return second(followup.AskExtension(t.Context(), h.DB, h.Contact, c.Code, longer)) }
	errs := housetest.AtOnce(3, ask)
	if n := housetest.Succeeded(errs); n != 1 {
		t.Errorf("%d wait", n)
	}
	for _, err := range errs {
		if err != nil {
			housetest.Refused(t, err, fault.Conflict, "R32")
		}
	}
}

// It was asked for on the last day, and the leads were away.
func TestR23_R32_WhatWasAskedForInTimeIsDecidedAfterTheLastDay(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t) // until 12 April 2027
	h.SetToday("2027-04-12")
	e := asks(t, h, h.Contact, c, "2027-07-31")
	h.SetToday("2027-04-20")
	must(t, second(followup.EndSupport(t.Context(), h.DB)))
	inTheGap := h.NewPayment("100", "in_kind")
	inTheGap.PlannedFor = day("2027-04-15")
	plan := func() error { return second(support.Plan(t.Context(), h.DB, h.Contact, c.Code, inTheGap)) }
	housetest.Refused(t, plan(), fault.Conflict, "R23")
	housetest.Refused(t, second(followup.AskExtension(t.Context(), h.DB, h.Contact, c.Code, longer)), fault.Conflict, "R32")
	must(t, approve(t, h, c, e))
	must(t, plan())
	if got := h.Text(t, `SELECT last_day || ' ' || coalesce(support_ended_on::text, 'runs') FROM cases WHERE id = $1`, c.ID); got != "2027-07-31 runs" {
		t.Errorf("until %s", got)
	}
	if got := slots(t, h, c); !strings.HasSuffix(got, "month_6 2027-04-12 open\nextension 2027-07-12 open\nexit 2027-07-31 open") {
		t.Errorf("extended:\n%s", got)
	}
	if n := h.Count(t, `SELECT count(DISTINCT operation) FROM audit_log WHERE operation IN ('end-support','approve-extension') AND case_id = $1`, c.ID); n != 2 {
		t.Errorf("%d traces of the end and of its undoing", n)
	}
	expectSwept(t, h, followup.EndSupport, map[string]int{"2027-08-01": 1}, "2027-07-31", "2027-08-01")
}

func TestR32_AfterTwoWeeksNothingIsApproved(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	e := asks(t, h, h.Contact, c, "2027-07-31")
	raw := func() error {
		return second(h.Exec(t.Context(), h.Lead, `UPDATE extensions SET approved_by = actor_id(), approved_at = now()`))
	}
	h.SetToday("2027-04-27")
	housetest.Refused(t, approve(t, h, c, e), fault.Conflict, "R32")
	h.SetToday("2027-04-28") // the database lets the day pass that may be the one before there
	housetest.Broken(t, raw(), "extension_while_supported")
	h.SetToday("2027-04-26")
	must(t, approve(t, h, c, e))
}

func TestR32_TheLastDayToAskIsTheDestinations(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t) // until 12 April 2027
	for zone, over := range map[string]string{"Pacific/Honolulu": "2027-04-13T10:00:00Z", "Pacific/Tongatapu": "2027-04-12T11:00:00Z"} {
		h.Set(t, `UPDATE cases SET destination_time_zone = $2 WHERE id = $1`, c.ID, zone)
		at, err := time.Parse(time.RFC3339, over)
		must(t, err)
		h.SetNow(at)
		housetest.Refused(t, second(followup.AskExtension(t.Context(), h.DB, h.Contact, c.Code, longer)), fault.Conflict, "R32")
		h.SetNow(at.Add(-time.Second))
		e := asks(t, h, h.Contact, c, "2027-09-30")
		must(t, second(followup.WithdrawExtension(t.Context(), h.DB, h.Contact, c.Code, e.ID)))
	}
	h.SetToday("2027-04-14")
	_, err := h.Exec(t.Context(), h.Contact, `INSERT INTO extensions (case_id, until, reason, asked_by) VALUES ($1, '2027-09-30', 'x', actor_id())`, c.ID)
	housetest.Broken(t, err, "extension_while_supported")
}

func TestR32_AnEarlierArrivalCutsAnExtensionAtTwelveMonths(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Departed(t)
	h.SetToday("2026-10-20")
	h.Confirm(t, c, h.Home, h.Today(), "")
	must(t, approve(t, h, c, asks(t, h, h.Contact, c, "2027-10-20")))
	now := func() string {
		return h.Text(t, `SELECT c.last_day || ' ' || f.due_on || ' ' || e.until FROM cases c JOIN followups f ON f.case_id = c.id AND f.kind = 'exit' JOIN extensions e ON e.case_id = c.id`)
	}
	h.Confirm(t, c, h.Home, day("2026-10-15"), "Seen on the 15th")
	if got := now(); got != "2027-10-15 2027-10-15 2027-10-20" {
		t.Errorf("earlier: %s", got)
	}
	for _, sql := range []string{`UPDATE cases SET last_day = last_day + 1`, `UPDATE cases SET arrived_on = arrived_on - 1`} {
		_, err := h.Owner.Exec(t.Context(), sql)
		housetest.Broken(t, err, "support_within_twelve_months")
	}
	h.Confirm(t, c, h.Contact, day("2026-10-20"), "It was the 20th after all")
	if got := now(); got != "2027-10-20 2027-10-20 2027-10-20" {
		t.Errorf("corrected back: %s", got)
	}
}

func TestR32_NoExtensionPassesTwelveMonths(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		arrived := anyDay(t, "arrived")
		var until []calendar.Date
		for i := range rapid.IntRange(0, 3).Draw(t, "extensions") {
			until = append(until, arrived.AddDays(rapid.IntRange(-10, 500).Draw(t, fmt.Sprint("until ", i))))
		}
		last := followup.LastDay(arrived, until...)
		if last.Before(arrived.AddMonths(6)) || last.After(arrived.AddMonths(12)) {
			t.Fatalf("arrived %s, extended until %v: until %s", arrived, until, last)
		}
	})
}

// The exit at the end of an extension was made; then the arrival turns out to be
// earlier, and the end with it.
func TestR31_R32_WhoWasAskedAtTheExtendedEndIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	f := followup.Facts{Arrived: day("2026-10-15"), Extensions: []calendar.Date{day("2027-10-20")}, ExitMade: day("2027-04-20"), LastExitMade: day("2027-10-20")}
	for _, s := range series(f) {
		if s.Kind == followup.Exit && s.Ref != "" {
			t.Errorf("asked again: %+v", s)
		}
	}
}
