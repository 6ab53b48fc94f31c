package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"hjemvej/internal/postgres/embedded"
)

const (
	folderPrefix = "hjemvej-pgtest-"
	memory       = "/dev/shm"
	enoughMemory = 2 << 30 // bytes free there; a server with its databases takes some 200 MB
)

// parent is where a test server's folder goes: in memory, where there is such a
// place with room. ext4 is slow to give out inodes that were freed a moment
// ago, and dropping databases frees thousands: a database then takes 200 ms to
// make there instead of 10.
func parent() string {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(memory, &fs); err != nil || uint64(fs.Bavail)*uint64(fs.Bsize) < enoughMemory {
		return os.TempDir()
	}
	return memory
}

// startEmbedded starts a private server in a temporary folder; stop ends it and
// removes the folder.
func startEmbedded(ctx context.Context) (address string, stop func() error, err error) {
	sweepFolders(ctx)
	name := fmt.Sprintf("%s%d-", folderPrefix, os.Getpid())
	dir, err := os.MkdirTemp(parent(), name)
	if err != nil { // not everybody may write to the memory's folder
		dir, err = os.MkdirTemp("", name)
	}
	if err != nil {
		return "", nil, fmt.Errorf("make a folder for the test server: %w", err)
	}
	if err := os.Chmod(dir, 0o711); err != nil { // root's server is another user's
		return "", nil, fmt.Errorf("open the test server's folder: %w", err)
	}
	s, err := embedded.Start(ctx, embedded.Options{Dir: dir, Keep: keep()})
	if err != nil {
		return "", nil, errors.Join(err, embedded.Remove(ctx, dir))
	}
	stop = func() error {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.Stop(ctx); err != nil {
			return err
		}
		return embedded.Remove(ctx, dir)
	}
	return s.URL("postgres"), stop, nil
}

// keep is where the work of initdb is kept from one test binary to the next: in
// the user's cache, or nowhere for a user without one.
func keep() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(cache, "hjemvej", "test-cluster")
}

// sweepFolders removes what test binaries left that had no Main or were killed.
// What it cannot remove, another user's or one whose server is just ending, is
// left to the next.
func sweepFolders(ctx context.Context) {
	onDisk, _ := filepath.Glob(filepath.Join(os.TempDir(), folderPrefix+"*")) // the patterns are ours and well formed
	inMemory, _ := filepath.Glob(filepath.Join(memory, folderPrefix+"*"))
	for _, dir := range append(onDisk, inMemory...) {
		var pid int
		if _, err := fmt.Sscanf(filepath.Base(dir), folderPrefix+"%d-", &pid); err != nil || !dead(pid) {
			continue
		}
		brief, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		_ = embedded.Remove(brief, dir)
		cancel()
	}
}

func dead(pid int) bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }
