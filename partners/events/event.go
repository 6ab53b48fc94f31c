// Package events is how partners' own systems learn what happened: endpoints
// that events are handed to, and a list to poll for those who cannot receive.
//
// An event is emitted in the transaction of its fact (outbox.Emit), to one
// partner, with a number of that partner's own. A Courier hands it to each of the
// partner's endpoints, at least once: what was not taken is tried again with
// growing pauses, for three days, and then lies dead until somebody replays it.
// An endpoint that is down as a whole is left alone as a whole, and paused after
// three days; its partner is told by letter.
//
// What a partner may be told is looked at when the fact happens and again when
// the event is sent or read: a consent or a hand-off that ended in between ends
// the telling, too (R7, R21).
package events

import (
	"context"
	"time"

	"hjemvej/internal/access"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
)

// Event is what a partner is told, the same whether it is handed to an endpoint
// or polled: ids and a type (R11). What they stand for is fetched, by what
// consent covers then.
type Event struct {
	ID        string           `json:"id" format:"uuid" doc:"The same however often it comes; at an endpoint, the header webhook-id"`
	Type      outbox.EventType `json:"type" example:"handoff.offered" doc:"One of those in docs/events; there will be more"`
	Timestamp time.Time        `json:"timestamp" doc:"When it happened"`
	Data      Data             `json:"data"`
}

// Data is what an event is about. Which ids there are hangs on the type.
type Data struct {
	Sequence int64  `json:"sequence" example:"17" doc:"Your own count: events may come in another order"`
	Case     string `json:"case_code,omitempty" example:"K7QX-2MVD"`
	Handoff  string `json:"handoff_id,omitempty" format:"uuid"`
	Payment  string `json:"payment_id,omitempty" format:"uuid"`
	Followup string `json:"followup_id,omitempty" format:"uuid"`
	Duty     string `json:"duty_id,omitempty" format:"uuid"`
}

type eventRow struct {
	ID         string
	Type       outbox.EventType
	Seq        int64
	Case       string
	HandoffID  string
	ObjectID   string
	HappenedAt time.Time
}

const eventColumns = `e.id, e.type, e.seq, coalesce(e.case_code, '') AS "case", coalesce(e.handoff_id::text, '') AS handoff_id,
	coalesce(e.object_id::text, '') AS object_id, e.happened_at`

func (r eventRow) event() Event {
	d := Data{Sequence: r.Seq, Case: r.Case, Handoff: r.HandoffID}
	switch outbox.KindOf(r.Type).Object {
	case "payment_id":
		d.Payment = r.ObjectID
	case "followup_id":
		d.Followup = r.ObjectID
	case "duty_id":
		d.Duty = r.ObjectID
	}
	return Event{r.ID, r.Type, r.HappenedAt.UTC(), d}
}

// Feed is a stretch of a partner's events.
type Feed struct {
	Items []Event `json:"items" nullable:"false"`
	Last  int64   `json:"last" example:"17" doc:"Send it as after the next time"`
}

// List is the partner's events after a number, oldest first, at most limit of
// them. Events get their numbers in the order in which they can be read, so
// whoever goes on after Last misses none.
func List(ctx context.Context, db *postgres.DB, who access.Actor, after int64, limit int) (Feed, error) {
	var rows []eventRow
	_, err := postgres.Read(ctx, db, who, "list-events", postgres.About{}, postgres.Many(&rows,
		`SELECT `+eventColumns+` FROM events e WHERE e.partner_id = actor_partner() AND e.seq > $1 ORDER BY e.seq LIMIT $2`, after, limit))
	if err != nil {
		return Feed{}, err
	}
	out := Feed{Items: make([]Event, len(rows)), Last: after}
	for i, r := range rows {
		out.Items[i], out.Last = r.event(), r.Seq
	}
	return out, nil
}
