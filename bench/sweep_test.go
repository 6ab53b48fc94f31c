package bench

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"hjemvej/casework/followup"
	"hjemvej/internal/housetest"
	"hjemvej/scheduler"
)

// BenchmarkSweepWithNothingDue runs the sweep of reminders, all of its looks, over
// 1,000 open cases and over HJEMVEJ_BENCH_CASES (100,000 where it is not set; a
// million takes minutes to lay), none of which has anything due. The ratio is the
// cost with many over the cost with few.
func BenchmarkSweepWithNothingDue(b *testing.B) {
	many := 100_000
	if n, err := strconv.Atoi(os.Getenv("HJEMVEJ_BENCH_CASES")); err == nil {
		many = n
	}
	few, full := openCases(b, 1_000, 40), openCases(b, many, 40)
	sweep := func(h *housetest.House) time.Duration {
		begun := time.Now()
		check(b, scheduler.Sweep(b.Context(), h.DB, nil, "reminders"))
		return time.Since(begun)
	}
	sweep(few)
	sweep(full)
	var withFew, withMany time.Duration
	for b.Loop() {
		withFew += sweep(few)
		withMany += sweep(full)
	}
	b.ReportMetric(float64(withMany)/float64(withFew), "ratio")
	b.ReportMetric(float64(withMany.Microseconds())/float64(b.N), "µs/sweep")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkDueSlots queues the reminders of 10,000 follow-ups that are due on one
// day, beside one bare statement that writes the same letters and jobs.
func BenchmarkDueSlots(b *testing.B) {
	const due = 10_000
	var ours, bare time.Duration
	for range b.N {
		h := openCases(b, due, 0)
		begun := time.Now()
		n, err := followup.Remind(b.Context(), h.DB)
		check(b, err)
		if ours += time.Since(begun); n < due {
			b.Fatalf("%d letters of %d", n, due)
		}
		h.Set(b, `DELETE FROM river_job; DELETE FROM letters`)
		begun = time.Now()
		_, err = h.Owner.Exec(b.Context(), `WITH queued AS (
			INSERT INTO letters (once, kind, case_id, user_id, followup_id, days, due_on, queued_at)
			SELECT 'bare:' || f.id, 'followup_reminder_due', f.case_id, c.contact_person_id, f.id, 0, f.due_on, now()
			FROM followups f JOIN cases c ON c.id = f.case_id WHERE f.state = 'open' AND f.due_on <= $1::date + 3 RETURNING id)
			INSERT INTO river_job (args, kind, max_attempts, priority, queue, scheduled_at, state)
			SELECT jsonb_build_object('letter_id', id), 'send_letter', 25, 1, 'default', now(), 'available' FROM queued`, h.Today())
		check(b, err)
		bare += time.Since(begun)
	}
	b.ReportMetric(float64(bare)/float64(ours), "ratio")
	b.ReportMetric(float64(due*b.N)/ours.Seconds(), "slots/s")
	b.ReportMetric(float64(due*b.N)/bare.Seconds(), "bare-slots/s")
	b.ReportMetric(0, "ns/op")
}

// openCases is a house with so many arrived cases, copies of one, whose one open
// follow-up is due so many days from today.
func openCases(b *testing.B, n, days int) *housetest.House {
	b.Helper()
	h := housetest.New(b)
	c := h.Arrived(b)
	h.Set(b, `UPDATE followups SET state = 'dropped'`)
	h.PastTheBooks()
	for _, table := range []string{"cases", "followups"} {
		h.Set(b, `ALTER TABLE `+table+` DISABLE TRIGGER USER`)
	}
	h.Set(b, fmt.Sprintf(`INSERT INTO cases SELECT (jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid(), 'code', 'bench-' || n))).*
		FROM cases c, generate_series(1, %d) n WHERE c.id = '%s'`, n, c.ID))
	h.Set(b, fmt.Sprintf(`INSERT INTO followups (case_id, kind, opens_on, due_on, closes_on)
		SELECT id, 'month_1', d, d, d FROM cases, (SELECT '%s'::date + %d AS d) day WHERE code LIKE 'bench-%%'`, h.Today(), days))
	h.Set(b, `DELETE FROM letters`)
	h.Set(b, `ANALYZE`)
	return h
}
