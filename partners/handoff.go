package partners

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"

	"github.com/jackc/pgx/v5"
)

// State is how far a hand-off has come (R20).
type State string

// The states of a hand-off.
const (
	Draft      State = "draft"
	Offered    State = "offered"
	Received   State = "received"
	Accepted   State = "accepted"
	Declined   State = "declined"
	InProgress State = "in_progress"
	Completed  State = "completed"
	Revoked    State = "revoked"
)

// Moves says which state may follow which (R20). The database holds the same
// table, and a test compares them.
var Moves = map[State][]State{
	Draft:      {Offered, Revoked},
	Offered:    {Received, Accepted, Declined, Revoked},
	Received:   {Accepted, Declined, Revoked},
	Accepted:   {InProgress, Completed, Revoked},
	InProgress: {Completed, Revoked},
}

// Move answers the conflict where a hand-off may not go from one state to another.
func (s State) Move(to State) error {
	for _, next := range Moves[s] {
		if next == to {
			return nil
		}
	}
	return fault.Conflictf("R20", "A hand-off that is %s cannot become %s.", s, to)
}

// AnswerWorkdays is how many of its own working days a partner has to answer
// (R20, default).
const AnswerWorkdays = 3

// Handoff is a case offered to a partner, and what became of the offer.
type Handoff struct {
	ID          string        `json:"id" format:"uuid"`
	Case        string        `json:"case_code" example:"K7QX-2MVD"`
	PartnerID   string        `json:"partner_id" format:"uuid"`
	Role        Role          `json:"role" enum:"return_organisation,home_country_partner" example:"home_country_partner"`
	State       State         `json:"state" enum:"draft,offered,received,accepted,declined,in_progress,completed,revoked" example:"offered"`
	Note        string        `json:"note,omitempty"`
	Retroactive string        `json:"retroactive_reason,omitempty" doc:"The person had travelled before the offer, and why"`
	OfferedAt   time.Time     `json:"offered_at"`
	AnswerDueOn calendar.Date `json:"answer_due_on" format:"date" doc:"Three of the partner's working days after the offer; then it escalates (R20)"`
	ReceivedAt  *time.Time    `json:"received_at,omitempty"`
	AnsweredAt  *time.Time    `json:"answered_at,omitempty"`
	Reason      string        `json:"decline_reason,omitempty"`
	CompletedAt *time.Time    `json:"completed_at,omitempty"`
	RevokedAt   *time.Time    `json:"revoked_at,omitempty"`
	StoppedOn   calendar.Date `json:"unable_to_go_on_since,omitzero" format:"date" doc:"The partner reported that it cannot go on: revoke it, and offer the case to another"`
	Version     int           `json:"version" example:"1"`
}

type handoffRow struct {
	Handoff
	casefile.Reach
	CaseID string
}

const handoffSQL = `SELECT h.id, h.case_id, c.code AS "case", ` + casefile.ReachSQL + `,
		h.partner_id, h.role, h.state, h.note, coalesce(h.retroactive_reason, '') AS retroactive, h.offered_at, h.answer_due_on, h.received_at, h.answered_at, coalesce(h.decline_reason, '') AS reason,
		h.completed_at, h.revoked_at, h.version,
		(SELECT min(r.happened_on) FROM partner_reports r WHERE r.handoff_id = h.id AND r.kind = 'unable_to_go_on') AS stopped_on
	FROM handoffs h JOIN cases c ON c.id = h.case_id `

// NewHandoff offers a case to a partner.
type NewHandoff struct {
	PartnerID string `json:"partner_id" format:"uuid" example:"5f0c8a52-6d3e-4b57-9d0a-0c5b7e1f2a10"`
	Note      string `json:"note,omitempty" maxLength:"2000" example:"Please meet at the airport." doc:"Read by the partner. What happened to the person does not belong here (R8)"`
	Reason    string `json:"retroactive_reason,omitempty" maxLength:"500" example:"She left with a cousin before the papers were done" doc:"Required where the person has travelled already; read by the partner"`
}

var (
	_ = postgres.Rule("handoffs_one_open", fault.Conflictf("R20", "The case is already handed to this partner."))
	_ = postgres.Rule("handoff_move", fault.Conflictf("R20", "The hand-off is not at that step."))
)

// Offer hands a case to a partner: from now on it sees what consent covers
// (R21), a letter tells it, and it has three of its own working days to answer
// (R20).
func Offer(ctx context.Context, db *postgres.DB, who access.Actor, code string, in NewHandoff) (Handoff, error) {
	return postgres.Write(ctx, db, who, "offer-handoff", func(ctx context.Context, tx *postgres.Tx) (Handoff, error) {
		c, err := casefile.Lock(ctx, tx, code, 0)
		if err != nil {
			return Handoff{}, err
		}
		if c.State != casefile.Accepted && c.State != casefile.Departed && c.State != casefile.Arrived {
			return Handoff{}, fault.Conflictf("R20", "A case is handed off after the offer was accepted.")
		}
		if travelled := !c.DepartedOn.IsZero(); travelled != (in.Reason != "") {
			return Handoff{}, fault.Invalidf("body.retroactive_reason", "is given where the person has travelled already, and only there")
		}
		to, err := receiver(ctx, tx, in.PartnerID)
		if err != nil {
			return Handoff{}, err
		}
		due, err := to.answersBy(tx.Now)
		if err != nil {
			return Handoff{}, err
		}
		var id string
		err = tx.QueryRow(ctx, `INSERT INTO handoffs (case_id, partner_id, role, note, retroactive_reason, answer_due_on, offered_by) VALUES ($1,$2,$3,$4,nullif($5,''),$6,$7) RETURNING id`,
			c.ID, to.ID, string(to.Role), in.Note, in.Reason, due, who.ID).Scan(&id)
		if err != nil {
			return Handoff{}, fmt.Errorf("offer a hand-off: %w", err)
		}
		tx.Touch(c.ID, c.Code, id)
		_, err = outbox.Queue(ctx, tx, outbox.Letter{Once: "handoff:" + id + ":offered", Kind: letter.HandoffOffered,
			CaseID: c.ID, PartnerID: in.PartnerID, HandoffID: id, DueOn: due})
		if err != nil {
			return Handoff{}, err
		}
		return shown(ctx, tx, id)
	})
}

// Receive acknowledges that an offer was received (R20).
func Receive(ctx context.Context, db *postgres.DB, who access.Actor, id string, version int) (Handoff, error) {
	return change(ctx, db, who, "receive-handoff", "", id, version, func(ctx context.Context, tx *postgres.Tx, h handoffRow) error {
		return h.moveTo(ctx, tx, Received, `, received_at = $3`, tx.Now)
	})
}

// Answer is a partner's answer to an offer.
type Answer struct {
	Answer string `json:"answer" enum:"accepted,declined" example:"accepted"`
	Reason string `json:"reason,omitempty" maxLength:"1000" example:"We do not work in that region." doc:"Required for declined (R20)"`
}

// AnswerOffer accepts or declines. An offer that was answered without having
// been acknowledged counts as received then. The contact person is told.
func AnswerOffer(ctx context.Context, db *postgres.DB, who access.Actor, id string, version int, in Answer) (Handoff, error) {
	return change(ctx, db, who, "answer-handoff", "", id, version, func(ctx context.Context, tx *postgres.Tx, h handoffRow) error {
		if in.Answer == string(Declined) && in.Reason == "" {
			return fault.Invalidf("body.reason", "is required when you decline")
		}
		err := h.moveTo(ctx, tx, State(in.Answer), `, received_at = coalesce(received_at, $3), answered_at = $3, decline_reason = nullif($4, '')`, tx.Now, in.Reason)
		if err != nil {
			return err
		}
		_, err = outbox.Queue(ctx, tx, outbox.Letter{Once: "handoff:" + h.ID + ":answered", Kind: letter.HandoffAnswered,
			CaseID: h.CaseID, UserID: h.ContactPersonID, HandoffID: h.ID})
		return err
	})
}

// Complete ends a hand-off whose work is done. The partner sees the case for 30
// more days (R21).
func Complete(ctx context.Context, db *postgres.DB, who access.Actor, id string, version int) (Handoff, error) {
	return change(ctx, db, who, "complete-handoff", "", id, version, func(ctx context.Context, tx *postgres.Tx, h handoffRow) error {
		return h.moveTo(ctx, tx, Completed, `, completed_at = $3`, tx.Now)
	})
}

// Revoke takes an open hand-off back: the partner sees nothing any more, at
// once (R21).
func Revoke(ctx context.Context, db *postgres.DB, who access.Actor, code, id string, version int) (Handoff, error) {
	if !access.IsCode(code) {
		return Handoff{}, fault.NoSuch("hand-off")
	}
	return change(ctx, db, who, "revoke-handoff", code, id, version, func(ctx context.Context, tx *postgres.Tx, h handoffRow) error {
		if h.Case != code {
			return fault.NoSuch("hand-off")
		}
		return h.moveTo(ctx, tx, Revoked, `, revoked_at = $3`, tx.Now)
	})
}

// change runs one step of a hand-off: find and hold it, check, do, show. code is
// that of the case which the actor named, or "".
func change(ctx context.Context, db *postgres.DB, who access.Actor, op access.Operation, code, id string, version int,
	do func(context.Context, *postgres.Tx, handoffRow) error) (Handoff, error) {
	return postgres.Write(ctx, db, who, op, func(ctx context.Context, tx *postgres.Tx) (Handoff, error) {
		tx.Seek(cmp.Or(code, id))
		h, err := findHandoff(ctx, tx, id, "FOR UPDATE OF h")
		if err != nil {
			return Handoff{}, err
		}
		if err := casefile.Current(h.Version, version); err != nil {
			return Handoff{}, err
		}
		// What a partner declines leaves its sight, and row security lets nobody
		// write what they could not read: the step itself is the program's.
		var out Handoff
		err = tx.AsProgram(ctx, func() (err error) {
			if err = do(ctx, tx, h); err == nil {
				out, err = shown(ctx, tx, id)
			}
			return err
		})
		return out, err
	})
}

// findHandoff finds a hand-off as one who may.
func findHandoff(ctx context.Context, tx *postgres.Tx, id, lock string) (handoffRow, error) {
	h, err := postgres.One[handoffRow](ctx, tx, handoffSQL+`WHERE h.id = $1 `+lock, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return h, fault.NoSuch("hand-off")
	}
	if err != nil {
		return h, fmt.Errorf("find a hand-off: %w", err)
	}
	if err := tx.May(h.Record(), "hand-off"); err != nil {
		return h, err
	}
	tx.Touch(h.CaseID, h.Case, h.ID)
	return h, nil
}

func (r handoffRow) moveTo(ctx context.Context, tx *postgres.Tx, to State, set string, args ...any) error {
	if err := r.State.Move(to); err != nil {
		return err
	}
	// As the program: a hand-off that its partner declines leaves the partner's
	// sight, and row security refuses to write a row that its writer cannot see.
	return tx.AsProgram(ctx, func() error {
		_, err := tx.Exec(ctx, `UPDATE handoffs SET state = $2, version = version + 1`+set+` WHERE id = $1`, append([]any{r.ID, string(to)}, args...)...)
		if err != nil {
			return fmt.Errorf("move a hand-off: %w", err)
		}
		return nil
	})
}

func shown(ctx context.Context, tx *postgres.Tx, id string) (Handoff, error) {
	h, err := postgres.One[handoffRow](ctx, tx, handoffSQL+`WHERE h.id = $1`, id)
	return h.Handoff, err
}
