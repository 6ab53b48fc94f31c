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
	_, err := postgres.Read(ctx, db, who, "read-audit-log", postgres.About{}, postgres.Many(&out,
		`SELECT id, at, actor_id, actor_role, coalesce(partner_id::text, '') AS partner_id, operation, outcome,
			coalesce(case_code, '') AS "case", coalesce(object_id, '') AS object, request_id
		FROM audit_log WHERE ($1 = 0 OR id < $1) AND ($2 = '' OR case_code = $2) AND ($3 = '' OR actor_id = nullif($3,'')::uuid)
		  AND ($4 = '' OR operation = $4) AND ($5 = '' OR outcome = $5)
		  AND ($6::timestamptz IS NULL OR at >= $6) AND ($7::timestamptz IS NULL OR at < $7)
		ORDER BY id DESC LIMIT $8`,
		f.Before, f.Case, f.Actor, f.Operation, f.Outcome, instant(f.From), instant(f.To), f.Limit+1))
	if err != nil {
		return nil, 0, err
	}
	if len(out) > f.Limit {
		return out[:f.Limit], out[f.Limit-1].ID, nil
	}
	return out, 0, nil
}

func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
