package followup

import (
	"context"
	"fmt"

	"hjemvej/casework/policy"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
)

// keepQuiet lets nobody be reminded of the follow-up for as many days after the
// attempt as the policy of its day says: the person was reached and not free to
// talk (R33). The last such attempt counts. What is queued and has not gone out is
// put back: after the quiet the sweep finds what is due by then, and once (R36).
func (r followupRow) keepQuiet(ctx context.Context, tx *postgres.Tx, in NewAttempt) error {
	rules, err := policy.On(ctx, tx, in.MadeOn)
	if err != nil {
		return err
	}
	return tx.AsProgram(ctx, func() error {
		_, err := tx.Exec(ctx, `UPDATE followups SET quiet_until = greatest(quiet_until, $2), version = version + 1 WHERE id = $1 AND state = 'open'`,
			r.ID, in.MadeOn.AddDays(rules.FollowUp.NotFreeQuietDays))
		if err != nil {
			return fmt.Errorf("keep a follow-up quiet: %w", err)
		}
		_, err = tx.Exec(ctx, `UPDATE letters l SET state = 'dropped', ended_at = $2, once = l.once || $4 || l.id
			FROM followups f WHERE f.id = l.followup_id AND f.id = $1 AND f.quiet_until >= $3 AND l.state = 'queued'`, r.ID, tx.Now, tx.Today, outbox.Unread)
		if err != nil {
			return fmt.Errorf("put reminders back: %w", err)
		}
		return nil
	})
}
