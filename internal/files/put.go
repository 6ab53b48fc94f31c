package files

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"hjemvej/internal/seal"

	"github.com/google/uuid"
)

// Put takes in a file of the person whose key it is given, and names it anew. It
// reads r to its end; r's own deadline is what ends a slow upload.
//
// Faults: Invalid where it is of a kind that is not taken, is empty, is no whole
// picture, or where the scanner finds something (then errors.As gives a KeptAway,
// and the caller reports it); fault.TooLarge; Unavailable where the bucket or the
// scanner does not work. An error of r's comes wrapped. After any error nothing
// of the file is kept.
func (s *Store) Put(ctx context.Context, key seal.Key, r io.Reader) (Stored, error) {
	in := arrivingFrom(ctx, r, s.most)
	src := bufio.NewReaderSize(in, 32<<10)
	kind, err := kindOf(src)
	if err != nil {
		return Stored{}, in.why(err)
	}
	id := uuid.NewString()
	wrapped, stream, err := key.NewStream(placeOf(id))
	if err != nil {
		return Stored{}, fmt.Errorf("make a file's key: %w", err)
	}
	to, err := s.begin(ctx, id)
	if err != nil {
		return Stored{}, err
	}
	size, err := s.take(ctx, to, stream, kind, src)
	if err != nil {
		to.giveUp()
		return Stored{}, in.why(err)
	}
	if err := to.commit(); err != nil {
		return Stored{}, in.why(err)
	}
	return Stored{ID: id, ContentType: kind.contentType, Size: size, WrappedKey: wrapped}, nil
}

// take copies what arrives, without metadata, to the scanner and, sealed, to the
// bucket. The last of it is sealed when the scanner has found nothing. It gives
// the size of what was kept.
func (s *Store) take(ctx context.Context, to io.Writer, stream seal.Stream, kind kind, src *bufio.Reader) (int64, error) {
	scan, err := s.scanner.begin(ctx)
	if err != nil {
		return 0, err
	}
	defer scan.end()
	sealed, err := stream.Seal(to)
	if err != nil {
		return 0, fmt.Errorf("seal a file: %w", err)
	}
	var size counter
	if err := kind.copy(io.MultiWriter(scan, sealed, &size), src); err != nil {
		return 0, err
	}
	if _, err := io.Copy(io.Discard, src); err != nil { // what follows a picture must arrive whole too
		return 0, err
	}
	if err := scan.verdict(); err != nil {
		return 0, err
	}
	return int64(size), sealed.Close()
}

// counter counts the bytes that are written to it.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
