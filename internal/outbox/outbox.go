// Package outbox keeps what must leave, letters and events: each is queued in the
// transaction of the fact that it tells of, once, and sent by a job afterwards.
package outbox

import (
	"context"
	"fmt"
	"sync"
	"time"

	"hjemvej/internal/calendar"
	"hjemvej/internal/letter"
	"hjemvej/internal/postgres"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

// SendArgs are the arguments of the job that sends a letter: its id and nothing
// else (R11).
type SendArgs struct {
	LetterID string `json:"letter_id"`
}

// Kind names the job.
func (SendArgs) Kind() string { return "send_letter" }

// Letter is a letter to queue: to one member of staff, or to a partner, whose
// people each get one.
type Letter struct {
	Once       string // what makes it this letter: a second one to the same recipient with the same text is not queued (R36)
	Kind       letter.Kind
	CaseID     string
	CaseCode   string // for the audit row of QueueAll
	UserID     string
	PartnerID  string
	FollowupID string // the follow-up whose end makes the letter needless
	HandoffID  string // or the hand-off
	ReportID   string // or the partner's report
	Days       int
	DueOn      calendar.Date

	recipient string     // one of the partner's people; "" is the partner's own address
	notBefore *time.Time // of a digest: its morning
	digestID  string     // the digest that carries it; "": it goes by itself
}

// inserter wakes the queue for each job: by default one that comes within a tenth
// of a second after another is left to the next poll.
var inserter = sync.OnceValues(func() (*river.Client[pgx.Tx], error) {
	return river.NewClient(riverpgxv5.New(nil), &river.Config{FetchCooldown: river.FetchCooldownMin})
})

// Queue queues the letter, and the job that sends it, in tx, and reports how
// many were new: the same letter twice is one letter. What can wait is held for
// the digest of a reader who wants one a day. One to a partner becomes one to each
// of its people, or to its own address where nobody can be written to.
func Queue(ctx context.Context, tx *postgres.Tx, l Letter) (queued int, err error) {
	jobs, err := inserter()
	if err != nil {
		return 0, fmt.Errorf("prepare the job queue: %w", err)
	}
	put := func() error {
		each, err := toEach(ctx, tx, []Letter{l})
		if err != nil {
			return err
		}
		fresh, err := insert(ctx, tx, each)
		if err != nil {
			return err
		}
		queued = len(fresh)
		return dispatch(ctx, tx, jobs, fresh)
	}
	if err := tx.AsProgram(ctx, put); err != nil {
		return 0, fmt.Errorf("queue a letter: %w", err)
	}
	return queued, nil
}

// dispatch lets each new letter wait for its reader's digest, or be sent.
func dispatch(ctx context.Context, tx *postgres.Tx, jobs *river.Client[pgx.Tx], fresh []newLetter) error {
	var send []river.InsertManyParams
	for _, n := range fresh {
		held := n.digestID != ""
		if !held {
			var err error
			if held, err = hold(ctx, tx, jobs, n.id, n.Letter); err != nil {
				return err
			}
		}
		if !held {
			send = append(send, river.InsertManyParams{Args: SendArgs{n.id}})
		}
	}
	if len(send) == 0 {
		return nil
	}
	_, err := jobs.InsertManyTx(ctx, tx.Tx, send)
	return err
}

// QueueAll queues what a sweep found, in order, and reports how many letters
// were new. What has new ones leaves its audit row about its case. More than a few
// to one reader, as after an outage, go out as one (R36).
func QueueAll(ctx context.Context, tx *postgres.Tx, letters []Letter) (queued int, err error) {
	jobs, err := inserter()
	if err != nil {
		return 0, fmt.Errorf("prepare the job queue: %w", err)
	}
	err = tx.AsProgram(ctx, func() error {
		each, err := toEach(ctx, tx, letters)
		if err != nil {
			return err
		}
		if each, err = notQueued(ctx, tx, each); err != nil {
			return err
		}
		if err := gatherStorms(ctx, tx, jobs, each); err != nil {
			return err
		}
		fresh, err := insert(ctx, tx, each)
		if err != nil {
			return err
		}
		for _, n := range fresh {
			tx.Touch(n.CaseID, n.CaseCode, n.FollowupID+n.HandoffID+n.ReportID)
		}
		queued = len(fresh)
		return dispatch(ctx, tx, jobs, fresh)
	})
	if err != nil {
		return 0, fmt.Errorf("queue letters: %w", err)
	}
	return queued, nil
}
