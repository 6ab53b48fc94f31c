package main

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/housetest"
)

// dueToday gives a house so many cases, copies of one, each with a follow-up that is
// due today, and no other.
func dueToday(t *testing.T, h *housetest.House, many int) {
	t.Helper()
	today := calendar.Today(time.Now())
	c := h.Arrived(t)
	h.Set(t, `UPDATE followups SET state = 'lost', done_on = due_on`)
	h.PastTheBooks()
	for _, table := range []string{"cases", "followups"} {
		h.Set(t, `ALTER TABLE `+table+` DISABLE TRIGGER USER`)
	}
	h.Set(t, `INSERT INTO cases SELECT (jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid(), 'code', 'due-' || n, 'destination_time_zone', 'Europe/Copenhagen'))).*
		FROM cases c, generate_series(1, $1::int) n WHERE c.id = $2`, many, c.ID)
	h.Set(t, `INSERT INTO followups (case_id, kind, opens_on, due_on, closes_on) SELECT id, 'month_1', $1, $1, $1 FROM cases WHERE code LIKE 'due-%'`, today)
	for _, table := range []string{"cases", "followups"} {
		h.Set(t, `ALTER TABLE `+table+` ENABLE TRIGGER USER`)
	}
	h.Set(t, `UPDATE letters SET state = 'dropped', ended_at = queued_at`)
	h.Set(t, `DELETE FROM river_job`)
}

// The leader has kept one part of a sweep and stands in the middle of the next,
// held up by somebody who queues the same letter, when it is killed.
func TestR36_ALeaderThatIsKilledInTheMiddleOfASweepLosesAndDoublesNothing(t *testing.T) {
	heavy(t)
	const due, part = 1500, 1000
	h := housetest.New(t)
	h.KeepKey(t)
	h.SetNow(time.Now().AddDate(0, 0, -35))
	dueToday(t, h, due)
	stands, err := h.Owner.Begin(t.Context())
	must(t, err)
	_, err = stands.Exec(t.Context(), `INSERT INTO letters (once, kind, case_id, user_id, followup_id, due_on)
		SELECT 'followup:' || f.id || ':' || f.due_on || ':due:' || c.contact_person_id, 'followup_reminder_due', c.id, c.contact_person_id, f.id, f.due_on
		FROM followups f JOIN cases c ON c.id = f.case_id WHERE f.state = 'open' ORDER BY f.due_on, f.id OFFSET $1 LIMIT 1`, part+200)
	must(t, err)

	p := newProduction(t, h.URL)
	p.flags = append(p.flags, "--master-key", h.KeyFile)
	leader, err := launch(exec.Command(binary(t), p.flags...), patience)
	must(t, err)
	t.Cleanup(func() { leader.end(t, os.Kill) })
	kept := `SELECT count(*) FROM letters WHERE followup_id IS NOT NULL AND state <> 'dropped'`
	until(t, "one part is kept and the next waits", func() bool {
		return h.Count(t, kept) == part && h.Count(t, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) > 0
	})
	_, stop, _ := p.serve()
	leader.end(t, os.Kill)
	must(t, stands.Rollback(t.Context()))
	if n := h.Count(t, kept); n != part {
		t.Errorf("the dead one went on: %d letters", n)
	}
	h.Set(t, `UPDATE river_job SET attempted_at = attempted_at - interval '10 minutes' WHERE state = 'running'`) // rather than wait for it
	until(t, "the letters are out", func() bool {
		return h.Count(t, kept) == due && h.Count(t, `SELECT count(*) FROM letters WHERE state = 'queued'`) == 0
	})
	digests := h.Count(t, `SELECT count(*) FROM letters WHERE kind = 'digest' AND state = 'sent'`)
	if came := len(p.mail.Letters()); came != digests || came > 2 {
		t.Errorf("%d letters came, %d digests are sent", came, digests)
	}
	if n := h.Count(t, `SELECT count(DISTINCT l.followup_id) FROM letters l JOIN letters d ON d.id = l.digest_id WHERE l.state = 'sent' AND d.state = 'sent'`); n != due {
		t.Errorf("%d of %d follow-ups are in a letter", n, due)
	}
	if n := h.Count(t, fmt.Sprintf(`SELECT count(*) FROM audit_log WHERE operation = 'remind-followups' AND actor_id = '%s'`, access.Program.ID)); n != due {
		t.Errorf("%d rows of the audit log", n)
	}
	h.SetNow(time.Now())
	h.NobodyForgotten(t)
	if stop() != 0 {
		t.Error("the other one did not end well")
	}
}
