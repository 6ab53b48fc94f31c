// Package audit is what happened: who did or was refused what, when, about
// which case. Rows are written by the transaction that they tell of (package
// postgres) and are never changed; this package is how the auditor reads them.
package audit

import (
	"context"
	"time"

	"hjemvej/internal/access"
	"hjemvej/internal/postgres"
)

// Entry is one row of the audit log. It names ids and codes, never a person.
type Entry struct {
	ID        int64     `json:"id" example:"1042"`
	At        time.Time `json:"at"`
	ActorID   string    `json:"actor_id" format:"uuid" doc:"A user, a partner's key, or zeros for the program itself"`
	ActorRole string    `json:"actor_role" example:"contact_person"`
	PartnerID string    `json:"partner_id,omitempty" format:"uuid"`
	Operation string    `json:"operation" example:"read-case"`
	Outcome   string    `json:"outcome" enum:"done,denied" example:"done"`
	Case      string    `json:"case_code,omitempty" example:"K7QX-2MVD"`
	Object    string    `json:"object_id,omitempty"`
	Rows      *int      `json:"rows,omitempty" example:"42" doc:"Of an export: how many rows left"`
	RequestID string    `json:"request_id,omitempty"`
}

// Filter narrows the log. The zero Filter is its newest page.
type Filter struct {
	Case      string
	Actor     string // an actor's id
	Operation string
	Outcome   string // done or denied
	From, To  time.Time
	Before    int64 // only rows with a smaller id: the cursor
	Limit     int   // 1 to 200
}

// List is a page of the log, newest first, and the cursor of the next page (0
// where there is none). Reading the log is recorded in the log.
func List(ctx context.Context, db *postgres.DB, who access.Actor, f Filter) ([]Entry, int64, error) {
	out := []Entry{}
	var w postgres.Where
	for _, c := range []struct {
		asked     bool
		condition string
		arg       any
	}{
		{f.Before != 0, "id < ?", f.Before}, {f.Case != "", "case_code = ?", f.Case}, {f.Actor != "", "actor_id = ?", f.Actor},
		{f.Operation != "", "operation = ?", f.Operation}, {f.Outcome != "", "outcome = ?", f.Outcome},
		{!f.From.IsZero(), "at >= ?", f.From}, {!f.To.IsZero(), "at < ?", f.To},
	} {
		if c.asked {
			w.And(c.condition, c.arg)
		}
	}
	limit := w.Arg(f.Limit + 1)
	_, err := postgres.Read(ctx, db, who, "read-audit-log", postgres.About{}, postgres.Many(&out,
		`SELECT id, at, actor_id, actor_role, coalesce(partner_id::text, '') AS partner_id, operation, outcome,
			coalesce(case_code, '') AS "case", coalesce(object_id, '') AS object, row_count AS rows, request_id
		FROM audit_log`+w.SQL()+` ORDER BY id DESC LIMIT `+limit, w.Args...))
	if err != nil {
		return nil, 0, err
	}
	if len(out) > f.Limit {
		return out[:f.Limit], out[f.Limit-1].ID, nil
	}
	return out, 0, nil
}
