package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Tx is one transaction as one actor, doing one operation, at one fixed now.
// Row security measures every statement in it against the actor.
type Tx struct {
	pgx.Tx
	Who   access.Actor
	Op    access.Operation
	Now   time.Time
	Today calendar.Date // in Copenhagen

	touched   []trace
	asProgram bool   // inside AsProgram
	sought    string // what was asked for, also when it is refused
	before    bool   // inside Before
}

// tries is how often a transaction that collided with another is run.
const tries = 4

// Write runs one use case: one transaction as who, doing op. Before it, the
// table of access is asked; in it, the request's idempotency key is kept (see
// Once), do runs, and the audit row is written; after it, errors become faults.
// A refusal leaves its own audit row. do may run again after a collision, so it
// must keep its effects inside the transaction.
func Write[T any](ctx context.Context, db *DB, who access.Actor, op access.Operation, do func(context.Context, *Tx) (T, error)) (T, error) {
	var out T
	if access.ReachOf(who, op) == access.None {
		db.recordDenial(ctx, who, op, "")
		return out, fault.Refused()
	}
	var err error
	var tx *Tx
	for try := 1; try <= tries; try++ {
		out, tx, err = attempt(ctx, db, who, op, do)
		if !collided(err) || ctx.Err() != nil {
			break
		}
		time.Sleep(time.Duration(try*try) * 5 * time.Millisecond)
	}
	if err != nil {
		var none T
		err = Translate(err)
		if k := fault.KindOf(err); k == fault.NotFound || k == fault.Forbidden {
			db.recordDenial(ctx, who, op, tx.sought)
		}
		return none, err
	}
	return out, nil
}

// Do is Write for a use case that has nothing to answer.
func Do(ctx context.Context, db *DB, who access.Actor, op access.Operation, do func(context.Context, *Tx) error) error {
	_, err := Write(ctx, db, who, op, func(ctx context.Context, tx *Tx) (struct{}, error) {
		return struct{}{}, do(ctx, tx)
	})
	return err
}

// Before decides whether an act of op may begin that takes longer than a
// transaction may, such as taking in a file: do runs as in Write, and can write
// nothing. A refusal leaves its audit row; otherwise the trace and the idempotency
// key are left to the Write at the act's end, which must decide again.
func Before[T any](ctx context.Context, db *DB, who access.Actor, op access.Operation, do func(context.Context, *Tx) (T, error)) (T, error) {
	return Write(WithoutOnce(ctx), db, who, op, func(ctx context.Context, tx *Tx) (T, error) {
		tx.before = true
		if _, err := tx.Exec(ctx, `SET TRANSACTION READ ONLY`); err != nil {
			var none T
			return none, fmt.Errorf("begin to read: %w", err)
		}
		return do(ctx, tx)
	})
}

func attempt[T any](ctx context.Context, db *DB, who access.Actor, op access.Operation, do func(context.Context, *Tx) (T, error)) (out T, tx *Tx, err error) {
	now := db.Now()
	tx = &Tx{Who: who, Op: op, Now: now, Today: calendar.Today(now)}
	err = pgx.BeginFunc(ctx, db.Pool, func(ptx pgx.Tx) error {
		tx.Tx = ptx
		if _, err := ptx.Exec(ctx, settingsSQL, settings(who, now)...); err != nil {
			return fmt.Errorf("act as the actor: %w", err)
		}
		out, err = answerOnce(ctx, tx, func() (T, error) { return do(ctx, tx) })
		if err != nil {
			return err
		}
		return tx.leaveTraces(ctx)
	})
	return out, tx, err
}

// AsProgram runs do with the program's reach, also inside itself: for the written consequences of
// an act that the actor was allowed, such as the follow-ups that a partner's
// confirmation of arrival creates. The audit rows still name the actor.
func (tx *Tx) AsProgram(ctx context.Context, do func() error) error {
	if tx.asProgram || tx.Who.Role == access.System {
		return do()
	}
	tx.asProgram = true
	if _, err := tx.Exec(ctx, settingsSQL, settings(access.Actor{ID: tx.Who.ID, Role: access.System, Team: tx.Who.Team, Partner: tx.Who.Partner}, tx.Now)...); err != nil {
		return fmt.Errorf("act as the program: %w", err)
	}
	if err := do(); err != nil {
		return err // the transaction ends here, and its settings with it
	}
	tx.asProgram = false
	if _, err := tx.Exec(ctx, settingsSQL, settings(tx.Who, tx.Now)...); err != nil {
		return fmt.Errorf("act as the actor again: %w", err)
	}
	return nil
}

// Ask runs statements in one round trip, as the actor.
func (tx *Tx) Ask(ctx context.Context, statements ...Statement) error {
	b := &pgx.Batch{}
	for _, s := range statements {
		s(b)
	}
	return tx.SendBatch(ctx, b).Close()
}

// Moment is the transaction's fixed now.
func (tx *Tx) Moment() Moment { return Moment{tx.Now, tx.Today} }

// Apart runs do so that it can fail by itself: what it wrote and touched is then
// undone, and the transaction goes on.
func (tx *Tx) Apart(ctx context.Context, do func() error) error {
	whole, touched, asProgram := tx.Tx, tx.touched, tx.asProgram
	err := pgx.BeginFunc(ctx, whole, func(part pgx.Tx) error { // a savepoint
		tx.Tx = part
		return do()
	})
	tx.Tx = whole
	if err != nil {
		tx.touched, tx.asProgram = touched, asProgram
	}
	return err
}

// May checks the record against the actor's reach: the Go half of the record
// rule. Outside of it there is no such thing.
func (tx *Tx) May(rec access.Record, what string) error {
	if !access.ReachOf(tx.Who, tx.Op).Covers(tx.Who, rec) {
		return fault.NoSuch(what)
	}
	return nil
}

// settingsSQL makes row security measure the transaction by its actor.
const settingsSQL = `SELECT set_config('hjemvej.actor', $1, true), set_config('hjemvej.role', $2, true),
	set_config('hjemvej.team', $3, true), set_config('hjemvej.partner', $4, true), set_config('hjemvej.now', $5, true)`

func settings(who access.Actor, now time.Time) []any {
	return []any{who.ID, string(who.Role), who.Team, who.Partner, now.Format(time.RFC3339Nano)}
}

func collided(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01" || again[pg.ConstraintName])
}
