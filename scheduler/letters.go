package scheduler

import (
	"context"
	"errors"
	"fmt"

	"hjemvej/casework/followup"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"

	"github.com/riverqueue/river"
)

type sendWorker struct {
	river.WorkerDefaults[outbox.SendArgs]
	config Config
}

// Work sends one letter: looks again whether it is still needed, lets one that
// leads to contact wait for the person's hours, writes it, and hands it to the
// mail server. A refusal for good ends it, and one for the address's sake passes
// a partner's letter on to whoever is left there; anything else is tried again
// later, with the same Message-ID.
func (w *sendWorker) Work(ctx context.Context, job *river.Job[outbox.SendArgs]) error {
	db, id := w.config.DB, job.Args.LetterID
	waiting, err := outbox.Find(ctx, db, id)
	if errors.Is(err, outbox.ErrEnded) {
		return nil
	}
	if err != nil {
		return err
	}
	switch {
	case !waiting.Needed:
		return outbox.Drop(ctx, db, waiting)
	case waiting.Astray:
		return outbox.PassOn(ctx, db, id)
	}
	if waiting.Kind.LeadsToContact() {
		wait, err := followup.WaitBeforeReminding(ctx, db, w.config.Vault, waiting.CaseCode)
		if err != nil {
			return err
		}
		if wait > 0 {
			return river.JobSnooze(wait)
		}
	}
	message, err := letter.Compose(letter.Letter{Kind: waiting.Kind, Language: waiting.Language, CaseCode: waiting.CaseCode,
		Days: waiting.Days, DueOn: waiting.DueOn, Lines: waiting.Lines, Link: w.link(waiting)})
	if err != nil {
		return fmt.Errorf("write letter %s: %w", id, err)
	}
	return w.config.deliver(ctx, waiting, message)
}

// deliver hands a letter to the mail server and records what became of it.
func (c Config) deliver(ctx context.Context, to outbox.Waiting, message letter.Message) error {
	err := c.Sender.Send(ctx, to.Address, message, to.ID+"@"+c.Domain)
	switch {
	case letter.Permanent(err):
		if ended := outbox.Fail(ctx, c.DB, to.ID, errors.Is(err, letter.ErrRecipient)); ended != nil {
			return ended
		}
		return river.JobCancel(fmt.Errorf("send letter %s: %w", to.ID, err))
	case err != nil:
		return fmt.Errorf("send letter %s: %w", to.ID, err)
	}
	return outbox.End(ctx, c.DB, to.ID, "sent")
}

// link is where the reader signs in and reads on (R11).
func (w *sendWorker) link(l outbox.Waiting) string {
	switch {
	case l.Kind == letter.EndpointPaused:
		return w.config.BaseURL + "/v1/events"
	case l.ToPartner:
		return w.config.BaseURL + "/v1/handoffs"
	}
	return w.config.BaseURL + "/v1/cases/" + l.CaseCode
}
