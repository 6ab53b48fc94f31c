package main

import (
	"context"
	"errors"
	"fmt"

	"hjemvej/migrations"

	"github.com/jackc/pgx/v5"
)

// ownerDatabase is the database as its owner reaches it.
type ownerDatabase struct {
	MigrateURL string `name:"migrate-url" env:"HJEMVEJ_MIGRATE_URL" placeholder:"URL" help:"PostgreSQL URL of the role that owns the schema; HJEMVEJ_DATABASE_URL where it is left out."`
	URL        string `name:"database-url" env:"HJEMVEJ_DATABASE_URL" placeholder:"URL" help:"PostgreSQL URL, such as postgres://hjemvej@db.internal/hjemvej. The role must be a member of hjemvej_app, or own the schema."`
}

func (d ownerDatabase) owner() string {
	if d.MigrateURL != "" {
		return d.MigrateURL
	}
	return d.URL
}

// check names the first URL that cannot be one; it never repeats a URL, which
// may hold a password.
func (d ownerDatabase) check() error {
	if d.URL == "" {
		return errors.New("HJEMVEJ_DATABASE_URL (--database-url) is required")
	}
	if _, err := pgx.ParseConfig(d.URL); err != nil {
		return errors.New("HJEMVEJ_DATABASE_URL (--database-url) is not a PostgreSQL URL")
	}
	if _, err := pgx.ParseConfig(d.owner()); err != nil {
		return errors.New("HJEMVEJ_MIGRATE_URL (--migrate-url) is not a PostgreSQL URL")
	}
	return nil
}

type migrateCommand struct{ ownerDatabase }

// Run applies what the database lacks. It may run at any time and twice.
func (m migrateCommand) Run(c *console) error {
	if err := m.check(); err != nil {
		return err
	}
	if _, err := m.pending(c.ctx); err != nil {
		return err
	}
	if err := migrations.Apply(c.ctx, m.owner()); err != nil {
		return err
	}
	_, err := fmt.Fprintln(c.out, "The database is up to date.")
	return err
}

// upToDate applies pending migrations as the owner. Where the login does not own
// the schema and nothing is pending, there is nothing to do.
func (d ownerDatabase) upToDate(ctx context.Context) error {
	if pending, err := d.pending(ctx); err != nil || pending == 0 {
		return err
	}
	return migrations.Apply(ctx, d.owner())
}

// pending is how many migrations the database lacks; one that is newer than the
// program is an error.
func (d ownerDatabase) pending(ctx context.Context) (int, error) {
	conn, err := pgx.Connect(ctx, d.owner())
	if err != nil {
		return 0, fmt.Errorf("reach the database: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	n, err := migrations.Pending(ctx, conn)
	if err == nil && n < 0 {
		err = errors.New("the database is newer than this program; run the newer one")
	}
	return n, err
}
