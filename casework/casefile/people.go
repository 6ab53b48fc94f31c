package casefile

import (
	"errors"
	"fmt"

	"hjemvej/casework/person"
	"hjemvej/internal/calendar"
	"hjemvej/internal/seal"
)

// OpenedIdentity is the person's identity, with the people who act for a child or go
// with it (R5).
type OpenedIdentity struct {
	person.Identity
	People []CasePerson `json:"people,omitempty" doc:"Who acts for a child, guards it, or goes with it (R5), now and before"`
}

// CasePerson is somebody who acts for a child, guards it, or goes with it.
type CasePerson struct {
	Role  string        `json:"role" enum:"personal_representative,custody_holder,guardian_in_denmark,guardian_at_destination,escort" example:"custody_holder"`
	Name  string        `json:"name" example:"Bo Eksempel"`
	Since calendar.Date `json:"since" format:"date"`
	Until calendar.Date `json:"until,omitzero" format:"date"`
}

// sealedCasePerson is a CasePerson as it lies in the database, with the place
// that its name is bound to.
type sealedCasePerson struct {
	Role, Tab, Col, Row string
	CaseID              string
	Name                []byte
	Since, Until        calendar.Date
}

const casePeopleSQL = `SELECT r.kind AS role, 'representatives' AS tab, 'sealed_name' AS col, r.id::text AS row, c.id::text AS case_id, r.sealed_name AS name, r.appointed_on AS since, r.ended_on AS until
	FROM representatives r JOIN cases c ON c.id = r.case_id WHERE c.code = $1
	UNION ALL SELECT k.kind, 'return_checks', 'sealed_who', k.case_id || '/' || k.kind, c.id::text, k.sealed_who, k.done_on, NULL
	FROM return_checks k JOIN cases c ON c.id = k.case_id WHERE c.code = $1 AND k.sealed_who IS NOT NULL ORDER BY since, role`

func openPeople(key seal.Key, sealed []sealedCasePerson) ([]CasePerson, error) {
	var out []CasePerson
	for _, s := range sealed {
		name, err := key.Open(s.Name, seal.At(s.Tab, s.Col, s.Row))
		if errors.Is(err, seal.ErrClosed) { // names sealed before they were bound to their row
			name, err = key.Open(s.Name, seal.At(s.Tab, s.Col, s.CaseID))
		}
		if err != nil {
			return nil, fmt.Errorf("open a name: %w", err)
		}
		out = append(out, CasePerson{s.Role, string(name), s.Since, s.Until})
	}
	return out, nil
}

// whoPlace is what the name in a check is bound to.
func whoPlace(caseID string, kind CheckKind) string {
	return seal.At("return_checks", "sealed_who", caseID+"/"+string(kind))
}
