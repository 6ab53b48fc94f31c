package migrations_test

import (
	"testing"

	"hjemvej/internal/pgtest"
	"hjemvej/migrations"

	"github.com/jackc/pgx/v5"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestMigrationsApplyTwice(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t, migrations.Apply)
	if err := migrations.Apply(t.Context(), url); err != nil {
		t.Fatalf("a second run: %v", err)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	if n, err := migrations.Pending(t.Context(), conn); err != nil || n != 0 {
		t.Errorf("pending = %d, %v", n, err)
	}
}

func TestMigrationsAppliedByTwoProgramsAtOnce(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t, nil)
	done := make(chan error)
	for range 3 {
		go func() { done <- migrations.Apply(t.Context(), url) }()
	}
	for range 3 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
