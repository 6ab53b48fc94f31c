package casefile

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
	"hjemvej/internal/seal"
)

// SealedAssessment is a version of an assessment as it lies in the database.
type SealedAssessment struct {
	CaseID  string
	Kind    AssessmentKind
	Version int
	DoneOn  calendar.Date
	Result  string
	Sealed  []byte
	SavedBy string
	SavedAt time.Time
}

// SealedAssessmentSQL selects SealedAssessments; the case is called c and the
// version a. Row security decides who finds which.
const SealedAssessmentSQL = `SELECT a.case_id, a.kind, a.version, a.done_on, coalesce(a.result, '') AS result, a.sealed, a.saved_by, a.saved_at
	FROM assessment_versions a JOIN cases c ON c.id = a.case_id `

const assessmentSQL = SealedAssessmentSQL + `WHERE c.code = $1 AND a.kind = $2 ORDER BY a.version`

// SaveAssessment makes the next version of an assessment. read is the version
// that the actor edited, 0 for the first. A version with a result is signed by
// the actor; from now on the newest version alone answers the check of its kind,
// and a draft answers that it is none (R18).
func SaveAssessment(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, code string, kind AssessmentKind, read int, in NewAssessment) (AssessmentState, error) {
	return postgres.Write(ctx, db, who, "save-assessment", func(ctx context.Context, tx *postgres.Tx) (AssessmentState, error) {
		row, err := Lock(ctx, tx, code, 0)
		if err != nil {
			return AssessmentState{}, err
		}
		if row.State.Over() {
			return AssessmentState{}, fault.Conflictf("", "The case is over; its assessments are kept as they are.")
		}
		if err := in.Validate(kind); err != nil {
			return AssessmentState{}, err
		}
		if err := row.Happened("body.done_on", in.DoneOn, tx.Today); err != nil {
			return AssessmentState{}, err
		}
		now, err := newestAssessment(ctx, tx, row.ID, kind)
		if err != nil {
			return AssessmentState{}, err
		}
		if err := MustMatch(now, read); err != nil {
			return AssessmentState{}, err
		}
		s := SealedAssessment{CaseID: row.ID, Kind: kind, Version: now + 1, DoneOn: in.DoneOn, Result: in.Result, SavedBy: who.ID, SavedAt: tx.Now}
		return s.state(), s.save(ctx, tx, v, code, in.AssessmentText)
	})
}

// newestAssessment is the newest version's number, 0 where there is none.
func newestAssessment(ctx context.Context, tx *postgres.Tx, caseID string, kind AssessmentKind) (n int, err error) {
	err = tx.QueryRow(ctx, `SELECT coalesce(max(version), 0) FROM assessment_versions WHERE case_id = $1 AND kind = $2`, caseID, string(kind)).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("find an assessment: %w", err)
	}
	return n, nil
}

func (s SealedAssessment) save(ctx context.Context, tx *postgres.Tx, v person.Vault, code string, text AssessmentText) error {
	who, err := person.Find(ctx, tx, code)
	if err != nil {
		return fmt.Errorf("find a person: %w", err)
	}
	key, err := v.Key(who)
	if err != nil {
		return err
	}
	plain, err := json.Marshal(text)
	if err != nil {
		return fmt.Errorf("write an assessment: %w", err)
	}
	sealed, err := key.Seal(plain, s.place())
	if err != nil {
		return fmt.Errorf("seal an assessment: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO assessment_versions (case_id, kind, version, done_on, result, sealed, saved_by) VALUES ($1,$2,$3,$4,nullif($5,''),$6,$7)`,
		s.CaseID, string(s.Kind), s.Version, s.DoneOn, s.Result, sealed, s.SavedBy)
	if err != nil {
		return fmt.Errorf("save an assessment: %w", err)
	}
	return nil
}

// Open unseals a version with the person's key. Whoever calls it must leave an
// audit row that says so.
func (s SealedAssessment) Open(key seal.Key) (Assessment, error) {
	plain, err := key.Open(s.Sealed, s.place())
	if err != nil {
		return Assessment{}, fmt.Errorf("open an assessment: %w", err)
	}
	out := Assessment{AssessmentState: s.state()}
	if err := json.Unmarshal(plain, &out.AssessmentText); err != nil {
		return Assessment{}, fmt.Errorf("read an assessment: %w", err)
	}
	return out, nil
}

func (s SealedAssessment) place() string {
	return seal.At("assessment_versions", string(s.Kind), fmt.Sprintf("%s/%d", s.CaseID, s.Version))
}

func (s SealedAssessment) state() AssessmentState {
	out := AssessmentState{Kind: s.Kind, Version: s.Version, DoneOn: s.DoneOn, Result: s.Result, SavedBy: s.SavedBy, SavedAt: s.SavedAt}
	if s.Result != "" {
		out.SignedBy, out.SignedOn = s.SavedBy, calendar.Today(s.SavedAt)
	}
	return out
}

// ReadAssessment is the newest version of an assessment. The reading is recorded.
func ReadAssessment(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, code string, kind AssessmentKind) (Assessment, error) {
	all, err := ListSealed(ctx, db, v, who, "read-assessment", code, person.FindSQL, SealedAssessment.Open, assessmentSQL+` DESC LIMIT 1`, string(kind))
	if err != nil {
		return Assessment{}, err
	}
	if len(all) == 0 {
		return Assessment{}, fault.NoSuch("assessment")
	}
	return all[0], nil
}

// ListAssessmentVersions is every version of an assessment, oldest first. The
// reading is recorded.
func ListAssessmentVersions(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, code string, kind AssessmentKind) ([]Assessment, error) {
	return ListSealed(ctx, db, v, who, "list-assessment-versions", code, person.FindSQL, SealedAssessment.Open, assessmentSQL, string(kind))
}
