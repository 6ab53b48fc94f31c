package webhook

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// Tolerance is how far a receiver's clock and the signed time may lie apart,
// before or after.
const Tolerance = 5 * time.Minute

// ErrUnverified is the one answer to everything that does not verify. Which of
// its checks failed is not said.
var ErrUnverified = errors.New("the event is not verified")

// Sign writes an event as it goes out at now: its header, with one signature for
// each secret, and its body. It answers ErrMessage or ErrSecret.
func Sign(secrets []string, m Message, now time.Time) (http.Header, []byte, error) {
	body, err := m.body()
	if err != nil {
		return nil, nil, err
	}
	all, err := signers(secrets)
	if err != nil {
		return nil, nil, err
	}
	var signatures []string
	for _, signer := range all {
		signature, err := signer.Sign(m.ID, now, body)
		if err != nil {
			return nil, nil, fmt.Errorf("sign an event: %w", err)
		}
		signatures = append(signatures, signature)
	}
	header := http.Header{
		"Content-Type": {"application/json"},
		"User-Agent":   {"Standard-Webhooks"}, // names nobody (R11), but some doors open to no one without a name
	}
	header.Set(standardwebhooks.HeaderWebhookID, m.ID)
	header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	header.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	return header, body, nil
}

// Verify is the receiver's side: nil says that the body arrived as it was signed
// with one of the secrets, under this id, at most Tolerance before or after now.
// Everything else is ErrUnverified. Signatures are compared in constant time.
func Verify(secrets []string, header http.Header, body []byte, now time.Time) error {
	written := header.Get(standardwebhooks.HeaderWebhookTimestamp)
	seconds, err := strconv.ParseInt(written, 10, 64)
	switch {
	case err != nil || strconv.FormatInt(seconds, 10) != written:
		return ErrUnverified
	case now.Sub(time.Unix(seconds, 0)).Abs() > Tolerance:
		return ErrUnverified
	case !ids.MatchString(header.Get(standardwebhooks.HeaderWebhookID)):
		return ErrUnverified
	}
	all, err := signers(secrets)
	if err != nil {
		return ErrUnverified
	}
	for _, signer := range all {
		// The library would look at its own clock.
		if signer.VerifyIgnoringTimestamp(body, header) == nil {
			return nil
		}
	}
	return ErrUnverified
}
