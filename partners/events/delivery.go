package events

import (
	"context"
	"fmt"
	"time"

	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
)

// Delivery is an event on its way to an endpoint, and what became of it.
type Delivery struct {
	EventID  string     `json:"event_id" format:"uuid"`
	Sequence int64      `json:"sequence" example:"17"`
	Type     string     `json:"type,omitempty" example:"handoff.offered" doc:"Left out for whoever may not see what it is about"`
	State    string     `json:"state" enum:"pending,delivered,dead,dropped" doc:"Dead: given up after three days. Dropped: what it is about had ended before it was sent"`
	Attempts int        `json:"attempts" example:"1"`
	QueuedAt time.Time  `json:"queued_at"`
	NextAt   *time.Time `json:"next_attempt_at,omitempty"`
	Until    time.Time  `json:"gives_up_at"`
	Outcome  string     `json:"last_outcome,omitempty" example:"status_5xx" doc:"Of the last attempt: delivered, timeout, unknown_host, refused_connection, unreachable, forbidden_address, bad_certificate, no_tls, bad_answer, answer_too_large, redirected, gone, status_4xx or status_5xx"`
	Status   int        `json:"last_status,omitempty" example:"503" doc:"HTTP status of the last answer"`
	EndedAt  *time.Time `json:"ended_at,omitempty"`
}

// Filter narrows a list of deliveries.
type Filter struct {
	State  string // "" for all
	Before int64  // the number that the page before ended with; 0 for the first
	Limit  int    // 1 to 200
}

// ListDeliveries is a page of what goes to an endpoint, newest first, and the
// number that the next page begins before, 0 where there is none.
func ListDeliveries(ctx context.Context, db *postgres.DB, who access.Actor, partnerID, id string, f Filter) ([]Delivery, int64, error) {
	out, err := postgres.Write(ctx, db, who, "list-event-deliveries", func(ctx context.Context, tx *postgres.Tx) ([]Delivery, error) {
		if _, err := find(ctx, tx, partnerID, id, ""); err != nil {
			return nil, err
		}
		return postgres.Collect[Delivery](ctx, tx, `SELECT d.event_id, d.seq AS sequence, coalesce(e.type, '') AS type, d.state, d.attempts, d.queued_at,
				CASE WHEN d.state = 'pending' AND d.next_at > actor_now() THEN d.next_at END AS next_at, d.until,
				coalesce(d.last_outcome, '') AS outcome, coalesce(d.last_status, 0) AS status, d.ended_at
			FROM event_deliveries d LEFT JOIN events e ON e.id = d.event_id
			WHERE d.endpoint_id = $1 AND ($2 = '' OR d.state = $2) AND ($3 = 0 OR d.seq < $3) ORDER BY d.seq DESC LIMIT $4`,
			id, f.State, f.Before, f.Limit+1)
	})
	if err != nil {
		return nil, 0, fmt.Errorf("list deliveries: %w", err)
	}
	if len(out) <= f.Limit {
		return out, 0, nil
	}
	return out[:f.Limit], out[f.Limit-1].Sequence, nil
}

// Replay is what to hand to an endpoint again: one event, or what happened in a
// period.
type Replay struct {
	EventID string    `json:"event_id,omitempty" format:"uuid" doc:"One event"`
	From    time.Time `json:"from,omitzero" example:"2026-11-20T00:00:00Z" doc:"Or everything that happened at or after this instant"`
	Until   time.Time `json:"until,omitzero" example:"2026-11-21T00:00:00Z" doc:"and before this one"`
}

// Replayed says how many events are on their way again.
type Replayed struct {
	Events int `json:"events" example:"12"`
}

func (in Replay) check() error {
	period := !in.From.IsZero() && in.From.Before(in.Until)
	if none := in.From.IsZero() && in.Until.IsZero(); in.EventID == "" && !period || in.EventID != "" && !none {
		return fault.Invalidf("body", "must name one event, or a period that begins before it ends")
	}
	return nil
}

// ReplayEvents hands an endpoint events of its partner's again, or for the first
// time, whatever became of them before, as far as the partner may be told of them
// now. They keep their ids and numbers.
func ReplayEvents(ctx context.Context, db *postgres.DB, who access.Actor, partnerID, id string, in Replay) (Replayed, error) {
	return postgres.Write(ctx, db, who, "replay-events", func(ctx context.Context, tx *postgres.Tx) (out Replayed, err error) {
		if _, err := find(ctx, tx, partnerID, id, " FOR UPDATE"); err != nil {
			return out, err
		}
		if err := in.check(); err != nil {
			return out, err
		}
		err = tx.AsProgram(ctx, func() error {
			tag, err := tx.Exec(ctx, `INSERT INTO event_deliveries (event_id, endpoint_id, seq, until)
				SELECT e.id, $1, e.seq, $6 FROM events e WHERE e.partner_id = $2 AND (e.id = nullif($3, '')::uuid OR $3 = '' AND e.happened_at >= $4 AND e.happened_at < $5)
					AND may_be_told(e.partner_id, e.case_id, e.category, e.ending)
				ON CONFLICT (event_id, endpoint_id) DO UPDATE SET state = 'pending', attempts = 0, next_at = DEFAULT, until = excluded.until, ended_at = NULL`,
				id, partnerID, in.EventID, in.From, in.Until, tx.Now.Add(outbox.Patience))
			if err != nil {
				return fmt.Errorf("replay events: %w", err)
			}
			out.Events = int(tag.RowsAffected())
			return outbox.Wake(ctx, tx, id)
		})
		if err == nil && in.EventID != "" && out.Events == 0 {
			err = fault.NoSuch("event")
		}
		return out, err
	})
}

// SendTest tells an endpoint an event that is about nothing. What became of it
// stands among the endpoint's deliveries.
func SendTest(ctx context.Context, db *postgres.DB, who access.Actor, partnerID, id string) (Event, error) {
	return postgres.Write(ctx, db, who, "send-test-event", func(ctx context.Context, tx *postgres.Tx) (out Event, err error) {
		e, err := find(ctx, tx, partnerID, id, " FOR UPDATE")
		switch {
		case err != nil:
			return out, err
		case e.State == Paused:
			return out, fault.Conflictf("", "The endpoint is paused.")
		}
		err = tx.AsProgram(ctx, func() error {
			row, err := postgres.One[eventRow](ctx, tx, `WITH e AS (INSERT INTO events (partner_id, type) VALUES ($1, $2) RETURNING *),
				d AS (INSERT INTO event_deliveries (event_id, endpoint_id, seq, until) SELECT id, $3, seq, $4 FROM e)
				SELECT `+eventColumns+` FROM e`, partnerID, string(outbox.EndpointTest), id, tx.Now.Add(outbox.Patience))
			if err != nil {
				return fmt.Errorf("send a test event: %w", err)
			}
			out = row.event()
			return outbox.Wake(ctx, tx, id)
		})
		return out, err
	})
}
