// Package outbox keeps what must leave, letters and events: each is queued in the
// transaction of the fact that it tells of, once, and sent by a job afterwards.
package outbox

import (
	"context"
	"fmt"
	"sync"

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

// Letter is a letter to queue: to one member of staff or one partner.
type Letter struct {
	Once       string // what makes it this letter: a second one with the same text is not queued (R36)
	Kind       letter.Kind
	CaseID     string
	CaseCode   string // for the audit row of QueueAll
	UserID     string
	PartnerID  string
	FollowupID string // the follow-up whose end makes the letter needless
	HandoffID  string // or the hand-off
	Days       int
	DueOn      calendar.Date
}

// inserter wakes the queue for each job: by default one that comes within a tenth
// of a second after another is left to the next poll.
var inserter = sync.OnceValues(func() (*river.Client[pgx.Tx], error) {
	return river.NewClient(riverpgxv5.New(nil), &river.Config{FetchCooldown: river.FetchCooldownMin})
})

// Queue queues the letter, and the job that sends it, in tx, and reports
// whether it was new: the same letter twice is one letter.
func Queue(ctx context.Context, tx *postgres.Tx, l Letter) (queued bool, err error) {
	jobs, err := inserter()
	if err != nil {
		return false, fmt.Errorf("prepare the job queue: %w", err)
	}
	put := func() error {
		id, isNew, err := insert(ctx, tx, l)
		if err != nil || !isNew {
			return err
		}
		queued = true
		_, err = jobs.InsertTx(ctx, tx.Tx, SendArgs{id}, nil)
		return err
	}
	if err := tx.AsProgram(ctx, put); err != nil {
		return false, fmt.Errorf("queue a letter: %w", err)
	}
	return queued, nil
}

// QueueAll queues what a sweep found, in order, and reports how many letters
// were new. Each new one leaves its audit row about its case.
func QueueAll(ctx context.Context, tx *postgres.Tx, letters []Letter) (queued int, err error) {
	for _, l := range letters {
		isNew, err := Queue(ctx, tx, l)
		if err != nil {
			return queued, err
		}
		if isNew {
			queued++
			tx.Touch(l.CaseID, l.CaseCode, l.FollowupID+l.HandoffID)
		}
	}
	return queued, nil
}

func insert(ctx context.Context, tx *postgres.Tx, l Letter) (id string, isNew bool, err error) {
	rows, err := tx.Query(ctx, `INSERT INTO letters (once, kind, case_id, user_id, partner_id, followup_id, handoff_id, days, due_on)
		VALUES ($1, $2, nullif($3,'')::uuid, nullif($4,'')::uuid, nullif($5,'')::uuid, nullif($6,'')::uuid, nullif($7,'')::uuid, $8, $9)
		ON CONFLICT (once) DO NOTHING RETURNING id`,
		l.Once, string(l.Kind), l.CaseID, l.UserID, l.PartnerID, l.FollowupID, l.HandoffID, l.Days, l.DueOn)
	if err != nil {
		return "", false, err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(ids) == 0 {
		return "", false, err
	}
	return ids[0], true, nil
}
