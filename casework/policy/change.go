package policy

import (
	"context"
	"fmt"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// Proposal is a policy that an administrator would like to be in force from a day
// on.
type Proposal struct {
	EffectiveFrom calendar.Date `json:"effective_from" format:"date" example:"2027-01-01" doc:"Its first day: tomorrow at the earliest, two years ahead at the latest"`
	Policy        Policy        `json:"policy"`
}

var (
	notYourOwn = fault.Conflictf("", "Whoever proposed a policy cannot approve it.")
	dayHasOne  = fault.Conflictf("", "Another policy was approved for that day; propose it for another one.")
	dayIsPast  = fault.Conflictf("", "Its first day has come: what was decided by then stays judged by the policy of its day. Propose it anew.")
	isApproved = fault.Conflictf("", "The policy was approved before.")

	_ = postgres.Rule("policy_four_eyes", notYourOwn)
	_ = postgres.Rule("policy_once_a_day", dayHasOne)
	_ = postgres.Rule("policy_from_tomorrow", dayIsPast)
	_ = postgres.Rule("policy_approval_is_final", isApproved)
)

// Propose proposes a policy. It changes nothing before somebody else approves it.
func Propose(ctx context.Context, db *postgres.DB, who access.Actor, in Proposal) (DatedPolicy, error) {
	return postgres.Write(ctx, db, who, "propose-policy", func(ctx context.Context, tx *postgres.Tx) (DatedPolicy, error) {
		if err := in.validate(ctx, tx); err != nil {
			return DatedPolicy{}, err
		}
		content, err := in.Policy.Canonical()
		if err != nil {
			return DatedPolicy{}, err
		}
		var id string
		err = tx.QueryRow(ctx, `INSERT INTO policies (effective_from, content, proposed_by) VALUES ($1,$2,$3) RETURNING id`,
			in.EffectiveFrom, content, who.ID).Scan(&id)
		if err != nil {
			return DatedPolicy{}, fmt.Errorf("propose a policy: %w", err)
		}
		return shown(ctx, tx, id)
	})
}

// validate lists everything that is wrong at once, by the request's paths.
func (in Proposal) validate(ctx context.Context, tx *postgres.Tx) error {
	var f faults
	f.policy(in.Policy)
	if err := f.strangers(ctx, tx, in.Policy.Authorisation.People); err != nil {
		return err
	}
	for _, fields := range [][]fault.Field{f.fields, f.strange} {
		for i := range fields {
			fields[i].Path = "body.policy." + fields[i].Path
		}
	}
	if !in.EffectiveFrom.After(tx.Today) || in.EffectiveFrom.After(tx.Today.AddMonths(24)) {
		f.remark("body.effective_from", "must lie after today, within two years")
	}
	return f.err()
}

// strangers notes who has a limit of their own and authorises nothing.
func (f *faults) strangers(ctx context.Context, tx *postgres.Tx, people []PersonLimit) error {
	finance, err := postgres.Collect[struct{ ID string }](ctx, tx, `SELECT id FROM users WHERE role = 'finance' AND active`)
	if err != nil {
		return fmt.Errorf("find who is of finance: %w", err)
	}
	known := map[string]bool{}
	for _, u := range finance {
		known[u.ID] = true
	}
	for i, p := range people {
		if !known[p.UserID] {
			f.add(fmt.Sprintf("authorisation.people[%d].user_id", i), "must be the id of an active member of finance")
		}
	}
	return nil
}

// Approve lets a policy come into force on its first day. Whoever proposed it
// cannot; nobody can once that day has come. The database says so too.
func Approve(ctx context.Context, db *postgres.DB, who access.Actor, id string) (DatedPolicy, error) {
	return postgres.Write(ctx, db, who, "approve-policy", func(ctx context.Context, tx *postgres.Tx) (DatedPolicy, error) {
		r, err := find(ctx, tx, id, "FOR UPDATE")
		switch {
		case err != nil:
			return DatedPolicy{}, err
		case r.ApprovedAt != nil:
			return DatedPolicy{}, isApproved
		case r.ProposedBy == who.ID:
			return DatedPolicy{}, notYourOwn
		case !r.EffectiveFrom.After(tx.Today):
			return DatedPolicy{}, dayIsPast
		}
		if _, err := Parse([]byte(r.Content)); err != nil {
			return DatedPolicy{}, &fault.Error{Kind: fault.Conflict, Message: "The policy was not proposed as a whole one.", Cause: err}
		}
		if _, err := tx.Exec(ctx, `UPDATE policies SET approved_by = $2, approved_at = $3 WHERE id = $1`, id, who.ID, tx.Now); err != nil {
			return DatedPolicy{}, fmt.Errorf("approve a policy: %w", err)
		}
		return shown(ctx, tx, id)
	})
}

func shown(ctx context.Context, tx *postgres.Tx, id string) (DatedPolicy, error) {
	r, err := find(ctx, tx, id, "")
	if err != nil {
		return DatedPolicy{}, err
	}
	return r.show()
}
