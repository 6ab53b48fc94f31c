package partners

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"hjemvej/internal/access"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
)

// ended is a hand-off that ended, and how its partner is told.
type ended struct {
	ID, PartnerID string
	Event         outbox.EventType
}

// tellEnded tells partners that hand-offs of a case ended, in the order in which
// partners are told.
func tellEnded(ctx context.Context, tx *postgres.Tx, caseID string, all []ended) error {
	slices.SortFunc(all, func(a, b ended) int { return cmp.Compare(a.PartnerID, b.PartnerID) })
	for _, h := range all {
		if _, err := outbox.Emit(ctx, tx, outbox.Event{Type: h.Event, PartnerID: h.PartnerID, CaseID: caseID, HandoffID: h.ID}); err != nil {
			return err
		}
	}
	return nil
}

// tellCorrected tells every partner that has the case that the day of the arrival
// was corrected.
func tellCorrected(ctx context.Context, tx *postgres.Tx, caseID string) error {
	all, err := postgres.Collect[struct{ PartnerID string }](ctx, tx, `SELECT DISTINCT h.partner_id FROM handoffs h WHERE h.case_id = $1 AND handoff_visible(h) ORDER BY h.partner_id`, caseID)
	if err != nil {
		return fmt.Errorf("find who has the case: %w", err)
	}
	for _, p := range all {
		if _, err := outbox.Emit(ctx, tx, outbox.Event{Type: outbox.ArrivalCorrected, PartnerID: p.PartnerID, CaseID: caseID}); err != nil {
			return err
		}
	}
	return nil
}

type untold struct{ ID, CaseID, Code, PartnerID, Type string }

func (f untold) once() string { return "followup:" + f.ID + ":" + f.Type + ":" + f.PartnerID }

// What has begun, or is due, and whose partner may know and has not been told.
// After an outage the latest of the two is enough.
const untoldSQL = `SELECT x.* FROM (
		SELECT f.id, f.case_id, c.code, h.partner_id, CASE WHEN f.due_on <= $1 THEN 'followup.due' ELSE 'followup.opened' END AS type
		FROM followups f JOIN cases c ON c.id = f.case_id JOIN handoffs h ON h.case_id = f.case_id AND handoff_visible(h)
		WHERE f.state = 'open' AND f.opens_on <= $1 AND (f.quiet_until IS NULL OR f.quiet_until < $1) AND f.id > $2::uuid) x
	WHERE NOT EXISTS (SELECT FROM events e WHERE e.once = 'followup:' || x.id || ':' || x.type || ':' || x.partner_id)
		AND may_be_told(x.partner_id, x.case_id, 'follow_up', false)
	ORDER BY x.id, x.partner_id LIMIT $3`

// tellSize is how many follow-ups are looked for at a time.
const tellSize = 200

// TellFollowups tells partners of the follow-ups that have begun or are due, once
// each, and answers how many it told (R31). Nobody is told of a follow-up of
// somebody who must not be contacted (R10).
func TellFollowups(ctx context.Context, db *postgres.DB) (told int, err error) {
	for after := access.Program.ID; ; {
		some, err := postgres.Write(ctx, db, access.Program, "tell-followups", func(ctx context.Context, tx *postgres.Tx) ([]untold, error) {
			return postgres.Collect[untold](ctx, tx, untoldSQL, tx.Today, after, tellSize)
		})
		if err != nil {
			return told, fmt.Errorf("find follow-ups to tell of: %w", err)
		}
		for _, f := range some {
			isNew, err := tellFollowup(ctx, db, f)
			if err != nil {
				return told, err
			}
			if isNew {
				told++
			}
			after = f.ID
		}
		if len(some) < tellSize {
			return told, nil
		}
	}
}

// tellFollowup is a transaction of its own: with several partners in hand it
// would wait for whoever tells them in another order.
func tellFollowup(ctx context.Context, db *postgres.DB, f untold) (isNew bool, err error) {
	return postgres.Write(ctx, db, access.Program, "tell-followups", func(ctx context.Context, tx *postgres.Tx) (bool, error) {
		isNew, err := outbox.Emit(ctx, tx, outbox.Event{Type: outbox.EventType(f.Type), PartnerID: f.PartnerID, CaseID: f.CaseID, ObjectID: f.ID, Once: f.once()})
		if isNew {
			tx.Touch(f.CaseID, f.Code, f.ID)
		}
		return isNew, err
	})
}
