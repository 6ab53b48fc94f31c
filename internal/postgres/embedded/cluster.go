package embedded

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	clusterName  = "cluster"
	locationName = "cluster.location"
	// elsewhere keeps the clusters of data folders that only root can reach.
	elsewhere = "/var/lib/hjemvej"
)

// A cluster is PostgreSQL's own folder and the user it belongs to.
type cluster struct {
	path string
	user account
}

// openCluster says where the cluster of a data folder is, or is to be made, and
// which user runs it.
func openCluster(ctx context.Context, dir string) (cluster, error) {
	path, err := clusterPath(dir)
	if err != nil {
		return cluster{}, err
	}
	if _, err := os.Stat(filepath.Join(path, "PG_VERSION")); err == nil {
		return existing(path)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return cluster{}, fmt.Errorf("look for the database: %w", err)
	}
	c := cluster{path: path, user: serverAccount()}
	if parent := filepath.Dir(path); parent != dir || !c.user.other || c.user.reaches(ctx, dir) {
		return c, makeParent(parent)
	}
	return relocate(dir, c.user)
}

// clusterPath reads where the cluster of a data folder is meant to live.
func clusterPath(dir string) (string, error) {
	note := filepath.Join(dir, locationName)
	text, err := os.ReadFile(note)
	if errors.Is(err, fs.ErrNotExist) {
		return filepath.Join(dir, clusterName), nil
	}
	if err != nil {
		return "", fmt.Errorf("read where the database is: %w", err)
	}
	path := filepath.Clean(strings.TrimSpace(string(text)))
	// Root acts on what stands here, so it may name our own place only.
	if filepath.Dir(path) != elsewhere {
		return "", fmt.Errorf("%s does not name a folder in %s", note, elsewhere)
	}
	return path, nil
}

func isCluster(path string) bool {
	_, err := os.Stat(filepath.Join(path, "PG_VERSION"))
	return err == nil
}

// placeElsewhere follows from the folder's name, so that a lost note does not lose
// the data.
func placeElsewhere(dir string) string {
	sum := sha256.Sum256([]byte(dir))
	return filepath.Join(elsewhere, hex.EncodeToString(sum[:8]))
}

// existing keeps a cluster with the user who made it, so that a folder which
// was once started as root and once without still has one owner.
func existing(path string) (cluster, error) {
	user, ok, err := ownerOf(path)
	if err != nil || ok {
		return cluster{path, user}, err
	}
	// Root's own: a copy or a restored backup, whose owner was not kept.
	user = serverAccount()
	err = filepath.WalkDir(path, func(name string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return user.give(name)
	})
	if err != nil {
		return cluster{}, fmt.Errorf("hand the database over to its user: %w", err)
	}
	return cluster{path, user}, nil
}

// relocate chooses a place that the server's user can reach and leaves a note
// in the data folder.
func relocate(dir string, user account) (cluster, error) {
	path := placeElsewhere(dir)
	if err := makeParent(elsewhere); err != nil {
		return cluster{}, err
	}
	note := filepath.Join(dir, locationName)
	if err := os.WriteFile(note, []byte(path+"\n"), 0o644); err != nil {
		return cluster{}, fmt.Errorf("note where the database is: %w", err)
	}
	if isCluster(path) {
		return existing(path)
	}
	return cluster{path, user}, nil
}

func makeParent(dir string) error {
	if err := makeAll(dir, 0o711); err != nil {
		return fmt.Errorf("make a place for the database: %w", err)
	}
	return nil
}

// major is the version of PostgreSQL that made the cluster, 0 when there is no
// cluster yet.
func (c cluster) major() (int, error) {
	text, err := os.ReadFile(filepath.Join(c.path, "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the version of the database: %w", err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("read the version of the database: %w", err)
	}
	return major, nil
}

// create makes the cluster: a copy of the kept one or, failing that, by initdb,
// whose work is then kept. It works beside the final place and renames at the
// end, so that an interrupted first start leaves nothing that looks like a
// database.
func (c cluster) create(ctx context.Context, bin binaries, o Options) (copied bool, err error) {
	fresh := c.path + ".new"
	k := keptIn(o, bin)
	if copied = c.copy(k, fresh); !copied {
		if err := c.initdb(ctx, bin, fresh, o.Durable); err != nil {
			return false, err
		}
		k.pack(fresh)
	}
	if err := os.Rename(fresh, c.path); err != nil {
		return false, fmt.Errorf("put the database in its place: %w", err)
	}
	return copied, nil
}

// copy fills a folder from the kept cluster, or answers false.
func (c cluster) copy(k kept, dir string) bool {
	return k != "" && c.empty(dir) == nil && k.unpack(dir, c.user) == nil
}

// empty makes a folder that holds nothing and is the server's user's.
func (c cluster) empty(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove an unfinished database: %w", err)
	}
	if err := errors.Join(os.Mkdir(dir, 0o700), c.user.give(dir)); err != nil {
		return fmt.Errorf("make the database folder: %w", err)
	}
	return nil
}

func initdbArgs(durable bool) []string {
	args := []string{"--username", Owner, "--encoding", "UTF8", "--locale", "C",
		"--auth-local", "trust", "--auth-host", "reject", "--no-instructions"}
	if !durable {
		args = append(args, "--no-sync")
	}
	return args
}

func (c cluster) initdb(ctx context.Context, bin binaries, dir string, durable bool) error {
	if err := c.empty(dir); err != nil {
		return err
	}
	args := append(initdbArgs(durable), "--pgdata", dir)
	out, err := c.user.command(ctx, bin.path("initdb"), args...).CombinedOutput()
	if err != nil {
		_ = os.RemoveAll(dir)
		return fmt.Errorf("initialise the database: %w\n%s", err, lastLines(string(out)))
	}
	return nil
}
