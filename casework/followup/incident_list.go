package followup

import (
	"context"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/postgres"
)

// ReadIncident is an incident with its texts. The reading is recorded.
func ReadIncident(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, id string) (Incident, error) {
	return postgres.Write(ctx, db, who, "read-incident", func(ctx context.Context, tx *postgres.Tx) (Incident, error) {
		i, err := findIncident(ctx, tx, id, "")
		if err != nil {
			return Incident{}, err
		}
		key, err := keyFor(ctx, tx, v, i.Case)
		if err != nil {
			return Incident{}, err
		}
		return i.open(key)
	})
}

// ListCaseIncidents is every incident of a case, what is not closed first, then
// the newest; to a partner, those that it recorded itself (R21). The reading is
// recorded.
func ListCaseIncidents(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, code string) ([]Incident, error) {
	return casefile.ListSealed(ctx, db, v, who, "list-case-incidents", code, keySQL(who), incidentRow.open,
		incidentSQL+`WHERE c.code = $1 ORDER BY i.state = 'closed', i.recorded_at DESC, i.id`)
}

// ListIncidents is a page of the incidents that are not closed, longest waiting
// first, of all cases of the actor's or their team's, without their texts, and the
// cursor of the next page. after is the cursor of the page before; limit is 1 to 200.
func ListIncidents(ctx context.Context, db *postgres.DB, who access.Actor, after string, limit int) ([]Incident, string, error) {
	var w postgres.Where
	w.And("i.state <> 'closed'")
	if err := w.Past("(i.recorded_at, i.id) > (?::timestamptz, ?::uuid)", after); err != nil {
		return nil, "", err
	}
	switch access.ReachOf(who, "list-incidents") {
	case access.Own:
		w.And("c.contact_person_id = ?", who.ID)
	case access.Team:
		w.And("c.team_id = ?", who.Team)
	}
	n := w.Arg(limit + 1)
	var rows []incidentRow
	_, err := postgres.Read(ctx, db, who, "list-incidents", postgres.About{},
		postgres.Many(&rows, incidentSQL+w.SQL()+` ORDER BY i.recorded_at, i.id LIMIT `+n, w.Args...))
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(rows) > limit {
		rows = rows[:limit]
		last := rows[limit-1]
		next = postgres.Key(last.RecordedAt, last.ID)
	}
	out := make([]Incident, len(rows))
	for n, r := range rows {
		out[n] = r.Incident
	}
	return out, next, nil
}
