package followup_test

import (
	"fmt"
	"testing"
	"time"

	"hjemvej/casework/followup"
	"hjemvej/internal/calendar"
	"hjemvej/internal/housetest"
	"hjemvej/partners"
)

// midnights are days on which a destination's clock changes at midnight, and when
// they begin: in spring at one o'clock, in autumn after an hour that came twice.
var midnights = []struct{ zone, day, begins string }{
	{"America/Havana", "2027-03-14", "2027-03-14T05:00:00Z"},
	{"America/Havana", "2027-11-07", "2027-11-07T04:00:00Z"}, // back from one to midnight: the day itself has the hour twice
	{"Asia/Beirut", "2027-03-28", "2027-03-27T22:00:00Z"},
	{"Asia/Beirut", "2027-10-31", "2027-10-30T22:00:00Z"},
	{"Africa/Cairo", "2027-04-30", "2027-04-29T22:00:00Z"},
	{"Africa/Cairo", "2027-10-29", "2027-10-28T22:00:00Z"},
	{"America/Santiago", "2027-09-05", "2027-09-05T04:00:00Z"},
	{"America/Santiago", "2027-04-04", "2027-04-04T04:00:00Z"},
	{"America/Asuncion", "2024-10-06", "2024-10-06T04:00:00Z"}, // the last time: its clock stands still since
}

// onTheDay holds that a sweep does one thing as a day begins, whatever runs at
// once; nothing a second before, nor when the clock is set back, nor a day later.
func onTheDay(t *testing.T, h *housetest.House, begins time.Time, what string, run sweep) {
	t.Helper()
	sum := func(at time.Time) (n int) {
		h.SetNow(at)
		did := make([]int, 2)
		for _, err := range housetest.AtOnce(2, func(i int) (err error) { did[i], err = run(t.Context(), h.DB); return err }) {
			must(t, err)
		}
		return did[0] + did[1]
	}
	sum(begins.Add(-24 * time.Hour)) // what was due before has gone out
	for _, x := range []struct {
		at   time.Time
		want int
	}{{begins.Add(-time.Second), 0}, {begins, 1}, {begins.Add(-time.Hour), 0}, {begins.Add(30 * time.Minute), 0}, {begins.Add(90 * time.Minute), 0}, {begins.Add(24 * time.Hour), 0}} {
		if got := sum(x.at); got != x.want {
			t.Errorf("%s, %s after the day began: %d, want %d", what, x.at.Sub(begins), got, x.want)
		}
	}
}

func TestR23_R35_R36_EachLetterIsOutOnTheVeryDayThatBeginsWhenClocksChange(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	h.Set(t, `UPDATE followups SET state = 'lost', done_on = due_on WHERE kind <> 'month_3'`)
	h.Set(t, `UPDATE consents SET valid_from = '2024-01-01', valid_until = '2028-12-31'`) // on all of these days
	for _, m := range midnights {
		day := calendar.MustParse(m.day)
		begins, err := time.Parse(time.RFC3339, m.begins)
		must(t, err)
		on := func(what string, due, last calendar.Date, run sweep, said string) {
			t.Helper()
			h.Set(t, `DELETE FROM letters`)
			h.Set(t, `UPDATE followups SET due_on = $1, opens_on = $1, closes_on = $1 WHERE kind = 'month_3'`, due)
			h.Set(t, `UPDATE cases SET last_day = $2, arrived_on = $2::date - 180, support_ended_on = NULL, destination_time_zone = $3 WHERE id = $1`, c.ID, last, m.zone)
			what = fmt.Sprintf("%s %s: %s", m.zone, m.day, what)
			onTheDay(t, h, begins, what, run)
			if got := h.Text(t, `SELECT coalesce(string_agg(kind || ' ' || days, ', '), '') FROM letters WHERE queued_at = $1`, begins); got != said {
				t.Errorf("%s: the letter is %q, want %q", what, got, said)
			}
		}
		far := day.AddDays(100)
		for days, kind := range map[int]string{-3: "reminder_before", 0: "reminder_due", 3: "reminder_overdue", 10: "escalated"} {
			on(kind, day.AddDays(-days), far, followup.Remind, fmt.Sprintf("followup_%s %d", kind, max(days, -days)))
		}
		for _, days := range []int{1, 3, 10, 17} {
			on("an exit that is not recorded", far, day.AddDays(-days), followup.EscalateExits, fmt.Sprintf("exit_unfinished %d", days))
		}
		for _, days := range []int{30, 14, 7} {
			on("support that ends", far, day.AddDays(days), followup.WarnSupport, fmt.Sprintf("support_ends %d", days))
			on("support that ends, for the partner", far, day.AddDays(days), partners.WarnSupport, fmt.Sprintf("support_ends_there %d", days))
		}
		on("the end of support", far, day.AddDays(-1), followup.EndSupport, "")
		for _, run := range []sweep{followup.Remind, followup.EscalateExits} {
			h.SetNow(begins.AddDate(0, 0, 3))
			must(t, second(run(t.Context(), h.DB)))
		}
		h.NobodyForgotten(t)
	}
}
