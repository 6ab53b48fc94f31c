package events

import (
	"context"
	"fmt"
	"time"

	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
	"hjemvej/internal/webhook"
)

// served is an endpoint as its courier knows it.
type served struct {
	ID           string
	PartnerID    string
	Open         bool       // neither paused nor of a partner that has left
	Failures     int        // in a row, of the endpoint as a whole
	FailingSince *time.Time // nothing was taken since
	NextAt       time.Time  // it is left alone until then
	Version      int
}

// findServed finds an endpoint and holds it, against couriers and against events
// that are being told.
func findServed(ctx context.Context, tx *postgres.Tx, id string) (served, error) {
	e, err := postgres.One[served](ctx, tx, `SELECT p.id, p.partner_id, p.state = 'active' AND o.active AS open, p.failures, p.failing_since, p.next_at, p.version
		FROM event_endpoints p JOIN partners o ON o.id = p.partner_id WHERE p.id = $1 FOR UPDATE OF p`, id)
	if err != nil {
		return e, fmt.Errorf("find an endpoint: %w", err)
	}
	return e, nil
}

// record writes down what became of an attempt.
func (e *served) record(ctx context.Context, tx *postgres.Tx, a attempt) error {
	if !a.Told {
		return end(ctx, tx, e.ID, a, "dropped")
	}
	if a.result.Delivered() {
		if err := end(ctx, tx, e.ID, a, "delivered"); err != nil {
			return err
		}
		return e.took(ctx, tx)
	}
	next, err := e.failed(ctx, tx, a)
	if err != nil {
		return err
	}
	if next.After(a.Until) {
		err = end(ctx, tx, e.ID, a, "dead")
	} else {
		err = putOff(ctx, tx, e.ID, a, next)
	}
	if err != nil {
		return err
	}
	switch {
	case !e.Open:
		return nil
	case a.result.Outcome == webhook.Gone:
		return e.pause(ctx, tx, "gone")
	case next.After(e.FailingSince.Add(outbox.Patience)):
		return e.pause(ctx, tx, "failing")
	}
	return nil
}

// took forgets what was wrong with an endpoint: it took an event.
func (e *served) took(ctx context.Context, tx *postgres.Tx) error {
	if e.FailingSince == nil {
		return nil
	}
	e.Failures, e.FailingSince, e.NextAt = 0, nil, time.Time{}
	if _, err := tx.Exec(ctx, `UPDATE event_endpoints SET failures = 0, failing_since = NULL, next_at = DEFAULT WHERE id = $1`, e.ID); err != nil {
		return fmt.Errorf("note that an endpoint takes events: %w", err)
	}
	return nil
}

// failed notes that an endpoint did not take an event and answers when to try
// again: where the fault lies with the endpoint as a whole, it is left alone until
// then; otherwise the event is.
func (e *served) failed(ctx context.Context, tx *postgres.Tx, a attempt) (next time.Time, err error) {
	if e.FailingSince == nil {
		e.FailingSince = &tx.Now
	}
	if a.result.EndpointDown() {
		e.Failures++
		next = tx.Now.Add(pauseAfter(e.Failures, a.result.RetryAfter))
		e.NextAt = next
	} else {
		next = tx.Now.Add(pauseAfter(a.Attempts, 0))
		e.Failures, e.NextAt = 0, time.Time{}
	}
	_, err = tx.Exec(ctx, `UPDATE event_endpoints SET failures = $2, failing_since = $3, next_at = $4 WHERE id = $1`, e.ID, e.Failures, *e.FailingSince, e.NextAt)
	if err != nil {
		return next, fmt.Errorf("note that an endpoint fails: %w", err)
	}
	return next, nil
}

// pause pauses an endpoint and tells its partner by letter.
func (e *served) pause(ctx context.Context, tx *postgres.Tx, why string) error {
	_, err := tx.Exec(ctx, `UPDATE event_endpoints SET state = 'paused', why = $2, since = $3, version = version + 1 WHERE id = $1`, e.ID, why, tx.Now)
	if err != nil {
		return fmt.Errorf("pause an endpoint: %w", err)
	}
	e.Open = false
	tx.Touch("", "", e.ID)
	_, err = outbox.Queue(ctx, tx, outbox.Letter{Once: fmt.Sprintf("endpoint:%s:%d", e.ID, e.Version), Kind: letter.EndpointPaused, PartnerID: e.PartnerID})
	return err
}

// end ends an event's way to an endpoint; if that had ended, it stays as it was.
func end(ctx context.Context, tx *postgres.Tx, endpointID string, a attempt, state string) error {
	_, err := tx.Exec(ctx, `UPDATE event_deliveries SET state = $3, ended_at = $4, last_outcome = nullif($5, ''), last_status = nullif($6, 0)
		WHERE event_id = $1 AND endpoint_id = $2 AND state = 'pending'`, a.ID, endpointID, state, tx.Now, string(a.result.Outcome), a.result.Status)
	if err != nil {
		return fmt.Errorf("end an event's way: %w", err)
	}
	return nil
}

// putOff lets an event wait, unless another courier has taken it since.
func putOff(ctx context.Context, tx *postgres.Tx, endpointID string, a attempt, next time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE event_deliveries SET next_at = $4, last_outcome = $5, last_status = nullif($6, 0)
		WHERE event_id = $1 AND endpoint_id = $2 AND state = 'pending' AND attempts = $3`, a.ID, endpointID, a.Attempts, next, string(a.result.Outcome), a.result.Status)
	if err != nil {
		return fmt.Errorf("put an event off: %w", err)
	}
	return nil
}
