package support

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"hjemvej/casework/support/bank"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/money"
	"hjemvej/internal/postgres"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Imported is what came of a bank statement.
type Imported struct {
	ID        string          `json:"id" format:"uuid"`
	Matched   int             `json:"matched" example:"3"`
	Unmatched int             `json:"unmatched" example:"1" doc:"For somebody to look at"`
	Entries   []ImportedEntry `json:"entries" nullable:"false"`
}

// ImportedEntry is what came of one entry. Of the bank's own texts it shows only
// what has the form of a payment's reference: others are other people's.
type ImportedEntry struct {
	Number    int           `json:"number" example:"1" doc:"Its place in the statement, counting transactions one by one"`
	Reference string        `json:"reference,omitempty" example:"4BC92DJH73FK"`
	PaymentID string        `json:"payment_id,omitempty" format:"uuid"`
	Amount    money.Amount  `json:"amount"`
	BookedOn  calendar.Date `json:"booked_on" format:"date"`
	Back      bool          `json:"back" doc:"The money came back, or never went"`
	Result    Result        `json:"result" enum:"sent,confirmed,failed,returned,unmatched" example:"sent"`
	Reason    string        `json:"reason,omitempty" enum:"no_reference,unknown_reference,not_booked,currency_differs,amount_differs,state_does_not_allow,account_changed" example:"amount_differs" doc:"Of an unmatched entry"`
}

// largestStatement is how many bytes a statement may have.
const largestStatement = 10 << 20

var (
	notAStatement = fault.Invalidf("body", "is not one whole camt.053 or camt.054, version 02 or 08, without a document type")
	tooLarge      = &fault.Error{Kind: fault.TooLarge, Message: "The statement is larger than 10 MiB."}
)

// ImportStatement reads what the bank says and marks payments by it: one that was
// in a batch as sent on the day it was booked, one that came back as failed or
// returned. The amount and the currency must be the payment's to the last decimal.
// Whatever it cannot match changes nothing and is reported with the reason. The
// same file again answers as the first time and changes nothing; two at once count
// once. Faults: a file that is not whole, or not one of those that are known, is
// refused whole; the error of body.
func ImportStatement(ctx context.Context, db *postgres.DB, who access.Actor, body io.Reader) (Imported, error) {
	file, err := io.ReadAll(io.LimitReader(body, largestStatement+1))
	switch {
	case err != nil:
		return Imported{}, err
	case len(file) > largestStatement:
		return Imported{}, tooLarge
	}
	s, err := bank.ReadStatement(bytes.NewReader(file))
	if err != nil {
		return Imported{}, notAStatement
	}
	hash := sha256.Sum256(file)
	return postgres.Write(postgres.AlsoAsked(ctx, hash), db, who, "import-bank-statement", func(ctx context.Context, tx *postgres.Tx) (Imported, error) {
		id := uuid.NewString()
		tag, err := tx.Exec(ctx, `INSERT INTO bank_statements (id, message_id, hash) VALUES ($1,$2,$3) ON CONFLICT ON CONSTRAINT bank_statement_once DO NOTHING`, id, s.MessageID, hash[:])
		if err != nil {
			return Imported{}, fmt.Errorf("keep a statement: %w", err)
		}
		if tag.RowsAffected() == 0 { // another import, which is committed by now
			return importedBefore(ctx, tx, s.MessageID, hash[:])
		}
		return importNew(ctx, tx, id, s.Entries)
	})
}

func importNew(ctx context.Context, tx *postgres.Tx, id string, entries []bank.Entry) (Imported, error) {
	named := make([]string, len(entries))
	for i, e := range entries {
		named[i] = e.Reference
	}
	// Held in one order, so that two statements about the same payments wait for each other.
	if _, err := tx.Exec(ctx, `SELECT FROM payments WHERE reference = ANY($1) ORDER BY id FOR UPDATE`, named); err != nil {
		return Imported{}, fmt.Errorf("hold payments: %w", err)
	}
	out := Imported{ID: id, Entries: []ImportedEntry{}}
	b := &pgx.Batch{}
	for i, e := range entries {
		done, err := takeIn(ctx, tx, e)
		if err != nil {
			return Imported{}, err
		}
		done.Number = i + 1
		out.add(done)
		b.Queue(`INSERT INTO bank_entries (statement_id, number, reference, payment_id, amount, currency, booked_on, back, result, reason)
			VALUES ($1,$2,$3,nullif($4,'')::uuid,$5,$6,$7,$8,$9,$10)`, id, done.Number, done.Reference, done.PaymentID,
			done.Amount.Number(), done.Amount.Currency, done.BookedOn, done.Back, string(done.Result), done.Reason)
	}
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return Imported{}, fmt.Errorf("keep entries: %w", err)
	}
	return out, nil
}

func (i *Imported) add(e ImportedEntry) {
	i.Entries = append(i.Entries, e)
	if e.Result == EntryUnmatched {
		i.Unmatched++
	} else {
		i.Matched++
	}
}

// takeIn does what one entry says to the payment that it names.
func takeIn(ctx context.Context, tx *postgres.Tx, e bank.Entry) (ImportedEntry, error) {
	out := ImportedEntry{Reference: e.Reference, Amount: e.Amount, BookedOn: e.BookedOn, Back: e.Back, Result: EntryUnmatched}
	var batchID string
	err := tx.QueryRow(ctx, `SELECT p.id, coalesce(x.batch_id::text, '') FROM payments p
		LEFT JOIN bank_batch_payments x ON x.payment_id = p.id AND x.live WHERE p.reference = $1`, e.Reference).Scan(&out.PaymentID, &batchID)
	switch {
	case e.Reference == "":
		out.Reason = NoReference
		return out, nil
	case errors.Is(err, pgx.ErrNoRows):
		out.Reason = UnknownReference
		return out, nil
	case err != nil:
		return out, fmt.Errorf("find a payment: %w", err)
	}
	p, err := findPayment(ctx, tx, out.PaymentID, "FOR UPDATE OF p")
	if err != nil {
		return out, err
	}
	if out.Reason, err = p.differs(e); err != nil || out.Reason != "" {
		return out, err
	}
	if !e.Booked || e.BookedOn.After(tx.Today) {
		out.Reason = NotBooked
		return out, nil
	}
	to, result, reason := settle(p.State, batchID != "", e.Back)
	if p.lost() && result == EntryConfirmed {
		result, reason = EntryUnmatched, StateDiffers
	}
	if to != "" {
		if reason, err = p.settled(ctx, tx, batchID, to, e); reason != "" {
			result = EntryUnmatched
		}
	}
	out.Result, out.Reason = result, reason
	return out, err
}

// settled moves the payment, and answers why it may not, or "". That the bank
// booked anything of a file says that it took the file.
func (r paymentRow) settled(ctx context.Context, tx *postgres.Tx, batchID string, to State, e bank.Entry) (reason string, err error) {
	err = tx.Apart(ctx, func() error {
		if err := takenByTheBank(ctx, tx, batchID); err != nil {
			return err
		}
		if to == Sent {
			return r.send(ctx, tx, e.BookedOn)
		}
		why := "The bank sent it back"
		if e.Reason != "" {
			why += " (" + e.Reason + ")"
		}
		return r.end(ctx, tx, to, why)
	})
	var refused *fault.Error
	if errors.As(postgres.Translate(err), &refused) && refused.Kind == fault.Conflict {
		if refused.Rule == "R27" {
			return AccountChanged, nil
		}
		return StateDiffers, nil
	}
	return "", err
}

type entryRow struct {
	Number                                         int
	Reference, PaymentID, Amount, Currency, Reason string
	Result                                         Result
	BookedOn                                       calendar.Date
	Back                                           bool
}

func importedBefore(ctx context.Context, tx *postgres.Tx, messageID string, hash []byte) (Imported, error) {
	out := Imported{Entries: []ImportedEntry{}}
	if err := tx.QueryRow(ctx, `SELECT id FROM bank_statements WHERE message_id = $1 AND hash = $2`, messageID, hash).Scan(&out.ID); err != nil {
		return out, fmt.Errorf("find a statement: %w", err)
	}
	rows, err := postgres.Collect[entryRow](ctx, tx, `SELECT number, reference, coalesce(payment_id::text, '') AS payment_id, amount::text AS amount, currency, booked_on, back, result, reason
		FROM bank_entries WHERE statement_id = $1 ORDER BY number`, out.ID)
	if err != nil {
		return out, fmt.Errorf("list entries: %w", err)
	}
	for _, r := range rows {
		amount, err := amountOf(r.Amount, r.Currency)
		if err != nil {
			return out, err
		}
		out.add(ImportedEntry{r.Number, r.Reference, r.PaymentID, amount, r.BookedOn, r.Back, r.Result, r.Reason})
	}
	return out, nil
}
