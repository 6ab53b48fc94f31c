package files

import (
	"context"
	"fmt"
	"io"

	"hjemvej/internal/fault"
	"hjemvej/internal/seal"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"
)

// Get opens a file with the person's key and writes it to w as it was kept.
// Every byte that is written was verified; that the file is whole is known when
// Get has returned nil, so a response that it fails in must be broken off.
//
// Faults, before anything is written: NotFound where there is no such file,
// Unavailable where the bucket does not work. What does not open, in the bucket
// or in stored, answers seal.ErrClosed. Who calls it records the opening (R12).
func (s *Store) Get(ctx context.Context, key seal.Key, stored Stored, w io.Writer) error {
	stream, err := key.OpenStream(stored.WrappedKey, placeOf(stored.ID))
	if err != nil {
		return fmt.Errorf("open a file's key: %w", err)
	}
	sealed, err := s.bucket.NewReader(ctx, stored.ID, nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return fault.NoSuch("file")
	}
	if err != nil {
		return unavailable(notFetched, err)
	}
	defer sealed.Close()
	opened, err := stream.Open(outgoing{sealed})
	if err != nil {
		return fmt.Errorf("open a file: %w", err)
	}
	if _, err := io.Copy(w, opened); err != nil {
		return fmt.Errorf("open a file: %w", err)
	}
	return nil
}

// Delete takes a file away. That there is none is no error.
func (s *Store) Delete(ctx context.Context, id string) error {
	err := s.bucket.Delete(ctx, id)
	if err != nil && gcerrors.Code(err) != gcerrors.NotFound {
		return unavailable("The file could not be removed just now. Please try again.", err)
	}
	return nil
}

// outgoing is an object that is read, with faults of ours.
type outgoing struct{ object *blob.Reader }

func (o outgoing) Read(p []byte) (int, error) {
	n, err := o.object.Read(p)
	if err != nil && err != io.EOF {
		err = unavailable(notFetched, err)
	}
	return n, err
}
