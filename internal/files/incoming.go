package files

import (
	"context"
	"io"
)

// incoming is an object that the bucket does not have yet. What is written comes
// to lie there with commit, all of it or nothing; giveUp leaves nothing. One of
// them ends it. Their errors are faults.
type incoming interface {
	io.Writer
	commit() error
	giveUp()
}

// begin begins an object. When the context ends it is given up.
func (s *Store) begin(ctx context.Context, id string) (incoming, error) {
	if s.remote != nil {
		return s.remote.begin(ctx, id), nil
	}
	return s.beginFile(ctx, id)
}
