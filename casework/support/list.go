package support

import (
	"context"

	"hjemvej/internal/access"
	"hjemvej/internal/postgres"
)

// Read is one payment as the actor may see it.
func Read(ctx context.Context, db *postgres.DB, who access.Actor, id string) (Payment, error) {
	const op = "read-payment"
	var r paymentRow
	_, err := postgres.Read(ctx, db, who, op, postgres.About{Payment: id}, postgres.Single(&r, "payment", paymentSQL+`WHERE p.id = $1`, id))
	if err != nil {
		return Payment{}, err
	}
	if err := postgres.Allow(ctx, db, who, op, r.Record(), "payment"); err != nil {
		return Payment{}, err
	}
	return r.show()
}

// Filter narrows a list of payments.
type Filter struct {
	State  State  // "" for all
	OnHold bool   // only those on hold (R27)
	Case   string // a case's code, or ""
	After  string // the last id of the page before
	Limit  int    // 1 to 200
}

// List is a page of the payments that the actor may see, by id, and the cursor
// of the next page ("" where there is none).
func List(ctx context.Context, db *postgres.DB, who access.Actor, f Filter) ([]Payment, string, error) {
	own, team := "", ""
	switch access.ReachOf(who, "list-payments") {
	case access.Own:
		own = who.ID
	case access.Team:
		team = who.Team
	}
	after := f.After
	if after == "" {
		after = "00000000-0000-0000-0000-000000000000"
	}
	var rows []paymentRow
	_, err := postgres.Read(ctx, db, who, "list-payments", postgres.About{}, postgres.Many(&rows,
		`SELECT * FROM (`+paymentSQL+`) p WHERE p.id > $1::uuid AND ($2 = '' OR p.state = $2) AND (NOT $3 OR p.on_hold) AND ($4 = '' OR p."case" = $4)
		  AND ($5 = '' OR p.contact_person_id = nullif($5,'')::uuid) AND ($6 = '' OR p.team_id = nullif($6,'')::uuid) ORDER BY p.id LIMIT $7`,
		after, string(f.State), f.OnHold, f.Case, own, team, f.Limit+1))
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(rows) > f.Limit {
		rows = rows[:f.Limit]
		next = rows[f.Limit-1].ID
	}
	out := make([]Payment, len(rows))
	for i, r := range rows {
		if out[i], err = r.show(); err != nil {
			return nil, "", err
		}
	}
	return out, next, nil
}
