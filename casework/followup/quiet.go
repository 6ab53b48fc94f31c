package followup

import (
	"context"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/casework/policy"
	"hjemvej/internal/calendar"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
)

// keepQuiet lets nobody be reminded to call the person for as many days after the
// attempt as the policy of its day says: they were reached and not free to talk
// (R33). The last such attempt counts.
func (r followupRow) keepQuiet(ctx context.Context, tx *postgres.Tx, in NewAttempt) error {
	rules, err := policy.On(ctx, tx, in.MadeOn)
	if err != nil {
		return err
	}
	until := in.MadeOn.AddDays(rules.FollowUp.NotFreeQuietDays)
	return tx.AsProgram(ctx, func() error { return layQuiet(ctx, tx, r.CaseID, r.ID, until, r.today(tx.Now)) })
}

// layQuiet lets rest, within tx, which acts as the program and holds the case, every
// open follow-up that is due by the end of the quiet, and the one whose attempt it
// was: the quiet is the person's, not the follow-up's. What is queued and has not
// gone out is put back: after the quiet the sweep finds what is due by then, and
// once (R36).
func layQuiet(ctx context.Context, tx *postgres.Tx, caseID, own string, until, today calendar.Date) error {
	_, err := tx.Exec(ctx, `UPDATE followups SET quiet_until = $3, version = version + 1
		WHERE case_id = $1 AND state = 'open' AND (due_on <= $3 OR id::text = $2) AND (quiet_until IS NULL OR quiet_until < $3)`, caseID, own, until)
	if err != nil {
		return fmt.Errorf("let follow-ups rest: %w", err)
	}
	_, err = tx.Exec(ctx, `UPDATE letters l SET state = 'dropped', ended_at = $2, once = l.once || $4 || l.id
		FROM followups f WHERE f.id = l.followup_id AND f.case_id = $1 AND f.state = 'open' AND f.quiet_until >= $3 AND l.state = 'queued'`, caseID, tx.Now, today, outbox.Unread)
	if err != nil {
		return fmt.Errorf("put reminders back: %w", err)
	}
	return nil
}

// rest lays the quiet that lasts still on what was planned into it since.
func rest(ctx context.Context, tx *postgres.Tx, caseID string) error {
	var until calendar.Date
	var country, zone string
	err := tx.QueryRow(ctx, `SELECT max(f.quiet_until), coalesce(c.destination, ''), coalesce(c.destination_time_zone, '')
		FROM cases c LEFT JOIN followups f ON f.case_id = c.id AND f.state = 'open' WHERE c.id = $1 GROUP BY c.id`, caseID).Scan(&until, &country, &zone)
	if err != nil {
		return fmt.Errorf("find a quiet: %w", err)
	}
	today := casefile.DayThere(tx.Now, country, zone)
	if until.Before(today) {
		return nil
	}
	return layQuiet(ctx, tx, caseID, "", until, today)
}

// endQuiet takes the quiet and its mark from every open follow-up of the person, who
// was reached and safe on a day: unless they were not free to talk after it.
func (r followupRow) endQuiet(ctx context.Context, tx *postgres.Tx, on calendar.Date) error {
	_, err := tx.Exec(ctx, `UPDATE followups SET quiet_until = NULL, version = version + 1 WHERE case_id = $1 AND state = 'open' AND quiet_until IS NOT NULL
		AND NOT EXISTS (SELECT FROM attempts a WHERE a.case_id = $1 AND a.outcome = 'reached_not_free' AND a.made_on > $2)`, r.CaseID, on)
	if err != nil {
		return fmt.Errorf("end the quiet: %w", err)
	}
	return nil
}
