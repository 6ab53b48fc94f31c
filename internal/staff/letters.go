package staff

import (
	"context"
	"fmt"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// Letters is how a member of staff wants letters: each by itself, or what can wait
// in one a working day at 08:00 by their own clock.
type Letters struct {
	Wants    string `json:"wants" enum:"each_letter,daily_digest" example:"daily_digest" doc:"Each letter by itself, or one a working day; what cannot wait comes by itself either way"`
	TimeZone string `json:"time_zone,omitempty" maxLength:"60" example:"Europe/Copenhagen" doc:"By whose clock the digest comes at 08:00 (IANA); left out, it stays as it is"`
}

// ReadLetters is how the actor wants letters.
func ReadLetters(ctx context.Context, db *postgres.DB, who access.Actor) (l Letters, err error) {
	_, err = postgres.Read(ctx, db, who, "read-my-letters", postgres.About{}, postgres.Single(&l, "user", `SELECT wants, time_zone FROM users WHERE id = $1`, who.ID))
	return l, err
}

// ChooseLetters is how the actor wants letters from now on. What is held for a
// digest already still comes with it.
func ChooseLetters(ctx context.Context, db *postgres.DB, who access.Actor, in Letters) (Letters, error) {
	return postgres.Write(ctx, db, who, "choose-my-letters", func(ctx context.Context, tx *postgres.Tx) (out Letters, err error) {
		if in.TimeZone != "" {
			if _, err := calendar.Zone(in.TimeZone); err != nil {
				return out, fault.Invalidf("body.time_zone", "must be a time zone such as Europe/Copenhagen")
			}
		}
		tx.Touch("", "", who.ID)
		err = tx.AsProgram(ctx, func() error { // one's own row, of which nothing else may be changed
			return tx.QueryRow(ctx, `UPDATE users SET wants = $2, time_zone = coalesce(nullif($3, ''), time_zone) WHERE id = $1 RETURNING wants, time_zone`, who.ID, in.Wants, in.TimeZone).Scan(&out.Wants, &out.TimeZone)
		})
		if err != nil {
			return out, fmt.Errorf("choose how letters come: %w", err)
		}
		return out, nil
	})
}
