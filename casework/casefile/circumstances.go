package casefile

import (
	"context"
	"fmt"

	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// NameSupportPerson gives the case an extra companion, or says anew why and since
// when: in special cases only, with CMM's agreement (R2).
func NameSupportPerson(ctx context.Context, db *postgres.DB, who access.Actor, code string, version int, in SupportPerson) (Case, error) {
	return step(ctx, db, who, "name-support-person", code, version, func(ctx context.Context, tx *postgres.Tx, row *Row) error {
		if row.State.Over() {
			return fault.Conflictf("R2", "The case is over.")
		}
		if err := row.Happened("body.agreed_on", in.AgreedOn, tx.Today); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE cases SET support_person_reason = $2, support_person_agreed_on = $3, version = version + 1 WHERE id = $1`, row.ID, in.Reason, in.AgreedOn)
		if err != nil {
			return fmt.Errorf("name a support person: %w", err)
		}
		return nil
	})
}

// ChangeDestination says anew where the person goes home to, until they leave
// (R6).
func ChangeDestination(ctx context.Context, db *postgres.DB, who access.Actor, code string, version int, in Destination) (Case, error) {
	return step(ctx, db, who, "change-destination", code, version, func(ctx context.Context, tx *postgres.Tx, row *Row) error {
		if row.State != Offered && row.State != Accepted {
			return fault.Conflictf("R6", "The destination changes from the offer until the departure.")
		}
		if err := in.validate("body"); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE cases SET destination = $2, destination_kind = $3, destination_place = nullif($4, ''), destination_time_zone = nullif($5, ''), version = version + 1 WHERE id = $1`,
			row.ID, in.Country, in.Kind, in.Place, in.TimeZone)
		if err != nil {
			return fmt.Errorf("change the destination: %w", err)
		}
		return nil
	})
}
