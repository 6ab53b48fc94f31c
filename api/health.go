package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"hjemvej/internal/fault"
	"hjemvej/migrations"
)

// alive answers that the program runs, whatever else does.
func alive(w http.ResponseWriter, _ *http.Request) { status(w, "alive") }

// ready answers whether requests can be served: the database is reached and its
// schema is this program's, and the files and their scanner are reached.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	if err := s.checkReady(r.Context()); err != nil {
		s.refuse(w, r, &fault.Error{Kind: fault.Unavailable, Message: "The service is not ready.", Cause: err})
		return
	}
	status(w, "ready")
}

func (s *Server) checkReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	conn, err := s.db.Pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("reach the database: %w", err)
	}
	defer conn.Release()
	pending, err := migrations.Pending(ctx, conn.Conn())
	if err != nil {
		return err
	}
	if pending > 0 { // fewer than none: a newer program migrated, and this one still runs on it
		return fmt.Errorf("the database lacks %d migrations", pending)
	}
	return s.cabinet.Store.Check(ctx)
}

func status(w http.ResponseWriter, word string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"status":"` + word + `"}` + "\n")) // the caller may have gone
}
