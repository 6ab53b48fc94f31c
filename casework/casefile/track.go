package casefile

import (
	"context"
	"fmt"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// NewTrack is a change of the person's standing in Denmark.
type NewTrack struct {
	Track     Track         `json:"track" enum:"asylum_seeker,no_lawful_stay,lawful_stay" example:"lawful_stay"`
	ChangedOn calendar.Date `json:"changed_on" format:"date" example:"2026-09-01"`
	Reason    string        `json:"reason" minLength:"3" maxLength:"500" example:"Asylum was granted"`
}

// TrackChange is one change of track, as it is kept.
type TrackChange struct {
	From      Track         `json:"from_track" example:"asylum_seeker"`
	To        Track         `json:"to_track" example:"lawful_stay"`
	ChangedOn calendar.Date `json:"changed_on" format:"date"`
	Reason    string        `json:"reason"`
	By        string        `json:"recorded_by" format:"uuid"`
}

const trackChangesSQL = `SELECT t.from_track AS "from", t.to_track AS "to", t.changed_on, t.reason, t.recorded_by::text AS "by"
	FROM track_changes t JOIN cases c ON c.id = t.case_id WHERE c.code = $1 ORDER BY t.changed_on, t.recorded_at, t.id`

// ChangeTrack records that the person's standing changed. The assessment stays
// what it was (R1); from now on the new track decides who decides on the
// reflection period (R3) and who acts for a child (R5): a representative of the
// other kind does so no longer.
func ChangeTrack(ctx context.Context, db *postgres.DB, who access.Actor, code string, version int, in NewTrack) (Case, error) {
	return step(ctx, db, who, "change-track", code, version, func(ctx context.Context, tx *postgres.Tx, row *Row) error {
		if row.State.Over() {
			return fault.Conflictf("", "The case is over.")
		}
		if in.Track == row.Track {
			return fault.Conflictf("R1", "The case is on this track already.")
		}
		if err := row.Happened("body.changed_on", in.ChangedOn, tx.Today); err != nil {
			return err
		}
		var last calendar.Date
		err := tx.QueryRow(ctx, `SELECT max(changed_on) FROM track_changes WHERE case_id = $1`, row.ID).Scan(&last)
		if err != nil {
			return fmt.Errorf("find the last change of track: %w", err)
		}
		if in.ChangedOn.Before(last) {
			return fault.Invalidf("body.changed_on", "must not lie before the last change, on %s", last)
		}
		_, err = tx.Exec(ctx, `INSERT INTO track_changes (case_id, from_track, to_track, changed_on, reason, recorded_by) VALUES ($1,$2,$3,$4,$5,$6)`,
			row.ID, string(row.Track), string(in.Track), in.ChangedOn, in.Reason, who.ID)
		if err != nil {
			return fmt.Errorf("keep a change of track: %w", err)
		}
		_, err = tx.Exec(ctx, `UPDATE cases SET assessed_track = coalesce(assessed_track, track), track = $2, version = version + 1 WHERE id = $1`, row.ID, string(in.Track))
		if err != nil {
			return fmt.Errorf("change a track: %w", err)
		}
		_, err = tx.Exec(ctx, `UPDATE representatives SET ended_on = $2 WHERE case_id = $1 AND ended_on IS NULL AND kind <> $3`,
			row.ID, in.ChangedOn, in.Track.RepresentativeKind())
		if err != nil {
			return fmt.Errorf("end a representation: %w", err)
		}
		return nil
	})
}

// ListTrackChanges is every change of a case's track, oldest first.
func ListTrackChanges(ctx context.Context, db *postgres.DB, who access.Actor, code string) ([]TrackChange, error) {
	return listOf[TrackChange](ctx, db, who, "list-track-changes", code, trackChangesSQL)
}
