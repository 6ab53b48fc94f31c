package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	urlVariable = "HJEMVEJ_TEST_DATABASE_URL"
	namePrefix  = "hjemvej_test_"
)

// A server holds this test binary's databases. Their names begin with a token
// that is also the name of our sessions, so that on a shared server everybody
// sees whose databases are still in use.
type server struct {
	base  *url.URL
	token string
	admin *pgxpool.Pool
	count atomic.Int64
	copy  string // how CREATE DATABASE copies, where the server has a choice
	stop  func() error
}

func openServer() (*server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	address, stop := os.Getenv(urlVariable), func() error { return nil }
	if address == "" {
		var err error
		if address, stop, err = startEmbedded(ctx); err != nil {
			return nil, err
		}
	}
	s, err := connect(ctx, address)
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	s.stop = stop
	return s, nil
}

// connect prepares a server for our databases and clears away those of test
// binaries that are gone.
func connect(ctx context.Context, address string) (*server, error) {
	base, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(base.Scheme, "postgres") {
		return nil, fmt.Errorf("%s must be a postgres:// URL", urlVariable) // it may hold a password
	}
	s := &server{base: base, token: namePrefix + strings.ToLower(rand.Text()[:10])}
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, fmt.Errorf("read the server's URL: %w", err)
	}
	config.ConnConfig.RuntimeParams["application_name"] = s.token
	config.MinConns, config.MaxConns = 1, 4 // one at least: while it lives, nobody sweeps what is ours
	if s.admin, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, fmt.Errorf("connect to the test server: %w", err)
	}
	if err := s.greet(ctx); err != nil {
		s.admin.Close()
		return nil, err
	}
	return s, nil
}

func (s *server) greet(ctx context.Context) error {
	var version int
	if err := s.admin.QueryRow(ctx, `SELECT current_setting('server_version_num')::int`).Scan(&version); err != nil {
		return fmt.Errorf("ask the test server for its version: %w", err)
	}
	if version >= 150000 {
		s.copy = " STRATEGY file_copy" // half the time of wal_log, with and without fsync
	}
	return s.sweep(ctx)
}

// sweep drops the databases whose makers have no session any more. Only those
// of our own role: the sessions of another cannot be seen.
func (s *server) sweep(ctx context.Context) error {
	rows, err := s.admin.Query(ctx, `
		SELECT d.datname FROM pg_database d
		WHERE starts_with(d.datname, $1) AND pg_get_userbyid(d.datdba) = current_user
		AND NOT EXISTS (SELECT FROM pg_stat_activity s WHERE s.application_name = left(d.datname, $2))`,
		namePrefix, len(s.token))
	if err != nil {
		return fmt.Errorf("look for left databases: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("look for left databases: %w", err)
	}
	for _, name := range names {
		if err := s.drop(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

func (s *server) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := s.dropAll(ctx)
	s.admin.Close()
	return errors.Join(err, s.stop())
}

func (s *server) url(database string) string {
	u := *s.base
	u.Path = "/" + database
	return u.String()
}
