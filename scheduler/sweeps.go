package scheduler

import (
	"context"
	"errors"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/casework/plan"
	"hjemvej/internal/postgres"
	"hjemvej/partners"

	"github.com/riverqueue/river"
)

// The sweeps.
const (
	reminders  = "reminders"
	periods    = "periods"
	forgetting = "forgetting"
)

// sweepArgs name the sweep to run, and nothing else.
type sweepArgs struct {
	Sweep string `json:"sweep" river:"unique"`
}

// Kind names the job.
func (sweepArgs) Kind() string { return "sweep" }

type sweepWorker struct {
	river.WorkerDefaults[sweepArgs]
	config Config
}

// Work runs one sweep.
func (w *sweepWorker) Work(ctx context.Context, job *river.Job[sweepArgs]) error {
	return Sweep(ctx, w.config.DB, job.Args.Sweep)
}

// look is one thing that a sweep looks for; it answers how many it found.
type look struct {
	name string
	do   func(context.Context, *postgres.DB) (int, error)
}

var sweeps = map[string][]look{
	reminders: {
		{"follow-ups", followup.Remind}, {"support that ends", followup.WarnSupport},
		{"reflection periods", casefile.WarnReflection}, {"consents that expire", casefile.WarnConsents},
		{"plans", plan.Remind}, {"answers that are due", partners.RemindOfAnswers}, {"unanswered hand-offs", partners.Escalate}, {"deletions", partners.RemindDeletions},
	},
	periods:    {{"reflection periods", casefile.EndReflection}, {"support", followup.EndSupport}, {"partners", partners.KeepActive}},
	forgetting: {{"answers", postgres.ForgetAnswers}},
}

// Sweep runs one sweep now. One look that fails does not keep the others from
// looking.
func Sweep(ctx context.Context, db *postgres.DB, name string) error {
	looks, known := sweeps[name]
	if !known {
		return river.JobCancel(fmt.Errorf("there is no sweep of that name"))
	}
	var failed []error
	for _, l := range looks {
		if _, err := l.do(ctx, db); err != nil {
			failed = append(failed, fmt.Errorf("sweep %s: %w", l.name, err))
		}
	}
	return errors.Join(failed...)
}
