package scheduler

import (
	"context"
	"errors"
	"fmt"

	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"

	"github.com/riverqueue/river"
)

type digestWorker struct {
	river.WorkerDefaults[outbox.DigestArgs]
	config Config
}

// Work sends one digest: closes it, looks again what of it is still needed, and
// hands it to the mail server as the worker of single letters does.
func (w *digestWorker) Work(ctx context.Context, job *river.Job[outbox.DigestArgs]) error {
	db, id := w.config.DB, job.Args.LetterID
	digest, err := outbox.CloseDigest(ctx, db, id)
	switch {
	case errors.Is(err, outbox.ErrEnded):
		return nil
	case err != nil:
		return err
	case digest.Early > 0:
		return river.JobSnooze(digest.Early)
	case digest.Astray:
		return outbox.PassOn(ctx, db, id)
	}
	items := make([]letter.Item, len(digest.Items))
	for i, l := range digest.Items {
		items[i] = letter.Item{Kind: l.Kind, CaseCode: l.CaseCode, DueOn: l.DueOn}
	}
	link := w.config.BaseURL + "/v1/cases"
	if digest.ToPartner {
		link = w.config.BaseURL + "/v1/handoffs"
	}
	message, err := letter.ComposeDigest(digest.Language, items, link)
	if err != nil {
		return fmt.Errorf("write digest %s: %w", id, err)
	}
	return w.config.deliver(ctx, digest.Waiting, message)
}
