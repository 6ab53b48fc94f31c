// Package postgres is the ground on which every room stands: the pool, the
// transaction as an actor, the answer that is given once, the trace in the
// audit log, and the one place where database errors become faults.
package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// AppRole is the database role that requests run as. It owns nothing, cannot
// bypass row security, and may only insert into the audit log.
const AppRole = "hjemvej_app"

// DB is the pool of connections that requests and sweeps share, and the
// program's clock.
type DB struct {
	Pool *pgxpool.Pool
	now  func() time.Time
}

// Open connects to the server at url and takes on AppRole, whoever logs in. now
// is the program's clock (time.Now, or a test's). Open fails where the database
// cannot be reached or the login may not become AppRole.
func Open(ctx context.Context, url string, now func() time.Time) (*DB, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		// The cause may quote the URL, and with it a password.
		return nil, fmt.Errorf("read the database URL: it is not a PostgreSQL URL")
	}
	params := cfg.ConnConfig.RuntimeParams
	params["role"] = AppRole
	params["timezone"] = "UTC"
	params["application_name"] = "hjemvej"
	params["statement_timeout"] = "10s"
	params["idle_in_transaction_session_timeout"] = "30s"
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("reach the database: %w", err)
	}
	return &DB{Pool: pool, now: now}, nil
}

// Now is the program's clock, in UTC and to the microsecond that the database
// keeps.
func (db *DB) Now() time.Time { return db.now().UTC().Truncate(time.Microsecond) }

// Close returns all connections and waits for those in use.
func (db *DB) Close() { db.Pool.Close() }

// Collect runs a query and reads its rows into structs by column name.
func Collect[T any](ctx context.Context, q Querier, sql string, args ...any) ([]T, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[T])
}

// One runs a query for exactly one row. No row is pgx.ErrNoRows.
func One[T any](ctx context.Context, q Querier, sql string, args ...any) (T, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		var none T
		return none, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[T])
}

// Querier is a transaction or a pool: what reads need.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}
