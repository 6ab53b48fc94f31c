package partners

import (
	"context"

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
// is in force (R7, R9). For all others there is none. Each reading is recorded.
func ReadRisk(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, id string) (SharedRisk, error) {
	const op, what = "read-handoff-risk", "risk assessment"
	var h handoffRow
	var key *struct{ FocalPoint bool }
	var given []casefile.Consent
	var whose *person.Sealed // without the identity
	var found *casefile.SealedAssessment
	moment, err := postgres.Read(ctx, db, who, op, postgres.About{Risk: id},
		postgres.Single(&h, what, handoffSQL+`WHERE h.id = $1`, id),
		postgres.Optional(&key, `SELECT protection_focal_point AS focal_point FROM partner_keys WHERE id = $1 AND partner_id = $2`, who.ID, who.Partner),
		postgres.Many(&given, givenSQL, id),
		postgres.Optional(&whose, `SELECT p.id, p.wrapped_key, NULL::bytea AS identity FROM handoffs h, key_of_risk(h.case_id) p WHERE h.id = $1`, id),
		postgres.Optional(&found, casefile.SealedAssessmentSQL+`JOIN handoffs h ON h.case_id = c.id
			WHERE h.id = $1 AND a.kind = 'risk' AND a.result IS NOT NULL ORDER BY a.version DESC LIMIT 1`, id))
	if err != nil {
		return SharedRisk{}, err
	}
	record := h.Record()
	if key == nil || !key.FocalPoint || !casefile.MayShare(given, h.PartnerID, casefile.ShareRisk, moment.Today).May {
		record = access.Record{}
	}
	if err := postgres.Allow(ctx, db, who, op, record, what); err != nil {
		return SharedRisk{}, err
	}
	if whose == nil || found == nil {
		return SharedRisk{}, fault.NoSuch(what)
	}
	return openRisk(v, *whose, h.Case, *found)
}

func openRisk(v person.Vault, whose person.Sealed, code string, found casefile.SealedAssessment) (SharedRisk, error) {
	key, err := v.Key(whose)
	if err != nil {
		return SharedRisk{}, err
	}
	a, err := found.Open(key)
	if err != nil {
		return SharedRisk{}, err
	}
	return SharedRisk{code, a.DoneOn, a.SignedOn, a.Result, a.Conditions, *a.Risk}, nil
}
