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
	var w postgres.Where
	if f.After != "" {
		w.And("p.id > ?", f.After)
	}
	if f.State != "" {
		w.And("p.state = ?", string(f.State))
	}
	if f.Case != "" {
		w.And("c.code = ?", f.Case)
	}
	if f.OnHold {
		w.And("p.form = 'cash' AND p.state IN ('planned','authorised') AND NOT EXISTS (SELECT FROM payees y WHERE y.case_id = p.case_id AND y.verified_by IS NOT NULL)")
	}
	switch access.ReachOf(who, "list-payments") {
	case access.Own:
		w.And("c.contact_person_id = ?", who.ID)
	case access.Team:
		w.And("c.team_id = ?", who.Team)
	}
	limit := w.Arg(f.Limit + 1)
	var rows []paymentRow
	_, err := postgres.Read(ctx, db, who, "list-payments", postgres.About{},
		postgres.Many(&rows, paymentSQL+w.SQL()+` ORDER BY p.id LIMIT `+limit, w.Args...))
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
