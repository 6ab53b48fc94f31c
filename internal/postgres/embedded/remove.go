package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Remove is Clear, and deletes the folder itself when nothing else is in it.
func Remove(ctx context.Context, dir string) error {
	if err := Clear(ctx, dir); err != nil {
		return err
	}
	_ = os.Remove(dir) // fails when something else lives there, which stays
	return nil
}

// Clear deletes the database of a data folder, wherever its cluster lives. A folder
// that does not exist is no error; one whose server runs is ErrInUse.
func Clear(ctx context.Context, dir string) error {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	dir, err := makeFolder(dir)
	if err != nil {
		return fmt.Errorf("find the data folder: %w", err)
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return err
	}
	defer unlock(lock)
	path, err := clusterPath(dir)
	if err != nil {
		return err
	}
	if away := placeElsewhere(dir); os.Geteuid() == 0 && !isCluster(path) && isCluster(away) {
		path = away // the note that led to it is lost
	}
	if err := awaitFree(ctx, path, func(string) {}); err != nil {
		return err
	}
	// The note goes after the cluster that it leads to, the lock last of all.
	for _, name := range []string{path, path + ".new", filepath.Join(dir, logName), filepath.Join(dir, logName+".1"),
		filepath.Join(dir, locationName), filepath.Join(dir, lockName)} {
		if err := os.RemoveAll(name); err != nil {
			return fmt.Errorf("remove the database: %w", err)
		}
	}
	return nil
}
