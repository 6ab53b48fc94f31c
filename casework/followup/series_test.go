package followup_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"hjemvej/casework/followup"
	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/postgres"

	"pgregory.net/rapid"
)

func second[T any](_ T, err error) error { return err }

func must(t testing.TB, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// slots is the series of a case: kind, due day and state, in order.
func slots(t testing.TB, h *housetest.House, c *housetest.Case) string {
	t.Helper()
	return h.Text(t, `SELECT coalesce(string_agg(kind || ' ' || due_on || ' ' || state, E'\n' ORDER BY due_on, kind, ref), '') FROM followups WHERE case_id = $1`, c.ID)
}

func replan(t testing.TB, h *housetest.House, c *housetest.Case) error {
	return postgres.Do(t.Context(), h.DB, access.Program, "replan", func(ctx context.Context, tx *postgres.Tx) error { return followup.Replan(ctx, tx, c.ID) })
}

func TestR31_ReplanningRepeatedAndAtOnceMakesEachSlotOnce(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	want := `arrival_contact 2026-10-26 open
month_1 2026-11-12 open
month_3 2027-01-12 open
exit 2027-04-12 open`
	if got := slots(t, h, c); got != want {
		t.Fatalf("after the arrival:\n%s", got)
	}
	must(t, housetest.AtOnce(8, func(int) error { return replan(t, h, c) })...)
	if got := slots(t, h, c); got != want {
		t.Errorf("after replanning:\n%s", got)
	}
	if n := h.Count(t, `SELECT max(version) FROM followups`); n != 1 {
		t.Errorf("replanning without a reason changed a slot %d times", n-1)
	}
	// From nothing, at once: only the database keeps them single.
	h.Set(t, `DELETE FROM followups`)
	must(t, housetest.AtOnce(8, func(int) error { return replan(t, h, c) })...)
	if got := slots(t, h, c); got != want {
		t.Errorf("from nothing:\n%s", got)
	}
}

func TestR31_NothingIsOwedBeforeTheArrivalOrAfterTheEnd(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Departed(t)
	must(t, replan(t, h, c))
	if got := slots(t, h, c); got != "" {
		t.Errorf("before the arrival:\n%s", got)
	}
	c = h.Arrived(t)
	must(t, second(followup.RecordExit(t.Context(), h.DB, h.Contact, c.Code, 0, followup.ExitReview{Outcome: followup.ReMigrated, ExitedOn: h.Today()})))
	must(t, replan(t, h, c))
	if got := slots(t, h, c); strings.Contains(got, "open") {
		t.Errorf("after the exit:\n%s", got)
	}
}

// Whatever the arrival becomes and whatever is paid and returned, in whatever
// order: the slots that are not done are those that the pure rule asks for, once
// each, and done ones stay.
func TestR31_R32_TheSeriesFollowsTheFacts(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	h.Set(t, `UPDATE programmes SET person_ceiling_dkk = 10000000, ceiling_dkk = 900000000000`)
	c := h.Arrived(t, housetest.WithLines(h.Line("rent", "9000000")))
	var sent []support.Payment
	rapid.Check(t, func(rt *rapid.T) { // one case lives through all of it: it is the longer history
		h.SetToday("2026-12-01")
		switch rapid.IntRange(0, 5).Draw(rt, "act") {
		case 0, 1:
			day := calendar.MustParse("2026-10-12").AddDays(rapid.IntRange(0, 50).Draw(rt, "arrived"))
			h.Confirm(t, c, h.Home, day, "Seen again")
		case 2, 3:
			dkk := rapid.SampledFrom([]string{"9999.99", "10000", "25000"}).Draw(rt, "dkk")
			h.SetToday(rapid.SampledFrom([]string{"2026-12-01", "2026-12-09"}).Draw(rt, "sent"))
			sent = append(sent, h.Pay(t, c, dkk, rapid.SampledFrom([]support.State{support.Sent, support.Received}).Draw(rt, "state")))
		case 4, 5:
			if len(sent) > 0 {
				p := sent[len(sent)-1]
				sent = sent[:len(sent)-1]
				must(t, second(support.End(t.Context(), h.DB, h.Finance, "return-payment", p.ID, 0, support.Returned, support.Ending{Reason: "sent back"})))
			}
		}
		if rapid.Bool().Draw(rt, "again") {
			must(t, replan(t, h, c))
		}
		compareWithRule(rt, t, h, c, sent)
	})
}

func compareWithRule(rt *rapid.T, t *testing.T, h *housetest.House, c *housetest.Case, sent []support.Payment) {
	facts := followup.Facts{}
	must(t, h.Owner.QueryRow(t.Context(), `SELECT arrived_on FROM cases WHERE id = $1`, c.ID).Scan(&facts.Arrived))
	for _, p := range sent {
		if p.Counted.Amount != "9999.99" {
			facts.LargePayments = append(facts.LargePayments, followup.LargePayment{ID: p.ID, PaidOn: p.SentOn})
		}
	}
	var want []string
	for _, s := range series(facts) {
		want = append(want, fmt.Sprintf("%s/%s %s-%s-%s", s.Kind, s.Ref, s.OpensOn, s.DueOn, s.ClosesOn))
	}
	got := h.Text(t, `SELECT string_agg(format('%s/%s %s-%s-%s', kind, ref, opens_on, due_on, closes_on), E'\n' ORDER BY due_on, kind, ref) FROM followups WHERE case_id = $1 AND state = 'open'`, c.ID)
	if got != strings.Join(want, "\n") {
		rt.Fatalf("open slots:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
	}
}

func TestR32_DoneSlotsStayWhenTheArrivalIsCorrectedBackAndForth(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	h.Pass(10)
	_, err := followup.RecordAttempt(t.Context(), h.DB, h.Vault, h.Home, h.Followup(t, c, followup.ArrivalContact, ""),
		followup.NewAttempt{MadeOn: h.Today(), Channel: followup.Visit, Outcome: followup.ReachedSafe})
	must(t, err)
	before := slots(t, h, c)
	h.Confirm(t, c, h.Home, calendar.MustParse("2026-10-20"), "Seen on the 20th")
	want := `arrival_contact 2026-10-26 done
month_1 2026-11-20 open
month_3 2027-01-20 open
exit 2027-04-20 open`
	if got := slots(t, h, c); got != want {
		t.Errorf("corrected:\n%s", got)
	}
	h.Confirm(t, c, h.Contact, calendar.MustParse("2026-10-12"), "It was the 12th after all")
	if got := slots(t, h, c); got != before {
		t.Errorf("corrected back:\n%s\nwant:\n%s", got, before)
	}
	for _, days := range []int{5, 40, 100, 200} {
		h.Pass(days)
		for _, sweep := range []sweep{followup.Remind, followup.EndSupport, followup.EscalateExits} {
			must(t, second(sweep(t.Context(), h.DB)))
		}
		h.NobodyForgotten(t)
	}
}

func TestR31_ALargePaymentIsCheckedOnAndAReturnedOneIsNot(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	h.Pass(30)
	h.Pay(t, c, "9999.99", support.Received)
	p := h.Pay(t, c, "10000", support.Sent)
	check := h.Followup(t, c, followup.PaymentCheck, p.ID)
	due := func() string {
		return h.Text(t, `SELECT due_on || ' ' || state FROM followups WHERE kind = 'payment_check'`)
	}
	if got := due(); got != "2026-11-25 open" {
		t.Error(got)
	}
	p, err := support.End(t.Context(), h.DB, h.Finance, "return-payment", p.ID, p.Version, support.Returned, support.Ending{Reason: "sent back"})
	must(t, err)
	if got := due(); got != "2026-11-25 dropped" {
		t.Error(got)
	}
	p = h.Pay(t, c, "10000", support.Sent)
	if h.Followup(t, c, followup.PaymentCheck, p.ID) == check {
		t.Error("another payment has the same check")
	}
}

func TestTheDatabasesFollowupMovesAreThePrograms(t *testing.T) {
	t.Parallel()
	// conclude ends an open one and finds a lost person; Replan and Drop drop and
	// take up again.
	housetest.SameMoves(t, housetest.New(t), "followup", map[string][]string{
		"open": {"done", "lost", "declined", "dropped"}, "lost": {"done"}, "dropped": {"open"}})
}

func TestR33_AttemptsConcludeOnlyWhatTheRuleSays(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	states := map[followup.AttemptOutcome]string{followup.ReachedSafe: "done", followup.Refused: "declined", followup.ReachedNotFree: "open",
		followup.NoAnswer: "open", followup.NumberDead: "open", followup.ThirdParty: "open"}
	for outcome, want := range states {
		c := h.Arrived(t)
		slot := h.Followup(t, c, followup.ArrivalContact, "")
		got, err := followup.RecordAttempt(t.Context(), h.DB, h.Vault, h.Home, slot, followup.NewAttempt{MadeOn: h.Today(), Channel: followup.Call, Outcome: outcome})
		must(t, err)
		if got.State != want || len(got.Attempts) != 1 || got.Attempts[0].ByPartner != h.Home.Partner {
			t.Errorf("%s: %+v", outcome, got)
		}
	}
}

func TestR33_R21_APartnerRecordsByConsentAndSeesItsOwnAttempts(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	slot := h.Followup(t, c, followup.ArrivalContact, "")
	attempt := func(who access.Actor) error {
		return second(followup.RecordAttempt(t.Context(), h.DB, h.Vault, who, slot, followup.NewAttempt{MadeOn: h.Today(), Channel: followup.Call, Outcome: followup.NoAnswer}))
	}
	must(t, attempt(h.Contact), attempt(h.Home), attempt(h.Return))
	housetest.Refused(t, attempt(h.OtherHome), fault.NotFound, "")
	housetest.Refused(t, attempt(h.Finance), fault.Forbidden, "")
	for who, want := range map[access.Actor]int{h.Contact: 3, h.Home: 1, h.Return: 1} {
		list, err := followup.List(t.Context(), h.DB, h.Vault, who, c.Code)
		must(t, err)
		for _, f := range list {
			if f.Kind == followup.ArrivalContact && len(f.Attempts) != want {
				t.Errorf("%s sees %d attempts, want %d", who.Role, len(f.Attempts), want)
			}
		}
	}
	h.Set(t, `UPDATE consents SET withdrawn_at = now() WHERE category = 'follow_up'`)
	housetest.Refused(t, attempt(h.Home), fault.NotFound, "")
	list, err := followup.List(t.Context(), h.DB, h.Vault, h.Home, c.Code)
	must(t, err)
	if len(list) != 0 {
		t.Errorf("without consent %d follow-ups are seen", len(list))
	}
}

func TestR34_LostContactIsRefusedWithAllThatIsMissing(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	slot := h.Followup(t, c, followup.Exit, "")
	h.SetToday("2027-04-14")
	lost := func() error { return second(followup.RecordLost(t.Context(), h.DB, h.Vault, h.Contact, slot, 0)) }
	housetest.Refused(t, lost(), fault.Conflict, "R34")
	for i, channel := range []followup.Channel{followup.Call, followup.Call, followup.Text, followup.Call} {
		housetest.Refused(t, lost(), fault.Conflict, "R34")
		must(t, second(followup.RecordAttempt(t.Context(), h.DB, h.Vault, h.Contact, slot, followup.NewAttempt{MadeOn: h.Today().AddDays(-i), Channel: channel, Outcome: followup.NoAnswer})))
	}
	housetest.Refused(t, second(followup.RecordLost(t.Context(), h.DB, h.Vault, h.Home, slot, 0)), fault.Forbidden, "")
	must(t, lost())
	housetest.Refused(t, lost(), fault.Conflict, "R34")
	housetest.Refused(t, second(followup.RecordExit(t.Context(), h.DB, h.Contact, c.Code, 0, followup.ExitReview{Outcome: followup.Reached, ExitedOn: h.Today()})), fault.Conflict, "R35")
	// Found after all: a contact can be recorded after the end (R32).
	got, err := followup.RecordAttempt(t.Context(), h.DB, h.Vault, h.Contact, slot, followup.NewAttempt{MadeOn: h.Today(), Channel: followup.Call, Outcome: followup.ReachedSafe})
	must(t, err)
	if got.State != "done" {
		t.Errorf("found, and still %s", got.State)
	}
	must(t, second(followup.RecordExit(t.Context(), h.DB, h.Contact, c.Code, 0, followup.ExitReview{Outcome: followup.Reached, ExitedOn: h.Today()})))
}

func TestR35_EachOutcomeNeedsItsOwnFollowup(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	for _, o := range followup.ExitOutcomes() {
		h.SetToday("2026-10-12")
		c := h.Arrived(t)
		h.SetToday("2027-04-12")
		err := second(followup.RecordExit(t.Context(), h.DB, h.Contact, c.Code, 0, followup.ExitReview{Outcome: o, ExitedOn: h.Today()}))
		if !o.EndsEarly() { // what bears it out is missing
			housetest.Refused(t, err, fault.Conflict, "R35")
			continue
		}
		must(t, err)
		if got := slots(t, h, c); strings.Contains(got, "open") {
			t.Errorf("%s left:\n%s", o, got)
		}
	}
	h.SetToday("2026-10-12")
	c := h.Departed(t)
	housetest.Refused(t, second(followup.RecordExit(t.Context(), h.DB, h.Contact, c.Code, 0, followup.ExitReview{Outcome: followup.Died, ExitedOn: h.Today()})), fault.Conflict, "R35")
}

func TestR37_EachSurveyIsTakenOnceAndAnAlarmIsToldTheSameDay(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	survey := func(who access.Actor, kind followup.Kind, a followup.Answers) error {
		return second(followup.AnswerSurvey(t.Context(), h.DB, who, c.Code, followup.NewSurvey{Kind: kind, AnsweredOn: h.Today(), Answers: a}))
	}
	errs := housetest.AtOnce(3, func(int) error { return survey(h.Home, "baseline", extreme(false)) })
	if n := housetest.Succeeded(errs); n != 1 {
		t.Errorf("%d baselines", n)
	}
	for _, err := range errs {
		if err != nil {
			housetest.Refused(t, err, fault.Conflict, "R37")
		}
	}
	must(t, survey(h.Contact, "month_3", extreme(true)))
	if got := h.Text(t, `SELECT string_agg(user_id::text, ' ') FROM letters WHERE kind = 'survey_alert'`); got != h.Contact.ID {
		t.Errorf("told %s", got)
	}
	list, err := followup.ListSurveys(t.Context(), h.DB, h.Contact, c.Code)
	must(t, err)
	if len(list) != 2 || len(list[0].Alerts)+len(list[1].Alerts) == 0 {
		t.Errorf("%+v", list)
	}
	housetest.Refused(t, survey(h.Contact, "exit", followup.Answers{}), fault.Invalid, "R37")
}

func TestDueFollowupsAreListedByPages(t *testing.T) {
	t.Parallel()
	h, _ := housetest.NewArrived(t)
	h.Arrived(t)
	h.Arrived(t, housetest.Of(h.OtherContact, h.OtherLead), housetest.HandedTo(h.OtherHome))
	for who, want := range map[access.Actor]int{h.Contact: 4, h.Lead: 4, h.OtherContact: 2, h.Home: 4, h.OtherHome: 2, h.Return: 0, h.Colleague: 0} {
		n, f := 0, followup.Due{Until: calendar.MustParse("2026-11-12"), Limit: 1}
		for {
			page, next, err := followup.ListDue(t.Context(), h.DB, h.Vault, who, f)
			must(t, err)
			n += len(page)
			if f.After = next; next == "" {
				break
			}
		}
		if n != want {
			t.Errorf("%s has %d due, want %d", who.Role, n, want)
		}
	}
}
