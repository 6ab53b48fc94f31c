package partners

import (
	"context"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
)

// tellArrival tells whoever counts from the day and did not report it: the
// contact person, and the other partners at work that may know of the travel (R7).
func tellArrival(ctx context.Context, tx *postgres.Tx, c *casefile.Row) error {
	type reader struct{ Arrival, UserID, PartnerID string }
	readers, err := postgres.Collect[reader](ctx, tx, `SELECT a.id::text AS arrival, r.user_id, r.partner_id
		FROM (SELECT id FROM arrivals WHERE case_id = $1 ORDER BY seq DESC LIMIT 1) a, (
			SELECT contact_person_id::text AS user_id, '' AS partner_id FROM cases WHERE id = $1 AND contact_person_id::text <> $2
			UNION SELECT '', partner_id::text FROM handoffs
				WHERE case_id = $1 AND state IN ('accepted','in_progress') AND partner_id::text <> $3 AND shares_with($1, partner_id, 'travel', $4)) r
		ORDER BY 2, 3`, c.ID, tx.Who.ID, tx.Who.Partner, tx.Today)
	if err != nil {
		return fmt.Errorf("find who counts from an arrival: %w", err)
	}
	for _, r := range readers {
		_, err := outbox.Queue(ctx, tx, outbox.Letter{Once: "arrival:" + r.Arrival + ":" + r.UserID + r.PartnerID, Kind: letter.ArrivalConfirmed,
			CaseID: c.ID, UserID: r.UserID, PartnerID: r.PartnerID})
		if err != nil {
			return err
		}
	}
	return nil
}
