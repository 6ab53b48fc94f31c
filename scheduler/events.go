package scheduler

import (
	"context"

	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
	"hjemvej/partners/events"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

type carryWorker struct {
	river.WorkerDefaults[outbox.CarryArgs]
	courier events.Courier
}

// Work hands one endpoint what is due. The job ends in the transaction that saw
// that there is nothing left, or goes to the end of the queue.
func (w *carryWorker) Work(ctx context.Context, job *river.Job[outbox.CarryArgs]) error {
	err := w.courier.Carry(ctx, job.Args.EndpointID, func(ctx context.Context, tx *postgres.Tx, more bool) error {
		if _, err := river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx.Tx, job); err != nil || !more {
			return err
		}
		return outbox.Wake(ctx, tx, job.Args.EndpointID)
	})
	if ctx.Err() != nil { // stopped: whichever replica lives goes on
		return river.JobSnooze(0)
	}
	return err
}
