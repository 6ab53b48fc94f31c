package outbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hjemvej/internal/calendar"
	"hjemvej/internal/letter"
	"hjemvej/internal/postgres"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
)

// DigestArgs are the arguments of the job that sends a digest: its id and nothing
// else (R11).
type DigestArgs struct {
	LetterID string `json:"letter_id"`
}

// Kind names the job.
func (DigestArgs) Kind() string { return "send_digest" }

// morningHour is when digests go out, by the reader's own clock.
const morningHour = 8

// mornings are when a reader gets digests.
type mornings struct {
	zone  *time.Location
	works func(calendar.Date) bool
}

// after is the first morning of a working day after an instant.
func (m mornings) after(now time.Time) (calendar.Date, time.Time) {
	for d := calendar.On(now.In(m.zone)); ; d = d.AddDays(1) {
		at := time.Date(d.Year, d.Month, d.Day, morningHour, 0, 0, 0, m.zone)
		if m.works(d) && at.After(now) {
			return d, at
		}
	}
}

// mornings are those of the letter's reader; ok is false where the reader wants
// each letter by itself. A partner's own address does.
func (l Letter) mornings(ctx context.Context, tx *postgres.Tx) (m mornings, ok bool, err error) {
	type reader struct {
		ToPartner   bool
		TimeZone    string
		WorkingDays []int
		Holidays    []calendar.Date
	}
	r, err := postgres.One[reader](ctx, tx, `SELECT false AS to_partner, time_zone, '{}'::int[] AS working_days, '{}'::date[] AS holidays
			FROM users WHERE id = nullif($1, '')::uuid AND wants = 'daily_digest'
		UNION ALL SELECT true, p.time_zone, p.working_days, p.holidays
			FROM partner_people r JOIN partners p ON p.id = r.partner_id WHERE r.id = nullif($2, '')::uuid AND r.wants = 'daily_digest'`, l.UserID, l.recipient)
	if errors.Is(err, pgx.ErrNoRows) {
		return m, false, nil
	}
	if err != nil {
		return m, false, fmt.Errorf("find what a reader wants: %w", err)
	}
	zone, err := calendar.Zone(r.TimeZone)
	if err != nil {
		return m, false, fmt.Errorf("find a reader's morning: %w", err)
	}
	if !r.ToPartner { // the house's own working days
		return mornings{zone, calendar.IsWorkday}, true, nil
	}
	week, err := calendar.NewWorkweek(r.WorkingDays, r.Holidays)
	if err != nil {
		return m, false, fmt.Errorf("find a reader's working days: %w", err)
	}
	return mornings{zone, week.Works}, true, nil
}

// hold puts a letter that can wait into its reader's next digest, and reports
// whether it did.
func hold(ctx context.Context, tx *postgres.Tx, jobs *river.Client[pgx.Tx], id string, l Letter) (held bool, err error) {
	if !l.Kind.Waits() {
		return false, nil
	}
	m, ok, err := l.mornings(ctx, tx)
	if err != nil || !ok {
		return false, err
	}
	today := calendar.On(tx.Now.In(m.zone))
	for morning, at := m.after(tx.Now); l.Kind.WaitsUntil(morning, today, l.DueOn); morning, at = m.after(at) {
		digest, err := l.digest(ctx, tx, jobs, fmt.Sprintf("digest:%s%s:%s", l.UserID, l.recipient, morning), morning, at, onTheMachine(at, tx.Now))
		if err != nil {
			return false, fmt.Errorf("find a reader's digest: %w", err)
		}
		if digest != "" { // else it was closed just now, and the next one may take the letter
			_, err := tx.Exec(ctx, `UPDATE letters SET digest_id = $2 WHERE id = $1`, id, digest)
			return err == nil, err
		}
	}
	return false, nil
}

// digest is the digest of that name for the letter's reader, with its job, begun
// for a morning where there is none; "" where it takes nothing more. It stays open until the
// transaction ends.
func (l Letter) digest(ctx context.Context, tx *postgres.Tx, jobs *river.Client[pgx.Tx], once string, morning calendar.Date, at, runs time.Time) (string, error) {
	fresh, err := insert(ctx, tx, []Letter{{Once: once, Kind: letter.Digest, UserID: l.UserID, PartnerID: l.PartnerID, recipient: l.recipient, DueOn: morning, notBefore: &at}})
	if err != nil {
		return "", err
	}
	if len(fresh) > 0 {
		_, err := jobs.InsertTx(ctx, tx.Tx, DigestArgs{fresh[0].id}, &river.InsertOpts{ScheduledAt: runs})
		return fresh[0].id, err
	}
	open, err := postgres.Collect[struct{ ID string }](ctx, tx, `SELECT id FROM letters WHERE once = $1 AND state = 'queued' AND closed_at IS NULL FOR SHARE`, once)
	if err != nil || len(open) == 0 {
		return "", err
	}
	return open[0].ID, nil
}

// onTheMachine is when a job runs that is due at an instant: jobs run by the
// machine's clock, and the program's may stand days ahead of it. One that comes
// too early waits by itself.
func onTheMachine(at, now time.Time) time.Time {
	if soon := time.Now().Add(at.Sub(now)); soon.Before(at) {
		return soon
	}
	return at
}
