package partners

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

// SharedRisk is the newest signed risk assessment, for the partner's protection
// focal point (R9).
type SharedRisk struct {
	Case       string            `json:"case_code" example:"K7QX-2MVD"`
	DoneOn     calendar.Date     `json:"done_on" format:"date"`
	SignedOn   calendar.Date     `json:"signed_on" format:"date"`
	Result     string            `json:"result" enum:"cleared,cleared_with_conditions,not_cleared" example:"cleared"`
	Conditions string            `json:"conditions,omitempty" doc:"Under which the return is cleared"`
	Risk       casefile.RiskText `json:"risk"`
}

// ReadRisk opens the newest signed risk assessment of a case that was handed to
// the partner: to a key of its protection focal point, while a consent for risk
// is in force (R7, R9). For all others there is none. What was seen is kept.
func ReadRisk(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, id string) (SharedRisk, error) {
	const what = "risk assessment"
	out, err := postgres.Write(ctx, db, who, "read-handoff-risk", func(ctx context.Context, tx *postgres.Tx) (*SharedRisk, error) {
		tx.Seek(id)
		h, err := findHandoff(ctx, tx, id, "")
		if fault.KindOf(postgres.Translate(err)) == fault.NotFound {
			return nil, fault.NoSuch(what)
		}
		if err != nil {
			return nil, err
		}
		found, err := riskFor(ctx, tx, v, h)
		if err != nil || found == nil {
			return nil, err
		}
		out := SharedRisk{h.Case, found.DoneOn, found.SignedOn, found.Result, found.Conditions, *found.Risk}
		_, err = keepReading(ctx, tx, v, h, "risk", []casefile.Category{casefile.ShareRisk}, out)
		return &out, err
	})
	if err != nil {
		return SharedRisk{}, err
	}
	if out == nil { // one that may be read, and is not there yet: no refusal
		return SharedRisk{}, fault.NoSuch(what)
	}
	return *out, nil
}

// riskFor is the newest signed risk assessment, nil where there is none yet. For
// whoever may not have it, by the program's rule or by the database's, there is no
// such thing.
func riskFor(ctx context.Context, tx *postgres.Tx, v person.Vault, h handoffRow) (*casefile.Assessment, error) {
	var key *struct{ FocalPoint bool }
	var given []casefile.Consent
	var whose *person.Sealed // without the identity
	var sealed *casefile.SealedAssessment
	err := tx.Ask(ctx,
		postgres.Optional(&key, `SELECT protection_focal_point AS focal_point FROM partner_keys WHERE id = $1 AND partner_id = $2`, tx.Who.ID, tx.Who.Partner),
		postgres.Many(&given, givenSQL, h.ID),
		postgres.Optional(&whose, `SELECT p.id, p.wrapped_key, NULL::bytea AS identity FROM key_of_risk($1) p`, h.CaseID),
		postgres.Optional(&sealed, casefile.SealedAssessmentSQL+`WHERE a.case_id = $1 AND a.kind = 'risk' AND a.result IS NOT NULL ORDER BY a.version DESC LIMIT 1`, h.CaseID))
	if err != nil {
		return nil, fmt.Errorf("find a risk assessment: %w", err)
	}
	may := key != nil && key.FocalPoint && casefile.MayShare(given, h.PartnerID, casefile.ShareRisk, tx.Today).May
	if !may || whose == nil {
		return nil, fault.NoSuch("risk assessment")
	}
	if sealed == nil {
		return nil, nil
	}
	opened, err := v.Key(*whose)
	if err != nil {
		return nil, err
	}
	a, err := sealed.Open(opened)
	return &a, err
}
