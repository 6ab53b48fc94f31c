package embedded

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

const (
	logName  = "postgres.log"
	logLimit = 1 << 20 // bytes, when the log is set aside at a start
)

// A serverLog is the file that the server writes to, and where in it this start
// began.
type serverLog struct {
	*os.File
	begin int64
}

// openLog sets a large log aside, in the place of the one set aside before.
func openLog(dir string) (serverLog, error) {
	path := filepath.Join(dir, logName)
	if info, err := os.Stat(path); err == nil && info.Size() > logLimit {
		if err := os.Rename(path, path+".1"); err != nil {
			return serverLog{}, fmt.Errorf("set the server's log aside: %w", err)
		}
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return serverLog{}, fmt.Errorf("open the server's log: %w", err)
	}
	begin, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		_ = f.Close()
		return serverLog{}, fmt.Errorf("open the server's log: %w", err)
	}
	return serverLog{f, begin}, nil
}

// tail is what the server wrote last since this start.
func (l serverLog) tail() string {
	text, err := io.ReadAll(io.NewSectionReader(l.File, l.begin, logLimit))
	if err != nil || len(text) == 0 {
		return "(the server's log says nothing)"
	}
	return lastLines(string(text))
}

// lastLines keeps the end of a program's output, for an error's text.
func lastLines(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-10):], "\n")
}
