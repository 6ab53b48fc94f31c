package support

import (
	"context"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// BankFile is a batch as the bank takes it.
type BankFile struct {
	Name string // says nothing but the batch's number (R11)
	XML  []byte
}

// ReadFile is the batch's file, the same bytes each time. It shows names and
// accounts, so its opening is recorded for each case in it (R12). A void batch has
// none any more, so that nobody uploads it by mistake.
func (t Till) ReadFile(ctx context.Context, who access.Actor, id string) (BankFile, error) {
	ctx = postgres.WithoutOnce(ctx) // a kept answer would be the file, lying open
	return postgres.Write(ctx, t.DB, who, "read-bank-file", func(ctx context.Context, tx *postgres.Tx) (BankFile, error) {
		b, err := shownBatch(ctx, tx, id)
		if err != nil {
			return BankFile{}, err
		}
		if b.State == BatchVoid {
			return BankFile{}, &fault.Error{Kind: fault.Gone, Message: "The batch is void: its file must not go to the bank."}
		}
		var sealed []byte
		if err := tx.QueryRow(ctx, `SELECT sealed_file FROM bank_batches WHERE id = $1`, id).Scan(&sealed); err != nil {
			return BankFile{}, fmt.Errorf("find a file: %w", err)
		}
		key, err := t.Vault.HouseKey(ctx, tx)
		if err != nil {
			return BankFile{}, err
		}
		file, err := key.Open(sealed, filePlace(id))
		if err != nil {
			return BankFile{}, fmt.Errorf("open a file: %w", err)
		}
		return BankFile{fmt.Sprintf("batch-%d.xml", b.Number), file}, nil
	})
}

// SendBatch records that the bank took the file: all its payments went out that
// day, or none is recorded so. Where an account changed meanwhile, or a payment
// may not go for another reason, all of it is said, and the batch is to be made
// void (R27, R23).
func SendBatch(ctx context.Context, db *postgres.DB, who access.Actor, id string, version int, in Dispatch) (Batch, error) {
	return changeBatch(ctx, db, who, "send-bank-batch", id, version, func(ctx context.Context, tx *postgres.Tx, b batchRow) error {
		if b.State != BatchMade {
			return fault.Conflictf("R26", "A batch that is %s cannot be sent.", b.State)
		}
		if err := in.check(tx.Today); err != nil {
			return err
		}
		payments, err := postgres.Collect[struct{ ID string }](ctx, tx, `SELECT payment_id AS id FROM bank_batch_payments WHERE batch_id = $1 ORDER BY payment_id`, id)
		if err != nil {
			return fmt.Errorf("list a batch's payments: %w", err)
		}
		ids := make([]string, len(payments))
		for i, p := range payments {
			ids[i] = p.ID
		}
		if err := refuseChanged(ctx, tx, ids, id); err != nil {
			return err
		}
		if err := takenByTheBank(ctx, tx, id); err != nil {
			return err
		}
		return sendAll(ctx, tx, ids, in)
	})
}

func sendAll(ctx context.Context, tx *postgres.Tx, ids []string, in Dispatch) error {
	for _, id := range ids {
		p, err := findPayment(ctx, tx, id, "FOR UPDATE OF p")
		if err != nil {
			return err
		}
		if err := p.send(ctx, tx, in.SentOn); err != nil {
			return err
		}
	}
	return nil
}

func refuseChanged(ctx context.Context, tx *postgres.Tx, ids []string, batchID string) error {
	found, err := findCandidates(ctx, tx, ids, batchID)
	if err != nil {
		return err
	}
	var out []LeftOut
	for _, c := range found {
		if why := c.changed(); why != "" {
			out = append(out, LeftOut{c.ID, why})
		}
	}
	if len(out) > 0 {
		return fault.Missing("R27", "Not everything in the file may go out now: make the batch void, and a new one.", fieldsOf(out))
	}
	return nil
}

// takenByTheBank marks a batch that is made as sent; any other stays as it is. A
// payment that was sent by hand has none: "".
func takenByTheBank(ctx context.Context, tx *postgres.Tx, id string) error {
	if id == "" {
		return nil
	}
	_, err := tx.Exec(ctx, `UPDATE bank_batches SET state = 'sent', sent_by = $2, sent_at = $3, version = version + 1 WHERE id = $1 AND state = 'made'`, id, tx.Who.ID, tx.Now)
	if err != nil {
		return fmt.Errorf("send a batch: %w", err)
	}
	return nil
}

// VoidBatch gives a batch up that the bank has not taken: its payments are free
// for another one, and stay authorised.
func VoidBatch(ctx context.Context, db *postgres.DB, who access.Actor, id string, version int) (Batch, error) {
	return changeBatch(ctx, db, who, "void-bank-batch", id, version, func(ctx context.Context, tx *postgres.Tx, b batchRow) error {
		if b.State != BatchMade {
			return fault.Conflictf("R26", "A batch that is %s cannot become void.", b.State)
		}
		_, err := tx.Exec(ctx, `UPDATE bank_batches SET state = 'void', voided_by = $2, voided_at = $3, version = version + 1 WHERE id = $1`, id, who.ID, tx.Now)
		if err != nil {
			return fmt.Errorf("give a batch up: %w", err)
		}
		return nil
	})
}

// changeBatch runs one step of a batch: find and hold it, check, do, show.
func changeBatch(ctx context.Context, db *postgres.DB, who access.Actor, op access.Operation, id string, version int,
	do func(context.Context, *postgres.Tx, batchRow) error) (Batch, error) {
	return postgres.Write(ctx, db, who, op, func(ctx context.Context, tx *postgres.Tx) (Batch, error) {
		tx.Seek(id)
		if _, err := tx.Exec(ctx, `SELECT FROM bank_batches WHERE id = $1 FOR UPDATE`, id); err != nil {
			return Batch{}, fmt.Errorf("hold a batch: %w", err)
		}
		b, err := findBatch(ctx, tx, id, "")
		if err != nil {
			return Batch{}, err
		}
		if err := casefile.Current(b.Version, version); err != nil {
			return Batch{}, err
		}
		if err := do(ctx, tx, b); err != nil {
			return Batch{}, err
		}
		return shownBatch(ctx, tx, id)
	})
}
