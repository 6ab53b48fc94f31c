package postgres

import (
	"context"
	"log/slog"
	"time"

	"hjemvej/internal/access"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// trace is one row of the audit log to be: the case and the thing touched.
type trace struct {
	CaseID, Code, Object string // exported for JSON alone
	Rows                 *int   // of an export
}

type requestKey struct{}

// WithRequest names the request in the context, for the audit log.
func WithRequest(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, id)
}

// RequestID is the request's name from the context, or "".
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}

// Touch says which case, and which thing of it, the transaction is about. Each
// distinct call leaves a row in the audit log when the transaction commits.
// object is an id or "".
func (tx *Tx) Touch(caseID, code, object string) {
	t := trace{CaseID: caseID, Code: code, Object: object}
	for _, have := range tx.touched {
		if have == t {
			return
		}
	}
	tx.touched = append(tx.touched, t)
}

// Export says that a list leaves as a file of so many rows, for the audit log.
func (tx *Tx) Export(file string, rows int) {
	tx.touched = append(tx.touched, trace{Object: file, Rows: &rows})
}

// Seek says what the actor asks for, a case's code or a thing's id, before it is
// known whether they may see it: a refusal is recorded with it.
func (tx *Tx) Seek(key string) { tx.sought = key }

// sought is a refusal's trace: what was asked for, where it has the form of a
// code or an id. Anything else somebody sent is not kept.
func sought(key string) trace {
	switch {
	case access.IsCode(key):
		return trace{Code: key}
	case uuid.Validate(key) == nil:
		return trace{Object: key}
	}
	return trace{}
}

const tracesSQL = `INSERT INTO audit_log (at, actor_id, actor_role, partner_id, operation, outcome, request_id, case_id, case_code, object_id, row_count)
	SELECT $1::timestamptz, $2::uuid, $3, nullif($4,'')::uuid, $5, $6, $7, nullif(case_id,'')::uuid, nullif(code,''), nullif(object,''), rows
	FROM unnest($8::text[], $9::text[], $10::text[], $11::int[]) AS t(case_id, code, object, rows)`

// leaveTraces writes the audit rows. The program's own sweeps leave one for
// every case they touched, and none for having looked.
func (tx *Tx) leaveTraces(ctx context.Context) error {
	if tx.before {
		return nil
	}
	traces := tx.touched
	if len(traces) == 0 && tx.Who.Role != access.System {
		traces = []trace{{}}
	}
	if len(traces) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, tracesSQL, tracesArgs(ctx, tx.Who, tx.Op, "done", tx.Now, traces...)...)
	return err
}

// tracesArgs are what tracesSQL takes: what the rows share, and a column for each
// thing in which they differ.
func tracesArgs(ctx context.Context, who access.Actor, op access.Operation, outcome string, now time.Time, traces ...trace) []any {
	var cases, codes, objects []string
	var rows []*int
	for _, t := range traces {
		cases, codes, objects, rows = append(cases, t.CaseID), append(codes, t.Code), append(objects, t.Object), append(rows, t.Rows)
	}
	return []any{now, who.ID, string(who.Role), who.Partner, string(op), outcome, RequestID(ctx), cases, codes, objects, rows}
}

// A read's audit row takes the case from the database as the actor sees it: a
// case that is not theirs leaves no "done" row.
const traceOfCase = `INSERT INTO audit_log (at, actor_id, actor_role, partner_id, operation, outcome, request_id, case_id, case_code, object_id)
	SELECT $1::timestamptz, $2::uuid, $3, nullif($4,'')::uuid, $5, $6, $7, c.id, c.code, nullif($9,'') FROM `

var traceFrom = map[string]string{
	"case":     `cases c WHERE c.code = $8`,
	"payment":  `payments x JOIN cases c ON c.id = x.case_id WHERE x.id = $8::uuid`,
	"handoff":  `handoffs x JOIN cases c ON c.id = x.case_id WHERE x.id = $8::uuid`,
	"followup": `followups x JOIN cases c ON c.id = x.case_id WHERE x.id = $8::uuid`,
	"partner":  `partners x LEFT JOIN cases c ON false WHERE x.id = $8::uuid`,
}

func queueTrace(b *pgx.Batch, ctx context.Context, who access.Actor, op access.Operation, about About, now time.Time) *pgx.QueuedQuery {
	what, key, object := "", "", ""
	switch {
	case about.Case != "":
		what, key = "case", about.Case
	case about.Payment != "":
		what, key, object = "payment", about.Payment, about.Payment
	case about.Handoff != "":
		what, key, object = "handoff", about.Handoff, about.Handoff
	case about.Followup != "":
		what, key, object = "followup", about.Followup, about.Followup
	case about.Partner != "":
		what, key, object = "partner", about.Partner, about.Partner
	default:
		return b.Queue(tracesSQL, tracesArgs(ctx, who, op, "done", now, trace{})...)
	}
	return b.Queue(traceOfCase+traceFrom[what], now, who.ID, string(who.Role), who.Partner, string(op), "done", RequestID(ctx), key, object)
}

// Deny records that who was refused op before a use case ran. code is the code
// of the case asked for, or "".
func (db *DB) Deny(ctx context.Context, who access.Actor, op access.Operation, key string) {
	db.recordDenial(ctx, who, op, key)
}

// recordDenial writes that somebody was refused, in a transaction of its own.
// The refusal stands whether or not it could be written; that it could not is
// logged.
func (db *DB) recordDenial(ctx context.Context, who access.Actor, op access.Operation, key string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_, err := db.Pool.Exec(ctx, tracesSQL, tracesArgs(ctx, who, op, "denied", db.Now(), sought(key))...)
	if err != nil {
		slog.ErrorContext(ctx, "a denial could not be recorded", "operation", op, "request_id", RequestID(ctx), "error", err)
	}
}
