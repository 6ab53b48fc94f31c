package partners

import (
	"context"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/postgres"
)

// reportsOrder puts first what waits, of that what is urgent, and then the newest.
const reportsOrder = ` ORDER BY r.state <> 'open', r.kind NOT IN ('safety_concern','incident'), r.recorded_at DESC, r.id`

// ListReports is what partners reported of a case, what waits first; only those
// in a state where one is named. The reading is recorded.
func ListReports(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, code string, state ReportState) ([]Report, error) {
	return casefile.ListSealed(ctx, db, v, who, "list-reports", code, person.FindSQL, reportRow.open,
		reportSQL+`WHERE c.code = $1 AND $2 IN ('', r.state)`+reportsOrder, string(state))
}

// ListOwnReports is what the partner reported under a hand-off that it may see,
// with the answers, what waits first. The reading is recorded.
func ListOwnReports(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, handoff string) ([]Report, error) {
	const op, what = "list-own-reports", "hand-off"
	var h handoffRow
	var whose person.Sealed // without the identity
	var rows []reportRow
	_, err := postgres.Read(ctx, db, who, op, postgres.About{Handoff: handoff},
		postgres.Single(&h, what, handoffSQL+`WHERE h.id = $1`, handoff),
		postgres.Single(&whose, what, keyOfReportsSQL, handoff),
		postgres.Many(&rows, reportSQL+`WHERE r.handoff_id = $1`+reportsOrder, handoff))
	if err != nil {
		return nil, err
	}
	if err := postgres.Allow(ctx, db, who, op, h.Record(), what); err != nil {
		return nil, err
	}
	key, err := v.Key(whose)
	if err != nil {
		return nil, err
	}
	out := make([]Report, len(rows))
	for i, r := range rows {
		if out[i], err = r.open(key); err != nil {
			return nil, err
		}
	}
	return out, nil
}
