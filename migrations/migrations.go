// Package migrations holds the schema as numbered SQL, embedded in the program,
// and applies it. Each file says in its first lines why it exists; each is safe
// while the previous version of the program still runs. There are no down
// migrations: a backup is the way back.
package migrations

import (
	"context"
	"embed"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/tern/v2/migrate"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed *.sql
var files embed.FS

const (
	versionTable = "public.schema_version"
	lockID       = 7_241_100 // one migrating program at a time on a database
)

// Apply brings the database at the owner's URL up to this program's schema:
// the numbered files, then the tables of the job queue. Programs that start at
// once wait for each other.
func Apply(ctx context.Context, ownerURL string) error {
	pool, err := pgxpool.New(ctx, ownerURL)
	if err != nil {
		return fmt.Errorf("open the database to migrate: %w", err)
	}
	defer pool.Close()
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("reach the database to migrate: %w", err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", lockID); err != nil {
		return fmt.Errorf("wait for other migrations: %w", err)
	}
	defer func() { _, _ = conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", lockID) }()
	if err := applyOurs(ctx, conn.Conn()); err != nil {
		return err
	}
	return applyRiver(ctx, pool)
}

// Pending is how many of the numbered files, and of the job queue's own
// migrations, the database still lacks; negative where it is newer than this
// program.
func Pending(ctx context.Context, conn *pgx.Conn) (int, error) {
	entries, err := files.ReadDir(".")
	if err != nil {
		return 0, fmt.Errorf("list migrations: %w", err)
	}
	var exists bool
	if err := conn.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", versionTable).Scan(&exists); err != nil {
		return 0, fmt.Errorf("look for the schema: %w", err)
	}
	if !exists {
		return len(entries), nil
	}
	var at int
	if err := conn.QueryRow(ctx, "SELECT version FROM "+versionTable).Scan(&at); err != nil {
		return 0, fmt.Errorf("read the schema's version: %w", err)
	}
	if at > len(entries) {
		return len(entries) - at, nil
	}
	queue, err := pendingRiver(ctx, conn)
	return len(entries) - at + queue, err
}

// pendingRiver is how many of the job queue's own migrations are lacking.
func pendingRiver(ctx context.Context, conn *pgx.Conn) (int, error) {
	m, err := rivermigrate.New(riverpgxv5.New(nil), nil)
	if err != nil {
		return 0, fmt.Errorf("list the job queue's migrations: %w", err)
	}
	var have int
	var exists bool
	if err := conn.QueryRow(ctx, "SELECT to_regclass('public.river_migration') IS NOT NULL").Scan(&exists); err != nil {
		return 0, fmt.Errorf("look for the job queue: %w", err)
	}
	if !exists {
		return len(m.AllVersions()), nil
	}
	if err := conn.QueryRow(ctx, "SELECT count(*) FROM river_migration WHERE line = 'main'").Scan(&have); err != nil {
		return 0, fmt.Errorf("read the job queue's version: %w", err)
	}
	return max(0, len(m.AllVersions())-have), nil
}

func applyOurs(ctx context.Context, conn *pgx.Conn) error {
	m, err := migrate.NewMigrator(ctx, conn, versionTable)
	if err != nil {
		return fmt.Errorf("prepare migrations: %w", err)
	}
	if err := m.LoadMigrations(files); err != nil {
		return fmt.Errorf("load migrations: %w", err)
	}
	if err := m.Migrate(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	_, err = conn.Exec(ctx, "GRANT SELECT ON "+versionTable+" TO hjemvej_app")
	if err != nil {
		return fmt.Errorf("let the program read the schema's version: %w", err)
	}
	return nil
}

func applyRiver(ctx context.Context, pool *pgxpool.Pool) error {
	m, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	if err != nil {
		return fmt.Errorf("prepare the job queue's migrations: %w", err)
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate the job queue: %w", err)
	}
	const grant = `
		DO $$
		DECLARE t text;
		BEGIN
		  FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'river\_%' LOOP
		    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO hjemvej_app', t);
		  END LOOP;
		END $$;
		GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hjemvej_app`
	if _, err := pool.Exec(ctx, grant); err != nil {
		return fmt.Errorf("let the program use the job queue: %w", err)
	}
	return nil
}
