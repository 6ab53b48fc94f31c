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

// About names what a read is about, so that the audit row can name the case: by
// its code, or by something that hangs on it.
type About struct {
	Case     string // the case's code
	Payment  string // or the id of one of its payments
	Handoff  string // or of one of its hand-offs
	Followup string // or of one of its follow-ups
	Partner  string // or, where it is about no case, a partner's id
}

// key is whatever the read is about.
func (a About) key() string { return a.Case + a.Payment + a.Handoff + a.Followup + a.Partner }

// Statement is one query of a Read and what takes its rows.
type Statement func(*pgx.Batch)

// Many queues a query whose rows are collected into dst by column name.
func Many[T any](dst *[]T, sql string, args ...any) Statement {
	return func(b *pgx.Batch) {
		b.Queue(sql, args...).Query(func(rows pgx.Rows) (err error) {
			*dst, err = pgx.CollectRows(rows, pgx.RowToStructByName[T])
			return err
		})
	}
}

// Single queues a query for one row into dst. No row is "no such what".
func Single[T any](dst *T, what, sql string, args ...any) Statement {
	return func(b *pgx.Batch) {
		b.Queue(sql, args...).Query(func(rows pgx.Rows) (err error) {
			*dst, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[T])
			if errors.Is(err, pgx.ErrNoRows) {
				return fault.NoSuch(what)
			}
			return err
		})
	}
}

// Optional queues a query for one row or none into dst.
func Optional[T any](dst **T, sql string, args ...any) Statement {
	return func(b *pgx.Batch) {
		b.Queue(sql, args...).Query(func(rows pgx.Rows) error {
			all, err := pgx.CollectRows(rows, pgx.RowToAddrOfStructByName[T])
			if err == nil && len(all) > 0 {
				*dst = all[0]
			}
			return err
		})
	}
}

// Moment is the fixed now of a read, for rules that depend on the day.
type Moment struct {
	Now   time.Time
	Today calendar.Date
}

// Read runs statements as who, doing op, and writes the audit row, all in one
// transaction and one round trip. A case that the actor may not see is not
// there; the denial is recorded.
func Read(ctx context.Context, db *DB, who access.Actor, op access.Operation, about About, statements ...Statement) (Moment, error) {
	now := db.Now()
	if access.ReachOf(who, op) == access.None {
		db.recordDenial(ctx, who, op, about.key())
		return Moment{}, fault.Refused()
	}
	b := &pgx.Batch{}
	b.Queue(settingsSQL, settings(who, now)...)
	seen := false // the actor sees what the read is about
	queueTrace(b, ctx, who, op, about, now).Exec(func(tag pgconn.CommandTag) error {
		seen = tag.RowsAffected() > 0
		return nil
	})
	for _, s := range statements {
		s(b)
	}
	if err := db.Pool.SendBatch(ctx, b).Close(); err != nil {
		err = Translate(fmt.Errorf("read: %w", err))
		if fault.KindOf(err) == fault.NotFound && !seen { // a plan that is not there yet is no refusal
			db.recordDenial(ctx, who, op, about.key())
		}
		return Moment{}, err
	}
	return Moment{now, calendar.Today(now)}, nil
}

// Allow is the Go half of the record rule for a read: it records the denial and
// answers "no such what" where the actor's reach does not cover the record.
func Allow(ctx context.Context, db *DB, who access.Actor, op access.Operation, rec access.Record, what string) error {
	if access.ReachOf(who, op).Covers(who, rec) {
		return nil
	}
	db.recordDenial(ctx, who, op, "")
	return fault.NoSuch(what)
}
