package partnersim

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"hjemvej/client"
)

// refusal is what the server would not do, in its own words, which never repeat
// what was sent.
type refusal struct{ client.Problem }

// Error names the status, what happened and the request.
func (r *refusal) Error() string {
	return fmt.Sprintf("refused with %d: %s (request %s)", r.Status, r.Detail, r.RequestId)
}

// got is the body of an answer, or the refusal.
func got[T any](r *http.Response, err error) (out T, _ error) {
	if err != nil {
		return out, errors.New("the server cannot be reached") // the cause holds the address
	}
	defer func() { _ = r.Body.Close() }()
	if r.StatusCode >= 300 {
		no := &refusal{client.Problem{Status: int64(r.StatusCode), Detail: "not by Hjemvej"}}
		_ = json.NewDecoder(r.Body).Decode(&no.Problem) // a proxy may answer otherwise
		return out, no
	}
	if err := json.NewDecoder(r.Body).Decode(&out); err != nil {
		return out, errors.New("the server answers something else than its document says")
	}
	return out, nil
}

func isRefusal(err error) bool {
	var r *refusal
	return errors.As(err, &r)
}

func unauthenticated(err error) bool {
	var r *refusal
	return errors.As(err, &r) && r.Status == http.StatusUnauthorized
}
