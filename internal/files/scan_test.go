package files_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hjemvej/internal/fault"
	"hjemvej/internal/files"
)

// TestWithoutAScannersWordNothingIsKept is about scanners that are not there, or
// do not answer as a clamd does: whoever sits at the address may be anything.
func TestWithoutAScannersWordNothingIsKept(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		for name, address := range map[string]string{
			"nobody at the port":    closedPort(t),
			"nobody at the socket":  filepath.Join(t.TempDir(), "none.sock"),
			"one that hangs up":     answering(t, 0, ""),
			"silence after it all":  answering(t, -1, ""),
			"nonsense":              answering(t, -1, "HTTP/1.1 200 OK\x00"),
			"half a word":           answering(t, -1, "stream: OK"),
			"more than a word":      answering(t, -1, "stream: OK FOUND it\x00"),
			"an error":              answering(t, -1, "INSTREAM size limit exceeded. ERROR\x00"),
			"an early error":        answering(t, 10_000, "INSTREAM size limit exceeded. ERROR\x00"),
			"a verdict before time": answering(t, 10_000, "stream: OK\x00"),
			"endless talk":          answering(t, -1, strings.Repeat("x", 1<<20)),
		} {
			store := open(t, p, func(c *files.Config) { c.ClamdAddress = address })
			_, err := store.Put(t.Context(), newKey(t), bytes.NewReader(pdf(12<<20)))
			var away *files.KeptAway
			if fault.KindOf(err) != fault.Unavailable || errors.As(err, &away) || strings.Contains(err.Error(), address) {
				t.Errorf("%s: Put answers %v", name, err)
			}
			if err := store.Check(t.Context()); err == nil || strings.Contains(err.Error(), address) {
				t.Errorf("%s: Check answers %v", name, err)
			}
			if names := p.names(); len(names) > 0 {
				t.Errorf("%s: %q are left", name, names)
			}
		}
	})
}

func TestWaitingForAScannerEndsWithTheRequest(t *testing.T) {
	t.Parallel()
	p := newFolder(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer silent.Close()
	store := open(t, p, func(c *files.Config) { c.ClamdAddress = silent.Addr().String() })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = store.Put(ctx, newKey(t), bytes.NewReader(pdf(1000)))
	if names := p.names(); !errors.Is(err, context.DeadlineExceeded) || len(names) > 0 {
		t.Errorf("it answers %v, and %q are left", err, names)
	}
}

// answering is a server that reads so many bytes, or all where that is below 0,
// says something and hangs up.
func answering(t *testing.T, bytes int64, says string) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if bytes >= 0 {
					_ = conn.SetReadDeadline(time.Now().Add(time.Second)) // a PING has fewer
					_, _ = io.CopyN(io.Discard, conn, bytes)
				} else {
					readAll(conn)
				}
				_, _ = io.WriteString(conn, says)
			}()
		}
	}()
	return l.Addr().String()
}

// readAll reads a command of clamd's to its end.
func readAll(conn net.Conn) {
	var last [5]byte // an answer is due after PING's zero byte, and after a piece of no length
	for b := make([]byte, 1<<16); ; {
		n, err := conn.Read(b)
		if err != nil {
			return
		}
		copy(last[:], append(last[min(n, 5):], b[max(0, n-5):n]...))
		if string(last[:]) == "PING\x00" || string(last[1:]) == "\x00\x00\x00\x00" {
			return
		}
	}
}

func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().String()
}
