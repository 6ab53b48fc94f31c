package outbox

import (
	"context"
	"fmt"
	"time"

	"hjemvej/internal/postgres"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// EventQueue is the queue of the jobs that carry events: an endpoint that does
// not answer holds up no letter.
const EventQueue = "events"

// Patience is how long an event is tried, and an endpoint that takes nothing.
const Patience = 3 * 24 * time.Hour

// CarryArgs are the arguments of the job that hands an endpoint all that is due:
// its id and nothing else. There is one for each endpoint that has something to
// do, so an endpoint that hangs holds one worker.
type CarryArgs struct {
	EndpointID string `json:"endpoint_id" river:"unique"`
}

// Kind names the job.
func (CarryArgs) Kind() string { return "carry_events" }

// InsertOpts make one job wait or work for an endpoint at a time. One that fails
// is not tried again: the next look for what is due makes another.
func (CarryArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: EventQueue, MaxAttempts: 1, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled}}}
}

// Event is an event to tell one partner. There is no field for a name or a text
// (R11).
type Event struct {
	Type      EventType
	PartnerID string
	CaseID    string
	HandoffID string // "" is the partner's newest of the case
	ObjectID  string // what it is about, where the type has something
	Once      string // what makes it happen once, whatever looks twice; "" where the fact itself does
}

const emitSQL = `WITH told AS (
		INSERT INTO events (type, category, ending, partner_id, case_id, case_code, handoff_id, object_id, once)
		SELECT $1, nullif($2, ''), $3, $4, c.id, c.code, coalesce(nullif($6, '')::uuid,
				(SELECT h.id FROM handoffs h WHERE h.case_id = c.id AND h.partner_id = $4 AND h.state <> 'draft' ORDER BY handoff_visible(h) DESC, h.offered_at DESC LIMIT 1)),
			nullif($7, '')::uuid, nullif($8, '')
		FROM cases c WHERE c.id = $5 AND may_be_told($4, c.id, nullif($2, ''), $3) FOR KEY SHARE OF c
		ON CONFLICT (once) DO NOTHING RETURNING id, partner_id, seq),
	queued AS (
		INSERT INTO event_deliveries (event_id, endpoint_id, seq, until) SELECT t.id, p.id, t.seq, $9 FROM told t JOIN event_endpoints p ON p.partner_id = t.partner_id
		RETURNING endpoint_id)
	SELECT EXISTS (SELECT FROM told), ARRAY(SELECT p.id::text FROM queued q JOIN event_endpoints p ON p.id = q.endpoint_id
		WHERE p.state = 'active' AND p.next_at <= actor_now() ORDER BY p.id)`

// Emit tells a partner an event, in the transaction of its fact, and reports
// whether it was told: only a partner to whom the case is handed at this moment,
// and where a consent covers what the event is about (R7, R21). It reaches each
// of the partner's endpoints by a job, and waits for those who poll.
//
// The transaction holds the case and then the partner from here on: the partner's
// next event waits for the commit. Whoever tells several does it in the order of
// their ids, and locks no other case afterwards.
func Emit(ctx context.Context, tx *postgres.Tx, e Event) (told bool, err error) {
	kind := KindOf(e.Type)
	put := func() error {
		var endpoints []string
		err := tx.QueryRow(ctx, emitSQL, string(kind.Type), kind.Category, kind.Ending, e.PartnerID, e.CaseID, e.HandoffID, e.ObjectID, e.Once, tx.Now.Add(Patience)).Scan(&told, &endpoints)
		if err != nil {
			return err
		}
		return Wake(ctx, tx, endpoints...)
	}
	if err := tx.AsProgram(ctx, put); err != nil {
		return false, fmt.Errorf("tell an event: %w", err)
	}
	return told, nil
}

// Wake makes sure that a job looks at the endpoints once tx commits. Where one
// waits or works already, that one will: it does not end before tx does (see
// events.Courier).
func Wake(ctx context.Context, tx *postgres.Tx, endpoints ...string) error {
	jobs, err := inserter()
	if err != nil {
		return fmt.Errorf("prepare the job queue: %w", err)
	}
	for _, id := range endpoints {
		if _, err := jobs.InsertTx(ctx, tx.Tx, CarryArgs{id}, nil); err != nil {
			return fmt.Errorf("wake an endpoint: %w", err)
		}
	}
	return nil
}
