package scheduler_test

import (
	"context"
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/casework/plan"
	"hjemvej/internal/housetest"
	"hjemvej/internal/housetest/cabinet"
	"hjemvej/internal/pgtest"
	"hjemvej/partners"
	"hjemvej/scheduler"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

// atRest leaves in a house somebody in every state that a sweep looks at, and
// nothing more happens there.
func atRest(t *testing.T, url string) error {
	t.Helper()
	h := housetest.On(t, url)
	defer h.Owner.Close()
	defer h.DB.Close()
	ctx := t.Context()
	c := h.Case(t)
	_, err := casefile.Decide(ctx, h.DB, c.By, c.Code, casefile.Decision{DecidedOn: h.Today(), Days: 30, Ground: "initial", Authority: casefile.ImmigrationService})
	must(t, err)
	h.Offered(t)
	asked, planned := h.Accepted(t), h.Accepted(t)
	h.Offer(t, asked, asked.Home)
	_, err = plan.Save(ctx, h.DB, planned.By, planned.Code, plan.Action, 0, plan.Content{Goals: []plan.Goal{{Goal: "To travel",
		Actions: []plan.Step{{Area: "health", What: "A doctor", Responsible: "contact_person", DueOn: h.Today().AddDays(20), State: "open"}}}}})
	must(t, err)
	h.Departed(t)
	arrived := h.Arrived(t, housetest.WithLines(h.Line("rent", "20000")))
	_, err = followup.RecordIncident(ctx, h.DB, h.Vault, arrived.By, arrived.Code, followup.NewIncident{Kind: followup.Threat, OccurredOn: h.Today(), Text: "Somebody asks for her"})
	must(t, err)
	h.Report(t, arrived.Home, arrived.HomeHandoff, partners.SafetyConcern)
	h.Set(t, `UPDATE letters SET state = 'sent', ended_at = queued_at`)
	h.Set(t, `DELETE FROM river_job`)
	return nil
}

// told is every letter that sweeps queued, but for digests: which letters one
// holds depends on how two sweeps share them.
func told(t *testing.T, h *housetest.House) []string {
	t.Helper()
	rows, err := h.Owner.Query(t.Context(), `SELECT concat_ws(' ', l.kind, c.code, l.user_id, l.partner_id, l.due_on, l.days, l.queued_at) FROM letters l LEFT JOIN cases c ON c.id = l.case_id
		WHERE l.kind <> 'digest' AND l.queued_at > '2026-10-13' ORDER BY 1`)
	must(t, err)
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(t, err)
	return all
}

// moved is what sweeps changed beside letters, as the audit log has it.
func moved(t *testing.T, h *housetest.House) string {
	t.Helper()
	return h.Text(t, `SELECT coalesce(string_agg(a.operation || ' ' || c.code, ', ' ORDER BY a.operation, c.code), '') FROM audit_log a JOIN cases c ON c.id = a.case_id WHERE a.operation IN ('end-support','end-reflection')`)
}

// One house in which each sweep runs by itself, and its copy, in which each runs
// twice at once, are told the same.
func TestR36_TwoSweepsOfEveryKindAtOnceTellEachReaderOnce(t *testing.T) {
	t.Parallel()
	rest := func(_ context.Context, url string) error { return atRest(t, url) }
	alone, both := housetest.On(t, pgtest.Database(t, housetest.Furnish, rest)), housetest.On(t, pgtest.Database(t, housetest.Furnish, rest))
	store := cabinet.Files(t, t.TempDir())
	for _, days := range []int{10, 25, 31, 60, 200} {
		for _, h := range []*housetest.House{alone, both} {
			h.SetToday(housetest.FirstDay)
			h.Pass(days)
		}
		for _, name := range []string{"reminders", "periods", "attention"} {
			must(t, scheduler.Sweep(t.Context(), alone.DB, store, name))
			for _, err := range housetest.AtOnce(2, func(int) error { return scheduler.Sweep(t.Context(), both.DB, store, name) }) {
				must(t, err)
			}
		}
		if diff := cmp.Diff(told(t, alone), told(t, both)); diff != "" {
			t.Errorf("after %d days two sweeps tell (-one +two):\n%s", days, diff)
		}
		if one, two := moved(t, alone), moved(t, both); one != two {
			t.Errorf("after %d days one moves %s, and two move %s", days, one, two)
		}
		both.NobodyForgotten(t)
	}
	if n := both.Count(t, `SELECT count(*) FROM (SELECT FROM river_job WHERE kind = 'send_letter' GROUP BY args HAVING count(*) > 1) twice`); n > 0 {
		t.Errorf("%d letters have two jobs", n)
	}
	if n := both.Count(t, `SELECT count(DISTINCT kind) FROM letters WHERE queued_at > '2026-10-13'`); n < 12 || moved(t, both) == "" {
		t.Errorf("only %d kinds of letters, and moved is %q: the house does not show much", n, moved(t, both))
	}
}
