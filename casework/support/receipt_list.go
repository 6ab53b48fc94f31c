package support

import (
	"context"
	"encoding/json"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/money"
	"hjemvej/internal/postgres"
)

// Receipt is a receipt that was recorded, with what it proves.
type Receipt struct {
	ID           string         `json:"id" format:"uuid"`
	Kind         string         `json:"kind" enum:"receipt,own_confirmation" example:"receipt"`
	ReceivedOn   calendar.Date  `json:"received_on" format:"date"`
	Reference    string         `json:"reference,omitempty" example:"R-2026-118"`
	FileID       string         `json:"file_id,omitempty" format:"uuid"`
	PartnerID    string         `json:"partner_id,omitempty" format:"uuid" doc:"Who reported it, where that was a partner"`
	Amount       money.Amount   `json:"amount" doc:"What the receipt says, in its own currency"`
	BeyondReason string         `json:"beyond_reason,omitempty" doc:"Why some of it is for no payment"`
	Shares       []ReceiptShare `json:"shares"`
}

// ReceiptShare is what a receipt proves of one payment (R28).
type ReceiptShare struct {
	PaymentID string       `json:"payment_id" format:"uuid"`
	Amount    money.Amount `json:"amount" doc:"In the receipt's currency"`
	Covers    money.Amount `json:"covers" doc:"In the payment's currency"`
	Counted   money.Amount `json:"counted_as" doc:"In DKK"`
}

type receiptRow struct {
	ID, Kind, Reference, FileID, PartnerID, BeyondReason string
	ReceivedOn                                           calendar.Date
	Amount, Currency                                     string
	Shares                                               []byte
}

// Amounts travel as text within the JSON, too: they are exact.
const receiptsSQL = `SELECT r.id, r.kind, r.reference, coalesce(r.file_id::text, '') AS file_id, coalesce(r.by_partner::text, '') AS partner_id,
		coalesce(r.beyond_reason, '') AS beyond_reason, r.received_on, r.amount::text AS amount, r.currency,
		coalesce((SELECT jsonb_agg(jsonb_build_object('payment', s.payment_id, 'amount', s.amount::text, 'covers', s.covers_amount::text, 'dkk', s.covers_dkk::text,
			'currency', p.currency) ORDER BY s.payment_id) FROM receipt_shares s JOIN payments p ON p.id = s.payment_id WHERE s.receipt_id = r.id), '[]') AS shares
	FROM receipts r JOIN cases c ON c.id = r.case_id `

func (r receiptRow) show() (out Receipt, err error) {
	out = Receipt{ID: r.ID, Kind: r.Kind, ReceivedOn: r.ReceivedOn, Reference: r.Reference, FileID: r.FileID, PartnerID: r.PartnerID,
		BeyondReason: r.BeyondReason, Shares: []ReceiptShare{}}
	if out.Amount, err = amountOf(r.Amount, r.Currency); err != nil {
		return out, err
	}
	var shares []struct{ Payment, Amount, Covers, Dkk, Currency string }
	if err := json.Unmarshal(r.Shares, &shares); err != nil {
		return out, fmt.Errorf("read a receipt's shares: %w", err)
	}
	for _, s := range shares {
		made := ReceiptShare{PaymentID: s.Payment}
		if made.Amount, err = amountOf(s.Amount, r.Currency); err != nil {
			return out, err
		}
		if made.Covers, err = amountOf(s.Covers, s.Currency); err != nil {
			return out, err
		}
		if made.Counted, err = money.New(s.Dkk, money.Krone); err != nil {
			return out, err
		}
		out.Shares = append(out.Shares, made)
	}
	return out, nil
}

func shownReceipt(ctx context.Context, tx *postgres.Tx, id string) (Receipt, error) {
	r, err := postgres.One[receiptRow](ctx, tx, receiptsSQL+`WHERE r.id = $1`, id)
	if err != nil {
		return Receipt{}, err
	}
	return r.show()
}

// ListReceipts is the receipts of a case, in the order of their days: a partner's
// are those that it reported itself, with the payments that consent still shows
// it (R21).
func ListReceipts(ctx context.Context, db *postgres.DB, who access.Actor, code string) ([]Receipt, error) {
	const op = "list-receipts"
	if !access.IsCode(code) {
		return nil, fault.NoSuch("case")
	}
	var head casefile.Reach
	var rows []receiptRow
	_, err := postgres.Read(ctx, db, who, op, postgres.About{Case: code},
		postgres.Single(&head, "case", casefile.ReachOfCaseSQL, code), postgres.Many(&rows, receiptsSQL+`WHERE c.code = $1 ORDER BY r.received_on, r.id`, code))
	if err != nil {
		return nil, err
	}
	if err := postgres.Allow(ctx, db, who, op, head.Record(), "case"); err != nil {
		return nil, err
	}
	out := make([]Receipt, len(rows))
	for i, r := range rows {
		if out[i], err = r.show(); err != nil {
			return nil, err
		}
	}
	return out, nil
}
