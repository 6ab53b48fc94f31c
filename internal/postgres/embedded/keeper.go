package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// keeperScript runs the server and ends it when the keeper's input ends, which
// the operating system sees to however our process dies: the pipe's other end
// is held by nobody else. A fast shutdown has 3 seconds, then an immediate one
// follows, which the next start recovers from. Signals are ignored because the
// keeper must not go before the server; the server sets its own handlers. The
// guard reads with the shell's own read, not a child that could outlive it, and
// from descriptor 3, because a shell gives its background commands no input. It
// sleeps in short naps, because one that is begun may outlast the guard.
const keeperScript = `
trap '' HUP INT TERM
sockets=$1
shift
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
{
	read -r _ <&3
	kill -INT $server
	i=0
	while [ $i -lt 30 ]; do
		sleep 0.1
		i=$((i + 1))
	done
	kill -QUIT $server
} 2>/dev/null &
guard=$!
exec 3<&-
wait $server
status=$?
kill -KILL $guard 2>/dev/null
rm -rf "$sockets"
exit $status
`

// launch starts a server on the cluster and waits until it answers.
func launch(ctx context.Context, bin binaries, c cluster, o Options, lock *os.File) (*Server, error) {
	log, err := openLog(o.Dir)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	sockets, err := socketFolder(c.user)
	if err != nil {
		return nil, err
	}
	args := append([]string{bin.path("postgres"), "-D", c.path}, settings(sockets, o.Durable)...)
	// The server must outlive the context of its start.
	keeper := c.user.command(context.WithoutCancel(ctx), "/bin/sh",
		append([]string{"-c", keeperScript, "keeper", sockets}, args...)...)
	keeper.Stdout, keeper.Stderr = log.File, log.File
	keeper.SysProcAttr.Setpgid = true // Ctrl-C in the terminal is for the program
	life, err := startKeeper(keeper)
	if err != nil {
		_ = os.RemoveAll(sockets)
		return nil, err
	}
	s := &Server{sockets: sockets, life: life, done: make(chan struct{})}
	go s.watch(keeper, c.path, lock)
	if err := s.ready(ctx); err != nil {
		_ = life.Close()
		<-s.done
		said := log.tail()
		if strings.Contains(said, "shared memory block") { // its only sign is the server's own words
			err = fmt.Errorf("%w: %w", errEarlier, err)
		}
		return nil, fmt.Errorf("%w\n%s", err, said)
	}
	return s, nil
}

// errEarlier says that processes of a server that was killed are still ending.
var errEarlier = errors.New("an earlier server is still ending")

// startKeeper starts the keeper and answers the end of the pipe that keeps it alive.
func startKeeper(keeper *exec.Cmd) (*os.File, error) {
	input, life, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make the keeper's pipe: %w", err)
	}
	defer input.Close()
	keeper.Stdin = input
	if err := keeper.Start(); err != nil {
		_ = life.Close()
		return nil, fmt.Errorf("start the keeper: %w", err)
	}
	return life, nil
}

// watch waits for the end of keeper and server and cleans up behind them.
func (s *Server) watch(keeper *exec.Cmd, cluster string, lock *os.File) {
	defer close(s.done)
	_ = keeper.Wait()  // how the server ended stands in its log
	_ = s.life.Close() // if only the keeper was killed, its guard still listens
	_ = awaitFree(context.Background(), cluster, func(string) {})
	_ = os.RemoveAll(s.sockets)
	unlock(lock)
}

// ready waits until the server answers.
func (s *Server) ready(ctx context.Context) error {
	for {
		err := s.ping(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-s.done:
			return errors.New("the server did not start")
		case <-ctx.Done():
			return fmt.Errorf("wait for the server: %w", ctx.Err())
		case <-time.After(poll):
		}
	}
}

func (s *Server) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// socketFolder makes a private folder with a short path: a socket's path has
// room for 103 bytes on macOS, where the usual temporary folder is long.
func socketFolder(owner account) (string, error) {
	var failed error
	for _, parent := range []string{"/tmp", os.TempDir()} {
		dir, err := os.MkdirTemp(parent, "hjemvej-")
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		if err := owner.give(dir); err != nil {
			return "", fmt.Errorf("hand over the socket folder: %w", err)
		}
		return filepath.EvalSymlinks(dir)
	}
	return "", fmt.Errorf("make the socket folder: %w", failed)
}
