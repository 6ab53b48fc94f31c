package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ErrInUse is the error, found with errors.Is, when another program runs a
// server on the same data folder.
var ErrInUse = errors.New("in use")

const (
	lockName = "hjemvej.lock"
	// orphanPatience is how long a server whose program was killed may take to
	// shut down: its keeper gives it 3 seconds, PostgreSQL itself 5 more.
	orphanPatience = 12 * time.Second
	poll           = 20 * time.Millisecond
)

// lockFolder claims a data folder for this process. The claim ends with the
// process or when the file is closed, whichever is first.
func lockFolder(dir string) (*os.File, error) {
	path := filepath.Join(dir, lockName)
	f, err := tryLock(path)
	if errors.Is(err, ErrInUse) {
		holder, _ := os.ReadFile(path) // a number that cannot be read is left out
		return nil, fmt.Errorf("%s is %w by another hjemvej (process %s)", dir, err, strings.TrimSpace(string(holder)))
	}
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	_, err = f.WriteAt(fmt.Appendf(nil, "%-10d\n", os.Getpid()), 0) // as long as any before
	if err != nil {
		unlock(f)
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	return f, nil
}

// tryLock locks a file or answers ErrInUse at once.
func tryLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := flock(f); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// unlock does not leave it to closing the file: a child that another goroutine
// is just forking shares the lock until it becomes its program.
func unlock(f *os.File) {
	_ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN)
	_ = f.Close()
}

func flock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrInUse
	}
	if err != nil {
		return err
	}
	// Whoever held it before may have removed the file: a lock on a file without
	// a name locks nothing.
	held, err := f.Stat()
	if err != nil {
		return err
	}
	if named, err := os.Stat(f.Name()); err != nil || !os.SameFile(held, named) {
		return ErrInUse
	}
	return nil
}

// awaitFree waits until no server runs on the cluster. The folder is locked by
// us, so one that still runs belongs to a program that was killed and is on its
// way out.
func awaitFree(ctx context.Context, path string, progress func(string)) error {
	pid := postmaster(path)
	if pid == 0 {
		return nil
	}
	progress(fmt.Sprintf("waiting for the server of an earlier run to stop (process %d)", pid))
	ctx, cancel := context.WithTimeout(ctx, orphanPatience)
	defer cancel()
	for pid != 0 {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is %w by PostgreSQL (process %d)", path, ErrInUse, pid)
		case <-time.After(poll):
		}
		pid = postmaster(path)
	}
	return nil
}

// postmaster is the process of the server that runs on a cluster, 0 if there is
// none. A note that a dead server left behind is removed where its number now
// belongs to a stranger, which PostgreSQL would take for a living server.
func postmaster(path string) int {
	note := filepath.Join(path, "postmaster.pid")
	text, err := os.ReadFile(note)
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || pid <= 1 || !alive(pid) {
		return 0
	}
	if !serves(pid, path) {
		_ = os.Remove(note) // what cannot be removed, PostgreSQL reports
		return 0
	}
	return pid
}

func alive(pid int) bool {
	return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

// serves asks whether a process is the server of this cluster. In doubt it is:
// two servers on one cluster destroy it.
func serves(pid int, path string) bool {
	if runtime.GOOS == "linux" {
		if cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid)); err == nil {
			return cwd == path // a postmaster works in its cluster
		}
	}
	out, err := exec.Command("ps", "-p", strconv.Itoa(pid), "-o", "command=").Output()
	command := string(out)
	return err != nil || strings.Contains(command, "postgres") && !strings.Contains(command, "<defunct>")
}
