package scheduler_test

import (
	"slices"
	"strconv"
	"time"

	"hjemvej/internal/calendar"
)

// modelYear is the whole caseload in the model, and the letters about it.
type modelYear struct {
	cases []*modelCase
	leads map[string]string // by team
	gone  map[string]bool   // who has left
}

// modelLetter is one letter about a follow-up, the end of support, an exit or a
// forgotten case. With step it is told once to a reader.
type modelLetter struct {
	slot  *modelSlot // nil where it is about none
	row   letterRow
	step  string
	state string // queued, sent, dropped; free: put back unread, so that it may be told again
}

// letterRow is a letter as it is compared.
type letterRow struct {
	Case, Kind, SlotKind, SlotRef, Reader string
	Days                                  int
	Due                                   calendar.Date
}

// tell queues the letters that were not told before, whatever days they count by
// now, and answers them.
func (c *modelCase) tell(letters []*modelLetter) (rows []letterRow) {
	for _, l := range letters {
		told := slices.ContainsFunc(c.letters, func(o *modelLetter) bool {
			return o.slot == l.slot && o.step == l.step && o.state != "free" &&
				o.row.Kind == l.row.Kind && o.row.Reader == l.row.Reader && o.row.Due == l.row.Due
		})
		if !told {
			l.state = "queued"
			c.letters = append(c.letters, l)
			rows = append(rows, l.row)
		}
	}
	return rows
}

// remind is what goes out at a moment of a sweep of reminders.
func (y *modelYear) remind(now time.Time) (rows []letterRow) {
	for _, c := range y.cases {
		today := c.dayAt(now)
		for _, s := range c.open() {
			if !c.held && s.quiet.Before(today) {
				rows = append(rows, c.tell(y.aboutSlot(c, s, today))...)
			}
		}
		rows = append(rows, c.tell(y.aboutEnd(c, today))...)
	}
	return rows
}

// aboutSlot is the latest letter to each reader: 3 days before, on the day and 3
// days after to the contact person, 10 days after to the team lead, and then no more.
func (y *modelYear) aboutSlot(c *modelCase, s *modelSlot, today calendar.Date) (out []*modelLetter) {
	late := today.DaysSince(s.due)
	write := func(kind, reader string) *modelLetter {
		return &modelLetter{slot: s, row: letterRow{c.code, kind, s.kind, s.ref, reader, max(late, -late), s.due}}
	}
	escalated := slices.ContainsFunc(c.letters, func(l *modelLetter) bool {
		return l.slot == s && l.row.Kind == "followup_escalated" && l.row.Due == s.due && l.state != "free"
	})
	switch {
	case escalated:
		return nil
	case late >= 3:
		out = append(out, write("followup_reminder_overdue", c.contact))
	case late >= 0:
		out = append(out, write("followup_reminder_due", c.contact))
	case late >= -3:
		out = append(out, write("followup_reminder_before", c.contact))
	}
	if late >= 10 {
		out = append(out, write("followup_escalated", y.leads[c.team]))
	}
	return out
}

// aboutEnd is what goes out about the end of support: 30, 14 and 7 days before it to
// the contact person and the partner there (R23), and where no exit is recorded 1
// and 3 days after it to the contact person, from the tenth each week to the team
// lead (R35).
func (y *modelYear) aboutEnd(c *modelCase, today calendar.Date) (out []*modelLetter) {
	if c.state != "arrived" {
		return nil
	}
	last := c.lastDay()
	write := func(kind, step, reader string, days int) {
		out = append(out, &modelLetter{step: step, row: letterRow{c.code, kind, "", "", reader, days, last}})
	}
	left := last.DaysSince(today)
	for _, days := range []int{7, 14, 30} {
		if left >= 1 && left <= days {
			write("support_ends", strconv.Itoa(days), c.contact, left)
			write("support_ends_there", strconv.Itoa(days), c.partner, left)
			break
		}
	}
	late := -left
	if late >= 3 {
		write("exit_unfinished", "3", c.contact, late)
	} else if late >= 1 {
		write("exit_unfinished", "1", c.contact, late)
	}
	for week := 10; late >= 10; week += 7 {
		if late < week+7 {
			write("exit_unfinished", strconv.Itoa(week), y.leads[c.team], late)
			break
		}
	}
	return out
}

// step is what an open case waits for (the other end of R36: none waits for nothing)
// and the day after which somebody has forgotten it.
func (y *modelYear) step(c *modelCase) (what string, by, until calendar.Date) {
	var first, last calendar.Date
	for _, s := range c.open() {
		if d := latest(s.due, s.quiet); first.IsZero() || d.Before(first) {
			first = d
		}
		last = latest(last, s.due)
	}
	switch {
	case y.gone[c.contact]:
		return "name_contact_person", c.since, c.since
	case c.state == "exited":
		return "close_case", c.since, c.since
	case first.IsZero():
		by = latest(c.since, c.lastDay())
		return "review_exit", by, by
	case c.held:
		by = latest(c.since, first)
		return "look_at_safety_hold", by, by
	}
	return "follow_up", first, latest(first, last)
}

// forgotten are the cases whose step should have been taken two weeks ago, and the
// letters about them: to the leads, and to the contact person where there is one.
func (y *modelYear) forgotten(now time.Time) (codes []string, rows []letterRow) {
	for _, c := range y.cases {
		what, by, until := y.step(c)
		if !calendar.Today(now).After(until.AddDays(14)) {
			continue
		}
		codes = append(codes, c.code)
		missed := c.state
		readers := []string{y.leads[c.team], c.contact}
		if what == "name_contact_person" {
			missed, readers = what, readers[:1]
		}
		for _, reader := range readers {
			rows = append(rows, c.tell([]*modelLetter{{step: missed + by.String(), row: letterRow{Case: c.code, Kind: "case_without_next_step", Reader: reader}}})...)
		}
	}
	return codes, rows
}

// post sends what is queued and still true, and answers it. What is not is told
// again when it is.
func (y *modelYear) post() (sent []letterRow) {
	for _, c := range y.cases {
		for _, l := range c.letters {
			switch {
			case l.state != "queued":
			case y.gone[l.row.Reader]:
				l.state = "dropped"
			case !c.stillTrue(l):
				l.state = "free"
			default:
				l.state = "sent"
				sent = append(sent, l.row)
			}
		}
	}
	return sent
}

// stillTrue is whether what a letter tells of still stands.
func (c *modelCase) stillTrue(l *modelLetter) bool {
	switch {
	case l.slot != nil:
		return l.slot.state == "open" && l.slot.due == l.row.Due && !c.held
	case l.row.Kind == "case_without_next_step":
		return true
	}
	return c.state == "arrived" && c.lastDay() == l.row.Due
}
