package letter

import (
	"errors"
	"fmt"

	gomail "github.com/wneessen/go-mail"
)

// Why a letter was not taken. Every error of Send wraps one of them.
var (
	// ErrRefused is for good: trying again changes nothing.
	ErrRefused = errors.New("the letter was refused")
	// ErrRecipient is ErrRefused for the sake of the address alone: it cannot be
	// used, or the server has no such inbox.
	ErrRecipient = fmt.Errorf("%w: no such recipient", ErrRefused)
	// ErrNotNow is for now: try again later, with the same message id.
	ErrNotNow = errors.New("the letter was not taken now")
)

// Permanent reports that Send will never succeed for this recipient and letter:
// the server answered 5xx to the recipient or to the letter, or the letter
// could not be made at all.
func Permanent(err error) bool { return errors.Is(err, ErrRefused) }

// Temporary reports that the letter should be tried again: everything that is
// not Permanent. That includes a server that refuses us (sign-in, TLS, sender
// address): that is mended in the configuration, and no letter may be lost
// until it is.
func Temporary(err error) bool { return err != nil && !Permanent(err) }

// classify turns go-mail's error into one of ours. go-mail calls an error
// temporary only where its text begins with a 4, so a broken connection would
// count as permanent, and its text names the recipient: it goes no further.
func classify(err error) error {
	var send *gomail.SendError
	if !errors.As(err, &send) {
		return fmt.Errorf("%w: reach the mail server: %w", ErrNotNow, err)
	}
	verdict := ErrNotNow
	if code := send.ErrorCode(); code >= 500 && code <= 599 && aboutTheLetter(send.Reason) {
		verdict = ErrRefused
		if send.Reason == gomail.ErrSMTPRcptTo {
			verdict = ErrRecipient
		}
	}
	if send.ErrorCode() == 0 {
		return fmt.Errorf("%w: %s: the connection broke", verdict, send.Reason)
	}
	return fmt.Errorf("%w: %s: answered %d %s", verdict, send.Reason, send.ErrorCode(), send.EnhancedStatusCode())
}

func aboutTheLetter(reason gomail.SendErrReason) bool {
	return reason == gomail.ErrSMTPRcptTo || reason == gomail.ErrSMTPData || reason == gomail.ErrSMTPDataClose
}
