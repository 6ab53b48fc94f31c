package embedded

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func TestStart_MakesADatabaseAndFindsItAgain(t *testing.T) {
	t.Parallel()
	dir := dataFolder(t)
	s := startOn(t, dir, true)
	query(t, s, `CREATE TABLE kept AS SELECT 'still here' AS text`)
	stop(t, s)
	s = startOn(t, dir, true)
	if got := query(t, s, `SELECT text FROM kept`); got != "still here" {
		t.Errorf("after a restart: %q", got)
	}
}

func TestStart_ServerIsPrivateAndSilent(t *testing.T) {
	t.Parallel()
	dir := dataFolder(t)
	s := startOn(t, dir, true)
	for setting, want := range map[string]string{
		"listen_addresses": "", "server_encoding": "UTF8", "lc_collate": "C", "TimeZone": "UTC", "fsync": "on",
		"log_parameter_max_length": "0", "log_parameter_max_length_on_error": "0",
	} {
		got := query(t, s, fmt.Sprintf(`SELECT setting FROM pg_settings WHERE name = '%s'
			UNION ALL SELECT datcollate FROM pg_database WHERE datname = current_database() AND '%[1]s' = 'lc_collate' LIMIT 1`, setting))
		if got != want {
			t.Errorf("%s is %q, want %q", setting, got, want)
		}
	}
	info, err := os.Stat(s.sockets)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("socket folder: %v, %v", info.Mode(), err)
	}
	if length := len(s.sockets + "/.s.PGSQL.5432"); length > 103 {
		t.Errorf("the socket's path has %d bytes", length)
	}
	failing(t, s, `SELECT 'a secret'::date`)
	stop(t, s)
	if log, err := os.ReadFile(filepath.Join(dir, logName)); err != nil || strings.Contains(string(log), "a secret") {
		t.Errorf("the log must not hold what was sent (%v):\n%s", err, log)
	}
}

func TestStop_RemovesTheSocketFolderAndMayBeRepeated(t *testing.T) {
	t.Parallel()
	s := startOn(t, dataFolder(t), false)
	conn := connect(t, s) // somebody who is connected does not hold it up
	defer conn.Close(context.Background())
	stop(t, s)
	stop(t, s)
	if _, err := os.Stat(s.sockets); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket folder is still there: %v", err)
	}
}

func TestStart_RefusesAFolderInUse(t *testing.T) {
	t.Parallel()
	dir := dataFolder(t)
	startOn(t, dir, false)
	_, err := Start(t.Context(), Options{Dir: dir})
	if want := fmt.Sprintf("%s is in use by another hjemvej (process %d)", dir, os.Getpid()); !errors.Is(err, ErrInUse) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if err := Remove(t.Context(), dir); !errors.Is(err, ErrInUse) {
		t.Errorf("Remove of a folder in use: %v", err)
	}
}

func TestStart_SaysWhoseVersionMadeTheData(t *testing.T) {
	t.Parallel()
	dir := dataFolder(t)
	stop(t, startOn(t, dir, false))
	version := filepath.Join(mustCluster(t, dir), "PG_VERSION")
	if err := os.WriteFile(version, []byte("13\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), Options{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), "made by PostgreSQL 13, and here is PostgreSQL") {
		t.Errorf("got %v", err)
	}
}

func TestStart_AFailureShowsTheServersLog(t *testing.T) {
	t.Parallel()
	dir := dataFolder(t)
	stop(t, startOn(t, dir, false))
	if err := os.Remove(filepath.Join(mustCluster(t, dir), "global", "pg_control")); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), Options{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), "pg_control") {
		t.Errorf("got %v", err)
	}
	lock, err := lockFolder(dir)
	if err != nil {
		t.Fatalf("the folder is still locked: %v", err)
	}
	unlock(lock)
}

func TestStart_AnUnfinishedFirstStartIsNoDatabase(t *testing.T) {
	t.Parallel()
	dir := dataFolder(t)
	if err := os.MkdirAll(filepath.Join(dir, clusterName+".new", "base"), 0o700); err != nil {
		t.Fatal(err)
	}
	query(t, startOn(t, dir, false), `SELECT 'works'`)
}

func TestStart_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Start(ctx, Options{Dir: dataFolder(t)}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestRemove_LeavesWhatIsNotItsOwn(t *testing.T) {
	t.Parallel()
	dir := dataFolder(t)
	stop(t, startOn(t, dir, false))
	letter := filepath.Join(dir, "letter.txt")
	if err := os.WriteFile(letter, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Remove(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 || left[0].Name() != "letter.txt" {
		t.Errorf("left: %v, %v", left, err)
	}
}

func TestURL_IsOneThatOthersParse(t *testing.T) {
	t.Parallel()
	u, err := url.Parse((&Server{sockets: "/tmp/a b"}).URL("some/name?"))
	if err != nil || u.Path != "/some/name?" || u.Query().Get("host") != "/tmp/a b" || u.User.Username() != Owner {
		t.Errorf("got %v, %v", u, err)
	}
}

// dataFolder is one that the server's user can enter, unlike t.TempDir for root.
func dataFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "hjemvej-embedded-test-")
	if err == nil {
		err = os.Chmod(dir, 0o711)
	}
	if err != nil {
		t.Fatal(err)
	}
	dir, err = filepath.EvalSymlinks(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := Remove(context.Background(), dir); err != nil {
			t.Error(err)
		}
		_ = os.RemoveAll(dir)
	})
	return dir
}

func startOn(t *testing.T, dir string, durable bool) *Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s, err := Start(ctx, Options{Dir: dir, Durable: durable, Progress: func(line string) { t.Log(line) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

func stop(t *testing.T, s *Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Error(err)
	}
}

func connect(t *testing.T, s *Server) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// query answers the one text value of a statement, "" if there is none.
func query(t *testing.T, s *Server, sql string) string {
	t.Helper()
	conn := connect(t, s)
	defer conn.Close(context.Background())
	var got string
	if err := conn.QueryRow(t.Context(), sql).Scan(&got); err != nil && !errors.Is(err, pgx.ErrNoRows) {
		t.Fatal(err)
	}
	return got
}

func failing(t *testing.T, s *Server, sql string) {
	t.Helper()
	conn := connect(t, s)
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), sql); err == nil {
		t.Fatalf("%s was expected to fail", sql)
	}
}

func mustCluster(t *testing.T, dir string) string {
	t.Helper()
	path, err := clusterPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	return path
}
