package partners

import (
	"cmp"
	"context"
	"fmt"
	"slices"

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
