package files

import (
	"bufio"
	"context"
	"net"
	"path/filepath"
	"time"
)

// scanner is a clamd. A nil scanner finds nothing.
type scanner struct{ network, address string }

// How long a clamd may take.
const (
	toAnswer = 5 * time.Second  // to be reached
	toTake   = 30 * time.Second // a piece of a file
	toDecide = 3 * time.Minute  // its own limit is two
)

// scannerAt is nil where nothing is scanned.
func scannerAt(address string) (*scanner, error) {
	if address == "" {
		return nil, nil
	}
	if filepath.IsAbs(address) {
		return &scanner{"unix", address}, nil
	}
	if host, port, err := net.SplitHostPort(address); err != nil || host == "" || port == "" {
		return nil, errScanner
	}
	return &scanner{"tcp", address}, nil
}

func (c *scanner) begin(ctx context.Context) (*scan, error) {
	if c == nil {
		return nil, nil
	}
	s, err := c.say(ctx, "zINSTREAM\x00")
	if err != nil {
		return nil, unavailable(notScanned, err)
	}
	return s, nil
}

// ping asks whether a clamd is there.
func (c *scanner) ping(ctx context.Context) error {
	if c == nil {
		return nil
	}
	s, err := c.say(ctx, "zPING\x00")
	if err != nil {
		return plain(err)
	}
	defer s.end()
	if err := s.out.Flush(); err != nil {
		return plain(err)
	}
	answer, err := s.answer(toAnswer)
	if err == nil && answer != "PONG" {
		err = nonsense
	}
	return plain(err)
}

// say opens a connection, which ends with the context, for one command.
func (c *scanner) say(ctx context.Context, command string) (*scan, error) {
	dialer := net.Dialer{Timeout: toAnswer}
	conn, err := dialer.DialContext(ctx, c.network, c.address)
	if err != nil {
		return nil, err
	}
	s := &scan{conn: conn, out: bufio.NewWriterSize(conn, 32<<10)}
	s.release = context.AfterFunc(ctx, func() { _ = conn.Close() })
	_, err = s.out.WriteString(command)
	return s, err
}
