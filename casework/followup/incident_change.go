package followup

import (
	"context"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
	"hjemvej/internal/seal"
)

var (
	incidentOver  = fault.Conflictf("", "The incident is closed.")
	incidentPlans = fault.Conflictf("", "An incident is closed after something was planned about it, unless it was unfounded.")

	_ = postgres.Rule("incident_is_closed", incidentOver)
	_ = postgres.Rule("incident_move", incidentOver)
	_ = postgres.Rule("incident_has_a_plan", incidentPlans)
)

// PlanIncident takes an incident in hand with what is done about it, or plans
// anew what was in hand.
func PlanIncident(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, id string, version int, in IncidentPlan) (Incident, error) {
	return changeIncident(ctx, db, v, who, "plan-incident", id, version, func(ctx context.Context, tx *postgres.Tx, key seal.Key, _ incidentRow) error {
		if err := in.check(tx.Today); err != nil {
			return err
		}
		sealed, err := key.Seal([]byte(in.Plan), incidentPlace("sealed_plan", id))
		if err != nil {
			return fmt.Errorf("seal a plan: %w", err)
		}
		_, err = tx.Exec(ctx, `UPDATE incidents SET state = 'in_hand', sealed_plan = $2, plan_due_on = $3, kind = coalesce(nullif($4,''), kind),
			taken_by = coalesce(taken_by, $5), taken_at = coalesce(taken_at, $6), version = version + 1 WHERE id = $1`,
			id, sealed, in.DueOn, string(in.Kind), who.ID, tx.Now)
		if err != nil {
			return fmt.Errorf("plan about an incident: %w", err)
		}
		return nil
	})
}

// CloseIncident ends an incident that was planned about, or that was unfounded.
func CloseIncident(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, id string, version int, in IncidentClosing) (Incident, error) {
	return changeIncident(ctx, db, v, who, "close-incident", id, version, func(ctx context.Context, tx *postgres.Tx, _ seal.Key, i incidentRow) error {
		if i.State == IncidentOpen && in.Result != "unfounded" {
			return incidentPlans
		}
		if err := in.check(calendar.Today(i.RecordedAt), tx.Today); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE incidents SET state = 'closed', closed_on = $2, result = $3,
			taken_by = coalesce(taken_by, $4), taken_at = coalesce(taken_at, $5), version = version + 1 WHERE id = $1`, id, in.ClosedOn, in.Result, who.ID, tx.Now)
		if err != nil {
			return fmt.Errorf("close an incident: %w", err)
		}
		return nil
	})
}

type incidentChange func(ctx context.Context, tx *postgres.Tx, key seal.Key, i incidentRow) error

func changeIncident(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, op access.Operation, id string, version int, change incidentChange) (Incident, error) {
	return postgres.Write(ctx, db, who, op, func(ctx context.Context, tx *postgres.Tx) (Incident, error) {
		i, err := findIncident(ctx, tx, id, " FOR UPDATE OF i")
		if err != nil {
			return Incident{}, err
		}
		if err := casefile.Current(i.Version, version); err != nil {
			return Incident{}, err
		}
		if i.State == IncidentClosed {
			return Incident{}, incidentOver
		}
		key, err := keyFor(ctx, tx, v, i.Case)
		if err != nil {
			return Incident{}, err
		}
		if err := change(ctx, tx, key, i); err != nil {
			return Incident{}, err
		}
		return shownIncident(ctx, tx, key, id)
	})
}
