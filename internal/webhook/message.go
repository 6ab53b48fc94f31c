package webhook

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"
)

// Message is one event.
type Message struct {
	ID   string          // the same in each attempt: 1 to 64 letters, digits, - and _
	Type string          // what happened, such as handoff.offered: words of a-z, 0-9 and _ with full stops between
	At   time.Time       // when it happened
	Data json.RawMessage // a JSON object: the ids of what it is about, and nothing about a person (R11)
}

// MaxBody is how many bytes the body of an event has at most. Thin events have a
// few hundred.
const MaxBody = 20_000

// ErrMessage is an event that cannot be sent in any attempt: its id or type is
// malformed, its time missing, its data no JSON object, or its body too large.
var ErrMessage = errors.New("not an event that can be sent")

// A full stop in an id could stand for the one that parts it from the time that
// is signed beside it.
var (
	ids   = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	types = regexp.MustCompile(`^[a-z0-9_]{1,40}(\.[a-z0-9_]{1,40}){0,4}$`)
)

// body is what goes out: the same bytes in each attempt.
func (m Message) body() ([]byte, error) {
	switch {
	case !ids.MatchString(m.ID):
		return nil, fmt.Errorf("%w: its id", ErrMessage)
	case !types.MatchString(m.Type):
		return nil, fmt.Errorf("%w: its type", ErrMessage)
	case m.At.IsZero():
		return nil, fmt.Errorf("%w: its time is missing", ErrMessage)
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(m.Data, &object); err != nil || object == nil {
		return nil, fmt.Errorf("%w: its data is no JSON object", ErrMessage)
	}
	body, err := json.Marshal(struct {
		Type      string          `json:"type"`
		Timestamp time.Time       `json:"timestamp"`
		Data      json.RawMessage `json:"data"`
	}{m.Type, m.At.UTC(), m.Data})
	if err != nil || len(body) > MaxBody {
		return nil, fmt.Errorf("%w: its body", ErrMessage)
	}
	return body, nil
}
