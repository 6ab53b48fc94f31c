package support

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/money"
	"hjemvej/internal/postgres"

	"github.com/jackc/pgx/v5"
)

// BatchState is how far a bank batch has come.
type BatchState string

// The states of a bank batch. While it is made its payments stand still; the bank
// has it once it is sent; after it is void its payments are free again.
const (
	BatchMade BatchState = "made"
	BatchSent BatchState = "sent"
	BatchVoid BatchState = "void"
)

// BatchMoves says which state may follow which. The database holds the same table.
var BatchMoves = map[BatchState][]BatchState{BatchMade: {BatchSent, BatchVoid}}

// Batch is authorised payments that go out in one file (R26). It shows no account
// and no name: the file does.
type Batch struct {
	ID        string         `json:"id" format:"uuid"`
	Number    int            `json:"number" example:"12"`
	State     BatchState     `json:"state" enum:"made,sent,void" example:"made"`
	MessageID string         `json:"message_id" example:"7KD2BHC43F9J" doc:"The file's name to the bank"`
	ExecuteOn calendar.Date  `json:"execute_on" format:"date"`
	Count     int            `json:"count" example:"3" doc:"Of payments"`
	Totals    []money.Amount `json:"totals" nullable:"false" doc:"By currency"`
	MadeAt    time.Time      `json:"made_at" format:"date-time"`
	SentAt    *time.Time     `json:"sent_at,omitempty" format:"date-time"`
	VoidedAt  *time.Time     `json:"voided_at,omitempty" format:"date-time"`
	Payments  []BatchPayment `json:"payments,omitempty" doc:"Left out in lists"`
	LeftOut   []LeftOut      `json:"left_out,omitempty" doc:"What was authorised and cannot be in a file, and why; only where the payments were not named"`
	Version   int            `json:"version" example:"1"`
}

// BatchPayment is one payment of a batch.
type BatchPayment struct {
	PaymentID string       `json:"payment_id" format:"uuid"`
	Case      string       `json:"case_code" example:"K7QX-2MVD"`
	Reference string       `json:"reference" example:"4BC92DJH73FK" doc:"The payment's name to the bank (R11)"`
	Amount    money.Amount `json:"amount"`
	State     State        `json:"state" example:"authorised"`
}

// LeftOut is a payment that cannot be in a file.
type LeftOut struct {
	PaymentID string `json:"payment_id" format:"uuid"`
	Reason    string `json:"reason" example:"is on hold: its account is not verified (R27)"`
}

var (
	_ = postgres.Rule("bank_batch_move", fault.Conflictf("R26", "The batch is not at that step."))
	_ = postgres.Rule("bank_batch_four_eyes", fault.Conflictf("R26", "Whoever planned a payment cannot make the batch that it is in."))
	_ = postgres.Rule("payment_in_one_batch", fault.Conflictf("R26", "A payment is in another batch already."))
	_ = postgres.Rule("payment_in_batch", fault.Conflictf("R26", "The payment lies in a file for the bank: say that the batch was sent, or make it void."))
	_ = postgres.Rule("payment_in_batch_authorised", fault.Conflictf("R26", "Only authorised payments go into a batch that was not sent."))
	_ = postgres.Rule("payment_in_batch_account", fault.Conflictf("R27", "The account changed after the file was made."))
	_ = postgres.TryAgain("payment_reference")
)

type batchRow struct {
	ID, MessageID    string
	Number, Count    int
	State            BatchState
	ExecuteOn        calendar.Date
	MadeAt           time.Time
	SentAt, VoidedAt *time.Time
	Currencies, Sums []string
	Version          int
}

const batchSQL = `SELECT b.id, b.message_id, b.number, b.count, b.state, b.execute_on, b.made_at, b.sent_at, b.voided_at, b.version, t.currencies, t.sums
	FROM bank_batches b CROSS JOIN LATERAL (SELECT array_agg(currency::text ORDER BY currency) AS currencies, array_agg(amount::text ORDER BY currency) AS sums
		FROM (SELECT p.currency, sum(p.amount) AS amount FROM bank_batch_payments x JOIN payments p ON p.id = x.payment_id WHERE x.batch_id = b.id GROUP BY p.currency) s) t `

func (r batchRow) show() (Batch, error) {
	b := Batch{ID: r.ID, Number: r.Number, State: r.State, MessageID: r.MessageID, ExecuteOn: r.ExecuteOn, Count: r.Count,
		Totals: []money.Amount{}, MadeAt: r.MadeAt, SentAt: r.SentAt, VoidedAt: r.VoidedAt, Version: r.Version}
	for i, currency := range r.Currencies {
		total, err := amountOf(r.Sums[i], currency)
		if err != nil {
			return Batch{}, err
		}
		b.Totals = append(b.Totals, total)
	}
	return b, nil
}

type batchPaymentRow struct {
	PaymentID, CaseID, Case, Reference, Amount, Currency string
	State                                                State
}

const batchPaymentsSQL = `SELECT p.id AS payment_id, p.case_id, c.code AS "case", p.reference, p.amount::text AS amount, p.currency, p.state
	FROM bank_batch_payments x JOIN payments p ON p.id = x.payment_id JOIN cases c ON c.id = p.case_id WHERE x.batch_id = $1 ORDER BY p.id`

// ReadBatch is one batch with its payments.
func ReadBatch(ctx context.Context, db *postgres.DB, who access.Actor, id string) (Batch, error) {
	return postgres.Write(ctx, db, who, "read-bank-batch", func(ctx context.Context, tx *postgres.Tx) (Batch, error) {
		return shownBatch(ctx, tx, id)
	})
}

// shownBatch also leaves a trace of each case whose payment is in the batch.
func shownBatch(ctx context.Context, tx *postgres.Tx, id string) (Batch, error) {
	r, err := findBatch(ctx, tx, id, "")
	if err != nil {
		return Batch{}, err
	}
	b, err := r.show()
	if err != nil {
		return Batch{}, err
	}
	rows, err := postgres.Collect[batchPaymentRow](ctx, tx, batchPaymentsSQL, id)
	if err != nil {
		return Batch{}, fmt.Errorf("list a batch's payments: %w", err)
	}
	for _, p := range rows {
		amount, err := amountOf(p.Amount, p.Currency)
		if err != nil {
			return Batch{}, err
		}
		b.Payments = append(b.Payments, BatchPayment{p.PaymentID, p.Case, p.Reference, amount, p.State})
		tx.Touch(p.CaseID, p.Case, p.PaymentID)
	}
	return b, nil
}

func findBatch(ctx context.Context, tx *postgres.Tx, id, lock string) (batchRow, error) {
	tx.Seek(id)
	r, err := postgres.One[batchRow](ctx, tx, batchSQL+`WHERE b.id = $1`+lock, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, fault.NoSuch("batch")
	}
	return r, err
}

// BatchFilter narrows a list of batches.
type BatchFilter struct {
	State BatchState // "" for all
	After string     // the last number of the page before
	Limit int        // 1 to 200
}

// ListBatches is a page of the batches, newest first, without their payments, and
// the cursor of the next page ("" where there is none).
func ListBatches(ctx context.Context, db *postgres.DB, who access.Actor, f BatchFilter) ([]Batch, string, error) {
	var w postgres.Where
	if f.After != "" {
		number, err := strconv.Atoi(f.After)
		if err != nil {
			return nil, "", fault.Invalidf("query.cursor", "expected a cursor that was answered here")
		}
		w.And("b.number < ?", number)
	}
	if f.State != "" {
		w.And("b.state = ?", string(f.State))
	}
	limit := w.Arg(f.Limit + 1)
	var rows []batchRow
	_, err := postgres.Read(ctx, db, who, "list-bank-batches", postgres.About{},
		postgres.Many(&rows, batchSQL+w.SQL()+` ORDER BY b.number DESC LIMIT `+limit, w.Args...))
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(rows) > f.Limit {
		rows = rows[:f.Limit]
		next = strconv.Itoa(rows[f.Limit-1].Number)
	}
	out := make([]Batch, len(rows))
	for i, r := range rows {
		if out[i], err = r.show(); err != nil {
			return nil, "", err
		}
	}
	return out, next, nil
}
