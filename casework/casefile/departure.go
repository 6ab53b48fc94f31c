package casefile

import (
	"context"
	"fmt"

	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// NoticeDays is how many working days before departure the booking notice goes
// out, at least (R19).
const NoticeDays = 5

// GateFacts is what the departure gate looks at.
type GateFacts struct {
	Checks                     []Check
	ReintegrationPlanApproved  bool // the newest version, with its exact content
	PlanAgreed                 bool // by the person or, for a child, the representative
	ReturnOrganisationAccepted bool
	HomePartnerAccepted        bool
	ReturnOrganisationConsent  bool // identity and travel, in force on the day
	HomePartnerConsent         bool
	Booked                     bool // with a notice in time for the day, or late with a reason (R19)
	Age                        int  // on the day of departure
	Represented                bool
	RepresentativeAgreed       bool
}

// Missing is one thing that keeps somebody from departing, and what to do next.
type Missing struct {
	What string `json:"what" example:"risk_assessment"`
	Next string `json:"next" example:"Record the risk assessment, with a result that clears the return."`
}

// DepartureGate lists everything that is missing before the person may depart,
// at once; nothing is missing where the list is empty (R18, and R5 for a child).
func DepartureGate(f GateFacts) []Missing {
	missing := []Missing{}
	need := func(ok bool, what, next string) {
		if !ok {
			missing = append(missing, Missing{what, next})
		}
	}
	passed := map[CheckKind]bool{}
	for _, c := range f.Checks {
		passed[c.Kind] = c.Passes()
	}
	need(passed[VoluntaryDeclaration], string(VoluntaryDeclaration), "Record the declaration, made in the person's own language.")
	need(f.ReturnOrganisationConsent, "consent_return_organisation", "Record the consent for the return organisation: identity and travel.")
	need(f.HomePartnerConsent, "consent_home_country_partner", "Record the consent for the home-country partner: identity and travel.")
	need(passed[RiskAssessment], string(RiskAssessment), "Record the risk assessment, with a result that clears the return.")
	need(passed[NeedsAssessment], string(NeedsAssessment), "Record the needs assessment.")
	need(f.ReintegrationPlanApproved, "approved_plan", "Have the newest version of the reintegration plan approved.")
	need(f.PlanAgreed, "agreed_plan", "Record that the person agreed to the newest version of the reintegration plan.")
	need(f.ReturnOrganisationAccepted, "return_organisation_accepted", "Hand the case off to a return organisation that accepts it.")
	need(f.HomePartnerAccepted, "home_country_partner_accepted", "Hand the case off to a home-country partner that accepts it.")
	need(f.Booked, "booking", "Record the planned departure and the booking notice; less than 5 working days ahead, it needs a reason.")
	if f.Age < 18 {
		need(f.Represented, "representative", "Appoint the child's representative.")
		need(f.RepresentativeAgreed, "representative_agreed", "Record that the representative agreed to the newest version of the reintegration plan.")
		need(passed[GuardianInDenmark], string(GuardianInDenmark), "Record who is the guardian in Denmark.")
		need(passed[GuardianAtDestination], string(GuardianAtDestination), "Record who is the guardian at the destination.")
		need(passed[FamilyAssessment], string(FamilyAssessment), "Record the family assessment.")
		need(passed[BestInterests], string(BestInterests), "Record the best-interests decision; it must be in favour.")
		need(passed[ChildsWish], string(ChildsWish), "Record the child's own wish.")
		need(f.Age >= 15 || passed[Escort], string(Escort), "Record who escorts the child: it is under 15.")
	}
	return missing
}

const gateSQL = `WITH c AS (SELECT id FROM cases WHERE code = $1),
	newest AS (SELECT v.id, v.hash FROM plan_versions v JOIN c ON v.case_id = c.id WHERE v.kind = 'reintegration' ORDER BY v.version DESC LIMIT 1),
	accepted AS (SELECT h.partner_id, h.role FROM handoffs h JOIN c ON h.case_id = c.id WHERE h.state IN ('accepted','in_progress')),
	covered AS (SELECT a.role FROM accepted a WHERE shares_with((SELECT id FROM c), a.partner_id, 'identity', $2::date)
		AND shares_with((SELECT id FROM c), a.partner_id, 'travel', $2::date))
	SELECT EXISTS (SELECT FROM plan_approvals a JOIN newest n ON a.plan_version_id = n.id AND a.hash = n.hash WHERE a.approved_by IS NOT NULL) AS reintegration_plan_approved,
		EXISTS (SELECT FROM plan_agreements g JOIN newest n ON g.plan_version_id = n.id) AS plan_agreed,
		EXISTS (SELECT FROM plan_agreements g JOIN newest n ON g.plan_version_id = n.id JOIN representatives r ON r.id = g.representative_id WHERE r.ended_on IS NULL) AS representative_agreed,
		EXISTS (SELECT FROM accepted WHERE role = 'return_organisation') AS return_organisation_accepted,
		EXISTS (SELECT FROM accepted WHERE role = 'home_country_partner') AS home_partner_accepted,
		EXISTS (SELECT FROM covered WHERE role = 'return_organisation') AS return_organisation_consent,
		EXISTS (SELECT FROM covered WHERE role = 'home_country_partner') AS home_partner_consent,
		EXISTS (SELECT FROM representatives r JOIN c ON r.case_id = c.id WHERE r.ended_on IS NULL) AS represented`

// gate reads the facts and applies the gate for a departure on a day, with the
// booking that there is.
func gate(ctx context.Context, tx *postgres.Tx, v person.Vault, code string, b *Booked, day calendar.Date) ([]Missing, error) {
	rows, err := tx.Query(ctx, gateSQL, code, day)
	if err != nil {
		return nil, fmt.Errorf("read the gate's facts: %w", err)
	}
	f := GateFacts{Booked: b != nil && b.noticed(day)}
	if rows.Next() {
		err = rows.Scan(&f.ReintegrationPlanApproved, &f.PlanAgreed, &f.RepresentativeAgreed, &f.ReturnOrganisationAccepted,
			&f.HomePartnerAccepted, &f.ReturnOrganisationConsent, &f.HomePartnerConsent, &f.Represented)
	}
	rows.Close()
	if err = orElse(err, rows.Err()); err != nil {
		return nil, fmt.Errorf("read the gate's facts: %w", err)
	}
	if f.Checks, err = postgres.Collect[Check](ctx, tx, checksSQL, code); err != nil {
		return nil, fmt.Errorf("read the checks: %w", err)
	}
	sealed, err := person.Find(ctx, tx, code)
	if err != nil {
		return nil, err
	}
	identity, err := v.Open(sealed)
	if err != nil {
		return nil, err
	}
	f.Age = identity.BirthDate.AgeOn(day)
	return DepartureGate(f), nil
}

// ReadGate is what still keeps the person from departing on the planned day, or
// today where none is planned.
func ReadGate(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, code string) ([]Missing, error) {
	return postgres.Write(ctx, db, who, "read-departure-gate", func(ctx context.Context, tx *postgres.Tx) ([]Missing, error) {
		row, err := Find(ctx, tx, code)
		if err != nil {
			return nil, err
		}
		day := tx.Today
		b, err := booking(ctx, tx, row)
		if err != nil {
			return nil, err
		}
		if b != nil && b.PlannedOn.After(day) {
			day = b.PlannedOn
		}
		return gate(ctx, tx, v, code, b, day)
	})
}

// Departure is the day on which the person left Denmark.
type Departure struct {
	DepartedOn calendar.Date `json:"departed_on" format:"date" example:"2026-10-10"`
}

// Depart records the departure. It is refused with everything that is missing
// while the gate is not met (R18).
func Depart(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, code string, version int, in Departure) (Case, error) {
	return step(ctx, db, who, "depart", code, version, func(ctx context.Context, tx *postgres.Tx, row *Row) error {
		if err := row.State.Move(Departed); err != nil {
			return err
		}
		if err := happened("body.departed_on", in.DepartedOn, row.AnsweredOn, tx.Today); err != nil {
			return err
		}
		b, err := booking(ctx, tx, row)
		if err != nil {
			return err
		}
		missing, err := gate(ctx, tx, v, code, b, in.DepartedOn)
		if err != nil {
			return err
		}
		if len(missing) > 0 {
			fields := make([]fault.Field, len(missing))
			for i, m := range missing {
				fields[i] = fault.Field{Path: m.What, Message: m.Next}
			}
			return fault.Missing("R18", "The person cannot depart yet; see errors for all that is missing.", fields)
		}
		return row.MoveTo(ctx, tx, Departed, `, departed_on = $3`, in.DepartedOn)
	})
}
