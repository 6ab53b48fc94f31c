package partners_test

import (
	"testing"
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/outbox"
	"hjemvej/partners"
)

func answerReport(t *testing.T, h *housetest.House, who access.Actor, c *housetest.Case, r partners.Report, in partners.ReportAnswer) (partners.Report, error) {
	t.Helper()
	return partners.AnswerReport(t.Context(), h.DB, h.Vault, who, c.Code, r.ID, r.Version, in)
}

var seen = partners.ReportAnswer{Answer: partners.ReportSeen}

// told are the letters of a kind, by the last digits of their readers.
func told(t *testing.T, h *housetest.House, kind string) string {
	t.Helper()
	return h.Text(t, `SELECT coalesce(string_agg(right(coalesce(user_id, partner_id)::text, 3), ' ' ORDER BY user_id), '') FROM letters WHERE kind = $1`, kind)
}

func TestEachReportTellsThoseWhoMustKnowAtOnce(t *testing.T) {
	t.Parallel()
	for kind, want := range map[partners.ReportKind]struct{ letter, readers string }{
		partners.CounsellingHeld:    {"", ""},
		partners.PlanChangeProposed: {"report_waits", "001"},
		partners.Incident:           {"report_urgent", "001 003"},
		partners.SafetyConcern:      {"report_urgent", "001 003"},
		partners.UnableToGoOn:       {"handoff_stopped", "001"},
	} {
		h, c := housetest.NewAccepted(t)
		id := h.Hand(t, c, h.Home)
		h.Set(t, `DELETE FROM letters`)
		h.Report(t, h.Home, id, kind)
		if got := told(t, h, want.letter); got != want.readers || h.Count(t, `SELECT count(*) FROM letters WHERE kind <> $1`, want.letter) != 0 {
			t.Errorf("%s: %s tells %q, want %q", kind, want.letter, got, want.readers)
		}
		shown, err := casefile.Read(t.Context(), h.DB, c.By, c.Code)
		must(t, err)
		if (shown.OpenConcerns == 1) != partners.Reportings[kind].Leads {
			t.Errorf("%s: the case shows %d concerns", kind, shown.OpenConcerns)
		}
	}
}

func TestAConcernStandsOnTheCaseUntilSomebodyHasSeenIt(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewAccepted(t)
	id := h.Offer(t, c, h.Home) // before the partner has answered
	shows := func(want int) casefile.Case {
		t.Helper()
		got, err := casefile.Read(t.Context(), h.DB, c.By, c.Code)
		must(t, err)
		list, _, err := casefile.List(t.Context(), h.DB, h.Lead, casefile.Filter{Limit: 10})
		must(t, err)
		if got.OpenConcerns != want || len(list) != 1 || list[0].OpenConcerns != want {
			t.Errorf("the case shows %d, the list %+v, want %d", got.OpenConcerns, list, want)
		}
		return got
	}
	before := shows(0)
	concern := h.Report(t, h.Home, id, partners.SafetyConcern)
	if after := shows(1); after.Version == before.Version {
		t.Error("a reader of the version before is not told that the case shows more")
	}
	// Whoever read the case before the concern reads it again before they change it.
	_, err := partners.Withdraw(t.Context(), h.DB, c.By, c.Code, before.Version, casefile.Withdrawal{WithdrawnOn: h.Today()})
	housetest.Refused(t, err, fault.Stale, "")
	got, err := answerReport(t, h, h.Lead, c, concern, seen)
	must(t, err)
	if got.State != partners.ReportSeen || got.AnsweredBy != h.Lead.ID || got.AnsweredAt == nil || got.Version != 2 {
		t.Errorf("%+v", got)
	}
	shows(0)
	housetest.Refused(t, second(answerReport(t, h, c.By, c, concern, seen)), fault.Stale, "")
	concern.Version = 2
	housetest.Refused(t, second(answerReport(t, h, c.By, c, concern, seen)), fault.Conflict, "")
	own, err := partners.ListOwnReports(t.Context(), h.DB, h.Vault, h.Home, id)
	must(t, err)
	if len(own) != 1 || own[0].State != partners.ReportSeen || own[0].AnsweredBy != "" {
		t.Errorf("the partner reads %+v", own)
	}
}

func TestR16_AnAcceptedProposalChangesNoPlan(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Planned(t)
	id := h.Hand(t, c, h.Home)
	plans := func() string {
		return h.Text(t, `SELECT string_agg(hash::text || version, '') || (SELECT count(*) FROM plan_approvals) FROM plan_versions`)
	}
	before := plans()
	first, other := h.Report(t, h.Home, id, partners.PlanChangeProposed), h.Report(t, h.Home, id, partners.PlanChangeProposed)
	accepted := partners.ReportAnswer{Answer: partners.ReportAccepted, Text: "Agreed; the plan will say so"}
	housetest.Refused(t, second(answerReport(t, h, c.By, c, first, seen)), fault.Conflict, "")
	housetest.Refused(t, second(answerReport(t, h, c.By, c, first, partners.ReportAnswer{Answer: partners.ReportAccepted, Text: " "})), fault.Invalid, "")
	housetest.Refused(t, second(answerReport(t, h, h.Colleague, c, first, accepted)), fault.NotFound, "")
	housetest.Refused(t, second(answerReport(t, h, h.Home, c, first, accepted)), fault.Forbidden, "")
	elsewhere := h.Accepted(t)
	housetest.Refused(t, second(answerReport(t, h, c.By, elsewhere, first, accepted)), fault.NotFound, "")
	errs := housetest.AtOnce(4, func(int) error { return second(answerReport(t, h, c.By, c, first, accepted)) })
	if n := housetest.Succeeded(errs); n != 1 {
		t.Errorf("%d of four answers at once: %v", n, errs)
	}
	must(t, second(answerReport(t, h, c.By, c, other, partners.ReportAnswer{Answer: partners.ReportRefused, Text: "The line is spent"})))
	if plans() != before {
		t.Error("the plan, or its approval, is another")
	}
	own, err := partners.ListOwnReports(t.Context(), h.DB, h.Vault, h.Home, id)
	must(t, err)
	answers := map[string]string{own[0].ID: own[0].Answer, own[1].ID: own[1].Answer}
	if answers[first.ID] != accepted.Text || answers[other.ID] != "The line is spent" {
		t.Errorf("the partner reads %+v", own)
	}
	if got := told(t, h, "report_answered"); got != "202 202" {
		t.Errorf("told %q", got)
	}
}

func TestTheHandoffShowsThatItsPartnerCannotGoOn(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewAccepted(t)
	id := h.Hand(t, c, h.Home)
	h.SetNow(h.Now().Add(time.Minute))
	h.Hand(t, c, h.Return)
	h.Report(t, h.Home, id, partners.UnableToGoOn)
	all, err := partners.ListOfCase(t.Context(), h.DB, c.By, c.Code)
	must(t, err)
	if len(all) != 2 || all[0].StoppedOn != h.Today() || !all[1].StoppedOn.IsZero() {
		t.Errorf("%+v", all)
	}
	must(t, second(partners.Revoke(t.Context(), h.DB, c.By, c.Code, id, all[0].Version)))
	h.Hand(t, c, h.OtherHome)
}

func TestAReportThatNobodyHasSeenGoesToTheLeadOnTheNextWorkingDay(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	h.SetToday("2026-10-16") // a Friday
	c := h.Accepted(t)
	id := h.Hand(t, c, h.Home)
	h.Report(t, h.Home, id, partners.SafetyConcern)
	h.Report(t, h.Home, id, partners.PlanChangeProposed) // waits, and is nobody's danger
	seenInTime := h.Report(t, h.Home, id, partners.Incident)
	must(t, second(answerReport(t, h, c.By, c, seenInTime, seen)))
	h.SetNow(time.Date(2026, 10, 16, 21, 59, 0, 0, time.UTC)) // a minute to midnight in Copenhagen
	h.Report(t, h.Home, id, partners.UnableToGoOn)
	for _, step := range []struct {
		day  string
		want int
	}{{"2026-10-16", 0}, {"2026-10-18", 0}, {"2026-10-19", 2}, {"2026-10-20", 0}} {
		h.SetToday(step.day)
		queued := make([]int, 3)
		must(t, housetest.AtOnce(3, func(i int) (err error) { queued[i], err = partners.EscalateReports(t.Context(), h.DB); return err })...)
		if got := queued[0] + queued[1] + queued[2]; got != step.want {
			t.Errorf("%s: %d letters by three sweeps, want %d", step.day, got, step.want)
		}
	}
	if got := told(t, h, "report_unseen"); got != "003 003" {
		t.Errorf("told %q", got)
	}
}

func TestR36_ALetterAboutAReportIsNeededWhileItWaits(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewAccepted(t)
	id := h.Hand(t, c, h.Home)
	needed := func(kind string) bool {
		t.Helper()
		w, err := outbox.Find(t.Context(), h.DB, h.Text(t, `SELECT id::text FROM letters WHERE kind = $1 ORDER BY user_id LIMIT 1`, kind))
		must(t, err)
		return w.Needed
	}
	concern, proposal := h.Report(t, h.Home, id, partners.SafetyConcern), h.Report(t, h.Home, id, partners.PlanChangeProposed)
	if !needed("report_urgent") || !needed("report_waits") {
		t.Error("a letter is dropped before anybody has seen the report")
	}
	must(t, second(answerReport(t, h, c.By, c, concern, seen)),
		second(answerReport(t, h, c.By, c, proposal, partners.ReportAnswer{Answer: partners.ReportRefused, Text: "The line is spent"})))
	if needed("report_urgent") || needed("report_waits") || !needed("report_answered") {
		t.Error("letters go out about what was seen, or the answer does not")
	}
	must(t, second(partners.Revoke(t.Context(), h.DB, c.By, c.Code, id, 0)))
	if needed("report_answered") {
		t.Error("a partner is told of an answer that it cannot read")
	}
}
