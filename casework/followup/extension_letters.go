package followup

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
)

// tellAsked tells those who may approve an extension that one waits for them.
func tellAsked(ctx context.Context, tx *postgres.Tx, c *casefile.Row, id string) error {
	leads, err := casefile.OtherLeads(ctx, tx, c.TeamID, tx.Who.ID)
	if err != nil {
		return err
	}
	return queueEach(ctx, tx, leads, outbox.Letter{Once: "extension:" + id + ":asked", Kind: letter.ExtensionAsked, CaseID: c.ID, DueOn: c.LastDay})
}

// tellDecided tells whoever asked for an extension, and whoever answers for the
// case, that it is decided; but not the one who decided.
func tellDecided(ctx context.Context, tx *postgres.Tx, c *casefile.Row, e Extended) error {
	readers, err := c.Responsible(ctx, tx)
	if err != nil {
		return err
	}
	readers = append(readers, e.AskedBy)
	slices.Sort(readers)
	readers = slices.DeleteFunc(slices.Compact(readers), func(id string) bool { return id == tx.Who.ID })
	return queueEach(ctx, tx, readers, outbox.Letter{Once: "extension:" + e.ID + ":decided", Kind: letter.ExtensionDecided, CaseID: c.ID})
}

// queueEach queues a letter for each of its readers.
func queueEach(ctx context.Context, tx *postgres.Tx, readers []string, l outbox.Letter) error {
	once := l.Once
	for _, user := range readers {
		l.Once, l.UserID = once+":"+user, user
		if _, err := outbox.Queue(ctx, tx, l); err != nil {
			return err
		}
	}
	return nil
}

// extensionRow is an extension with its case, whose last day is DueOn.
type extensionRow struct {
	dueRow
	AskedBy string
	AskedAt time.Time
}

const extensionRowSQL = `SELECT e.id, e.case_id, c.last_day AS due_on, e.asked_by, e.asked_at, ` + caseColumns + ` FROM extensions e JOIN cases c ON c.id = e.case_id `

// RemindExtensions queues the letters to those who may approve about extensions that
// nobody has decided, lets those lapse that can be approved no more, and tells of
// each that has lapsed, once.
func RemindExtensions(ctx context.Context, db *postgres.DB) (queued int, err error) {
	return postgres.Write(ctx, db, access.Program, "remind-extensions", func(ctx context.Context, tx *postgres.Tx) (int, error) {
		waiting, err := postgres.Collect[extensionRow](ctx, tx, extensionRowSQL+`WHERE e.state = 'asked' ORDER BY c.id FOR NO KEY UPDATE OF c`)
		if err != nil {
			return 0, fmt.Errorf("find extensions that wait: %w", err)
		}
		var letters []outbox.Letter
		for _, e := range waiting {
			some, err := e.remindOrLapse(ctx, tx)
			if err != nil {
				return 0, err
			}
			letters = append(letters, some...)
		}
		lapsed, err := lapsedLetters(ctx, tx)
		if err != nil {
			return 0, err
		}
		return outbox.QueueAll(ctx, tx, append(letters, lapsed...))
	})
}

func (r extensionRow) remindOrLapse(ctx context.Context, tx *postgres.Tx) (letters []outbox.Letter, err error) {
	today := r.today(tx.Now)
	if today.After(lastDecision(r.DueOn)) {
		tx.Touch(r.CaseID, r.Code, r.ID)
		_, err := tx.Exec(ctx, `UPDATE extensions SET ended_as = 'lapsed', ended_at = $2 WHERE id = $1 AND state = 'asked'`, r.ID, tx.Now)
		if err != nil {
			return nil, fmt.Errorf("let an extension lapse: %w", err)
		}
		return nil, nil
	}
	step, ok := ExtensionReminder(casefile.DayThere(r.AskedAt, r.Destination, r.Zone), r.DueOn, today)
	if !ok {
		return nil, nil
	}
	leads, err := casefile.OtherLeads(ctx, tx, r.TeamID, r.AskedBy)
	if err != nil {
		return nil, err
	}
	for _, user := range leads {
		letters = append(letters, outbox.Letter{Once: fmt.Sprintf("extension:%s:waits:%s:%d:%s", r.ID, r.DueOn, step, user), Kind: letter.ExtensionWaits,
			CaseID: r.CaseID, CaseCode: r.Code, UserID: user, DueOn: r.DueOn})
	}
	return letters, nil
}

// lapsedLetters are the letters about extensions that lapsed and of which nobody
// was told, to whoever asked, whoever answers for the case and the leads.
func lapsedLetters(ctx context.Context, tx *postgres.Tx) (letters []outbox.Letter, err error) {
	rows, err := postgres.Collect[extensionRow](ctx, tx, extensionRowSQL+`WHERE e.ended_as = 'lapsed' AND e.ended_at > $1
		AND NOT EXISTS (SELECT FROM letters l WHERE l.case_id = e.case_id AND l.kind = $2 AND l.once LIKE 'extension:' || e.id || ':%') ORDER BY e.ended_at, e.id`,
		tx.Now.AddDate(0, -1, 0), string(letter.ExtensionLapsed))
	if err != nil {
		return nil, fmt.Errorf("find extensions that lapsed: %w", err)
	}
	for _, r := range rows {
		leads, err := casefile.TeamLeads(ctx, tx, r.TeamID)
		if err != nil {
			return nil, err
		}
		readers := append([]string{r.AskedBy, r.ContactPersonID}, leads...)
		slices.Sort(readers)
		for _, user := range slices.Compact(readers) {
			letters = append(letters, outbox.Letter{Once: "extension:" + r.ID + ":lapsed:" + user, Kind: letter.ExtensionLapsed, CaseID: r.CaseID, CaseCode: r.Code, UserID: user})
		}
	}
	return letters, nil
}
