package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"hjemvej/internal/calendar"
)

// clockFile says where the demo's clock stands, for its next start.
const clockFile = "clock.json"

// demoClock is the machine's clock, or that many days before or after it.
type demoClock struct {
	DaysAhead int           `json:"days_ahead"`
	Seen      calendar.Date `json:"seen"` // the last day on which the demo was started: it does not go back
}

func (c demoClock) now() time.Time {
	return time.Now().In(calendar.Copenhagen).AddDate(0, 0, c.DaysAhead)
}

// openClock sets the clock of the demo in a folder to a day, or leaves it where it
// stood. What has happened on a later day does not unhappen.
func openClock(dir string, today calendar.Date) (c demoClock, err error) {
	file := filepath.Join(dir, clockFile)
	kept, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(kept, &c)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return c, fmt.Errorf("read where the demo's clock stands: %w", err)
	}
	if !today.IsZero() {
		c.DaysAhead = today.DaysSince(calendar.Today(time.Now()))
	}
	day := calendar.Today(c.now())
	if day.Before(c.Seen) {
		return c, fmt.Errorf("this demo has seen %s already, and its clock does not go back to %s (start again with --fresh)", c.Seen, day)
	}
	c.Seen = day
	out, err := json.Marshal(c)
	if err == nil {
		err = os.WriteFile(file, out, 0o600)
	}
	if err != nil {
		return c, fmt.Errorf("keep where the demo's clock stands: %w", err)
	}
	return c, nil
}
