package partners

import (
	"context"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
)

type untold struct {
	ID, CaseID, Code, PartnerID, Type string
	DueOn                             calendar.Date
}

// once is told of one day: of a follow-up that moved a partner hears again (R32).
func (f untold) once() string {
	return "followup:" + f.ID + ":" + f.Type + ":" + f.PartnerID + ":" + f.DueOn.String()
}

// The destinations of follow-ups that have begun, wherever it is latest.
const begunThereSQL = `SELECT DISTINCT coalesce(c.destination, '') AS country, coalesce(c.destination_time_zone, '') AS said
	FROM followups f JOIN cases c ON c.id = f.case_id WHERE f.state = 'open' AND f.opens_on <= $1`

// What has begun, or is due, by the day at its destination, and whose partner may
// know and has not been told. After an outage the latest of the two is enough.
// OFFSET 0 looks each up by its name: joined, every event would be read for each.
const untoldSQL = `SELECT x.* FROM (
		SELECT f.id, f.case_id, c.code, h.partner_id, f.due_on, CASE WHEN f.due_on <= there.today THEN 'followup.due' ELSE 'followup.opened' END AS type
		FROM followups f JOIN cases c ON c.id = f.case_id JOIN handoffs h ON h.case_id = f.case_id AND handoff_visible(h)
			JOIN unnest($1::text[], $2::text[], $3::date[]) AS there(country, said, today)
				ON there.country = coalesce(c.destination, '') AND there.said = coalesce(c.destination_time_zone, '')
		WHERE f.state = 'open' AND f.opens_on <= there.today AND f.opens_on <= $4 AND (f.quiet_until IS NULL OR f.quiet_until < there.today) AND f.id > $5::uuid) x
	WHERE NOT EXISTS (SELECT FROM events e WHERE e.once IN ('followup:' || x.id || ':' || x.type || ':' || x.partner_id || ':' || x.due_on,
			'followup:' || x.id || ':' || x.type || ':' || x.partner_id) -- as it was told by earlier versions
			OFFSET 0)
		AND may_be_told(x.partner_id, x.case_id, 'follow_up', false)
	ORDER BY x.id, x.partner_id LIMIT $6`

// tellSize is how many follow-ups are looked for at a time.
const tellSize = 200

// TellFollowups tells partners of the follow-ups that have begun or are due there,
// once each, and answers how many it told (R31). Nobody is told of a follow-up of
// somebody who must not be contacted (R10).
func TellFollowups(ctx context.Context, db *postgres.DB) (told int, err error) {
	for after := access.Program.ID; ; {
		some, err := findUntold(ctx, db, after)
		if err != nil {
			return told, err
		}
		for _, f := range some {
			isNew, err := tellFollowup(ctx, db, f)
			if err != nil {
				return told, err
			}
			if isNew {
				told++
			}
			after = f.ID
		}
		if len(some) < tellSize {
			return told, nil
		}
	}
}

// tellFollowup is a transaction of its own: with several partners in hand it
// would wait for whoever tells them in another order.
func tellFollowup(ctx context.Context, db *postgres.DB, f untold) (isNew bool, err error) {
	return postgres.Write(ctx, db, access.Program, "tell-followups", func(ctx context.Context, tx *postgres.Tx) (bool, error) {
		isNew, err := outbox.Emit(ctx, tx, outbox.Event{Type: outbox.EventType(f.Type), PartnerID: f.PartnerID, CaseID: f.CaseID, ObjectID: f.ID, Once: f.once()})
		if isNew {
			tx.Touch(f.CaseID, f.Code, f.ID)
		}
		return isNew, err
	})
}

func findUntold(ctx context.Context, db *postgres.DB, after string) ([]untold, error) {
	some, err := postgres.Write(ctx, db, access.Program, "tell-followups", func(ctx context.Context, tx *postgres.Tx) ([]untold, error) {
		latest := casefile.LastDayAnywhere(tx.Today)
		there, err := postgres.Collect[casefile.Clock](ctx, tx, begunThereSQL, latest)
		if err != nil {
			return nil, err
		}
		countries, said, days := casefile.DaysThere(tx.Now, there)
		return postgres.Collect[untold](ctx, tx, untoldSQL, countries, said, days, latest, after, tellSize)
	})
	if err != nil {
		return nil, fmt.Errorf("find follow-ups to tell of: %w", err)
	}
	return some, nil
}
