package scheduler

import (
	"context"
	"errors"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/casework/filing"
	"hjemvej/casework/followup"
	"hjemvej/casework/plan"
	"hjemvej/casework/support"
	"hjemvej/internal/files"
	"hjemvej/internal/postgres"
	"hjemvej/partners"
	"hjemvej/partners/events"

	"github.com/riverqueue/river"
)

// The sweeps.
const (
	reminders  = "reminders"
	periods    = "periods"
	attending  = "attention"
	forgetting = "forgetting"
	carrying   = "carrying"
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
	return Sweep(ctx, w.config.DB, w.config.Files, job.Args.Sweep)
}

// look is one thing that a sweep looks for; it answers how many it found.
type look struct {
	name string
	do   func(context.Context, *postgres.DB) (int, error)
}

func sweeps(store *files.Store) map[string][]look {
	return map[string][]look{
		reminders: {
			{"follow-ups", followup.Remind}, {"incidents", followup.RemindIncidents}, {"support that ends", followup.WarnSupport},
			{"support that ends, for partners", partners.WarnSupport}, {"exits that are not recorded", followup.EscalateExits}, {"extensions", followup.RemindExtensions},
			{"reflection periods", casefile.WarnReflection}, {"consents that expire", casefile.WarnConsents},
			{"plans", plan.Remind}, {"answers that are due", partners.RemindOfAnswers}, {"unanswered hand-offs", partners.Escalate}, {"deletions", partners.RemindDeletions}, {"promises", support.TellPassed}, {"unseen reports", partners.EscalateReports},
			{"follow-ups for partners", partners.TellFollowups},
		},
		periods:   {{"reflection periods", casefile.EndReflection}, {"support", followup.EndSupport}, {"partners", partners.KeepActive}},
		attending: {{"forgotten cases", reportForgotten}},
		forgetting: {
			{"answers", postgres.ForgetAnswers},
			{"files", func(ctx context.Context, db *postgres.DB) (int, error) {
				return filing.Cabinet{DB: db, Store: store}.Sweep(ctx)
			}},
		},
		carrying: {{"events", events.WakeDue}},
	}
}

// Sweep runs one sweep now. One look that fails does not keep the others from
// looking.
func Sweep(ctx context.Context, db *postgres.DB, store *files.Store, name string) error {
	looks, known := sweeps(store)[name]
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
