package scheduler_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"hjemvej/casework/attention"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/housetest"
	"hjemvej/internal/housetest/cabinet"
	"hjemvej/internal/outbox"
	"hjemvej/scheduler"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

// A year of a caseload, day by day, by use cases, with outages, beside the model.
// What the sweeps make is compared: every slot, every case, every letter about a
// follow-up, the end of support, an exit or a forgotten case when it is queued and
// when it goes out, and what open cases wait for. Letters about other things have tests
// of their own.
func TestR31_R36_AYearOfACaseloadIsAsASlowModelSays(t *testing.T) {
	t.Parallel()
	people, days := 15, 220 // over the turn of the year, and until the first have left
	if os.Getenv("HJEMVEJ_TEST_HEAVY") != "" {
		people, days = 500, 366
	}
	y := newYear(t, uint64(people))
	arrivals := y.arrivals(people)
	first := y.Today()
	for n := range days {
		day := first.AddDays(n)
		out := n%61 >= 16 && n%61 < 23 // a week without sweeps, now and then, and over the turn of the year
		if !out {
			y.sweep(day, "04:05", "periods")
			y.sweep(day, "05:20", "attention")
			y.sweep(day, "06:15", "reminders")
		}
		if !out && y.random.IntN(20) == 0 { // as at a restart
			y.sweep(day, "13:30", "periods", "attention", "reminders")
		}
		y.SetNow(at(t, day.String()+" 15:00"))
		for _, n := range arrivals[day] {
			y.arrive(n)
		}
		if n == 120 {
			y.leave(y.Colleague)
		}
		y.happen()
		if !out && y.random.IntN(6) == 0 {
			y.sweep(day, "20:45", "reminders")
		}
		y.isAsInTheModel()
		if n%23 > 3 { // else the mail server is away
			y.SetNow(at(t, day.String()+" 22:00"))
			y.post()
		}
	}
	if n := y.Count(t, `SELECT count(*) FROM letters WHERE kind <> 'digest'`); n < 4*people {
		t.Errorf("%d days of %d people took only %d letters", days, people, n)
	}
}

func newYear(t *testing.T, seed uint64) *year {
	t.Helper()
	y := &year{House: housetest.New(t), t: t, seed: seed, random: rand.New(rand.NewPCG(20261012, seed)), files: cabinet.Files(t, t.TempDir())}
	y.contacts = []access.Actor{y.Contact, y.Colleague, y.OtherContact}
	y.leads = map[string]access.Actor{y.Lead.Team: y.Lead, y.OtherLead.Team: y.OtherLead}
	y.model = &modelYear{leads: map[string]string{y.Lead.Team: y.Lead.ID, y.OtherLead.Team: y.OtherLead.ID}, gone: map[string]bool{}}
	y.Set(t, `UPDATE programmes SET ceiling_dkk = 100000000`)
	y.recipients()
	return y
}

// arrivals spread people over half a year, a third of them over the ends of months.
func (y *year) arrivals(people int) map[calendar.Date][]int {
	out := map[calendar.Date][]int{}
	var ends []calendar.Date
	for n := range 180 {
		if d := y.Today().AddDays(n); d.Day >= 29 {
			ends = append(ends, d)
		}
	}
	for n := range people {
		day := y.Today().AddDays(y.random.IntN(180))
		if n%3 == 0 {
			day = ends[y.random.IntN(len(ends))]
		}
		out[day] = append(out[day], n)
	}
	return out
}

// slotRow and caseRow are a slot and a case as they are compared.
type (
	slotRow struct {
		Case, Kind, Ref, State          string
		Opens, Due, Closes, Done, Quiet calendar.Date
	}
	caseRow struct {
		Code, State, Contact string
		LastDay              calendar.Date
		Ended                bool
	}
)

// modelled are the letters that the model knows of; others are about other things.
const modelled = `(l.followup_id IS NOT NULL OR l.kind IN ('support_ends','support_ends_there','exit_unfinished','case_without_next_step'))`

const lettersSQL = `SELECT c.code AS "case", l.kind, coalesce(f.kind, '') AS slot_kind, coalesce(f.ref, '') AS slot_ref,
		coalesce(l.user_id, l.partner_person_id)::text AS reader, l.days, l.due_on AS due
	FROM letters l JOIN cases c ON c.id = l.case_id LEFT JOIN followups f ON f.id = l.followup_id WHERE ` + modelled + ` AND `

// sweep runs sweeps on both sides, now and then twice, and compares what went out.
func (y *year) sweep(day calendar.Date, clock string, names ...string) {
	y.t.Helper()
	y.SetNow(at(y.t, day.String()+" "+clock))
	var want []letterRow
	for _, name := range names {
		must(y.t, scheduler.Sweep(y.t.Context(), y.DB, y.files, name))
		if y.random.IntN(20) == 0 {
			must(y.t, scheduler.Sweep(y.t.Context(), y.DB, y.files, name))
		}
		switch name {
		case "periods":
			y.model.endSupport(y.Now())
		case "attention":
			forgotten, letters := y.model.forgotten(y.Now())
			if day.Day%10 == 5 { // what is forgotten shows in the letters of every day
				y.everyCaseWaits(forgotten)
			}
			want = append(want, letters...)
		case "reminders":
			want = append(want, y.model.remind(y.Now())...)
		}
	}
	same(y, "letters", want, lettersSQL+`l.queued_at = $1`, y.Now())
	y.noStorm()
}

// noStorm wants no reader to get more than a few letters of a sweep, and the rest
// as one.
func (y *year) noStorm() {
	y.t.Helper()
	worst := y.Text(y.t, `SELECT coalesce(max(alone), 0) || ' and ' || coalesce(max(digests), 0) FROM (
		SELECT count(*) FILTER (WHERE kind <> 'digest' AND digest_id IS NULL) AS alone, count(*) FILTER (WHERE kind = 'digest') AS digests
		FROM letters WHERE queued_at = $1 AND coalesce(user_id, partner_person_id) IS NOT NULL GROUP BY coalesce(user_id, partner_person_id)) r`, y.Now())
	var alone, digests int
	_, err := fmt.Sscanf(worst, "%d and %d", &alone, &digests)
	must(y.t, err)
	if alone > 5 || digests > 1 {
		y.t.Errorf("%s: a reader gets %d letters and %d digests", y.Now(), alone, digests)
	}
}

// everyCaseWaits compares what the open cases of the teams wait for, and which of
// them are forgotten.
func (y *year) everyCaseWaits(forgotten []string) {
	y.t.Helper()
	want, got := map[string]int{}, map[string]int{}
	for _, c := range y.model.cases {
		what, _, _ := y.model.step(c)
		want[what]++
	}
	var found []string
	for _, lead := range y.leads {
		h, err := attention.ReadHealth(y.t.Context(), y.DB, lead)
		must(y.t, err)
		for _, s := range h.Steps {
			got[string(s.Step)] += s.Cases
		}
		for _, w := range h.Forgotten {
			found = append(found, w.Case)
		}
	}
	slices.Sort(forgotten)
	slices.Sort(found)
	if diff := cmp.Diff(want, got) + cmp.Diff(forgotten, found); diff != "" {
		y.t.Fatalf("%s: what cases wait for (-model +program):\n%s", y.Now(), diff)
	}
}

// isAsInTheModel compares every case and every slot.
func (y *year) isAsInTheModel() {
	y.t.Helper()
	var cases []caseRow
	var slots []slotRow
	for _, c := range y.model.cases {
		cases = append(cases, caseRow{c.code, c.state, c.contact, c.lastDay(), c.ended})
		for _, s := range c.slots {
			row := slotRow{c.code, s.kind, s.ref, s.state, s.opens, s.due, s.closes, s.done, s.quiet}
			if s.state != "open" {
				row.Quiet = calendar.Date{}
			}
			slots = append(slots, row)
		}
	}
	same(y, "cases", cases, `SELECT code, state, contact_person_id::text AS contact, last_day, support_ended_on IS NOT NULL AS ended FROM cases`)
	same(y, "slots", slots, `SELECT c.code AS "case", f.kind, f.ref, f.state, f.opens_on AS opens, f.due_on AS due, f.closes_on AS closes,
		f.done_on AS done, CASE f.state WHEN 'open' THEN f.quiet_until END AS quiet FROM followups f JOIN cases c ON c.id = f.case_id`)
}

// same ends the test where the rows of a query are not the model's, in any order,
// and shows those that only one of the two has.
func same[T comparable](y *year, what string, want []T, sql string, args ...any) {
	y.t.Helper()
	rows, err := y.Owner.Query(y.t.Context(), sql, args...)
	must(y.t, err)
	got, err := pgx.CollectRows(rows, pgx.RowToStructByName[T])
	must(y.t, err)
	count := map[T]int{}
	for _, row := range want {
		count[row]++
	}
	for _, row := range got {
		count[row]--
	}
	var model, program []string
	for row, n := range count {
		switch {
		case n > 0:
			model = append(model, fmt.Sprintf("%+v", row))
		case n < 0:
			program = append(program, fmt.Sprintf("%+v", row))
		}
	}
	slices.Sort(model)
	slices.Sort(program)
	if diff := cmp.Diff(strings.Join(model, "\n"), strings.Join(program, "\n")); diff != "" {
		y.t.Fatalf("%s: %s (-model +program):\n%s", y.Now(), what, diff)
	}
}

// post sends on both sides what is queued and still needed, as the workers do.
func (y *year) post() {
	y.t.Helper()
	ctx := y.t.Context()
	for _, id := range y.queued(`kind = 'digest'`) {
		digest, err := outbox.CloseDigest(ctx, y.DB, id)
		if errors.Is(err, outbox.ErrEnded) {
			continue
		}
		must(y.t, err)
		must(y.t, outbox.End(ctx, y.DB, digest.ID, "sent"))
	}
	for _, id := range y.queued(`digest_id IS NULL AND ` + modelled) {
		l, err := outbox.Find(ctx, y.DB, id)
		must(y.t, err)
		if l.Needed {
			must(y.t, outbox.End(ctx, y.DB, id, "sent"))
		} else {
			must(y.t, outbox.Drop(ctx, y.DB, l))
		}
	}
	y.Set(y.t, `UPDATE letters SET state = 'sent', ended_at = $1 WHERE state = 'queued'`, y.Now())
	same(y, "letters that went out", y.model.post(), lettersSQL+`l.state = 'sent' AND l.ended_at = $1`, y.Now())
}

// queued are the ids of letters that have not gone out.
func (y *year) queued(which string) []string {
	y.t.Helper()
	rows, err := y.Owner.Query(y.t.Context(), `SELECT l.id::text FROM letters l WHERE l.state = 'queued' AND `+which+` ORDER BY l.queued_at, l.id`)
	must(y.t, err)
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(y.t, err)
	return ids
}
