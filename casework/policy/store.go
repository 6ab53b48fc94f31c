package policy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"

	"github.com/jackc/pgx/v5"
)

// DatedPolicy is one policy: proposed, and where somebody else approved it, in force
// from its first day until the next one's.
type DatedPolicy struct {
	ID            string        `json:"id" format:"uuid"`
	EffectiveFrom calendar.Date `json:"effective_from" format:"date" example:"2027-01-01"`
	Policy        Policy        `json:"policy"`
	ProposedBy    string        `json:"proposed_by" format:"uuid" doc:"The program itself, for the first"`
	ProposedAt    time.Time     `json:"proposed_at"`
	ApprovedBy    string        `json:"approved_by,omitempty" format:"uuid"`
	ApprovedAt    *time.Time    `json:"approved_at,omitempty" doc:"Left out while it is only proposed"`
	InForce       bool          `json:"in_force" doc:"It is the one that decides today"`
}

type entryRow struct {
	ID            string
	EffectiveFrom calendar.Date
	Content       string
	ProposedBy    string
	ProposedAt    time.Time
	ApprovedBy    string
	ApprovedAt    *time.Time
	InForce       bool
}

// entrySQL takes the day that decides which one is in force.
const entrySQL = `SELECT id, effective_from, content, proposed_by, proposed_at, coalesce(approved_by::text, '') AS approved_by, approved_at,
		approved_at IS NOT NULL AND effective_from = (SELECT max(effective_from) FROM policies WHERE approved_at IS NOT NULL AND effective_from <= $1) AS in_force
	FROM policies `

func (r entryRow) show() (DatedPolicy, error) {
	p, err := stored(r.Content)
	return DatedPolicy{ID: r.ID, EffectiveFrom: r.EffectiveFrom, Policy: p, ProposedBy: r.ProposedBy, ProposedAt: r.ProposedAt,
		ApprovedBy: r.ApprovedBy, ApprovedAt: r.ApprovedAt, InForce: r.InForce}, err
}

// stored reads a policy as it was kept. A value that there was not yet when it
// was approved is the default.
func stored(content string) (Policy, error) {
	p := Default()
	if err := json.Unmarshal([]byte(content), &p); err != nil {
		return Policy{}, fmt.Errorf("read a policy: %w", err)
	}
	return p, nil
}

// On is the policy in force on a day, within tx, whoever acts.
func On(ctx context.Context, tx *postgres.Tx, day calendar.Date) (Policy, error) {
	var content *string
	if err := tx.QueryRow(ctx, `SELECT policy_on($1)::text`, day).Scan(&content); err != nil {
		return Policy{}, fmt.Errorf("find the policy of a day: %w", err)
	}
	if content == nil {
		return Policy{}, errors.New("no policy is in force on a day")
	}
	return stored(*content)
}

// List is every policy, those that were only proposed too, the latest first day
// first.
func List(ctx context.Context, db *postgres.DB, who access.Actor) ([]DatedPolicy, error) {
	var rows []entryRow
	_, err := postgres.Read(ctx, db, who, "list-policies", postgres.About{},
		postgres.Many(&rows, entrySQL+`ORDER BY effective_from DESC, proposed_at DESC, id`, calendar.Today(db.Now())))
	if err != nil {
		return nil, err
	}
	out := make([]DatedPolicy, len(rows))
	for i, r := range rows {
		if out[i], err = r.show(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// InForce is the policy that is in force on a day; today where it is zero.
func InForce(ctx context.Context, db *postgres.DB, who access.Actor, day calendar.Date) (DatedPolicy, error) {
	if day.IsZero() {
		day = calendar.Today(db.Now())
	}
	var r entryRow
	_, err := postgres.Read(ctx, db, who, "list-policies", postgres.About{},
		postgres.Single(&r, "policy", `SELECT * FROM (`+entrySQL+`) p WHERE in_force`, day))
	if err != nil {
		return DatedPolicy{}, err
	}
	return r.show()
}

func find(ctx context.Context, tx *postgres.Tx, id, lock string) (entryRow, error) {
	tx.Seek(id)
	r, err := postgres.One[entryRow](ctx, tx, entrySQL+`WHERE id = $2 `+lock, tx.Today, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, fault.NoSuch("policy")
	}
	if err != nil {
		return r, fmt.Errorf("find a policy: %w", err)
	}
	tx.Touch("", "", id)
	return r, nil
}
