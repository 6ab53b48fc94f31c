// Package scheduler is the clock: it decides when to look for what is due, and
// runs the jobs that must leave the house. Schedules are parsed by robfig/cron
// and run by River on whichever replica leads; every sweep asks for what is due
// up to now, so a night's outage is caught up, and nothing is done twice.
package scheduler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"hjemvej/casework/person"
	"hjemvej/internal/files"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
	"hjemvej/internal/webhook"
	"hjemvej/partners/events"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

// Config is what the scheduler works with.
type Config struct {
	DB        *postgres.DB
	Vault     person.Vault // opens the hours in which somebody may be contacted (R10)
	Files     *files.Store // where files lie
	Sender    *letter.Sender
	Events    *webhook.Sender
	BaseURL   string // of the service, for the link in letters; needs sign-in
	Domain    string // the right half of letters' Message-IDs
	Schedules Schedules
	Logger    *slog.Logger
	Workers   int // letters and sweeps at once; 0 is 4
	Couriers  int // endpoints at once; 0 is 32
}

// jobTimeout is how long one sweep or letter may take.
const jobTimeout = 2 * time.Minute

// Scheduler runs sweeps and jobs until it is stopped. Any number of replicas may
// run on one database.
type Scheduler struct{ river *river.Client[pgx.Tx] }

// New prepares a scheduler. It refuses schedules that cannot be kept.
func New(c Config) (*Scheduler, error) {
	periodic, err := c.Schedules.periodic()
	if err != nil {
		return nil, err
	}
	if c.Workers == 0 {
		c.Workers = 4
	}
	if c.Couriers == 0 {
		c.Couriers = 32
	}
	workers := river.NewWorkers()
	if err := errors.Join(
		river.AddWorkerSafely(workers, &sendWorker{config: c}),
		river.AddWorkerSafely(workers, &digestWorker{config: c}),
		river.AddWorkerSafely(workers, &sweepWorker{config: c}),
		river.AddWorkerSafely(workers, &carryWorker{courier: events.Courier{DB: c.DB, Vault: c.Vault, Sender: c.Events}}),
	); err != nil {
		return nil, fmt.Errorf("register workers: %w", err)
	}
	client, err := river.NewClient(riverpgxv5.New(c.DB.Pool), &river.Config{
		Logger:            slog.New(quiet{c.Logger.Handler()}),
		PeriodicJobs:      periodic,
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: c.Workers}, outbox.EventQueue: {MaxWorkers: c.Couriers}},
		Workers:           workers,
		JobTimeout:        jobTimeout,
		FetchPollInterval: 2 * time.Second,
		MaxAttempts:       20, // with River's backoff: about ten days of trying
		// A job whose replica was killed is taken up again after this long, not
		// after River's hour: a sweep that seems to run keeps all others away.
		RescueStuckJobsAfter: jobTimeout + time.Minute,
	})
	if err != nil {
		return nil, fmt.Errorf("prepare the job queue: %w", err)
	}
	return &Scheduler{client}, nil
}

// Start begins to work and returns. Sweeps run once at every start, so that a
// program that never lives until its next appointment still does its work.
func (s *Scheduler) Start(ctx context.Context) error {
	if err := s.river.Start(ctx); err != nil {
		return fmt.Errorf("start the job queue: %w", err)
	}
	return nil
}

// Stop lets the jobs at work finish until ctx ends, then cancels them; a
// cancelled job is tried again later, by whichever replica.
func (s *Scheduler) Stop(ctx context.Context) error {
	err := s.river.Stop(ctx)
	if err == nil || ctx.Err() == nil {
		return err
	}
	hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	return s.river.StopAndCancel(hard)
}

// quiet lets warnings and errors of the job queue through and keeps its chatter
// out of the log.
type quiet struct{ slog.Handler }

// Enabled is true from warnings on.
func (q quiet) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && q.Handler.Enabled(ctx, l)
}

// WithAttrs keeps the quiet.
func (q quiet) WithAttrs(a []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(a)} }

// WithGroup keeps the quiet.
func (q quiet) WithGroup(n string) slog.Handler { return quiet{q.Handler.WithGroup(n)} }
