package casefile

import (
	"context"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// Offer is the offer of a prepared return. It does not depend on anything but
// the person's situation (R4).
type Offer struct {
	OfferedOn   calendar.Date `json:"offered_on" format:"date" example:"2026-07-18"`
	Destination Destination   `json:"destination" doc:"The home country or the former country of residence (R6)"`
}

// MakeOffer records that a prepared return was offered. A person who declined
// may be offered it again.
func MakeOffer(ctx context.Context, db *postgres.DB, who access.Actor, code string, version int, in Offer) (Case, error) {
	return step(ctx, db, who, "offer-return", code, version, func(ctx context.Context, tx *postgres.Tx, row *Row) error {
		if err := row.Happened("body.offered_on", in.OfferedOn, tx.Today); err != nil {
			return err
		}
		if err := in.Destination.validate("body.destination"); err != nil {
			return err
		}
		return row.MoveTo(ctx, tx, Offered, `, offered_on = $3, answer = NULL, answered_on = NULL, destination = $4, destination_kind = $5, destination_place = nullif($6, ''), destination_time_zone = nullif($7, '')`,
			in.OfferedOn, in.Destination.Country, in.Destination.Kind, in.Destination.Place, in.Destination.TimeZone)
	})
}

// Answer is the person's answer to the offer.
type Answer struct {
	Answer     string        `json:"answer" enum:"accepted,declined" example:"accepted"`
	AnsweredOn calendar.Date `json:"answered_on" format:"date" example:"2026-07-22"`
}

// AnswerOffer records the person's answer.
func AnswerOffer(ctx context.Context, db *postgres.DB, who access.Actor, code string, version int, in Answer) (Case, error) {
	return step(ctx, db, who, "answer-offer", code, version, func(ctx context.Context, tx *postgres.Tx, row *Row) error {
		if row.State != Offered {
			return fault.Conflictf("", "There is no open offer to answer.")
		}
		if err := happened("body.answered_on", in.AnsweredOn, row.OfferedOn, tx.Today); err != nil {
			return err
		}
		return row.MoveTo(ctx, tx, State(in.Answer), `, answer = $2, answered_on = $3`, in.AnsweredOn)
	})
}

// Withdrawal is the person's leaving of the programme, possible from every
// state; it is not the same as declining the offer. No reason is asked.
type Withdrawal struct {
	WithdrawnOn calendar.Date `json:"withdrawn_on" format:"date" example:"2026-09-01"`
}

// Withdraw records that the person left. What was open to partners is taken
// back by the room of hand-offs, which asks for the state.
func Withdraw(ctx context.Context, tx *postgres.Tx, code string, version int, in Withdrawal) (*Row, error) {
	row, err := Lock(ctx, tx, code, version)
	if err != nil {
		return nil, err
	}
	if err := row.Happened("body.withdrawn_on", in.WithdrawnOn, tx.Today); err != nil {
		return nil, err
	}
	err = row.MoveTo(ctx, tx, Withdrawn, `, withdrawn_on = $3, withdrawn_from = $4`, in.WithdrawnOn, string(row.State))
	return row, err
}

// step runs one change of a case's state: lock, check, change, show.
func step(ctx context.Context, db *postgres.DB, who access.Actor, op access.Operation, code string, version int,
	do func(context.Context, *postgres.Tx, *Row) error) (Case, error) {
	return postgres.Write(ctx, db, who, op, func(ctx context.Context, tx *postgres.Tx) (Case, error) {
		row, err := Lock(ctx, tx, code, version)
		if err != nil {
			return Case{}, err
		}
		if err := do(ctx, tx, row); err != nil {
			return Case{}, err
		}
		return shown(ctx, tx, code)
	})
}
