package followup

import (
	"context"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/casework/policy"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// Arrival is the day on which the person arrived, as the partner saw it (R22).
type Arrival struct {
	ArrivedOn calendar.Date `json:"arrived_on" format:"date" example:"2026-10-11"`
	Reason    string        `json:"reason,omitempty" maxLength:"500" example:"The flight landed after midnight" doc:"Required for a correction; both are kept (R22)"`
}

// Arrived is one confirmation or correction of the arrival.
type Arrived struct {
	ArrivedOn calendar.Date `json:"arrived_on" format:"date"`
	Reason    string        `json:"reason,omitempty"`
	ByPartner string        `json:"by_partner_id,omitempty" format:"uuid"`
	By        string        `json:"recorded_by,omitempty" format:"uuid" doc:"Left out of what another recorded, where a partner reads"`
}

// ArrivalsSQL lists the confirmations of a case's arrival, oldest first.
// Another's words and name are not a partner's to read (R21).
const ArrivalsSQL = `SELECT a.arrived_on, CASE WHEN mine THEN coalesce(a.reason, '') ELSE '' END AS reason,
		CASE WHEN mine THEN coalesce(a.by_partner::text, '') ELSE '' END AS by_partner, CASE WHEN mine THEN a.recorded_by::text ELSE '' END AS "by"
	FROM (SELECT *, actor_role() <> 'partner' OR by_partner IS NOT DISTINCT FROM actor_partner() AS mine FROM arrivals) a JOIN cases c ON c.id = a.case_id WHERE c.code = $1 ORDER BY a.seq`

// Arrive confirms the arrival, or corrects it, within tx, which acts as the
// program: the case moves on, the six months are counted anew (R23), and the
// follow-ups that are not done move with them (R31, R32).
func Arrive(ctx context.Context, tx *postgres.Tx, c *casefile.Row, in Arrival) error {
	correction := !c.ArrivedOn.IsZero()
	switch {
	case c.DepartedOn.IsZero():
		return fault.Conflictf("R22", "The person has not departed yet.")
	case in.ArrivedOn.Before(c.DepartedOn) || in.ArrivedOn.After(c.DayThere(tx.Now)):
		return fault.Invalidf("body.arrived_on", "must lie between the departure and today there")
	case correction && in.Reason == "":
		return fault.Invalidf("body.reason", "is required for a correction")
	case correction && c.State != casefile.Arrived:
		return fault.Conflictf("R22", "The arrival is corrected while support runs.")
	case !correction && c.State != casefile.Departed:
		return fault.Conflictf("R22", "The case is not on its way.")
	}
	_, err := tx.Exec(ctx, `INSERT INTO arrivals (case_id, arrived_on, reason, by_partner, recorded_by) VALUES ($1,$2,nullif($3,''),nullif($4,'')::uuid,$5)`,
		c.ID, in.ArrivedOn, in.Reason, tx.Who.Partner, tx.Who.ID)
	if err != nil {
		return fmt.Errorf("record an arrival: %w", err)
	}
	extensions, err := approvedExtensions(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE cases SET state = 'arrived', arrived_on = $2, last_day = $3, support_ended_on = NULL, version = version + 1 WHERE id = $1`,
		c.ID, in.ArrivedOn, LastDay(in.ArrivedOn, extensions...))
	if err != nil {
		return fmt.Errorf("move a case to arrived: %w", err)
	}
	return Replan(ctx, tx, c.ID)
}

type storedSlot struct {
	Kind, Ref, State         string
	OpensOn, DueOn, ClosesOn calendar.Date
}

// Replan brings the case's follow-ups in line with its facts, within tx, which
// acts as the program. It may run any number of times: each slot exists once,
// done ones stay, and one whose reason is gone is dropped (R31, R32). The windows
// are those of the policy of the day of arrival.
func Replan(ctx context.Context, tx *postgres.Tx, caseID string) error {
	f, err := readFacts(ctx, tx, caseID)
	if err != nil || f.Arrived.IsZero() {
		return err // nothing is owed before the arrival or after a withdrawal
	}
	rules, err := policy.On(ctx, tx, f.Arrived)
	if err != nil {
		return err
	}
	stored, err := postgres.Collect[storedSlot](ctx, tx, `SELECT kind, ref, state, opens_on, due_on, closes_on FROM followups WHERE case_id = $1 FOR UPDATE`, caseID)
	if err != nil {
		return fmt.Errorf("read follow-ups: %w", err)
	}
	return bringInLine(ctx, tx, caseID, stored, Slots(f, rules.FollowUp))
}

// readFacts holds the case and reads what its series is made from. The facts of a
// case to which nothing can be owed have no arrival.
func readFacts(ctx context.Context, tx *postgres.Tx, caseID string) (f Facts, err error) {
	// Not FOR UPDATE: who ends a payment holds its line and comes here, who plans
	// one holds the case's key and waits for the line.
	err = tx.QueryRow(ctx, `SELECT arrived_on, state <> 'arrived' FROM cases
		WHERE id = $1 AND state IN ('arrived','exited','closed') AND arrived_on IS NOT NULL AND withdrawn_on IS NULL AND exit_outcome IS DISTINCT FROM 'died'
		FOR NO KEY UPDATE`, caseID).Scan(&f.Arrived, &f.Ended)
	if noRow(err) {
		return Facts{}, nil
	}
	if err != nil {
		return f, fmt.Errorf("read an arrival: %w", err)
	}
	f.LargePayments, err = postgres.Collect[LargePayment](ctx, tx, `SELECT id::text, sent_on AS paid_on FROM payments
		WHERE case_id = $1 AND state IN ('sent','received') AND dkk >= (policy_on(sent_on)->'support'->'large_payment'->>'amount')::numeric`, caseID)
	if err != nil {
		return f, fmt.Errorf("read large payments: %w", err)
	}
	if f.Extensions, err = approvedExtensions(ctx, tx, caseID); err != nil {
		return f, err
	}
	err = tx.QueryRow(ctx, `SELECT min(due_on), max(due_on) FROM followups WHERE case_id = $1 AND kind = 'exit' AND state NOT IN ('open','dropped')`, caseID).Scan(&f.ExitMade, &f.LastExitMade)
	if err != nil {
		return f, fmt.Errorf("find the exit: %w", err)
	}
	if f.Levels, err = levelSets(ctx, tx, caseID); err != nil {
		return f, err
	}
	err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM month_12_consents WHERE case_id = $1 AND withdrawn_on IS NULL)`, caseID).Scan(&f.Month12Consent)
	if err != nil {
		return f, fmt.Errorf("find a consent to month 12: %w", err)
	}
	return f, nil
}

// replanned is Replan for those who may not plan themselves.
func replanned(ctx context.Context, tx *postgres.Tx, caseID string) error {
	return tx.AsProgram(ctx, func() error { return Replan(ctx, tx, caseID) })
}

func bringInLine(ctx context.Context, tx *postgres.Tx, caseID string, stored []storedSlot, wanted []Slot) error {
	existing := make([]Existing, len(stored))
	for i, s := range stored {
		existing[i] = Existing{Slot{Kind(s.Kind), s.Ref, s.OpensOn, s.DueOn, s.ClosesOn}, s.State != "open" && s.State != "dropped"}
	}
	insert, move := Reconcile(existing, wanted)
	for _, s := range append(insert, move...) {
		_, err := tx.Exec(ctx, `INSERT INTO followups (case_id, kind, ref, opens_on, due_on, closes_on) VALUES ($1,$2,$3,$4,$5,$6)
			ON CONFLICT (case_id, kind, ref) DO UPDATE SET opens_on = excluded.opens_on, due_on = excluded.due_on, closes_on = excluded.closes_on, version = followups.version + 1
			WHERE followups.state IN ('open','dropped')`, caseID, string(s.Kind), s.Ref, s.OpensOn, s.DueOn, s.ClosesOn)
		if err != nil {
			return fmt.Errorf("plan a follow-up: %w", err)
		}
	}
	kinds, refs := make([]string, len(wanted)), make([]string, len(wanted))
	for i, w := range wanted {
		kinds[i], refs[i] = string(w.Kind), w.Ref
	}
	_, err := tx.Exec(ctx, `WITH wanted AS (SELECT * FROM unnest($2::text[], $3::text[]) AS w(kind, ref))
		UPDATE followups f SET state = CASE f.state WHEN 'open' THEN 'dropped' ELSE 'open' END, version = f.version + 1
		WHERE f.case_id = $1 AND (f.state = 'open' AND NOT EXISTS (SELECT FROM wanted w WHERE w.kind = f.kind AND w.ref = f.ref)
			OR f.state = 'dropped' AND EXISTS (SELECT FROM wanted w WHERE w.kind = f.kind AND w.ref = f.ref))`, caseID, kinds, refs)
	if err != nil {
		return fmt.Errorf("drop follow-ups: %w", err)
	}
	return rest(ctx, tx, caseID)
}
