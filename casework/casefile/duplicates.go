package casefile

import (
	"context"
	"fmt"

	"hjemvej/internal/access"
	"hjemvej/internal/postgres"
)

// Opened is a new case, and whether the person may have been here before.
type Opened struct {
	Case
	PossibleDuplicates int    `json:"possible_duplicates" example:"0" doc:"How many other persons have names and a birth date like these; not whose they are"`
	Hint               string `json:"hint,omitempty" example:"Ask your team lead to look at the case's duplicates." doc:"What to do about it"`
}

const hintDuplicates = "The same person may exist already. Ask your team lead to look at the case's duplicates."

// Duplicates are the cases of persons who may be the same.
type Duplicates struct {
	Cases     []Duplicate `json:"cases" nullable:"false" doc:"Of your team"`
	Elsewhere int         `json:"elsewhere" example:"1" doc:"Cases that are not yours to see"`
}

// Duplicate is one such case, and in what the two persons are alike.
type Duplicate struct {
	Code  string   `json:"code" example:"K7QX-2MVD"`
	Alike []string `json:"alike" nullable:"false" enum:"names_and_birth_date,family_name_and_birth_date,names_and_birth_year,sound_and_birth_date"`
}

// ListDuplicates names the team's cases whose person may be the same as this
// one's, and counts those of others; cases that were joined are known to be. Nothing
// is opened: fingerprints are compared.
func ListDuplicates(ctx context.Context, db *postgres.DB, who access.Actor, code string) (Duplicates, error) {
	const op = "list-duplicates"
	return postgres.Write(ctx, db, who, op, func(ctx context.Context, tx *postgres.Tx) (Duplicates, error) {
		out := Duplicates{Cases: []Duplicate{}}
		row, err := Find(ctx, tx, code)
		if err != nil {
			return out, err
		}
		type found struct {
			Code, ContactPersonID, TeamID string
			Alike                         []string
		}
		var all []found
		err = tx.AsProgram(ctx, func() (err error) {
			all, err = postgres.Collect[found](ctx, tx, `SELECT c.code, c.contact_person_id, c.team_id, array_agg(o.kind ORDER BY o.kind) AS alike
				FROM identity_fingerprints m JOIN identity_fingerprints o ON o.hash = m.hash AND o.person_id <> m.person_id
				JOIN cases c ON c.person_id = o.person_id JOIN persons p ON p.id = o.person_id JOIN persons mine ON mine.id = m.person_id
				WHERE m.person_id = $1 AND coalesce(p.same_as, p.id) <> coalesce(mine.same_as, mine.id) GROUP BY c.id ORDER BY c.code`, row.PersonID)
			return err
		})
		if err != nil {
			return out, fmt.Errorf("look for the same person: %w", err)
		}
		for _, f := range all {
			if access.ReachOf(who, op).Covers(who, access.Record{ContactPerson: f.ContactPersonID, Team: f.TeamID}) {
				out.Cases = append(out.Cases, Duplicate{f.Code, f.Alike})
			} else {
				out.Elsewhere++
			}
		}
		return out, nil
	})
}
