package pgtest

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// prepare makes a template of another and closes it: CREATE DATABASE cannot copy what
// somebody is connected to, so whatever connection was forgotten is ended and
// no other can come.
func (s *server) prepare(base string, fill Step) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	name, err := s.create(ctx, base)
	if err != nil {
		return "", err
	}
	if err := fill(ctx, s.url(name)); err != nil {
		return "", fmt.Errorf("prepare the template: %w", err)
	}
	if _, err := s.admin.Exec(ctx, "ALTER DATABASE "+quoted(name)+" WITH ALLOW_CONNECTIONS false"); err != nil {
		return "", fmt.Errorf("close the template: %w", err)
	}
	return name, s.empty(ctx, name)
}

// empty ends every session in a database. DROP DATABASE would do so too, but looks
// again after a tenth of a second where one is still ending.
func (s *server) empty(ctx context.Context, name string) error {
	for {
		ended, err := s.admin.Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'`, name)
		if err != nil {
			return fmt.Errorf("empty a database: %w", err)
		}
		if ended.RowsAffected() == 0 {
			return nil
		}
		time.Sleep(2 * time.Millisecond) // bounded by the context
	}
}

func (s *server) create(ctx context.Context, template string) (string, error) {
	name := fmt.Sprintf("%s_%d", s.token, s.count.Add(1))
	if _, err := s.admin.Exec(ctx, "CREATE DATABASE "+quoted(name)+" TEMPLATE "+quoted(template)+s.copy); err != nil {
		return "", fmt.Errorf("create a database: %w", err)
	}
	return name, nil
}

func (s *server) drop(ctx context.Context, name string) error {
	if err := s.empty(ctx, name); err != nil {
		return err
	}
	if _, err := s.admin.Exec(ctx, "DROP DATABASE IF EXISTS "+quoted(name)+" WITH (FORCE)"); err != nil {
		return fmt.Errorf("drop a database: %w", err)
	}
	return nil
}

// dropAll drops what this binary made and did not drop yet: its templates.
func (s *server) dropAll(ctx context.Context) error {
	for i := range s.count.Load() {
		if err := s.drop(ctx, fmt.Sprintf("%s_%d", s.token, i+1)); err != nil {
			return err
		}
	}
	return nil
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }
