package support

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/money"
	"hjemvej/internal/postgres"
)

// Proof is a receipt of one payment, of all that is open or of a part, or the
// person's own confirmation (R26).
type Proof struct {
	Kind         string        `json:"kind" enum:"receipt,own_confirmation" example:"receipt"`
	ReceivedOn   calendar.Date `json:"received_on" format:"date" example:"2026-10-20" doc:"Between the day it was sent and today, however late"`
	Reference    string        `json:"reference,omitempty" maxLength:"100" example:"R-2026-118" doc:"The receipt's own number; never a name"`
	FileID       string        `json:"file_id,omitempty" format:"uuid" doc:"The receipt itself: a file that was uploaded as this payment's; it stays from now on"`
	Amount       *money.Amount `json:"amount,omitempty" doc:"What the receipt says, in its own currency; left out, it is all that is open of the payment"`
	Covers       *money.Amount `json:"covers,omitempty" doc:"Where the receipt is in another currency than the payment: the part of the payment that it proves"`
	BeyondReason string        `json:"beyond_reason,omitempty" maxLength:"500" doc:"Why the receipt says more than the payment: the partner paid it itself, another purpose"`
	Again        bool          `json:"again,omitempty" doc:"It looks like a receipt that was recorded before, and is another one"`
}

// Share is the part of a receipt that is of one payment.
type Share struct {
	PaymentID string        `json:"payment_id" format:"uuid"`
	Amount    money.Amount  `json:"amount" doc:"In the receipt's currency"`
	Covers    *money.Amount `json:"covers,omitempty" doc:"Where that is not the payment's: the part of the payment that is proven"`
}

// NewReceipt is a receipt of one or several payments of a case.
type NewReceipt struct {
	Kind         string        `json:"kind" enum:"receipt,own_confirmation" example:"receipt"`
	ReceivedOn   calendar.Date `json:"received_on" format:"date" example:"2026-10-20" doc:"Not before the last of its payments was sent; however late"`
	Reference    string        `json:"reference,omitempty" maxLength:"100" example:"R-2026-118" doc:"The receipt's own number; never a name"`
	FileID       string        `json:"file_id,omitempty" format:"uuid" doc:"The receipt itself: a file that was uploaded as that of one of its payments; it stays from now on"`
	Amount       money.Amount  `json:"amount" doc:"What the receipt says, in its own currency"`
	Shares       []Share       `json:"shares" minItems:"1" maxItems:"50" doc:"Each payment once; together at most the amount"`
	BeyondReason string        `json:"beyond_reason,omitempty" maxLength:"500" doc:"Why some of the amount is for no payment: the partner paid it itself, another purpose"`
	Again        bool          `json:"again,omitempty" doc:"It looks like a receipt that was recorded before, and is another one"`
}

var (
	badFile   = fault.Invalidf("body.file_id", "is no receipt that was uploaded for a payment that this one proves")
	badShares = fault.Invalidf("body.shares", "must name each payment once and together be at most the receipt's amount, in its currency")
	badBeyond = fault.Invalidf("body.beyond_reason", "is required where some of the receipt is for no payment, and only there")

	_ = postgres.Rule("receipt_sum", badShares)
	_ = postgres.Rule("receipt_share_once", badShares)
	_ = postgres.Rule("receipt_share_counts", fault.Conflictf("R28", "The receipt does not count as that."))
	_ = postgres.Rule("receipt_share_of_the_case", fault.NoSuch("payment"))
	_ = postgres.Rule("receipt_allotted", badBeyond)
)

// RecordReceipt records the proof that a payment was received, or a part of it.
// With the last part of what is open it is received (R26). The giver may report
// it as well. Faults: those of RecordCaseReceipt; stale.
func RecordReceipt(ctx context.Context, db *postgres.DB, who access.Actor, id string, version int, in Proof) (Payment, error) {
	return postgres.Write(ctx, db, who, "record-receipt", func(ctx context.Context, tx *postgres.Tx) (Payment, error) {
		p, err := findPayment(ctx, tx, id, "")
		if err != nil {
			return Payment{}, err
		}
		r := proving{in.receipt(), p.CaseID, []string{id}}
		_, err = r.record(ctx, tx, func(held []paymentRow) error {
			if err := casefile.Current(held[0].Version, version); err != nil {
				return err
			}
			return r.of(held[0], in)
		})
		if err != nil {
			return Payment{}, err
		}
		return shown(ctx, tx, id)
	})
}

func (in Proof) receipt() NewReceipt {
	return NewReceipt{Kind: in.Kind, ReceivedOn: in.ReceivedOn, Reference: in.Reference, FileID: in.FileID, BeyondReason: in.BeyondReason, Again: in.Again}
}

// of makes it the receipt of one payment: of all that is open of it where the
// proof says no amount, and where it says more and why.
func (r *NewReceipt) of(p paymentRow, in Proof) error {
	o, err := p.open()
	if err != nil {
		return err
	}
	r.Amount = o.Amount
	if in.Amount != nil {
		r.Amount = *in.Amount
	}
	share := Share{p.ID, r.Amount, in.Covers}
	if more, err := share.Amount.Cmp(o.Amount); err == nil && more > 0 && in.BeyondReason != "" {
		share.Amount = o.Amount
	}
	r.Shares = []Share{share}
	return nil
}

// RecordCaseReceipt records a receipt of one or several payments of a case, each
// with its share (R26). Faults: no such payment; invalid where the shares are not
// what the receipt says; a conflict where a payment is not sent, less is open of
// it, or the receipt looks like one that was recorded before.
func RecordCaseReceipt(ctx context.Context, db *postgres.DB, who access.Actor, code string, in NewReceipt) (Receipt, error) {
	return postgres.Write(ctx, db, who, "record-case-receipt", func(ctx context.Context, tx *postgres.Tx) (Receipt, error) {
		c, err := casefile.Find(ctx, tx, code)
		if err != nil {
			return Receipt{}, err
		}
		var ids []string
		for _, s := range in.Shares {
			ids = append(ids, strings.ToLower(s.PaymentID))
		}
		slices.Sort(ids)
		if len(slices.Compact(ids)) != len(in.Shares) {
			return Receipt{}, badShares
		}
		r := proving{in, c.ID, ids}
		id, err := r.record(ctx, tx, func([]paymentRow) error { return nil })
		if err != nil {
			return Receipt{}, err
		}
		tx.Touch(c.ID, c.Code, id)
		return shownReceipt(ctx, tx, id)
	})
}

// part is a share as it is kept.
type part struct {
	payment        paymentRow
	amount, covers money.Amount
	counted        money.Amount
}

// allot reckons what a receipt proves of each payment, in the payments' order
// (R28): its shares are positive, in its currency and together no more than it
// says; what they leave is explained.
func (in NewReceipt) allot(held []paymentRow) (whole money.Amount, parts []part, err error) {
	if whole, err = in.Amount.Canonical(); err != nil || !whole.IsPositive() {
		return whole, nil, fault.Invalidf("body.amount", "must be a positive amount with at most as many decimals as its currency has")
	}
	rest := whole
	for _, p := range held {
		i := slices.IndexFunc(in.Shares, func(s Share) bool { return strings.EqualFold(s.PaymentID, p.ID) })
		made, err := in.Shares[i].of(p, whole.Currency)
		if err != nil {
			return whole, nil, err
		}
		if rest, err = rest.Sub(made.amount); err != nil || rest.IsNegative() {
			return whole, nil, badShares
		}
		parts = append(parts, made)
	}
	if rest.IsPositive() != (in.BeyondReason != "") {
		return whole, nil, badBeyond
	}
	return whole, parts, nil
}

// of is what a share proves of its payment. A receipt in another currency says
// which part of the payment it covers.
func (s Share) of(p paymentRow, currency string) (out part, err error) {
	amount, err := s.Amount.Canonical()
	if err != nil || !amount.IsPositive() || amount.Currency != currency {
		return out, badShares
	}
	covers := amount
	switch {
	case currency == p.Currency && s.Covers != nil && *s.Covers != amount:
		return out, fault.Invalidf("body.covers", "is left out where the receipt is in the payment's currency")
	case currency != p.Currency && s.Covers == nil:
		return out, fault.Invalidf("body.covers", "is required where the receipt is in another currency than the payment")
	case currency != p.Currency:
		if covers, err = s.Covers.Canonical(); err != nil {
			return out, fault.Invalidf("body.covers", "must be a positive amount in the payment's currency")
		}
	}
	o, err := p.open()
	if err != nil {
		return out, err
	}
	counted, _, err := o.Take(covers)
	if err != nil {
		return out, fmt.Errorf("allot a receipt: %w", err)
	}
	return part{p, amount, covers, counted}, nil
}
