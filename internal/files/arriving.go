package files

import (
	"context"
	"errors"
	"fmt"
	"io"

	"hjemvej/internal/fault"
	"hjemvej/internal/files/picture"
)

// arriving is a file on its way in. It ends with an error when more than most
// bytes come or the context ends, and keeps why: whoever reads it may only know
// that it ended too early.
type arriving struct {
	ctx  context.Context
	r    io.Reader
	most int64
	left int64
	err  error // never io.EOF
}

func arrivingFrom(ctx context.Context, r io.Reader, most int64) *arriving {
	return &arriving{ctx: ctx, r: r, most: most, left: most}
}

func (a *arriving) Read(p []byte) (int, error) {
	if a.err == nil {
		a.err = a.ctx.Err()
	}
	if a.err != nil {
		return 0, a.err
	}
	if int64(len(p)) > a.left+1 { // one more would be too many, and is how that is seen
		p = p[:a.left+1]
	}
	n, err := a.r.Read(p)
	if int64(n) > a.left {
		a.err = &fault.Error{Kind: fault.TooLarge, Message: "The file is larger than " + inWords(a.most) + "."}
		return 0, a.err
	}
	a.left -= int64(n)
	if err != nil && err != io.EOF {
		a.err = fmt.Errorf("read an upload: %w", err)
		err = a.err
	}
	return n, err
}

// why is the reason behind the error of copying what arrived.
func (a *arriving) why(err error) error {
	var malformed picture.Malformed
	switch {
	case a.err != nil:
		return a.err
	case a.ctx.Err() != nil: // whatever failed, it is because of that
		return a.ctx.Err()
	case errors.As(err, &malformed):
		return fault.Invalidf("body", "is a picture that cannot be used: %s", malformed)
	}
	return err
}

func inWords(bytes int64) string {
	if bytes%(1<<20) == 0 {
		return fmt.Sprintf("%d MiB", bytes>>20)
	}
	return fmt.Sprintf("%d bytes", bytes)
}
