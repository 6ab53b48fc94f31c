package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"hjemvej/api"
	"hjemvej/scheduler"
)

// stopWithin is how long a stop may take before the connections are cut.
const stopWithin = 3 * time.Second

// program is what runs in demo and in production alike: listeners and the
// scheduler, started in order and stopped in reverse.
type program struct {
	log       *slog.Logger
	listener  net.Listener
	service   http.Handler
	metrics   net.Listener         // nil: none
	scheduler *scheduler.Scheduler // nil: another replica keeps the clock
}

// run serves until ctx ends or something breaks.
func (p program) run(ctx context.Context, ready func()) error {
	broken := make(chan error, 2)
	servers := []*http.Server{p.serve(p.listener, p.service, broken)}
	if p.metrics != nil {
		servers = append(servers, p.serve(p.metrics, api.Metrics(), broken))
	}
	if p.scheduler != nil {
		// The scheduler is stopped below, in its turn; not by ctx, at once.
		if err := p.scheduler.Start(context.WithoutCancel(ctx)); err != nil {
			return errors.Join(err, p.stop(servers, false))
		}
	}
	ready()
	var err error
	select {
	case <-ctx.Done():
	case err = <-broken:
	}
	return errors.Join(err, p.stop(servers, true))
}

func (p program) serve(l net.Listener, h http.Handler, broken chan<- error) *http.Server {
	s := &http.Server{
		Handler: h, ErrorLog: slog.NewLogLogger(p.log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 60 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 32 << 10,
	}
	go func() {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			broken <- fmt.Errorf("serve: %w", err)
		}
	}()
	return s
}

// stop ends the servers, then the scheduler, within stopWithin: a request or a
// job that takes longer is cut, and rolled back by the database.
func (p program) stop(servers []*http.Server, scheduled bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	var failed []error
	for _, s := range servers {
		if err := s.Shutdown(ctx); err != nil {
			failed = append(failed, s.Close())
		}
	}
	if p.scheduler != nil && scheduled {
		if err := p.scheduler.Stop(ctx); err != nil {
			failed = append(failed, fmt.Errorf("stop the scheduler: %w", err))
		}
	}
	return errors.Join(failed...)
}
