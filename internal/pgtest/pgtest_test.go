package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"hjemvej/internal/postgres/embedded"
)

func TestMain(m *testing.M) { Main(m) }

var prepared atomic.Int64

// leaky prepares a template and forgets to close its connection.
func leaky(ctx context.Context, url string) error {
	prepared.Add(1)
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, `CREATE TABLE thing (n int); INSERT INTO thing VALUES (1)`)
	return err
}

func TestDatabase_EachTestHasItsOwnCopy(t *testing.T) {
	t.Parallel()
	for i := range 20 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			conn := open(t, Database(t, leaky))
			var n int
			err := conn.QueryRow(t.Context(), `WITH new AS (INSERT INTO thing VALUES (2)) SELECT count(*) FROM thing`).Scan(&n)
			if err != nil || n != 1 {
				t.Errorf("%d things, %v: another test's data are here", n, err)
			}
			if prepared.Load() != 1 {
				t.Errorf("prepared %d times", prepared.Load())
			}
		})
	}
}

func TestDatabase_AStepBeginsOnWhatTheOneBeforeItLeft(t *testing.T) {
	t.Parallel()
	conn := open(t, Database(t, leaky, func(ctx context.Context, url string) error {
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			return err
		}
		_, err = conn.Exec(ctx, `INSERT INTO thing VALUES (3)`)
		return err
	}))
	var n int
	if err := conn.QueryRow(t.Context(), `SELECT sum(n) FROM thing`).Scan(&n); err != nil || n != 4 {
		t.Errorf("the things are %d together, %v", n, err)
	}
	if prepared.Load() != 1 {
		t.Errorf("the first step ran %d times", prepared.Load())
	}
}

func TestDatabase_IsGoneAfterTheTestThoughSomebodyIsConnected(t *testing.T) {
	t.Parallel()
	var url string
	t.Run("inner", func(t *testing.T) {
		url = Database(t, nil)
		open(t, url)
	})
	if conn, err := pgx.Connect(t.Context(), url); err == nil {
		_ = conn.Close(t.Context())
		t.Error("the database is still there")
	}
}

var errBroken = errors.New("broken")

func TestTemplateFor_ReportsAFailedPreparation(t *testing.T) {
	t.Parallel()
	s, err := theServer()
	if err != nil {
		t.Fatal(err)
	}
	opened.Store(true)
	_, err = templateFor(s, []Step{func(context.Context, string) error { return errBroken }, leaky})
	if !errors.Is(err, errBroken) {
		t.Errorf("got %v", err)
	}
}

func TestConnect_SweepsWhatADeadBinaryLeft(t *testing.T) {
	t.Parallel()
	ours, err := theServer()
	if err != nil {
		t.Fatal(err)
	}
	mine := Database(t, nil)
	left := namePrefix + "0123456789_7"
	if _, err := ours.admin.Exec(t.Context(), "CREATE DATABASE "+quoted(left)); err != nil {
		t.Fatal(err)
	}
	other, err := connect(t.Context(), ours.base.String())
	if err != nil {
		t.Fatal(err)
	}
	other.stop = func() error { return nil }
	defer other.close()
	if conn, err := pgx.Connect(t.Context(), ours.url(left)); err == nil {
		_ = conn.Close(t.Context())
		t.Error("the left database is still there")
	}
	open(t, mine)
}

func TestConnect_NeverShowsTheAddress(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"host=db password=hunter2", "postgres://u:hunter2@\x7f/"} {
		if _, err := connect(t.Context(), address); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v", err)
		}
	}
}

func TestSweepFolders_RemovesThoseOfDeadProcesses(t *testing.T) {
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("%s%d-x", folderPrefix, deadPID(t)))
	s, err := embedded.Start(t.Context(), embedded.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	sweepFolders(t.Context())
	if _, err := os.Stat(dir); err != nil {
		t.Errorf("a folder in use was removed: %v", err)
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	sweepFolders(t.Context())
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
}

func TestKeep_NowhereForAUserWithoutACache(t *testing.T) {
	for _, name := range []string{"XDG_CACHE_HOME", "HOME"} {
		t.Setenv(name, "")
	}
	if keep() != "" {
		t.Errorf("it would be kept in %s", keep())
	}
}

func BenchmarkDatabase(b *testing.B) {
	for b.Loop() {
		Database(b, leaky)
	}
}

func open(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	return conn // left open: the drop is to cope
}

// deadPID is the number of a process that was and is not.
func deadPID(t *testing.T) int {
	t.Helper()
	cmd := exec.Command("true")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	return cmd.Process.Pid
}
