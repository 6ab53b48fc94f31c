package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
	"hjemvej/internal/webhook"

	"github.com/jackc/pgx/v5"
)

// Courier hands events to endpoints.
type Courier struct {
	DB     *postgres.DB
	Vault  person.Vault // opens the secrets
	Sender *webhook.Sender
}

const (
	// round is how long one endpoint keeps a worker while others may wait: less
	// than a stop of the program lets it work on.
	round = 2 * time.Second
	// lease is how long an event that was taken is nobody else's: longer than an
	// attempt can take. If its taker is killed, it is due again afterwards.
	lease = time.Minute
)

// Rest ends a round, in the transaction that saw that it is over. more says that
// there is more to do at once.
type Rest func(ctx context.Context, tx *postgres.Tx, more bool) error

// Carry hands an endpoint what is due, one event after the other, until nothing
// is, the endpoint is down or paused, or others should have their turn.
//
// No event is left waiting that commits while this ends: it holds its endpoint,
// as its foreign key does, until then, and every look for the next event, the
// last one too, waits for all that do. Whoever comes later finds that rest has
// ended the job, and makes another.
//
// An event that another courier takes at the same moment is taken by one. An
// error says that our side failed: what was taken is due again after its lease.
func (c Courier) Carry(ctx context.Context, endpointID string, rest Rest) error {
	secrets, err := secretsOf(ctx, c.DB, c.Vault, endpointID)
	if err != nil {
		return err
	}
	end := time.Now().Add(round)
	var tried *attempt
	for {
		next, err := c.turn(ctx, endpointID, tried, time.Now().After(end), rest)
		if err != nil || next == nil {
			return err
		}
		if next.Told {
			if next.result, err = c.send(ctx, secrets, *next); err != nil {
				return err
			}
		}
		tried = next
	}
}

func (c Courier) send(ctx context.Context, secrets []string, a attempt) (webhook.Result, error) {
	e := a.event()
	data, err := json.Marshal(e.Data)
	if err != nil {
		return webhook.Result{}, fmt.Errorf("write event %s: %w", e.ID, err)
	}
	r, err := c.Sender.Send(ctx, a.URL, secrets, webhook.Message{ID: e.ID, Type: string(e.Type), At: e.Timestamp, Data: data})
	if err != nil {
		return r, fmt.Errorf("send event %s: %w", e.ID, err)
	}
	return r, nil
}

// attempt is one event that was taken, and what became of it.
type attempt struct {
	eventRow
	URL      string
	Attempts int // with this one
	Until    time.Time
	Told     bool // the partner may be told at this moment; else it is not sent

	result webhook.Result
}

// turn records what became of the event that was tried, and takes the next; nil
// where the round is over.
func (c Courier) turn(ctx context.Context, endpointID string, tried *attempt, over bool, rest Rest) (*attempt, error) {
	return postgres.Write(ctx, c.DB, access.Program, "carry-events", func(ctx context.Context, tx *postgres.Tx) (*attempt, error) {
		e, err := findServed(ctx, tx, endpointID)
		if err != nil {
			return nil, err
		}
		if tried != nil {
			if err := e.record(ctx, tx, *tried); err != nil {
				return nil, err
			}
		}
		switch {
		case !e.Open || e.NextAt.After(tx.Now):
			return nil, rest(ctx, tx, false)
		case over:
			return nil, rest(ctx, tx, true)
		}
		next, err := take(ctx, tx, endpointID)
		if next == nil && err == nil {
			err = rest(ctx, tx, false)
		}
		return next, err
	})
}

// take takes the next event that is due; nil where there is none.
func take(ctx context.Context, tx *postgres.Tx, endpointID string) (*attempt, error) {
	a, err := postgres.One[attempt](ctx, tx, `UPDATE event_deliveries d SET attempts = d.attempts + 1, next_at = $3
		FROM events e, event_endpoints p WHERE e.id = d.event_id AND p.id = d.endpoint_id AND (d.event_id, d.endpoint_id) = (
			SELECT n.event_id, n.endpoint_id FROM event_deliveries n
			WHERE n.endpoint_id = $1 AND n.state = 'pending' AND n.next_at <= $2 ORDER BY n.next_at, n.seq LIMIT 1)
		RETURNING `+eventColumns+`, p.url, d.attempts, d.until, may_be_told(e.partner_id, e.case_id, e.category, e.ending) AS told`,
		endpointID, tx.Now, tx.Now.Add(lease))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("take an event: %w", err)
	}
	return &a, nil
}

// WakeDue finds the endpoints for which something is due and answers how many.
// It catches up on pauses that are over, on what a killed program had in hand,
// and on every job that failed.
func WakeDue(ctx context.Context, db *postgres.DB) (int, error) {
	due, err := postgres.Write(ctx, db, access.Program, "carry-events", func(ctx context.Context, tx *postgres.Tx) ([]struct{ ID string }, error) {
		return postgres.Collect[struct{ ID string }](ctx, tx, `SELECT p.id FROM event_endpoints p JOIN partners o ON o.id = p.partner_id
			WHERE p.state = 'active' AND o.active AND p.next_at <= $1
			AND EXISTS (SELECT FROM event_deliveries d WHERE d.endpoint_id = p.id AND d.state = 'pending' AND d.next_at <= $1) ORDER BY p.id`, tx.Now)
	})
	if err != nil {
		return 0, fmt.Errorf("find events that are due: %w", err)
	}
	for _, e := range due { // each alone: whoever emits to several must not wait for us with some in hand
		err := postgres.Do(ctx, db, access.Program, "carry-events", func(ctx context.Context, tx *postgres.Tx) error { return outbox.Wake(ctx, tx, e.ID) })
		if err != nil {
			return 0, err
		}
	}
	return len(due), nil
}
