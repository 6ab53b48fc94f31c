package casefile

import (
	"context"
	"fmt"

	"hjemvej/internal/postgres"
)

// TeamLeads are the ids of a team's active leads; of a team without one, of every
// active administrator, who can name one: nothing that is escalated reaches nobody.
func TeamLeads(ctx context.Context, tx *postgres.Tx, team string) ([]string, error) {
	return OtherLeads(ctx, tx, team, "")
}

// OtherLeads are TeamLeads without one of them, who may not decide what is decided
// by another person; of a team without another lead, the administrators.
func OtherLeads(ctx context.Context, tx *postgres.Tx, team, than string) ([]string, error) {
	rows, err := postgres.Collect[struct{ ID string }](ctx, tx, `WITH leads AS (SELECT id FROM users WHERE team_id = $1 AND role = 'team_lead' AND active AND id::text <> $2)
		SELECT id FROM leads UNION ALL SELECT id FROM users WHERE role = 'administrator' AND active AND NOT EXISTS (SELECT FROM leads) ORDER BY id`, team, than)
	if err != nil {
		return nil, fmt.Errorf("find team leads: %w", err)
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	return ids, nil
}

// Responsible are the ids of who answers for the case at this moment: its contact
// person, or its team's leads (TeamLeads) where that one has left (R2).
func (r Reach) Responsible(ctx context.Context, tx *postgres.Tx) ([]string, error) {
	var there bool
	if err := tx.QueryRow(ctx, `SELECT active FROM users WHERE id = $1`, r.ContactPersonID).Scan(&there); err != nil {
		return nil, fmt.Errorf("find who answers for a case: %w", err)
	}
	if there {
		return []string{r.ContactPersonID}, nil
	}
	return TeamLeads(ctx, tx, r.TeamID)
}
