package support

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/money"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"

	"github.com/jackc/pgx/v5"
)

// Authorise lets a planned payment go out. Neither who planned it nor who last
// edited the payee may, nor anybody above their limit by today's policy (R26); the
// database says so too. What was authorised stays so when a limit is lowered.
func Authorise(ctx context.Context, db *postgres.DB, who access.Actor, id string, version int) (Payment, error) {
	return change(ctx, db, who, "authorise-payment", id, version, func(ctx context.Context, tx *postgres.Tx, p paymentRow) error {
		if err := p.withinLimit(ctx, tx); err != nil {
			return err
		}
		return p.moveTo(ctx, tx, Authorised, `, authorised_by = $3, authorised_at = $4`, who.ID, tx.Now)
	})
}

// ApproveException approves that a payment is dated outside the six months
// (R23); not by whoever planned it.
func ApproveException(ctx context.Context, db *postgres.DB, who access.Actor, id string, version int) (Payment, error) {
	return change(ctx, db, who, "approve-payment-exception", id, version, func(ctx context.Context, tx *postgres.Tx, p paymentRow) error {
		if p.Exception == "" || p.State != Planned || p.Excepted {
			return fault.Conflictf("R23", "There is no exception to approve.")
		}
		_, err := tx.Exec(ctx, `UPDATE payments SET exception_approved_by = $2, version = version + 1 WHERE id = $1`, p.ID, who.ID)
		return err
	})
}

// Dispatch is the day on which the money went, or the thing was bought.
type Dispatch struct {
	SentOn calendar.Date `json:"sent_on" format:"date" example:"2026-10-15"`
}

// Send records that an authorised payment went out, and tells the partner that
// gives it. A large one is followed by a check fourteen days later (R31).
func Send(ctx context.Context, db *postgres.DB, who access.Actor, id string, version int, in Dispatch) (Payment, error) {
	return change(ctx, db, who, "send-payment", id, version, func(ctx context.Context, tx *postgres.Tx, p paymentRow) error {
		if err := in.check(tx.Today); err != nil {
			return err
		}
		return p.send(ctx, tx, in.SentOn)
	})
}

func (in Dispatch) check(today calendar.Date) error {
	if in.SentOn.After(today) || in.SentOn.Before(today.AddMonths(-12)) {
		return fault.Invalidf("body.sent_on", "must lie within the last year, not in the future")
	}
	return nil
}

// send moves the payment to sent, with what follows from it.
func (r paymentRow) send(ctx context.Context, tx *postgres.Tx, on calendar.Date) error {
	if err := r.moveTo(ctx, tx, Sent, `, sent_by = $3, sent_on = $4`, tx.Who.ID, on); err != nil {
		return err
	}
	if err := tx.AsProgram(ctx, func() error { return followup.Replan(ctx, tx, r.CaseID) }); err != nil {
		return err
	}
	return r.tellGiver(ctx, tx)
}

// tellGiver tells the partner that gives the line that the payment was sent.
func (r paymentRow) tellGiver(ctx context.Context, tx *postgres.Tx) error {
	givers, err := postgres.Collect[struct{ ID string }](ctx, tx, `SELECT l.partner_id AS id FROM payments p JOIN budget_lines l ON l.id = p.line_id WHERE p.id = $1 AND l.partner_id IS NOT NULL`, r.ID)
	if err != nil {
		return fmt.Errorf("find who gives a line: %w", err)
	}
	for _, giver := range givers { // one, or none
		_, err = outbox.Emit(ctx, tx, outbox.Event{Type: outbox.PaymentSent, PartnerID: giver.ID, CaseID: r.CaseID, ObjectID: r.ID})
	}
	return err
}

// Ending says why a payment came to nothing.
type Ending struct {
	Reason string `json:"reason" minLength:"3" maxLength:"500" example:"The account was closed"`
}

// End cancels, fails or returns a payment: what it counted against its line is
// free again.
func End(ctx context.Context, db *postgres.DB, who access.Actor, op access.Operation, id string, version int, to State, in Ending) (Payment, error) {
	return change(ctx, db, who, op, id, version, func(ctx context.Context, tx *postgres.Tx, p paymentRow) error {
		return p.end(ctx, tx, to, in.Reason)
	})
}

// end moves the payment to where it came to nothing, with what follows from it.
func (r paymentRow) end(ctx context.Context, tx *postgres.Tx, to State, reason string) error {
	if err := r.moveTo(ctx, tx, to, `, ended_reason = $3`, reason); err != nil {
		return err
	}
	return tx.AsProgram(ctx, func() error { return followup.Replan(ctx, tx, r.CaseID) })
}

// change runs one step of a payment: find and hold it, check, do, show.
func change(ctx context.Context, db *postgres.DB, who access.Actor, op access.Operation, id string, version int,
	do func(context.Context, *postgres.Tx, paymentRow) error) (Payment, error) {
	return postgres.Write(ctx, db, who, op, func(ctx context.Context, tx *postgres.Tx) (Payment, error) {
		p, err := findPayment(ctx, tx, id, "FOR UPDATE OF p")
		if err != nil {
			return Payment{}, err
		}
		if err := casefile.Current(p.Version, version); err != nil {
			return Payment{}, err
		}
		if err := do(ctx, tx, p); err != nil {
			return Payment{}, err
		}
		return shown(ctx, tx, id)
	})
}

func findPayment(ctx context.Context, tx *postgres.Tx, id, lock string) (paymentRow, error) {
	tx.Seek(id)
	p, err := postgres.One[paymentRow](ctx, tx, paymentSQL+`WHERE p.id = $1 `+lock, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, fault.NoSuch("payment")
	}
	if err != nil {
		return p, fmt.Errorf("find a payment: %w", err)
	}
	if tx.Who.Role == access.Partner { // as the program, in RecordReceipt, the reach was measured before
		if len(p.HandedTo) == 0 {
			return p, fault.NoSuch("payment")
		}
	} else if err := tx.May(p.Record(), "payment"); err != nil {
		return p, err
	}
	tx.Touch(p.CaseID, p.Case, p.ID)
	return p, nil
}

func (r paymentRow) moveTo(ctx context.Context, tx *postgres.Tx, to State, set string, args ...any) error {
	if err := r.State.Move(to); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE payments SET state = $2, version = version + 1`+set+` WHERE id = $1`, append([]any{r.ID, string(to)}, args...)...)
	if err != nil {
		return fmt.Errorf("move a payment: %w", err)
	}
	return nil
}

// amountOf reads an amount as the database writes it, with more decimals than
// its currency has, all of them zero.
func amountOf(number, currency string) (money.Amount, error) {
	if strings.Contains(number, ".") {
		number = strings.TrimRight(strings.TrimRight(number, "0"), ".")
	}
	return money.New(number, currency)
}
