package followup

import (
	"context"
	"fmt"
	"time"

	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/postgres"
)

// waitsUntil is the hour in Copenhagen until which a reminder waits for the
// person's own hours, at the latest: an evening hour must be known while people
// are at work.
const waitsUntil = 15

// looksAgain is how long a reminder waits at the most before it is asked again
// whether it still must: hours may have been changed.
const looksAgain = time.Hour

// ReminderWait is how long a reminder that leads to contact must still wait: until
// one of the permitted ways opens, or three in the afternoon in Copenhagen; 0
// where somebody may be contacted now, or where there is no way with hours (R10).
func ReminderWait(c person.SafeContact, now time.Time) time.Duration {
	local := now.In(calendar.Copenhagen)
	if c.Now || c.From == nil || local.Hour() >= waitsUntil {
		return 0
	}
	latest := time.Date(local.Year(), local.Month(), local.Day(), waitsUntil, 0, 0, 0, local.Location())
	if c.From.Before(latest) {
		latest = *c.From
	}
	return min(latest.Sub(now), looksAgain)
}

// WaitBeforeReminding is ReminderWait for the person of a case, as it stands now.
func WaitBeforeReminding(ctx context.Context, db *postgres.DB, v person.Vault, code string) (time.Duration, error) {
	return postgres.Write(ctx, db, access.Program, "send-letter", func(ctx context.Context, tx *postgres.Tx) (time.Duration, error) {
		points, err := contactPoints(ctx, tx, v, code)
		if err != nil {
			return 0, fmt.Errorf("find the person's hours: %w", err)
		}
		return ReminderWait(person.SafeContactAt(points, tx.Now), tx.Now), nil
	})
}
