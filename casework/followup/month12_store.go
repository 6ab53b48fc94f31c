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
)

// NewMonth12Consent is the person's own consent to one contact more, twelve
// months after the arrival (R31).
type NewMonth12Consent struct {
	GivenOn  calendar.Date `json:"given_on" format:"date" example:"2027-04-11"`
	GivenBy  string        `json:"given_by" enum:"self,representative" example:"self"`
	Language string        `json:"language" pattern:"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$" maxLength:"35" example:"ro" doc:"In which it was explained and given, BCP 47"`
}

// Month12Consent is a consent to month 12, in force until it is withdrawn.
type Month12Consent struct {
	ID string `json:"id" format:"uuid"`
	NewMonth12Consent
	WithdrawnOn calendar.Date `json:"withdrawn_on,omitzero" format:"date"`
}

var _ = postgres.Rule("month_12_consent_once", fault.Conflictf("R31", "A consent to month 12 is in force already."))

const month12SQL = `SELECT id, given_on, given_by, language, withdrawn_on FROM month_12_consents WHERE case_id = $1 `

// GiveMonth12Consent records the consent, after the arrival; the case may be
// exited or closed by then (R32).
func GiveMonth12Consent(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, code string, in NewMonth12Consent) (Month12Consent, error) {
	return postgres.Write(ctx, db, who, "give-month-12-consent", func(ctx context.Context, tx *postgres.Tx) (Month12Consent, error) {
		c, err := casefile.Lock(ctx, tx, code, 0)
		if err != nil {
			return Month12Consent{}, err
		}
		if err := in.validate(ctx, tx, v, c); err != nil {
			return Month12Consent{}, err
		}
		_, err = tx.Exec(ctx, `INSERT INTO month_12_consents (case_id, given_on, given_by, language, recorded_by) VALUES ($1,$2,$3,$4,$5)`,
			c.ID, in.GivenOn, in.GivenBy, in.Language, who.ID)
		if err != nil {
			return Month12Consent{}, fmt.Errorf("record a consent to month 12: %w", err)
		}
		if err := replanned(ctx, tx, c.ID); err != nil {
			return Month12Consent{}, err
		}
		out, err := month12InForce(ctx, tx, c.ID, "")
		tx.Touch(c.ID, c.Code, out.ID)
		return out, err
	})
}

func (in NewMonth12Consent) validate(ctx context.Context, tx *postgres.Tx, v person.Vault, c *casefile.Row) error {
	switch {
	case c.ArrivedOn.IsZero() || !c.WithdrawnOn.IsZero():
		return fault.Conflictf("R31", "Month 12 is asked of somebody who arrived and has not left the programme.")
	case in.GivenOn.Before(c.ArrivedOn) || in.GivenOn.After(tx.Today):
		return fault.Invalidf("body.given_on", "must lie between the arrival and today")
	case in.GivenBy == "representative":
		return c.MustBeRepresented(ctx, tx, v, in.GivenOn)
	}
	return nil
}

// WithdrawMonth12Consent ends the consent that is in force: what was not done by
// it is dropped.
func WithdrawMonth12Consent(ctx context.Context, db *postgres.DB, who access.Actor, code string) (Month12Consent, error) {
	return postgres.Write(ctx, db, who, "withdraw-month-12-consent", func(ctx context.Context, tx *postgres.Tx) (Month12Consent, error) {
		c, err := casefile.Lock(ctx, tx, code, 0)
		if err != nil {
			return Month12Consent{}, err
		}
		out, err := month12InForce(ctx, tx, c.ID, "FOR UPDATE")
		if err != nil {
			return out, err
		}
		out.WithdrawnOn = tx.Today
		tx.Touch(c.ID, c.Code, out.ID)
		if _, err := tx.Exec(ctx, `UPDATE month_12_consents SET withdrawn_on = $2 WHERE id = $1`, out.ID, out.WithdrawnOn); err != nil {
			return out, fmt.Errorf("withdraw a consent to month 12: %w", err)
		}
		return out, replanned(ctx, tx, c.ID)
	})
}

// month12InForce is the consent to month 12, or the conflict where there is none.
func month12InForce(ctx context.Context, tx *postgres.Tx, caseID, lock string) (Month12Consent, error) {
	out, err := postgres.One[Month12Consent](ctx, tx, month12SQL+`AND withdrawn_on IS NULL `+lock, caseID)
	if noRow(err) {
		return out, fault.Conflictf("R31", "No consent to month 12 is in force.")
	}
	if err != nil {
		return out, fmt.Errorf("find a consent to month 12: %w", err)
	}
	return out, nil
}
