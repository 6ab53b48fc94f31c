package support

import (
	"context"
	"fmt"

	"hjemvej/casework/person"
	"hjemvej/casework/support/bank"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
	"hjemvej/internal/seal"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// NewBatch is a batch to make: of the payments named, or of all that are
// authorised.
type NewBatch struct {
	ExecuteOn calendar.Date `json:"execute_on" format:"date" example:"2026-10-15" doc:"A Danish working day from today on, at most 60 days ahead"`
	Payments  []string      `json:"payment_ids,omitempty" minItems:"1" maxItems:"500" uniqueItems:"true" format:"uuid" doc:"All of these or none; left out: whatever is authorised, oldest first, and what cannot be in a file is left out and said"`
	Limit     int           `json:"limit,omitempty" minimum:"1" maximum:"500" example:"100" doc:"Of payments that are not named; 500 where it is left out"`
}

const (
	mostInABatch = 500
	daysAhead    = 60
)

// Till is what pays: whose account it is, and what opens the accounts it pays to.
type Till struct {
	DB     *postgres.DB
	Vault  person.Vault
	Debtor bank.Debtor // the zero Debtor: the program was not told
}

// MakeBatch puts authorised payments into one file for the bank. The payments
// stand still from then on, until the batch is sent or void. Named payments go
// all or not at all, and everything that keeps them out is said at once. Whoever
// planned a payment cannot make its batch (R26); one whose account changed and is
// not verified is not in it (R27). Nothing is paid by mobile money or in cash at
// an office that way.
func (t Till) MakeBatch(ctx context.Context, who access.Actor, in NewBatch) (Batch, error) {
	return postgres.Write(ctx, t.DB, who, "make-bank-batch", func(ctx context.Context, tx *postgres.Tx) (Batch, error) {
		debtor, err := t.Debtor.Canonical()
		if err != nil {
			return Batch{}, fault.Conflictf("", "The program was not told whose account pays: HJEMVEJ_BANK_DEBTOR_NAME, HJEMVEJ_BANK_DEBTOR_IBAN and HJEMVEJ_BANK_DEBTOR_BIC.")
		}
		if in.ExecuteOn.Before(tx.Today) || in.ExecuteOn.After(tx.Today.AddDays(daysAhead)) || !calendar.IsWorkday(in.ExecuteOn) {
			return Batch{}, fault.Invalidf("body.execute_on", "must be a Danish working day from today on, at most %d days ahead", daysAhead)
		}
		made, err := t.gather(ctx, tx, in)
		if err != nil {
			return Batch{}, err
		}
		id, err := made.keep(ctx, tx, bank.Order{MadeAt: tx.Now, ExecuteOn: in.ExecuteOn, Debtor: debtor, Transfers: made.transfers})
		if err != nil {
			return Batch{}, err
		}
		out, err := shownBatch(ctx, tx, id)
		out.LeftOut = made.leftOut
		return out, err
	})
}

// gathered is what goes into a batch, and what stays out.
type gathered struct {
	house     seal.Key
	payments  []candidate
	transfers []bank.Transfer
	leftOut   []LeftOut
}

// gather opens the account of every payment that may go. Where payments were named
// none may stay out.
func (t Till) gather(ctx context.Context, tx *postgres.Tx, in NewBatch) (out gathered, err error) {
	ids := in.Payments
	if len(ids) == 0 {
		if ids, err = authorised(ctx, tx, in.Limit); err != nil {
			return out, err
		}
	}
	found, err := findCandidates(ctx, tx, ids, "")
	if err != nil {
		return out, err
	}
	if out.house, err = t.Vault.HouseKey(ctx, tx); err != nil {
		return out, err
	}
	for _, c := range found {
		if err := out.consider(c, opener{t.Vault, out.house}, tx.Who.ID); err != nil {
			return out, err
		}
	}
	switch {
	case len(in.Payments) > 0:
		err = refuseUnfit(in.Payments, out)
		out.leftOut = nil
	case len(out.payments) == 0:
		err = fault.Missing("R26", "There is nothing to pay through the bank.", fieldsOf(out.leftOut))
	}
	return out, err
}

// consider takes a payment in, or says why it stays out.
func (g *gathered) consider(c candidate, o opener, maker string) error {
	why := c.unfit(maker)
	var to bank.Transfer
	if why == "" {
		var err error
		if to, why, err = o.transfer(c); err != nil {
			return err
		}
	}
	if why != "" {
		g.leftOut = append(g.leftOut, LeftOut{c.ID, why})
		return nil
	}
	g.payments, g.transfers = append(g.payments, c), append(g.transfers, to)
	return nil
}

func authorised(ctx context.Context, tx *postgres.Tx, limit int) (ids []string, err error) {
	if limit == 0 {
		limit = mostInABatch
	}
	rows, err := postgres.Collect[struct{ ID string }](ctx, tx, `SELECT p.id FROM payments p WHERE p.state = 'authorised'
		AND NOT EXISTS (SELECT FROM bank_batch_payments x WHERE x.payment_id = p.id AND x.live) ORDER BY p.planned_for, p.id LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("find authorised payments: %w", err)
	}
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	return ids, nil
}

// refuseUnfit lists everything that keeps named payments out, and those that there
// are not.
func refuseUnfit(named []string, g gathered) error {
	why := map[string]string{}
	for _, c := range g.payments {
		why[c.ID] = ""
	}
	for _, l := range g.leftOut {
		why[l.PaymentID] = l.Reason
	}
	var fields []fault.Field
	for i, id := range named {
		reason, found := why[id]
		if !found {
			reason = "is no payment"
		}
		if reason != "" {
			fields = append(fields, fault.Field{Path: fmt.Sprintf("body.payment_ids[%d]", i), Message: reason})
		}
	}
	if len(fields) == 0 {
		return nil
	}
	return fault.Missing("R26", "Not all of these payments can go out through the bank.", fields)
}

// fieldsOf names payments by their ids, for a request that named none.
func fieldsOf(out []LeftOut) (fields []fault.Field) {
	for _, l := range out {
		fields = append(fields, fault.Field{Path: "payments." + l.PaymentID, Message: l.Reason})
	}
	return fields
}

func filePlace(batchID string) string { return seal.At("bank_batches", "sealed_file", batchID) }

// keep writes the order's file and keeps its bytes, sealed.
func (g gathered) keep(ctx context.Context, tx *postgres.Tx, o bank.Order) (id string, err error) {
	if err = tx.QueryRow(ctx, `SELECT new_reference()`).Scan(&o.MessageID); err != nil {
		return "", fmt.Errorf("name a file: %w", err)
	}
	file, err := bank.Write(o)
	if err != nil {
		return "", err
	}
	total, err := o.ControlSum()
	if err != nil {
		return "", err
	}
	id = uuid.NewString()
	sealed, err := g.house.Seal(file, filePlace(id))
	if err != nil {
		return "", err
	}
	b := &pgx.Batch{}
	b.Queue(`INSERT INTO bank_batches (id, message_id, execute_on, count, control_sum, sealed_file) VALUES ($1,$2,$3,$4,$5,$6)`,
		id, o.MessageID, o.ExecuteOn, len(g.payments), total, sealed)
	for _, c := range g.payments { // by their ids: two batches of the same wait for each other
		b.Queue(`INSERT INTO bank_batch_payments (batch_id, payment_id, payee_version) VALUES ($1,$2,$3)`, id, c.ID, c.AccountVersion)
	}
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return "", fmt.Errorf("keep a batch: %w", err)
	}
	return id, nil
}
