package embedded

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// childVariable makes the test binary a program of its own, which starts a
// server on the named folder, says so, and waits to be killed.
const childVariable = "HJEMVEJ_EMBEDDED_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childVariable); dir != "" {
		fmt.Println(child(dir))
		if os.Getenv(childVariable+"_PANIC") != "" {
			panic("as bugs do")
		}
		select {}
	}
	os.Exit(m.Run())
}

// child answers "ready" or what went wrong.
func child(dir string) string {
	ctx := context.Background()
	s, err := Start(ctx, Options{Dir: dir, Durable: true})
	if err != nil {
		return err.Error()
	}
	go func() { // hold a connection, so that the shutdown has something to do
		conn, err := pgx.Connect(ctx, s.URL("postgres"))
		if err == nil {
			_, _ = conn.Exec(ctx, `SELECT pg_sleep(100)`)
		}
	}()
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err.Error()
	}
	if _, err := conn.Exec(ctx, `CREATE TABLE IF NOT EXISTS kept AS SELECT current_user::text AS text`); err != nil {
		return err.Error()
	}
	return "ready"
}

// startChild runs the test binary as a child and waits until its server runs.
func startChild(t *testing.T, a account, dir string, env ...string) (*exec.Cmd, int) {
	t.Helper()
	cmd := a.command(t.Context(), copyOfSelf(t))
	cmd.Env = append(append(cmd.Env, childVariable+"="+dir, binVariable+"="+os.Getenv(binVariable)), env...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	line, _ := bufio.NewReader(out).ReadString('\n')
	if strings.TrimSpace(line) != "ready" {
		t.Fatalf("the child says: %s", line)
	}
	return cmd, serverOf(t, dir)
}

func serverOf(t *testing.T, dir string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(mustCluster(t, dir), "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func TestKeeper_ServerEndsWithAKilledProgramAndKeepsTheData(t *testing.T) {
	t.Parallel()
	dir := dataFolder(t)
	cmd, server := startChild(t, account{}, dir)
	_ = cmd.Process.Signal(syscall.SIGKILL)
	_ = cmd.Wait()
	awaitEnd(t, server)
	if got := query(t, startOn(t, dir, true), `SELECT text FROM kept`); got != Owner {
		t.Errorf("the data say %q", got)
	}
}

func TestKeeper_ServerEndsAfterAPanic(t *testing.T) {
	t.Parallel()
	dir := dataFolder(t)
	cmd, server := startChild(t, account{}, dir, childVariable+"_PANIC=1")
	_ = cmd.Wait()
	awaitEnd(t, server)
}

func TestStart_WaitsForAnOrphanThatIsShuttingDown(t *testing.T) {
	t.Parallel()
	dir := dataFolder(t)
	cmd, server := startChild(t, account{}, dir)
	signal(t, server, syscall.SIGSTOP) // it cannot hear the keeper yet
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	time.AfterFunc(time.Second, func() { _ = syscall.Kill(server, syscall.SIGCONT) })
	if got := query(t, startOn(t, dir, true), `SELECT text FROM kept`); got != Owner {
		t.Errorf("the data say %q", got)
	}
}

func TestKeeper_CrashOfTheServerClosesDone(t *testing.T) {
	t.Parallel()
	dir := dataFolder(t)
	s := startOn(t, dir, true)
	signal(t, serverOf(t, dir), syscall.SIGKILL) // leaves its postmaster.pid behind
	select {
	case <-s.Done():
	case <-time.After(5 * time.Second):
		t.Fatal("Done is still open")
	}
	if _, err := os.Stat(filepath.Join(mustCluster(t, dir), "postmaster.pid")); err != nil {
		t.Fatalf("the test needs a stale postmaster.pid: %v", err)
	}
	query(t, startOn(t, dir, true), `SELECT 'recovered'`)
}

func TestStart_APidOfAStrangerIsNoServer(t *testing.T) {
	t.Parallel()
	dir := dataFolder(t)
	stop(t, startOn(t, dir, false))
	note := filepath.Join(mustCluster(t, dir), "postmaster.pid")
	// A process of the server's own user, which PostgreSQL itself would believe.
	c, err := openCluster(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	stranger := c.user.command(t.Context(), "sleep", "100")
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stranger.Process.Kill(); _ = stranger.Wait() }()
	if err := os.WriteFile(note, fmt.Appendf(nil, "%d\n%s\n", stranger.Process.Pid, c.path), 0o600); err != nil {
		t.Fatal(err)
	}
	query(t, startOn(t, dir, false), `SELECT 'started'`)
}

func TestKeeper_LosingTheKeeperStopsTheServer(t *testing.T) {
	t.Parallel()
	dir := dataFolder(t)
	s := startOn(t, dir, false)
	server := serverOf(t, dir)
	out, err := exec.Command("ps", "-p", strconv.Itoa(server), "-o", "ppid=").Output()
	if err != nil {
		t.Fatal(err)
	}
	keeper, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	signal(t, keeper, syscall.SIGTERM) // which it ignores
	query(t, s, `SELECT 'undisturbed'`)
	signal(t, keeper, syscall.SIGKILL)
	<-s.Done()
	awaitEnd(t, server)
}

func signal(t *testing.T, pid int, sig syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, sig); err != nil {
		t.Fatal(err)
	}
}

func awaitEnd(t *testing.T, pid int) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(poll) {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			return
		}
	}
	t.Fatalf("server %d still runs", pid)
}
