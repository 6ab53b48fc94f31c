package partners

import (
	"context"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
)

// ConfirmArrival records that the person arrived, or corrects the day (R22). The
// six months, and the follow-ups that are not done, hang on it and move with it;
// the partner's hand-off is in progress from now on.
func ConfirmArrival(ctx context.Context, db *postgres.DB, who access.Actor, code string, in followup.Arrival) ([]followup.Arrived, error) {
	return postgres.Write(ctx, db, who, "confirm-arrival", func(ctx context.Context, tx *postgres.Tx) ([]followup.Arrived, error) {
		if _, err := casefile.Find(ctx, tx, code); err != nil {
			return nil, err
		}
		if err := mayReportArrival(ctx, tx, code); err != nil {
			return nil, err
		}
		err := tx.AsProgram(ctx, func() error { // a partner may not change the case itself
			c, err := casefile.Lock(ctx, tx, code, 0)
			if err != nil {
				return err
			}
			if err := followup.Arrive(ctx, tx, c, in); err != nil {
				return err
			}
			if !c.ArrivedOn.IsZero() && who.Role != access.Partner { // what a partner corrects says nothing of it to others
				if err := tellCorrected(ctx, tx, c.ID); err != nil {
					return err
				}
			}
			_, err = tx.Exec(ctx, `UPDATE handoffs SET state = 'in_progress', version = version + 1
				WHERE case_id = $1 AND state = 'accepted' AND role = 'home_country_partner'`, c.ID)
			if err != nil {
				return fmt.Errorf("begin the partner's work: %w", err)
			}
			return tellArrival(ctx, tx, c)
		})
		if err != nil {
			return nil, err
		}
		return postgres.Collect[followup.Arrived](ctx, tx, followup.ArrivalsSQL, code)
	})
}

// mayReportArrival lets caseworkers and the home-country partner that accepted
// the case report the arrival: it is there, others are not.
func mayReportArrival(ctx context.Context, tx *postgres.Tx, code string) error {
	if tx.Who.Role != access.Partner {
		return nil
	}
	var there bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM handoffs h JOIN cases c ON c.id = h.case_id WHERE c.code = $1
		AND h.role = 'home_country_partner' AND h.state IN ('accepted','in_progress'))`, code).Scan(&there)
	if err != nil {
		return fmt.Errorf("find the partner's hand-off: %w", err)
	}
	if !there {
		return fault.Conflictf("R22", "The home-country partner that accepted the case confirms the arrival.")
	}
	return nil
}

// ListArrivals is the confirmation of the arrival and every correction, oldest
// first.
func ListArrivals(ctx context.Context, db *postgres.DB, who access.Actor, code string) ([]followup.Arrived, error) {
	return postgres.Write(ctx, db, who, "list-arrivals", func(ctx context.Context, tx *postgres.Tx) ([]followup.Arrived, error) {
		if _, err := casefile.Find(ctx, tx, code); err != nil {
			return nil, err
		}
		out, err := postgres.Collect[followup.Arrived](ctx, tx, followup.ArrivalsSQL, code)
		if out == nil {
			out = []followup.Arrived{}
		}
		return out, err
	})
}

// Withdraw records that the person left the programme, from whatever state. Open
// hand-offs are revoked and open follow-ups dropped.
func Withdraw(ctx context.Context, db *postgres.DB, who access.Actor, code string, version int, in casefile.Withdrawal) (casefile.Case, error) {
	return postgres.Write(ctx, db, who, "withdraw", func(ctx context.Context, tx *postgres.Tx) (casefile.Case, error) {
		c, err := casefile.Withdraw(ctx, tx, code, version, in)
		if err != nil {
			return casefile.Case{}, err
		}
		revoked, err := takeBack(ctx, tx, c.ID)
		if err != nil {
			return casefile.Case{}, err
		}
		if err := followup.Drop(ctx, tx, c.ID); err != nil {
			return casefile.Case{}, err
		}
		if err := tellEnded(ctx, tx, c.ID, revoked); err != nil {
			return casefile.Case{}, err
		}
		return casefile.Shown(ctx, tx, code)
	})
}

// takeBack revokes every open hand-off and answers those that a partner saw.
func takeBack(ctx context.Context, tx *postgres.Tx, caseID string) ([]ended, error) {
	seen, err := postgres.Collect[ended](ctx, tx, `WITH before AS (SELECT id, state FROM handoffs WHERE case_id = $1 AND state IN ('draft','offered','received','accepted','in_progress') FOR UPDATE),
			revoked AS (UPDATE handoffs h SET state = 'revoked', revoked_at = $2, version = version + 1 FROM before b WHERE h.id = b.id RETURNING h.id, h.partner_id, b.state)
		SELECT id, partner_id, $3 AS event FROM revoked WHERE state <> 'draft'`, caseID, tx.Now, string(outbox.HandoffRevoked))
	if err != nil {
		return nil, fmt.Errorf("revoke hand-offs: %w", err)
	}
	return seen, nil
}

// WithdrawConsent ends a consent at once: the partner's next reading is less. A
// partner that still has the case is told that something ended, not why; and
// whatever it has read of it, it is asked to delete (R7).
func WithdrawConsent(ctx context.Context, db *postgres.DB, who access.Actor, code, id string, version int) (casefile.Consent, error) {
	return postgres.Write(ctx, db, who, "withdraw-consent", func(ctx context.Context, tx *postgres.Tx) (casefile.Consent, error) {
		c, row, err := casefile.WithdrawConsent(ctx, tx, code, id, version)
		if err != nil {
			return c, err
		}
		return c, endSharing(ctx, tx, row, c)
	})
}

// endSharing tells a partner that it may know less, and puts to it the duty to
// delete what it has read.
func endSharing(ctx context.Context, tx *postgres.Tx, row *casefile.Row, c casefile.Consent) error {
	if err := tellSharingEnded(ctx, tx, row, c); err != nil {
		return err
	}
	return owe(ctx, tx, row, c)
}

func tellSharingEnded(ctx context.Context, tx *postgres.Tx, row *casefile.Row, c casefile.Consent) error {
	var has bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM handoffs h WHERE h.case_id = $1 AND h.partner_id = $2 AND handoff_visible(h))`, row.ID, c.PartnerID).Scan(&has)
	if err != nil {
		return fmt.Errorf("find the partner's hand-off: %w", err)
	}
	if !has {
		return nil
	}
	_, err = outbox.Queue(ctx, tx, outbox.Letter{Once: "consent:" + c.ID + ":ended", Kind: letter.SharingEnded, CaseID: row.ID, PartnerID: c.PartnerID})
	if err != nil {
		return err
	}
	_, err = outbox.Emit(ctx, tx, outbox.Event{Type: outbox.SharingEnded, PartnerID: c.PartnerID, CaseID: row.ID})
	return err
}
