package demo

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"hjemvej/internal/calendar"

	"golang.org/x/sync/errgroup"
)

// firstDay is how many days before the ways are told the house opened.
const firstDay = 365

// Earliest and Latest are how many days before and after the day on which the
// ways are told they can be shown: before, the house was empty; after, everybody
// is at the end of their way.
const (
	Earliest = 330
	Latest   = 3650
)

// clock is the demo's time: a day in the past that goes on by half a minute
// whenever somebody looks.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time { return time.Unix(c.at.Add(30), 0) }

// turnTo sets the clock to the morning of a day in Copenhagen.
func (c *clock) turnTo(day calendar.Date) {
	c.at.Store(time.Date(day.Year, day.Month, day.Day, 8, 0, 0, 0, calendar.Copenhagen).Unix())
}

// step is one act of a course.
type step struct {
	day  calendar.Date
	what string
	do   func(context.Context, *house) error
}

// abreast is how many courses go on at once on a day. They share nothing but
// the programme's ceiling.
const abreast = 4

// play plays all courses, day by day, each course's steps in their order.
func play(ctx context.Context, h *house, hand *clock, all []*course, progress func(done, total int)) error {
	days, total := schedule(all)
	var told sync.Mutex
	done := 0
	tell := func() {
		told.Lock()
		defer told.Unlock()
		if done++; progress != nil {
			progress(done, total)
		}
	}
	var rated calendar.Date
	for _, day := range days {
		hand.turnTo(day)
		if rated.IsZero() || day.DaysSince(rated) >= ratesEvery {
			if err := h.recordRates(ctx, day); err != nil {
				return err
			}
			rated = day
		}
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(abreast)
		for _, c := range all {
			if today := c.take(day); len(today) > 0 {
				group.Go(func() error { return c.play(ctx, h, today, tell) })
			}
		}
		if err := group.Wait(); err != nil {
			return err
		}
	}
	return nil
}

// schedule puts each course's steps in the order of their days and lists the
// days on which anything happens.
func schedule(all []*course) (days []calendar.Date, total int) {
	for _, c := range all {
		slices.SortStableFunc(c.steps, func(a, b step) int { return a.day.Compare(b.day) })
		for _, s := range c.steps {
			days = append(days, s.day)
		}
		total += len(c.steps)
	}
	slices.SortFunc(days, calendar.Date.Compare)
	return slices.Compact(days), total
}

// take takes the steps of a day off the course.
func (c *course) take(day calendar.Date) []step {
	n := 0
	for n < len(c.steps) && !c.steps[n].day.After(day) {
		n++
	}
	today := c.steps[:n]
	c.steps = c.steps[n:]
	return today
}

func (c *course) play(ctx context.Context, h *house, steps []step, tell func()) error {
	for _, s := range steps {
		if err := s.do(ctx, h); err != nil {
			return fmt.Errorf("%s %s, %s: %s: %w", c.given, c.family, s.day, s.what, err)
		}
		tell()
	}
	return nil
}

// withoutWaiting lets the server answer before its disk does: after a crash the
// mark of a full database is missing together with what was lost.
func withoutWaiting(databaseURL string) string {
	u, err := url.Parse(databaseURL)
	if err != nil || u.Scheme == "" {
		return databaseURL
	}
	q := u.Query()
	q.Set("synchronous_commit", "off")
	u.RawQuery = q.Encode()
	return u.String()
}
