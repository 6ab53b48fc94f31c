package scheduler

import (
	"fmt"
	"time"

	"hjemvej/internal/calendar"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"github.com/robfig/cron/v3"
)

// Schedules says when each sweep looks, as five cron fields in Copenhagen's
// time. Keep them out of the hours from 00:00 to 03:00, which come twice or not
// at all when the clock changes.
type Schedules struct {
	Reminders  string `help:"When to look for follow-ups to remind of, incidents that nobody took in hand, hand-offs that nobody answered, reports that nobody saw, promises whose day is over and periods that run out soon (cron, Copenhagen)." default:"*/15 6-21 * * *" env:"HJEMVEJ_SCHEDULE_REMINDERS"`
	Periods    string `help:"When to end the reflection periods and the support that ran out the day before (cron, Copenhagen)." default:"5 4 * * *" env:"HJEMVEJ_SCHEDULE_PERIODS"`
	Attention  string `help:"When to look for open cases of which nobody would hear any more (cron, Copenhagen)." default:"20 5 * * *" env:"HJEMVEJ_SCHEDULE_ATTENTION"`
	Forgetting string `help:"When to forget the answers kept for repeated requests, and to remove what is left of uploads that were cut off (cron, Copenhagen)." default:"35 4 * * *" env:"HJEMVEJ_SCHEDULE_FORGETTING"`
}

// DefaultSchedules are the ones that the help names.
var DefaultSchedules = Schedules{Reminders: "*/15 6-21 * * *", Periods: "5 4 * * *", Attention: "20 5 * * *", Forgetting: "35 4 * * *"}

// Check names the first schedule that cannot be kept. (Validate would be called by
// the parser of the flags, too early to name it beside everything else.)
func (s Schedules) Check() error {
	_, err := s.periodic()
	return err
}

func (s Schedules) periodic() ([]*river.PeriodicJob, error) {
	var jobs []*river.PeriodicJob
	for _, p := range []struct{ name, spec string }{{reminders, s.Reminders}, {periods, s.Periods}, {attending, s.Attention}, {forgetting, s.Forgetting}} {
		schedule, err := parse(p.spec)
		if err != nil {
			return nil, &ScheduleError{p.name, err}
		}
		name := p.name
		jobs = append(jobs, river.NewPeriodicJob(schedule,
			func() (river.JobArgs, *river.InsertOpts) { return sweepArgs{Sweep: name}, sweepOptions },
			&river.PeriodicJobOpts{RunOnStart: true}))
	}
	// Events are no matter of the hour: pauses of seconds must be kept at night too.
	return append(jobs, river.NewPeriodicJob(river.PeriodicInterval(carryEvery),
		func() (river.JobArgs, *river.InsertOpts) { return sweepArgs{Sweep: carrying}, sweepOptions },
		&river.PeriodicJobOpts{RunOnStart: true})), nil
}

// carryEvery is how often to look for events that are due again.
const carryEvery = 10 * time.Second

// ScheduleError is a schedule that cannot be kept, by its name: reminders,
// periods, attention or forgetting.
type ScheduleError struct {
	Name  string
	Cause error
}

// Error says which schedule, and what is wrong.
func (e *ScheduleError) Error() string { return "the schedule of " + e.Name + " " + e.Cause.Error() }

// Unwrap is what is wrong.
func (e *ScheduleError) Unwrap() error { return e.Cause }

// sweepOptions let one sweep of a name wait or work at a time, over all replicas.
var sweepOptions = &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled}}}

// parse reads a spec and refuses what cannot be kept: the library panics on some
// specs and gives a time in year one for days that never come.
func parse(spec string) (schedule cron.Schedule, err error) {
	defer func() {
		if recover() != nil {
			schedule, err = nil, fmt.Errorf("is not a cron schedule of five fields")
		}
	}()
	schedule, err = cron.ParseStandard("CRON_TZ=Europe/Copenhagen " + spec)
	if err != nil {
		return nil, fmt.Errorf("is not a cron schedule of five fields")
	}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, calendar.Copenhagen).Add(-time.Second) // just before a day's first hour
	for n := 0; n < 400 && at.Year() < 2040; n++ {                                 // far enough for 29 February, and before 2100, which has none
		if at = schedule.Next(at); at.IsZero() {
			return nil, fmt.Errorf("never comes")
		}
		if at.In(calendar.Copenhagen).Hour() < 3 {
			return nil, fmt.Errorf("must keep out of the hours from 00:00 to 03:00")
		}
	}
	return schedule, nil
}
