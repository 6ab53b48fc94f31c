package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"hjemvej/internal/pgtest"
	"hjemvej/internal/postgres/embedded"

	"github.com/jackc/pgx/v5"
)

func TestMain(m *testing.M) { pgtest.MainOfWaits(m) }

// patience bounds every wait: a test that hangs must not look like a slow one.
const patience = 2 * time.Minute

// heavy lets a test pass only where the heavier runs were asked for.
func heavy(t *testing.T) {
	t.Helper()
	if os.Getenv("HJEMVEJ_TEST_HEAVY") == "" {
		t.Skip("a heavier run; set HJEMVEJ_TEST_HEAVY=1 for it")
	}
	t.Parallel()
}

// shop is where a run of the tests keeps the built program and demo folders.
type shop struct {
	binary, demos string
	life          any // while it is reachable, the folders are
}

// theShop is made once. A shell that waits for the end of this process, however
// it ends, removes it.
var theShop = sync.OnceValues(func() (shop, error) {
	bin, err := os.MkdirTemp("", "hjemvej-test-")
	if err != nil {
		return shop{}, err
	}
	demos, err := os.MkdirTemp(roomy(), "hjemvej-test-")
	if err != nil {
		return shop{}, err
	}
	sweeper := exec.Command("/bin/sh", "-c", `trap '' HUP INT TERM; read -r _; rm -rf "$@"`, "sweeper", bin, demos)
	sweeper.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	life, err := sweeper.StdinPipe()
	if err = errors.Join(err, sweeper.Start(), os.Chmod(demos, 0o711)); err != nil { // root's server is another user's
		return shop{}, err
	}
	return shop{filepath.Join(bin, "hjemvej"), demos, life}, nil
})

// roomy is a folder in memory, where there is one with room for some demos.
func roomy() string {
	const memory, room = "/dev/shm", 2 << 30
	var fs syscall.Statfs_t
	if err := syscall.Statfs(memory, &fs); err != nil || uint64(fs.Bavail)*uint64(fs.Bsize) < room {
		return os.TempDir()
	}
	return memory
}

// binary is the program, built once for all tests that end it from outside.
func binary(t testing.TB) string {
	t.Helper()
	must(t, built())
	s, err := theShop()
	must(t, err)
	return s.binary
}

var built = sync.OnceValue(func() error {
	s, err := theShop()
	if err != nil {
		return err
	}
	if out, err := exec.Command("go", "build", "-o", s.binary, ".").CombinedOutput(); err != nil {
		return fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return nil
})

// filled is a demo's folder with its caseload, stopped: the slow part, done once.
var filled = sync.OnceValues(func() (string, error) {
	if err := built(); err != nil {
		return "", err
	}
	s, _ := theShop()
	dir, err := emptyFolder()
	if err != nil {
		return "", err
	}
	p, err := launch(exec.Command(s.binary, "demo", "--addr", "127.0.0.1:0", "--data", dir), 3*patience)
	if err != nil {
		return "", err
	}
	err = settle(dir)
	_ = p.cmd.Process.Signal(os.Interrupt)
	<-p.done
	if p.status() != 0 {
		return "", fmt.Errorf("the first demo ended with %d: %s", p.status(), p.out)
	}
	return dir, err
})

// settle takes the jobs away whose letters the invented past counts as sent: each
// copy would work through hundreds of them before its first sweep.
func settle(dir string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, serverOf(dir))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, `DELETE FROM river_job j USING letters l WHERE j.kind = 'send_letter' AND l.id = (j.args->>'letter_id')::uuid
		AND l.state <> 'queued' AND j.state = 'available'`)
	return errors.Join(err, conn.Close(ctx))
}

// emptyFolder is a new folder that the server's user can enter.
func emptyFolder() (string, error) {
	s, err := theShop()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(s.demos, "demo-")
	return dir, errors.Join(err, os.Chmod(dir, 0o711))
}

// demoFolder is a filled demo folder of the test's own.
func demoFolder(t testing.TB) string {
	t.Helper()
	from, err := filled()
	must(t, err)
	dir, err := emptyFolder()
	must(t, err)
	t.Cleanup(func() {
		must(t, embedded.Remove(context.Background(), dir))
		must(t, os.RemoveAll(dir))
	})
	out, err := exec.Command("cp", "-a", from+"/.", dir).CombinedOutput()
	if err != nil {
		t.Fatalf("copy the demo: %v\n%s", err, out)
	}
	return dir
}

// running is a demo that runs.
type running struct {
	desk
	dir    string
	access string     // its demo-access.json
	stop   func() int // ends it and answers its exit status
}

// startDemo runs a demo of the test's own, filled, just as main does.
func startDemo(t testing.TB) *running {
	t.Helper()
	return runDemo(t, demoFolder(t))
}

// runDemo runs the demo of a folder in this process.
func runDemo(t testing.TB, dir string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, done := &buffer{}, make(chan struct{})
	status := -1
	go func() {
		defer close(done)
		status = run(ctx, []string{"demo", "--addr", "127.0.0.1:0", "--data", dir}, out, out)
	}()
	stop := sync.OnceValue(func() int {
		cancel()
		<-done
		return status
	})
	t.Cleanup(func() { stop() })
	until(t, "the demo is ready", func() bool { return ready(out) || ended(done) })
	if ended(done) {
		t.Fatalf("the demo ended: %s", out)
	}
	return &running{deskOf(t, dir), dir, filepath.Join(dir, accessFile), stop}
}

// process is the built program, running.
type process struct {
	cmd  *exec.Cmd
	out  *buffer
	done chan struct{}
}

// launch starts a demo and waits until it is ready.
func launch(cmd *exec.Cmd, wait time.Duration) (*process, error) {
	p := &process{cmd, &buffer{}, make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.out, p.out
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.done)
		_ = cmd.Wait() // how it ended is its state
	}()
	for end := time.Now().Add(wait); !ready(p.out); time.Sleep(10 * time.Millisecond) {
		if ended(p.done) || time.Now().After(end) {
			_ = cmd.Process.Kill()
			return nil, fmt.Errorf("the program did not start: %s", p.out)
		}
	}
	return p, nil
}

// launchDemo starts the built program on a demo's folder.
func launchDemo(t testing.TB, dir string, flags ...string) *process {
	t.Helper()
	cmd := exec.Command(binary(t), append([]string{"demo", "--addr", "127.0.0.1:0", "--data", dir}, flags...)...)
	p, err := launch(cmd, 2*patience)
	must(t, err)
	t.Cleanup(func() { p.end(t, syscall.SIGKILL) })
	return p
}

// end sends a signal and waits until the program is gone.
func (p *process) end(t testing.TB, sig os.Signal) {
	t.Helper()
	_ = p.cmd.Process.Signal(sig) // it may have ended
	select {
	case <-p.done:
	case <-time.After(patience):
		t.Errorf("the program outlives %s", sig)
	}
}

func (p *process) status() int { return p.cmd.ProcessState.ExitCode() }

// ready is whether the program said so: the demo to people, serve to its log.
func ready(out *buffer) bool {
	return strings.Contains(out.String(), "Hjemvej is ready") || strings.Contains(out.String(), `"msg":"ready"`)
}

func ended(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// until waits for something to hold.
func until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// buffer is what a program wrote so far.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write is io.Writer's.
func (b *buffer) Write(p []byte) (int, error) { b.mu.Lock(); defer b.mu.Unlock(); return b.b.Write(p) }

func (b *buffer) String() string { b.mu.Lock(); defer b.mu.Unlock(); return b.b.String() }

// line is one of the process table.
type line struct {
	pid, parent int
	command     string
}

func processes() (all []line) {
	out, _ := exec.Command("ps", "-eo", "pid=,ppid=,stat=,args=").Output() // without it, nothing is found
	for text := range strings.Lines(string(out)) {
		var l line
		var state string
		if _, err := fmt.Sscan(text, &l.pid, &l.parent, &state); err == nil && state[0] != 'Z' { // a zombie is gone
			l.command = strings.Join(strings.Fields(text)[3:], " ")
			all = append(all, l)
		}
	}
	return all
}

// kin are the processes that name a data folder, and all that descend from them:
// the program, the keeper, the server and its workers.
func kin(dir string) (all []line) {
	table := processes()
	for before := -1; len(all) != before; {
		before = len(all)
		for _, l := range table {
			descends := slices.ContainsFunc(all, func(p line) bool { return p.pid == l.parent })
			if !slices.Contains(all, l) && (descends || strings.Contains(l.command, dir)) {
				all = append(all, l)
			}
		}
	}
	return all
}

// gone waits until none of the processes lives and none names the folder.
func gone(t testing.TB, dir string, all []line, within time.Duration) {
	t.Helper()
	begun := time.Now()
	for {
		left := kin(dir)
		for _, l := range processes() {
			if slices.ContainsFunc(all, func(o line) bool { return o.pid == l.pid && o.command == l.command }) {
				left = append(left, l)
			}
		}
		if len(left) == 0 {
			t.Logf("gone after %s", time.Since(begun).Round(10*time.Millisecond))
			return
		}
		if time.Since(begun) > within {
			t.Errorf("after %s these live: %v", within, left)
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

var socketsOf = regexp.MustCompile(`unix_socket_directories=(\S+)`)

// serverOf is the URL, for the owner, of the demo's database whose server runs on
// a folder, "" where none does.
func serverOf(dir string) string {
	for _, l := range kin(dir) {
		if m := socketsOf.FindStringSubmatch(l.command); m != nil {
			u := url.URL{Scheme: "postgres", User: url.User(embedded.Owner), Path: "/" + demoDatabase,
				RawQuery: url.Values{"host": {m[1]}, "port": {"5432"}, "sslmode": {"disable"}}.Encode()}
			return u.String()
		}
	}
	return ""
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
