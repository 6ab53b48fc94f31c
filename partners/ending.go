package partners

import (
	"context"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
)

// Support that ends within 30 days, and the partners at work there that may know
// of it.
const endingSQL = `SELECT c.id, c.code, h.partner_id, c.last_day, coalesce(c.destination, '') AS destination, coalesce(c.destination_time_zone, '') AS zone FROM cases c
		JOIN handoffs h ON h.case_id = c.id AND h.role = 'home_country_partner' AND h.state IN ('accepted','in_progress')
	WHERE c.state = 'arrived' AND c.support_ended_on IS NULL AND c.last_day BETWEEN $1 AND $1::date + 31
		AND shares_with(c.id, h.partner_id, 'support_and_payments', $1)
	ORDER BY c.id, h.partner_id`

// WarnSupport queues the letters to home-country partners that support ends in 30,
// 14 and 7 days, once each: the case's code, the day, and how many of the lines
// that they give are unspent; which, they read in the budget (R11, R23).
func WarnSupport(ctx context.Context, db *postgres.DB) (queued int, err error) {
	type ending struct {
		ID, Code, PartnerID string
		LastDay             calendar.Date
		Destination, Zone   string
	}
	return postgres.Write(ctx, db, access.Program, "warn-support", func(ctx context.Context, tx *postgres.Tx) (int, error) {
		rows, err := postgres.Collect[ending](ctx, tx, endingSQL, tx.Today)
		if err != nil {
			return 0, fmt.Errorf("find partners whose support ends: %w", err)
		}
		var letters []outbox.Letter
		for _, c := range rows {
			left := c.LastDay.DaysSince(casefile.DayThere(tx.Now, c.Destination, c.Zone))
			if warning, ok := followup.SupportWarning(left); ok {
				letters = append(letters, outbox.Letter{Once: fmt.Sprintf("support:%s:%s:%d:%s", c.ID, c.LastDay, warning, c.PartnerID), Kind: letter.SupportEndsThere,
					CaseID: c.ID, CaseCode: c.Code, PartnerID: c.PartnerID, Days: left, DueOn: c.LastDay})
			}
		}
		return outbox.QueueAll(ctx, tx, letters)
	})
}
