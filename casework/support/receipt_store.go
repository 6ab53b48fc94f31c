package support

import (
	"context"
	"fmt"

	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/money"
	"hjemvej/internal/postgres"
)

// proving is one receipt on its way into the database: what it says, and the
// payments that it is of.
type proving struct {
	NewReceipt
	caseID   string
	payments []string // ids, each once
}

// record writes a receipt and its shares. The actor must see every payment and
// the file; what follows is done as the program, for a partner may not change a
// payment. complete is called under the payments' locks, before it is reckoned.
func (r *proving) record(ctx context.Context, tx *postgres.Tx, complete func([]paymentRow) error) (id string, err error) {
	if _, err = r.find(ctx, tx, ""); err != nil {
		return "", err
	}
	if err = r.checkFile(ctx, tx); err != nil {
		return "", err
	}
	err = tx.AsProgram(ctx, func() error {
		held, err := r.find(ctx, tx, "FOR UPDATE OF p")
		if err != nil {
			return err
		}
		if err := complete(held); err != nil {
			return err
		}
		if err := r.check(tx.Today, held); err != nil {
			return err
		}
		whole, parts, err := r.allot(held)
		if err != nil {
			return err
		}
		if err := r.refuseTwice(ctx, tx, whole); err != nil {
			return err
		}
		id, err = r.insert(ctx, tx, whole, parts)
		return err
	})
	return id, err
}

// find is the payments in the order of their ids, which is the order in which
// everybody locks them.
func (r *proving) find(ctx context.Context, tx *postgres.Tx, lock string) ([]paymentRow, error) {
	held, err := postgres.Collect[paymentRow](ctx, tx, paymentSQL+`WHERE p.case_id = $1 AND p.id = ANY($2::uuid[]) ORDER BY p.id `+lock, r.caseID, r.payments)
	if err != nil {
		return nil, fmt.Errorf("find a receipt's payments: %w", err)
	}
	if len(held) != len(r.payments) {
		return nil, fault.NoSuch("payment")
	}
	return held, nil
}

func (r *proving) check(today calendar.Date, held []paymentRow) error {
	for _, p := range held {
		if r.ReceivedOn.After(today) || !p.SentOn.IsZero() && r.ReceivedOn.Before(p.SentOn) {
			return fault.Invalidf("body.received_on", "must lie between the day it was sent and today")
		}
		if err := p.State.Move(Received); err != nil {
			return err
		}
	}
	return nil
}

// checkFile looks for the proof's file as the actor: a partner cannot name what
// another sent.
func (r *proving) checkFile(ctx context.Context, tx *postgres.Tx) error {
	if r.FileID == "" {
		return nil
	}
	var there bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM files WHERE id = $1 AND payment_id = ANY($2::uuid[]) AND removed_at IS NULL)`, r.FileID, r.payments).Scan(&there)
	if err != nil {
		return fmt.Errorf("find a receipt's file: %w", err)
	}
	if !there {
		return badFile
	}
	return nil
}

// refuseTwice refuses what looks like a receipt that was recorded before: the
// same paper, or of one of the same payments the same number, day and amount from
// the same giver. The payments are locked, so that no second one is on its way.
func (r *proving) refuseTwice(ctx context.Context, tx *postgres.Tx, whole money.Amount) error {
	if r.Again {
		return nil
	}
	var twice bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM receipts r JOIN receipt_shares s ON s.receipt_id = r.id
		WHERE s.payment_id = ANY($1::uuid[]) AND (r.file_id = nullif($2,'')::uuid
			OR r.reference = nullif($3,'') AND r.received_on = $4 AND r.amount = $5 AND r.currency = $6 AND r.by_partner IS NOT DISTINCT FROM nullif($7,'')::uuid))`,
		r.payments, r.FileID, r.Reference, r.ReceivedOn, whole.Number(), whole.Currency, tx.Who.Partner).Scan(&twice)
	if err != nil {
		return fmt.Errorf("look for the same receipt: %w", err)
	}
	if twice {
		return fault.Conflictf("R26", "It looks like a receipt that was recorded before. Send again: true if it is another one.")
	}
	return nil
}

func (r *proving) insert(ctx context.Context, tx *postgres.Tx, whole money.Amount, parts []part) (id string, err error) {
	only := ""
	if len(parts) == 1 {
		only = parts[0].payment.ID
	}
	err = tx.QueryRow(ctx, `INSERT INTO receipts (case_id, payment_id, kind, received_on, reference, by_partner, recorded_by, file_id, amount, currency, beyond_reason)
		VALUES ($1,nullif($2,'')::uuid,$3,$4,$5,nullif($6,'')::uuid,$7,nullif($8,'')::uuid,$9,$10,nullif($11,'')) RETURNING id`,
		r.caseID, only, r.Kind, r.ReceivedOn, r.Reference, tx.Who.Partner, tx.Who.ID, r.FileID, whole.Number(), whole.Currency, r.BeyondReason).Scan(&id)
	if err != nil {
		return "", fmt.Errorf("record a receipt: %w", err)
	}
	for _, p := range parts {
		_, err = tx.Exec(ctx, `INSERT INTO receipt_shares (receipt_id, payment_id, case_id, amount, covers_amount, covers_dkk) VALUES ($1,$2,$3,$4,$5,$6)`,
			id, p.payment.ID, r.caseID, p.amount.Number(), p.covers.Number(), p.counted.Number())
		if err != nil {
			return "", fmt.Errorf("record a share of a receipt: %w", err)
		}
	}
	return id, nil
}
