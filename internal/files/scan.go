package files

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"hjemvej/internal/fault"
)

// KeptAway is the cause of Put's fault where the scanner found something. What
// it found is named as the scanner's signatures name it; nothing of the file is
// in it.
type KeptAway struct{ Signature string }

// Error says what was found.
func (k *KeptAway) Error() string { return "the scanner found " + k.Signature }

// scan is one file on its way through a clamd, by its command INSTREAM: pieces
// with their length before them, and one of length 0 at the end. A nil scan finds
// nothing.
type scan struct {
	conn    net.Conn
	out     *bufio.Writer
	release func() bool
}

// Write sends a piece.
func (s *scan) Write(p []byte) (int, error) {
	if s == nil || len(p) == 0 {
		return len(p), nil
	}
	err := s.conn.SetWriteDeadline(time.Now().Add(toTake))
	if err == nil {
		_, err = s.out.Write(binary.BigEndian.AppendUint32(nil, uint32(len(p))))
	}
	if err == nil {
		_, err = s.out.Write(p)
	}
	if err != nil {
		return 0, s.broken(err)
	}
	return len(p), nil
}

// verdict ends the file and waits for what the scanner says of it: nil where it
// found nothing.
func (s *scan) verdict() error {
	if s == nil {
		return nil
	}
	_, err := s.out.Write([]byte{0, 0, 0, 0})
	if err == nil {
		err = s.out.Flush()
	}
	if err != nil {
		return s.broken(err)
	}
	answer, err := s.answer(toDecide)
	if err != nil {
		return unavailable(notScanned, err)
	}
	return judge(answer)
}

// judge reads a clamd's answer. Only what says so in full is clean.
func judge(answer string) error {
	said, ok := strings.CutPrefix(answer, "stream: ")
	signature, found := strings.CutSuffix(said, " FOUND")
	switch {
	case ok && said == "OK":
		return nil
	case ok && found:
		f := fault.Invalidf("body", "is a file in which the scanner found something harmful, so it was not kept")
		f.Cause = &KeptAway{signature}
		return f
	case strings.HasSuffix(answer, " ERROR"):
		return unavailable(notScanned, reason("it answers "+strconv.Quote(answer)))
	}
	return unavailable(notScanned, nonsense)
}

// broken is the fault of a scan that takes no more, with the scanner's reason
// where it still gives one.
func (s *scan) broken(err error) error {
	if answer, e := s.answer(time.Second); e == nil && strings.HasSuffix(answer, " ERROR") {
		return judge(answer)
	}
	return unavailable(notScanned, err)
}

// answer reads what the scanner says, up to the zero byte at its end.
func (s *scan) answer(within time.Duration) (string, error) {
	const longest = 1 << 10 // bytes
	if err := s.conn.SetReadDeadline(time.Now().Add(within)); err != nil {
		return "", err
	}
	said, err := bufio.NewReader(io.LimitReader(s.conn, longest)).ReadString(0)
	if err == io.EOF {
		return "", nonsense
	}
	return strings.TrimSuffix(said, "\x00"), err
}

// end closes the connection.
func (s *scan) end() {
	if s != nil {
		s.release()
		_ = s.conn.Close() // nothing more is said on it
	}
}
