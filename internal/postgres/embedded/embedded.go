// Package embedded is a private PostgreSQL server that the program starts by
// itself, for the demo and for the tests.
//
// Nothing needs to be installed or set up: the binaries are found on the
// machine or fetched once, the cluster is made on the first start, and the
// server listens on a Unix socket in a folder that only its owner can enter.
// It lives exactly as long as the program does, however the program ends. As
// root it works too: PostgreSQL refuses to run as root, so its processes then
// belong to an unprivileged user.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"
)

// Owner is the superuser role that the cluster is made with.
const Owner = "hjemvej_owner"

// Options say where a server keeps its data and how careful it is with them.
type Options struct {
	// Dir is the data folder; it is made when there is none. The cluster lives
	// in Dir/cluster or, where the server's user cannot reach Dir, in the place
	// that the file Dir/cluster.location names.
	Dir string
	// Durable keeps what was committed, whatever happens (the demo). Without
	// it everything is faster and a crash of the machine may lose the data
	// (the tests).
	Durable bool
	// Keep is a folder of the program's user in which the work of initdb is kept
	// for the next new cluster that is not Durable (the tests). Where it is "" or
	// of no use, each cluster is made anew.
	Keep string
	// Progress hears one line before each long step; it may be nil.
	Progress func(string)
}

// Server is a running PostgreSQL server of our own.
type Server struct {
	sockets string
	life    *os.File // while this end of the keeper's pipe is open, the server runs
	done    chan struct{}
}

// Start makes the cluster in o.Dir if there is none, starts a server on it and
// returns when the server answers. The context bounds the starting only, not
// the life of the server. While another program runs a server on the same
// folder the error is ErrInUse.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	dir, err := makeFolder(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	o.Dir = dir
	for begun := time.Now(); ; time.Sleep(poll) {
		s, err := startLocked(ctx, o)
		if errors.Is(err, errSpoilt) {
			o.Keep = ""
			continue
		}
		if !errors.Is(err, errEarlier) || time.Since(begun) > earlierEnds || ctx.Err() != nil {
			return s, err
		}
	}
}

// earlierEnds is how long the processes of a server that was killed may take to
// end.
const earlierEnds = 5 * time.Second

func startLocked(ctx context.Context, o Options) (*Server, error) {
	lock, err := lockFolder(o.Dir)
	if err != nil {
		return nil, err
	}
	s, err := start(ctx, o, lock)
	if err != nil {
		unlock(lock) // again, if a server was launched; that does no harm
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	return s, nil
}

// start hands the lock to the server, which frees it when it ends.
func start(ctx context.Context, o Options, lock *os.File) (*Server, error) {
	c, err := openCluster(ctx, o.Dir)
	if err != nil {
		return nil, err
	}
	if err := awaitFree(ctx, c.path, o.Progress); err != nil {
		return nil, err
	}
	major, err := c.major()
	if err != nil {
		return nil, err
	}
	bin, err := provide(ctx, c.user, major, o.Progress)
	if err != nil {
		return nil, err
	}
	if major == 0 {
		o.Progress("making the database in " + c.path)
		copied, err := c.create(ctx, bin, o)
		if err != nil {
			return nil, err
		}
		if copied {
			return launchCopy(ctx, bin, c, o, lock)
		}
	}
	return launch(ctx, bin, c, o, lock)
}

// errSpoilt says that no server starts on a copy of the kept cluster. Both are
// gone.
var errSpoilt = errors.New("the kept cluster is of no use")

func launchCopy(ctx context.Context, bin binaries, c cluster, o Options, lock *os.File) (*Server, error) {
	s, err := launch(ctx, bin, c, o, lock)
	if err == nil || ctx.Err() != nil {
		return s, err
	}
	keptIn(o, bin).remove()
	return nil, fmt.Errorf("%w: %w", errSpoilt, errors.Join(err, os.RemoveAll(c.path)))
}

// URL is the address of a database on this server, for the role Owner, which
// is a superuser. Any other role of the cluster may sign in the same way: who
// can reach the socket is trusted.
func (s *Server) URL(database string) string {
	u := url.URL{
		Scheme: "postgres",
		User:   url.User(Owner),
		Path:   "/" + database,
		RawQuery: url.Values{
			"host":    {s.sockets},
			"port":    {port},
			"sslmode": {"disable"},
		}.Encode(),
	}
	return u.String()
}

// Stop ends the server in good order, disconnecting whoever is connected, and
// waits until it is gone or the context ends. It may be called again, and after
// the server ended by itself.
func (s *Server) Stop(ctx context.Context) error {
	_ = s.life.Close() // closed already: it was stopped before
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for PostgreSQL to stop: %w", ctx.Err())
	}
}

// Done is closed when the server has ended, by Stop or by a crash.
func (s *Server) Done() <-chan struct{} { return s.done }

// makeFolder makes a data folder where there is none. It answers the folder's absolute path without symbolic links, so that
// one folder has one name.
func makeFolder(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	mode := os.FileMode(0o700)
	if isRoot() {
		mode = 0o711 // the server's user passes through it to its cluster
	}
	if err := makeAll(dir, mode); err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(dir)
}
