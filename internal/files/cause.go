package files

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"

	"hjemvej/internal/fault"

	"github.com/aws/smithy-go"
	"gocloud.dev/gcerrors"
)

// unavailable is the fault of a bucket or a scanner that does not do what it
// should; it may be tried again.
func unavailable(message string, err error) error {
	return &fault.Error{Kind: fault.Unavailable, Message: message, Cause: plain(err)}
}

const (
	notKept    = "The file could not be kept just now. Please try again."
	notFetched = "The file could not be fetched just now. Please try again."
	notSwept   = "What is left over could not be removed just now. Please try again."
	notScanned = "The file could not be checked just now, so it was not kept. Please try again."
)

// reason is what went wrong, in words of ours.
type reason string

func (r reason) Error() string { return string(r) }

const nonsense reason = "it answers nonsense"

// plain is an error for the log without the addresses, folders, names and keys
// that libraries put into theirs.
func plain(err error) error {
	var ours reason
	var api smithy.APIError
	var path *fs.PathError
	var link *os.LinkError
	var line *net.OpError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return context.DeadlineExceeded
	case errors.As(err, &ours):
		return ours
	case errors.As(err, &api):
		return reason("the server answers " + api.ErrorCode())
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	case errors.As(err, &line):
		return plainLine(line)
	}
	return reason("the cause is " + gcerrors.Code(err).String())
}

// plainLine is what went wrong on a connection, without its ends.
func plainLine(err *net.OpError) error {
	var name *net.DNSError
	var call *os.SyscallError
	switch {
	case errors.As(err, &name):
		return reason("its name is not known")
	case err.Timeout():
		return os.ErrDeadlineExceeded
	case errors.As(err, &call):
		return call.Err
	}
	return reason("the connection failed")
}
