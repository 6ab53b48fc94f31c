package followup_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"hjemvej/casework/followup"
	"hjemvej/internal/calendar"
	"hjemvej/internal/housetest"

	"github.com/jackc/pgx/v5"
)

// A year of a caseload, day by day, with outages, against a model that is slow and
// knows nothing of the program: it looks at every slot of every person each day.

// owed is one slot in the model.
type owed struct {
	id   string
	due  calendar.Date
	done calendar.Date // zero: never
	told map[string]bool
}

// expects is what goes out about the slot on a day, in the model.
func (o *owed) expects(day calendar.Date) (out []string) {
	if !o.done.IsZero() && o.done.Before(day) || o.told["followup_escalated"] {
		return nil
	}
	latest := ""
	for _, step := range []struct {
		kind string
		on   calendar.Date
	}{{"followup_reminder_before", o.due.AddDays(-3)}, {"followup_reminder_due", o.due}, {"followup_reminder_overdue", o.due.AddDays(3)}} {
		if !day.Before(step.on) {
			latest = step.kind
		}
	}
	for _, kind := range []string{latest, map[bool]string{true: "followup_escalated"}[!day.Before(o.due.AddDays(10))]} {
		if kind != "" && !o.told[kind] {
			o.told[kind] = true
			out = append(out, o.id+" "+kind)
		}
	}
	return out
}

// warned is what goes out about the end of a person's support, in the model.
type warned struct {
	id      string
	lastDay calendar.Date
	told    int // the least number of days that was told of; 0 none
	ended   bool
}

func (w *warned) expects(day calendar.Date) (out []string) {
	left := w.lastDay.DaysSince(day)
	for _, days := range []int{7, 14, 30} {
		if left >= 1 && left <= days {
			if w.told != days {
				w.told = days
				out = append(out, w.id+" support_ends")
			}
			break
		}
	}
	w.ended = left < 0
	return out
}

func TestR31_R36_AYearOfACaseloadIsAsASlowModelSays(t *testing.T) {
	t.Parallel()
	people := 30
	if os.Getenv("HJEMVEJ_TEST_HEAVY") != "" {
		people = 500
	}
	random := rand.New(rand.NewPCG(20261012, uint64(people)))
	h := housetest.New(t)
	h.PastTheBooks()
	first := h.Today()
	slots, ends := caseload(t, h, random, people)
	for day := first; day.Before(first.AddDays(365)); day = day.AddDays(1) {
		h.SetToday(day.String())
		if out := day.DaysSince(first) % 61; out >= 16 && out < 23 { // a week's outage, now and then, and over the turn of the year
			finish(t, h, slots, day)
			continue
		}
		for _, sweep := range []sweep{followup.EndSupport, followup.Remind, followup.WarnSupport, followup.Remind} {
			_, err := sweep(t.Context(), h.DB)
			must(t, err)
		}
		var want []string
		ended := 0
		for _, o := range slots {
			want = append(want, o.expects(day)...)
		}
		for _, w := range ends {
			want = append(want, w.expects(day)...)
			if w.ended {
				ended++
			}
		}
		slices.Sort(want)
		if got := queuedOn(t, h); !slices.Equal(got, want) {
			t.Fatalf("%s: %d letters, the model has %d:\n%v\n%v", day, len(got), len(want), got, want)
		}
		if got := h.Count(t, `SELECT count(*) FROM cases WHERE code LIKE 'year-%' AND support_ended_on IS NOT NULL`); got != ended {
			t.Fatalf("%s: support has ended for %d, in the model for %d", day, got, ended)
		}
		noStorm(t, h, day)
		finish(t, h, slots, day)
		if day.Day == 1 || day.Day == 15 {
			must(t, second(followup.EscalateExits(t.Context(), h.DB)))
			h.NobodyForgotten(t)
			h.Set(t, `DELETE FROM letters WHERE kind IN ('exit_unfinished','case_without_next_step')`) // which the model does not tell of
		}
	}
	if n := h.Count(t, `SELECT count(*) FROM letters WHERE kind <> 'digest'`); n < 4*people {
		t.Errorf("a year of %d people took only %d letters", people, n)
	}
}

// caseload is so many people who arrive within half a year, each with the four
// slots, drawn to be done early, late or never.
func caseload(t *testing.T, h *housetest.House, random *rand.Rand, people int) (slots []*owed, ends []*warned) {
	t.Helper()
	c := h.Arrived(t)
	h.Set(t, `UPDATE followups SET state = 'lost', done_on = due_on`)
	h.Set(t, `UPDATE cases SET support_ended_on = last_day`)
	for _, table := range []string{"cases", "followups"} {
		h.Set(t, `ALTER TABLE `+table+` DISABLE TRIGGER USER`)
	}
	for i := range people {
		arrived := h.Today().AddDays(random.IntN(180))
		last := arrived.AddMonths(6)
		id := h.Text(t, `INSERT INTO cases SELECT (jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid(), 'code', 'year-' || $1, 'arrived_on', $2::date, 'last_day', $3::date,
			'support_ended_on', null))).* FROM cases c WHERE c.id = $4 RETURNING id::text`, fmt.Sprint(i), arrived, last, c.ID)
		ends = append(ends, &warned{id: id, lastDay: last})
		for _, slot := range []struct {
			kind string
			due  calendar.Date
		}{{"arrival_contact", arrived.AddDays(14)}, {"month_1", arrived.AddMonths(1)}, {"month_3", arrived.AddMonths(3)}, {"exit", last}} {
			o := &owed{due: slot.due, told: map[string]bool{}}
			if random.IntN(4) > 0 {
				o.done = slot.due.AddDays(random.IntN(28) - 7)
			}
			o.id = h.Text(t, `INSERT INTO followups (case_id, kind, opens_on, due_on, closes_on) VALUES ($1, $2, $3, $3, $3) RETURNING id::text`, id, slot.kind, slot.due)
			slots = append(slots, o)
		}
	}
	h.Set(t, `DELETE FROM letters`)
	return slots, ends
}

// noStorm wants no reader to get more than a few letters of the house's day, and
// the rest as one.
func noStorm(t *testing.T, h *housetest.House, day calendar.Date) {
	t.Helper()
	worst := h.Text(t, `SELECT coalesce(max(alone), 0) || ' and ' || coalesce(max(digests), 0) FROM (
		SELECT count(*) FILTER (WHERE kind <> 'digest' AND digest_id IS NULL) AS alone, count(*) FILTER (WHERE kind = 'digest') AS digests
		FROM letters WHERE queued_at = $1 GROUP BY user_id) r`, h.Now())
	var alone, digests int
	_, err := fmt.Sscanf(worst, "%d and %d", &alone, &digests)
	must(t, err)
	if alone > 5 || digests > 1 {
		t.Errorf("%s: a reader gets %d letters and %d digests", day, alone, digests)
	}
}

// finish records what is done on the evening of a day.
func finish(t *testing.T, h *housetest.House, slots []*owed, day calendar.Date) {
	t.Helper()
	var done []string
	for _, o := range slots {
		if o.done == day {
			done = append(done, o.id)
		}
	}
	if len(done) > 0 {
		h.Set(t, `UPDATE followups SET state = 'done', done_on = $2 WHERE id = ANY($1::uuid[])`, done, day)
	}
}

// queuedOn are the letters of the house's day, by what they are about.
func queuedOn(t *testing.T, h *housetest.House) []string {
	t.Helper()
	rows, err := h.Owner.Query(t.Context(), `SELECT coalesce(followup_id, case_id)::text || ' ' || kind FROM letters WHERE queued_at = $1 AND kind <> 'digest' ORDER BY 1`, h.Now())
	must(t, err)
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(t, err)
	slices.Sort(out)
	return out
}
