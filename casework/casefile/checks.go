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

// Check is one thing that must be looked at before anybody departs (R18, R5).
type Check struct {
	Kind     CheckKind     `json:"kind" example:"risk_assessment"`
	DoneOn   calendar.Date `json:"done_on" format:"date"`
	Result   string        `json:"result" example:"cleared" doc:"draft: the newest version of the written assessment is not signed"`
	Language string        `json:"language,omitempty" example:"ro"`
	Named    bool          `json:"named,omitempty" doc:"Who it is about is known; the name is read with the identity"`
	Before   []string      `json:"results_before,omitempty" example:"[\"against\"]" doc:"What it said before it was replaced, oldest first"`
	Version  int           `json:"version" example:"1"`
}

// CheckKind names a check.
type CheckKind string

// The checks: three for everybody (R18), six for a child (R5).
const (
	VoluntaryDeclaration  CheckKind = "voluntary_declaration"
	RiskAssessment        CheckKind = "risk_assessment"
	NeedsAssessment       CheckKind = "needs_assessment"
	GuardianInDenmark     CheckKind = "guardian_in_denmark"
	GuardianAtDestination CheckKind = "guardian_at_destination"
	FamilyAssessment      CheckKind = "family_assessment"
	BestInterests         CheckKind = "best_interests"
	ChildsWish            CheckKind = "childs_wish"
	Escort                CheckKind = "escort"
)

// passing is which results of a check let somebody depart.
var passing = map[CheckKind][]string{
	VoluntaryDeclaration: {"done"}, NeedsAssessment: {"done"},
	RiskAssessment:    {"cleared", "cleared_with_conditions"},
	GuardianInDenmark: {"done"}, GuardianAtDestination: {"done"}, FamilyAssessment: {"done"},
	BestInterests: {"in_favour"}, ChildsWish: {"done"}, Escort: {"done"},
}

// failing is which further results a check can have.
var failing = map[CheckKind][]string{RiskAssessment: {"not_cleared"}, BestInterests: {"against"}}

// Passes reports whether the check lets somebody depart.
func (c Check) Passes() bool { return contains(passing[c.Kind], c.Result) }

// CheckResult is what is recorded of a check.
type CheckResult struct {
	DoneOn   calendar.Date `json:"done_on" format:"date" example:"2026-08-20"`
	Result   string        `json:"result" enum:"done,cleared,cleared_with_conditions,not_cleared,in_favour,against" example:"cleared" doc:"risk_assessment: cleared, cleared_with_conditions or not_cleared; best_interests: in_favour or against; all others: done"`
	Language string        `json:"language,omitempty" pattern:"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$" maxLength:"35" example:"ro" doc:"Of the voluntary declaration: the person's own (R18), BCP 47"`
	Who      string        `json:"who,omitempty" maxLength:"300" example:"Bo Eksempel" doc:"Of guardian_in_denmark, guardian_at_destination and escort: who it is (R5). Sealed (R12)"`
}

// Named reports whether a check is about somebody, who must be said (R5).
func (k CheckKind) Named() bool {
	return k == GuardianInDenmark || k == GuardianAtDestination || k == Escort
}

// checksSQL takes the newest version of a written assessment in place of the
// check that was recorded without one: what was cleared before does not count
// once there is a newer word.
const checksSQL = `WITH c AS (SELECT id FROM cases WHERE code = $1),
	written AS (SELECT DISTINCT ON (a.kind) a.kind || '_assessment' AS kind, a.done_on, coalesce(a.result, 'draft') AS result, '' AS language, false AS named, '{}'::text[] AS before, a.version
		FROM assessment_versions a JOIN c ON a.case_id = c.id ORDER BY a.kind, a.version DESC)
	SELECT k.kind, k.done_on, k.result, coalesce(k.language, '') AS language, k.sealed_who IS NOT NULL AS named,
		array(SELECT o.result FROM replaced_checks o WHERE o.case_id = k.case_id AND o.kind = k.kind ORDER BY o.version) AS before, k.version
	FROM return_checks k JOIN c ON k.case_id = c.id WHERE k.kind NOT IN (SELECT kind FROM written)
	UNION ALL SELECT * FROM written ORDER BY kind`

// ListChecks is what has been checked before a departure.
func ListChecks(ctx context.Context, db *postgres.DB, who access.Actor, code string) ([]Check, error) {
	return listOf[Check](ctx, db, who, "list-checks", code, checksSQL)
}

// RecordCheck records a check, or replaces it. version is the one that was read
// of an existing check. A written assessment answers its check itself; without
// one, what was assessed on paper is recorded here.
func RecordCheck(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, code string, kind CheckKind, version int, in CheckResult) (Check, error) {
	return postgres.Write(ctx, db, who, "record-check", func(ctx context.Context, tx *postgres.Tx) (Check, error) {
		row, err := Lock(ctx, tx, code, 0)
		if err != nil {
			return Check{}, err
		}
		if err := in.validate(kind, row, tx.Today); err != nil {
			return Check{}, err
		}
		if err := mustNotBeWritten(ctx, tx, row.ID, kind); err != nil {
			return Check{}, err
		}
		var now int
		err = tx.QueryRow(ctx, `SELECT coalesce(max(version), 0) FROM return_checks WHERE case_id = $1 AND kind = $2`, row.ID, string(kind)).Scan(&now)
		if err != nil {
			return Check{}, fmt.Errorf("find a check: %w", err)
		}
		if err := MustMatch(now, version); err != nil {
			return Check{}, err
		}
		if err := in.keep(ctx, tx, v, row, kind); err != nil {
			return Check{}, err
		}
		return Check{Kind: kind, DoneOn: in.DoneOn, Result: in.Result, Language: in.Language, Named: in.Who != "", Version: now + 1}, nil
	})
}

func (in CheckResult) keep(ctx context.Context, tx *postgres.Tx, v person.Vault, row *Row, kind CheckKind) error {
	var name []byte
	if in.Who != "" {
		whose, err := person.Find(ctx, tx, row.Code)
		if err != nil {
			return fmt.Errorf("find a person: %w", err)
		}
		key, err := v.Key(whose)
		if err != nil {
			return err
		}
		if name, err = key.Seal([]byte(in.Who), whoPlace(row.ID, kind)); err != nil {
			return fmt.Errorf("seal a name: %w", err)
		}
		if err := person.Bump(ctx, tx, row.PersonID); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `INSERT INTO return_checks (case_id, kind, done_on, result, language, sealed_who, recorded_by) VALUES ($1,$2,$3,$4,nullif($5,''),$6,$7)
		ON CONFLICT (case_id, kind) DO UPDATE SET done_on = excluded.done_on, result = excluded.result, language = excluded.language, sealed_who = excluded.sealed_who,
			recorded_by = excluded.recorded_by, recorded_at = actor_now(), version = return_checks.version + 1`,
		row.ID, string(kind), in.DoneOn, in.Result, in.Language, name, tx.Who.ID)
	if err != nil {
		return fmt.Errorf("record a check: %w", err)
	}
	return nil
}

// mustNotBeWritten refuses a check that a written assessment answers.
func mustNotBeWritten(ctx context.Context, tx *postgres.Tx, caseID string, kind CheckKind) error {
	for _, k := range []AssessmentKind{Risk, Needs} {
		if k.Check() != kind {
			continue
		}
		if n, err := newestAssessment(ctx, tx, caseID, k); err != nil || n == 0 {
			return err
		}
		return fault.Conflictf("R18", "There is a written assessment, and its newest version counts. Save the next one.")
	}
	return nil
}

func (in CheckResult) validate(kind CheckKind, row *Row, today calendar.Date) error {
	switch {
	case !contains(passing[kind], in.Result) && !contains(failing[kind], in.Result):
		return fault.Invalidf("body.result", "is not a result of this check")
	case kind == VoluntaryDeclaration && in.Language == "":
		return fault.Invalidf("body.language", "is required: the declaration is made in the person's own language")
	case kind.Named() && blank(in.Who):
		return fault.Invalidf("body.who", "is required: say who it is")
	case !kind.Named() && in.Who != "":
		return fault.Invalidf("body.who", "goes with guardians and escorts alone")
	}
	return row.Happened("body.done_on", in.DoneOn, today)
}

// MustMatch is Current for a thing that may not exist yet: now is 0 where there
// is none, and whoever changes one that exists must say which they read.
func MustMatch(now, read int) error {
	if now != 0 && read == 0 {
		return &fault.Error{Kind: fault.Precondition, Message: "It exists already. Read it, and send its ETag as If-Match."}
	}
	if now == 0 && read != 0 {
		return &fault.Error{Kind: fault.Stale, Message: "There is none yet to change."}
	}
	return Current(now, read)
}

func contains(all []string, s string) bool {
	for _, a := range all {
		if a == s {
			return true
		}
	}
	return false
}
