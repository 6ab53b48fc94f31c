package filing

import (
	"context"
	"errors"

	"hjemvej/internal/access"
	"hjemvej/internal/files"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
)

// notKept is the error of an upload that failed. A file that was kept away is
// recorded first, in the name of whoever sent it with what the scanner calls it,
// and the contact person is told, once a day for each case.
func (c Cabinet) notKept(ctx context.Context, who access.Actor, to shelf, failed error) error {
	var away *files.KeptAway
	if !errors.As(failed, &away) {
		return failed
	}
	program := access.Actor{ID: who.ID, Role: access.System, Partner: who.Partner}
	ctx = context.WithoutCancel(postgres.WithoutOnce(ctx)) // it is reported whether or not the sender waits
	err := postgres.Do(ctx, c.DB, program, "keep-file-away", func(ctx context.Context, tx *postgres.Tx) error {
		tx.Touch(to.of.ID, to.of.Code, away.Signature)
		_, err := outbox.Queue(ctx, tx, outbox.Letter{Once: "file-kept-away:" + to.of.ID + ":" + tx.Today.String(), Kind: letter.FileKeptAway,
			CaseID: to.of.ID, UserID: to.of.ContactPersonID})
		return err
	})
	if err != nil {
		return err // the sender tries again, and then it is reported
	}
	return failed
}
