package casefile

import (
	"context"
	"fmt"

	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
	"hjemvej/internal/seal"

	"github.com/google/uuid"
)

// Representative is who acts for a child: a personal representative where stay
// is not lawful or asylum is sought, the custody holder where it is lawful (R5).
// The name is sealed, and read with the identity.
type Representative struct {
	Kind         string        `json:"kind" enum:"personal_representative,custody_holder" example:"personal_representative"`
	Municipality string        `json:"municipality,omitempty" example:"Aarhus" doc:"Of stay; leads where stay is lawful"`
	AppointedOn  calendar.Date `json:"appointed_on" format:"date"`
	EndedOn      calendar.Date `json:"ended_on,omitzero" format:"date"`
}

// Appointment names a child's representative.
type Appointment struct {
	Kind         string        `json:"kind" enum:"personal_representative,custody_holder" example:"personal_representative"`
	Name         string        `json:"name" minLength:"1" maxLength:"300" example:"Bo Eksempel" doc:"Sealed (R12)"`
	Municipality string        `json:"municipality,omitempty" maxLength:"100" example:"Aarhus" doc:"Required where stay is lawful (R5)"`
	AppointedOn  calendar.Date `json:"appointed_on" format:"date" example:"2026-07-16"`
}

const representativesSQL = `SELECT r.kind, coalesce(r.municipality, '') AS municipality, r.appointed_on, r.ended_on
	FROM representatives r JOIN cases c ON c.id = r.case_id WHERE c.code = $1 ORDER BY r.appointed_on, r.id`

// RepresentativeKind is who acts for a child of a track (R5).
func (t Track) RepresentativeKind() string {
	if t == LawfulStay {
		return "custody_holder"
	}
	return "personal_representative"
}

// Appoint names the representative of a child; one before ends on that day.
func Appoint(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, code string, in Appointment) (Case, error) {
	return step(ctx, db, who, "appoint-representative", code, 0, func(ctx context.Context, tx *postgres.Tx, row *Row) error {
		if err := row.Happened("body.appointed_on", in.AppointedOn, tx.Today); err != nil {
			return err
		}
		if in.Kind != row.Track.RepresentativeKind() {
			return fault.Conflictf("R5", "For this track the representative is a %s.", row.Track.RepresentativeKind())
		}
		if row.Track == LawfulStay && in.Municipality == "" {
			return fault.Invalidf("body.municipality", "is required where stay is lawful")
		}
		sealed, err := person.Find(ctx, tx, code)
		if err != nil {
			return err
		}
		identity, err := v.Open(sealed)
		if err != nil {
			return err
		}
		if !identity.IsChildOn(in.AppointedOn) {
			return fault.Conflictf("R5", "The person was not under 18 on that day.")
		}
		key, err := v.Key(sealed)
		if err != nil {
			return err
		}
		id := uuid.NewString()
		name, err := key.Seal([]byte(in.Name), seal.At("representatives", "sealed_name", id))
		if err != nil {
			return fmt.Errorf("seal a name: %w", err)
		}
		return appoint(ctx, tx, row, id, in, name)
	})
}

func appoint(ctx context.Context, tx *postgres.Tx, row *Row, id string, in Appointment, name []byte) error {
	_, err := tx.Exec(ctx, `UPDATE representatives SET ended_on = $2 WHERE case_id = $1 AND ended_on IS NULL`, row.ID, in.AppointedOn)
	if err != nil {
		return fmt.Errorf("end the earlier appointment: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO representatives (id, case_id, kind, sealed_name, municipality, appointed_on, recorded_by)
		VALUES ($1,$2,$3,$4,nullif($5,''),$6,$7)`, id, row.ID, in.Kind, name, in.Municipality, in.AppointedOn, tx.Who.ID)
	if err != nil {
		return fmt.Errorf("appoint a representative: %w", err)
	}
	if err := person.Bump(ctx, tx, row.PersonID); err != nil {
		return err
	}
	return row.bump(ctx, tx)
}

// MustBeRepresented refuses what a representative is said to have done on a day
// on which nobody represented the person, or represents them no longer. Turning
// 18 ends it from that day, whatever is still recorded (R5).
func (r *Row) MustBeRepresented(ctx context.Context, tx *postgres.Tx, v person.Vault, on calendar.Date) error {
	var appointed bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM representatives WHERE case_id = $1 AND ended_on IS NULL AND appointed_on <= $2)`, r.ID, on).Scan(&appointed)
	if err != nil {
		return fmt.Errorf("find a representative: %w", err)
	}
	child, err := r.IsChild(ctx, tx, v)
	if err != nil {
		return err
	}
	if !appointed || !child {
		return fault.Conflictf("R5", "Nobody represents the person now, or nobody did on that day.")
	}
	return nil
}

// IsChild reports whether the person is under 18 today (R5).
func (r *Row) IsChild(ctx context.Context, tx *postgres.Tx, v person.Vault) (bool, error) {
	sealed, err := person.Find(ctx, tx, r.Code)
	if err != nil {
		return false, err
	}
	identity, err := v.Open(sealed)
	return identity.IsChildOn(tx.Today), err
}
