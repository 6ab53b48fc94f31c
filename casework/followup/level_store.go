package followup

import (
	"context"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// CaseLevel is how closely the person is followed up, and how that came (R37).
type CaseLevel struct {
	Level   Level         `json:"level" enum:"intensified,standard,light" example:"standard" doc:"The newest survey's, unless it was raised since; standard before either"`
	Since   calendar.Date `json:"since,omitzero" format:"date"`
	From    string        `json:"from,omitempty" enum:"survey,raise"`
	History []LevelEntry  `json:"history" nullable:"false" doc:"Oldest first"`
}

// LevelEntry is a survey that came to a level, or a raise.
type LevelEntry struct {
	ID     string        `json:"id" format:"uuid" doc:"The survey's or the raise's"`
	On     calendar.Date `json:"on" format:"date"`
	Level  Level         `json:"level" enum:"intensified,standard,light"`
	From   string        `json:"from" enum:"survey,raise"`
	Reason string        `json:"reason,omitempty" doc:"Of a raise"`
	By     string        `json:"recorded_by" format:"uuid"`

	Known calendar.Date `json:"-"`
}

// Raise is a higher level than the scores came to, and why.
type Raise struct {
	Level  Level  `json:"level" enum:"intensified,standard" example:"intensified" doc:"Higher than the one in force: a level is raised, never lowered"`
	Reason string `json:"reason" minLength:"3" maxLength:"1000" example:"Her brother moved in again"`
}

var levelOnlyUp = fault.Conflictf("R37", "A level is raised above the one in force, never lowered; a newer survey may lower it.")
var _ = postgres.Rule("level_only_up", levelOnlyUp)

const levelsSQL = `SELECT id, "on", level, "from", reason, "by", (recorded_at AT TIME ZONE 'Europe/Copenhagen')::date AS known FROM (
	SELECT id::text, answered_on AS "on", level, 'survey' AS "from", '' AS reason, recorded_by::text AS "by", recorded_at FROM surveys WHERE case_id = $1
	UNION ALL SELECT id::text, raised_on, level, 'raise', reason, raised_by::text, recorded_at FROM level_raises WHERE case_id = $1) l
	ORDER BY "on", recorded_at, id`

// ReadLevel is the level in force and what led to it.
func ReadLevel(ctx context.Context, db *postgres.DB, who access.Actor, code string) (CaseLevel, error) {
	return postgres.Write(ctx, db, who, "read-level", func(ctx context.Context, tx *postgres.Tx) (CaseLevel, error) {
		c, err := casefile.Find(ctx, tx, code)
		if err != nil {
			return CaseLevel{}, err
		}
		return caseLevel(ctx, tx, c.ID)
	})
}

// RaiseLevel raises the level until the next survey. Raised to intensified, the
// follow-up gets its weekly contacts. The database refuses what lowers it.
func RaiseLevel(ctx context.Context, db *postgres.DB, who access.Actor, code string, in Raise) (CaseLevel, error) {
	return postgres.Write(ctx, db, who, "raise-level", func(ctx context.Context, tx *postgres.Tx) (CaseLevel, error) {
		c, err := casefile.Lock(ctx, tx, code, 0)
		if err != nil {
			return CaseLevel{}, err
		}
		if c.State != casefile.Arrived {
			return CaseLevel{}, fault.Conflictf("R37", "The level is raised while the person is followed up.")
		}
		var id string
		err = tx.QueryRow(ctx, `INSERT INTO level_raises (case_id, level, reason, raised_by) VALUES ($1,$2,$3,$4) RETURNING id`, c.ID, string(in.Level), in.Reason, who.ID).Scan(&id)
		if err != nil {
			return CaseLevel{}, fmt.Errorf("raise a level: %w", err)
		}
		tx.Touch(c.ID, c.Code, id)
		if err := replanned(ctx, tx, c.ID); err != nil {
			return CaseLevel{}, err
		}
		return caseLevel(ctx, tx, c.ID)
	})
}

func caseLevel(ctx context.Context, tx *postgres.Tx, caseID string) (CaseLevel, error) {
	history, sets, err := levels(ctx, tx, caseID)
	if err != nil {
		return CaseLevel{}, err
	}
	in := InForce(sets)
	out := CaseLevel{Level: levelOf(in), History: history}
	if in != nil {
		out.Since, out.From = in.On, from(in.Raised)
	}
	return out, nil
}

func levels(ctx context.Context, tx *postgres.Tx, caseID string) ([]LevelEntry, []LevelSet, error) {
	entries, err := postgres.Collect[LevelEntry](ctx, tx, levelsSQL, caseID)
	if err != nil {
		return nil, nil, fmt.Errorf("read levels: %w", err)
	}
	sets := make([]LevelSet, len(entries))
	for i, r := range entries {
		sets[i] = LevelSet{ID: r.ID, On: r.On, Known: r.Known, Level: r.Level, Raised: r.From == from(true)}
	}
	return append([]LevelEntry{}, entries...), sets, nil
}

func levelSets(ctx context.Context, tx *postgres.Tx, caseID string) ([]LevelSet, error) {
	_, sets, err := levels(ctx, tx, caseID)
	return sets, err
}

func from(raised bool) string {
	if raised {
		return "raise"
	}
	return "survey"
}
