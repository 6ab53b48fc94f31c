package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

// fetched is the release that is fetched where none is installed.
const fetched = embeddedpostgres.V18

func fetchedMajor() int {
	var major int
	_, _ = fmt.Sscanf(string(fetched), "%d.", &major) // a constant: it has a number
	return major
}

// cacheFolder is where fetched binaries are kept: the user's cache or, for
// root, a place where the server's unprivileged user can run them. It is empty
// for a user without a home.
func cacheFolder() string {
	if isRoot() {
		return "/var/cache/hjemvej/postgres"
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "hjemvej", "postgres")
}

func release(cache string) string { return filepath.Join(cache, string(fetched)) }

// unpacked is the bin folder of the fetched release.
func unpacked(cache string) string { return filepath.Join(release(cache), "bin") }

// fetch brings the binaries into the cache, unless another process does so
// first, and answers their bin folder. The library knows no context: when ours
// ends, the fetching goes on for the next start to find.
func fetch(ctx context.Context, cache string, progress func(string)) (string, error) {
	if cache == "" {
		return "", errors.New("this user has no cache folder: set HOME")
	}
	progress(fmt.Sprintf("fetching PostgreSQL %s into %s (once)", fetched, cache))
	result := make(chan error, 1)
	go func() { result <- fetchLocked(ctx, cache) }()
	select {
	case err := <-result:
		return unpacked(cache), err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// fetchLocked unpacks beside the final place, under a lock, and renames: what
// has its final name is whole.
func fetchLocked(ctx context.Context, cache string) error {
	if err := makeAll(cache, 0o755); err != nil {
		return fmt.Errorf("make the cache folder: %w", err)
	}
	lock, err := awaitLock(ctx, filepath.Join(cache, "lock"))
	if err != nil {
		return fmt.Errorf("lock the cache folder: %w", err)
	}
	defer unlock(lock)
	if _, err := os.Stat(unpacked(cache)); err == nil {
		return nil
	}
	staging := filepath.Join(cache, "unpacking")
	if err := os.RemoveAll(staging); err != nil {
		return fmt.Errorf("remove an unfinished download: %w", err)
	}
	defer os.RemoveAll(staging)
	if err := unpack(staging); err != nil {
		return err
	}
	fresh := filepath.Join(staging, "postgres")
	if err := openToAll(fresh); err != nil {
		return fmt.Errorf("make the binaries runnable: %w", err)
	}
	if err := os.Rename(fresh, release(cache)); err != nil {
		return fmt.Errorf("put the binaries in their place: %w", err)
	}
	return nil
}

// unpack lets the library fetch, check and unpack into staging/postgres. Its
// only way to do so is to start a server as well, which is not wanted here: it
// cannot be done as root, and ours has a keeper. So it is given an encoding
// that initdb refuses at once. That the binaries are whole is told by the
// runtime folder, which the library removes first and makes only after the
// unpacking succeeded.
func unpack(staging string) error {
	runtime := filepath.Join(staging, "runtime")
	err := embeddedpostgres.NewDatabase(embeddedpostgres.DefaultConfig().
		Version(fetched).
		CachePath(filepath.Join(staging, "archive")).
		BinariesPath(filepath.Join(staging, "postgres")).
		RuntimePath(runtime).
		Encoding("none, for nothing is to be started").
		Port(0). // it insists on a free port
		Logger(io.Discard)).Start()
	if _, statErr := os.Stat(runtime); statErr == nil {
		return nil
	}
	return fmt.Errorf("fetch PostgreSQL: %w", err)
}

func awaitLock(ctx context.Context, path string) (*os.File, error) {
	for {
		f, err := tryLock(path)
		if !errors.Is(err, ErrInUse) {
			return f, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(5 * poll):
		}
	}
}

// openToAll lets every user read and run a tree, whatever the umask was.
func openToAll(root string) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Type()&fs.ModeSymlink != 0 {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		mode := os.FileMode(0o644)
		if info.Mode()&0o100 != 0 {
			mode = 0o755
		}
		return os.Chmod(path, mode)
	})
}
