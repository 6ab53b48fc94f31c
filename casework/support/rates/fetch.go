package rates

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// fetchTime is how long the bank's server may take for the whole file.
const fetchTime = 30 * time.Second

// Why a file could not be fetched. None of these texts repeats the address.
var (
	ErrAddress = errors.New("the address must begin with https://")
	ErrNoFile  = errors.New("the server did not answer with a file")
)

// Fetch gets a file over HTTPS, redirects included, of at most MaxFile bytes. The
// client is http.DefaultClient where it is nil.
func Fetch(ctx context.Context, client *http.Client, address string) ([]byte, error) {
	ctx, stop := context.WithTimeout(ctx, fetchTime)
	defer stop()
	if client == nil {
		client = http.DefaultClient
	}
	secure := *client
	secure.CheckRedirect = func(r *http.Request, before []*http.Request) error {
		if r.URL.Scheme != "https" || len(before) >= 5 {
			return ErrAddress
		}
		return nil
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil || r.URL.Scheme != "https" {
		return nil, ErrAddress
	}
	answer, err := secure.Do(r)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // without the address
		}
		return nil, fmt.Errorf("fetch the rates: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch the rates: %w", ErrNoFile)
	}
	file, err := readAll(answer.Body)
	if err != nil {
		return nil, fmt.Errorf("fetch the rates: the file %w", err)
	}
	return file, nil
}
