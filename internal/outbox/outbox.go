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
		fresh, err := insertNew(ctx, tx, []Letter{l})
		queued = len(fresh)
		for _, n := range fresh {
			if err == nil {
				err = n.dispatch(ctx, tx, jobs)
			}
		}
		return err
	}
	if err := tx.AsProgram(ctx, put); err != nil {
		return 0, fmt.Errorf("queue a letter: %w", err)
	}
	return queued, nil
}

// newLetter is a letter that was not queued before.
type newLetter struct {
	id string
	Letter
}

// insertNew keeps each letter once for each of its recipients, all in one round
// trip, and answers those that are new, in order.
func insertNew(ctx context.Context, tx *postgres.Tx, letters []Letter) (fresh []newLetter, err error) {
	batch := &pgx.Batch{}
	for _, l := range letters {
		each, err := toEach(ctx, tx, l)
		if err != nil {
			return nil, err
		}
		for _, l := range each {
			batch.Queue(insertSQL, l.row()...).Query(func(rows pgx.Rows) error {
				ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
				for _, id := range ids {
					fresh = append(fresh, newLetter{id, l})
				}
				return err
			})
		}
	}
	if batch.Len() == 0 {
		return nil, nil
	}
	return fresh, tx.SendBatch(ctx, batch).Close()
}

// dispatch lets a new letter wait for its reader's digest, or be sent.
func (n newLetter) dispatch(ctx context.Context, tx *postgres.Tx, jobs *river.Client[pgx.Tx]) error {
	held, err := hold(ctx, tx, jobs, n.id, n.Letter)
	if err != nil || held {
		return err
	}
	_, err = jobs.InsertTx(ctx, tx.Tx, SendArgs{n.id}, nil)
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
		fresh, err := insertNew(ctx, tx, letters)
		if err != nil {
			return err
		}
		for _, n := range fresh {
			tx.Touch(n.CaseID, n.CaseCode, n.FollowupID+n.HandoffID+n.ReportID)
		}
		queued = len(fresh)
		return dispatchAll(ctx, tx, jobs, fresh)
	})
	if err != nil {
		return 0, fmt.Errorf("queue letters: %w", err)
	}
	return queued, nil
}

const insertSQL = `INSERT INTO letters (once, kind, case_id, user_id, partner_id, partner_person_id, followup_id, handoff_id, report_id, days, due_on, not_before)
	VALUES ($1, $2, nullif($3,'')::uuid, nullif($4,'')::uuid, nullif($5,'')::uuid, nullif($6,'')::uuid, nullif($7,'')::uuid, nullif($8,'')::uuid, nullif($9,'')::uuid, $10, $11, $12)
	ON CONFLICT (once) DO NOTHING RETURNING id`

// row are the values that insertSQL takes.
func (l Letter) row() []any {
	return []any{l.Once, string(l.Kind), l.CaseID, l.UserID, l.PartnerID, l.recipient, l.FollowupID, l.HandoffID, l.ReportID, l.Days, l.DueOn, l.notBefore}
}

func insert(ctx context.Context, tx *postgres.Tx, l Letter) (id string, isNew bool, err error) {
	rows, err := tx.Query(ctx, insertSQL, l.row()...)
	if err != nil {
		return "", false, err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(ids) == 0 {
		return "", false, err
	}
	return ids[0], true, nil
}
