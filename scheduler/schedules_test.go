package scheduler_test

import (
	"strings"
	"testing"

	"hjemvej/scheduler"
)

func TestSchedulesThatCannotBeKeptAreRefused(t *testing.T) {
	t.Parallel()
	for spec, says := range map[string]string{
		"": "five fields", "nonsense": "five fields", "* * *": "five fields", "* * * *": "five fields",
		"0 30 9 * * *":     "five fields", // six
		"60 9 * * *":       "five fields",
		"0 24 * * *":       "five fields",
		"*/0 9 * * *":      "five fields",
		"TZ=":              "five fields", // the library panics
		"TZ=UTC":           "five fields",
		"CRON_TZ=":         "five fields",
		"0 9 30 2 *":       "never comes",
		"0 9 31 4,6 *":     "never comes",
		"30 2 * * *":       "00:00 to 03:00", // not in spring, twice in autumn
		"0 0 * * *":        "00:00 to 03:00",
		"59 2 1 1 *":       "00:00 to 03:00",
		"*/15 * * * *":     "00:00 to 03:00",
		"*/2 0,4-21 * * *": "00:00 to 03:00",
		"* 2-23 * * 2":     "00:00 to 03:00",
		"@daily":           "00:00 to 03:00",
		"@hourly":          "00:00 to 03:00",
		"@every 0h":        "00:00 to 03:00",
		"30 2 29 3 *":      "00:00 to 03:00",
		"0 9 * * * \x00":   "five fields",
	} {
		for name, set := range map[string]func(*scheduler.Schedules){
			"reminders":  func(s *scheduler.Schedules) { s.Reminders = spec },
			"periods":    func(s *scheduler.Schedules) { s.Periods = spec },
			"attention":  func(s *scheduler.Schedules) { s.Attention = spec },
			"forgetting": func(s *scheduler.Schedules) { s.Forgetting = spec },
		} {
			s := scheduler.DefaultSchedules
			set(&s)
			err := s.Check()
			if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), says) {
				t.Errorf("%s as %q: %v, want it to say %q", name, spec, err, says)
			}
			if _, err := scheduler.New(scheduler.Config{Schedules: s}); err == nil {
				t.Errorf("a scheduler keeps %q", spec)
			}
		}
	}
}

func TestSchedulesThatCanBeKept(t *testing.T) {
	t.Parallel()
	for _, spec := range []string{"0 3 * * *", "*/15 6-21 * * *", "0 9 29 2 *", "5 4 * * 1-5", "0 12 1 1 *", "59 23 * * *"} {
		if err := (scheduler.Schedules{Reminders: spec, Periods: spec, Attention: spec, Forgetting: spec}).Check(); err != nil {
			t.Errorf("%s: %v", spec, err)
		}
	}
	if err := scheduler.DefaultSchedules.Check(); err != nil {
		t.Error(err)
	}
}
