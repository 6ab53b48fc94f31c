package plan

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"

	"github.com/jackc/pgx/v5"
)

// Version is one version of a plan, with who agreed to it and who approved it.
type Version struct {
	Kind        Kind          `json:"kind" enum:"action,reintegration" example:"reintegration"`
	Version     int           `json:"version" example:"2" doc:"The ETag"`
	Content     Content       `json:"content"`
	Hash        string        `json:"hash" doc:"SHA-256 of the content, hexadecimal; an approval is bound to it (R16)"`
	SavedBy     string        `json:"saved_by" format:"uuid"`
	SavedAt     time.Time     `json:"saved_at"`
	AgreedOn    calendar.Date `json:"agreed_on,omitzero" format:"date" doc:"By the person (R17)"`
	RepAgreedOn calendar.Date `json:"representative_agreed_on,omitzero" format:"date" doc:"By a child's representative (R5)"`
	RequestedBy string        `json:"approval_requested_by,omitempty" format:"uuid"`
	ApprovedBy  string        `json:"approved_by,omitempty" format:"uuid"`
	ApprovedAt  *time.Time    `json:"approved_at,omitempty"`
}

// Approved reports whether this exact content was approved (R16).
func (v Version) Approved() bool { return v.ApprovedBy != "" }

type row struct {
	ID          string
	CaseID      string
	Kind        Kind
	Version     int
	Content     string
	Hash        []byte
	SavedBy     string
	SavedAt     time.Time
	AgreedOn    calendar.Date
	RepAgreedOn calendar.Date
	RepAgrees   bool // the representative who is appointed now
	RequestedBy string
	ApprovedBy  string
	ApprovedAt  *time.Time
}

const versionSQL = `SELECT v.id, v.case_id, v.kind, v.version, v.content, v.hash, v.saved_by, v.saved_at,
		(SELECT g.agreed_on FROM plan_agreements g WHERE g.plan_version_id = v.id AND g.given_by = 'self') AS agreed_on,
		(SELECT max(g.agreed_on) FROM plan_agreements g WHERE g.plan_version_id = v.id AND g.given_by = 'representative') AS rep_agreed_on,
		EXISTS (SELECT FROM plan_agreements g JOIN representatives r ON r.id = g.representative_id WHERE g.plan_version_id = v.id AND r.ended_on IS NULL) AS rep_agrees,
		coalesce(a.requested_by::text, '') AS requested_by, coalesce(a.approved_by::text, '') AS approved_by, a.approved_at
	FROM plan_versions v JOIN cases c ON c.id = v.case_id LEFT JOIN plan_approvals a ON a.plan_version_id = v.id
	WHERE c.code = $1 AND v.kind = $2`

const newestSQL = versionSQL + ` ORDER BY v.version DESC LIMIT 1`

// numberedSQL takes 0 for the newest.
const numberedSQL = versionSQL + ` AND ($3 = 0 OR v.version = $3) ORDER BY v.version DESC LIMIT 1`

func (r row) show() (Version, error) {
	v := Version{Kind: r.Kind, Version: r.Version, Hash: hex.EncodeToString(r.Hash), SavedBy: r.SavedBy, SavedAt: r.SavedAt,
		AgreedOn: r.AgreedOn, RepAgreedOn: r.RepAgreedOn, RequestedBy: r.RequestedBy, ApprovedBy: r.ApprovedBy, ApprovedAt: r.ApprovedAt}
	if err := json.Unmarshal([]byte(r.Content), &v.Content); err != nil {
		return Version{}, fmt.Errorf("read a plan: %w", err)
	}
	return v, nil
}

// Read is the newest version of a plan, or the numbered one where version is
// not 0.
func Read(ctx context.Context, db *postgres.DB, who access.Actor, op access.Operation, code string, kind Kind, version int) (Version, error) {
	if !access.IsCode(code) {
		return Version{}, fault.NoSuch("plan")
	}
	var reach casefile.Reach
	var found row
	_, err := postgres.Read(ctx, db, who, op, postgres.About{Case: code},
		postgres.Single(&reach, "case", casefile.ReachOfCaseSQL, code),
		postgres.Single(&found, "plan", numberedSQL, code, string(kind), version))
	if err != nil {
		return Version{}, err
	}
	if err := postgres.Allow(ctx, db, who, op, reach.Record(), "plan"); err != nil {
		return Version{}, err
	}
	return found.show()
}

// List is every version of a plan, oldest first (R15).
func List(ctx context.Context, db *postgres.DB, who access.Actor, code string, kind Kind) ([]Version, error) {
	const op = "list-plan-versions"
	if !access.IsCode(code) {
		return nil, fault.NoSuch("case")
	}
	var reach casefile.Reach
	var rows []row
	_, err := postgres.Read(ctx, db, who, op, postgres.About{Case: code},
		postgres.Single(&reach, "case", casefile.ReachOfCaseSQL, code),
		postgres.Many(&rows, versionSQL+` ORDER BY v.version`, code, string(kind)))
	if err != nil {
		return nil, err
	}
	out := make([]Version, len(rows))
	for i, r := range rows {
		if out[i], err = r.show(); err != nil {
			return nil, err
		}
	}
	return out, postgres.Allow(ctx, db, who, op, reach.Record(), "case")
}

// Comparison is what changed from one version of a plan to another (R15).
type Comparison struct {
	Kind    Kind     `json:"kind" enum:"action,reintegration" example:"reintegration"`
	From    int      `json:"from" example:"1" doc:"The earlier version, or whichever was asked for first"`
	To      int      `json:"to" example:"3"`
	Changes []Change `json:"changes" doc:"Empty where both say the same"`
}

// CompareVersions is what changed from one version of a plan to another; to is
// the newest where it is 0 (R15).
func CompareVersions(ctx context.Context, db *postgres.DB, who access.Actor, code string, kind Kind, from, to int) (Comparison, error) {
	const op = "compare-plan-versions"
	if !access.IsCode(code) {
		return Comparison{}, fault.NoSuch("plan")
	}
	var reach casefile.Reach
	var a, b row
	_, err := postgres.Read(ctx, db, who, op, postgres.About{Case: code},
		postgres.Single(&reach, "case", casefile.ReachOfCaseSQL, code),
		postgres.Single(&a, "version", numberedSQL, code, string(kind), from),
		postgres.Single(&b, "version", numberedSQL, code, string(kind), to))
	if err != nil {
		return Comparison{}, err
	}
	if err := postgres.Allow(ctx, db, who, op, reach.Record(), "plan"); err != nil {
		return Comparison{}, err
	}
	changes, err := a.changesTo(b)
	return Comparison{kind, a.Version, b.Version, changes}, err
}

// changesTo is what changed from r to a later version; never nil.
func (r row) changesTo(later row) ([]Change, error) {
	a, err := r.show()
	if err != nil {
		return nil, err
	}
	b, err := later.show()
	if err != nil {
		return nil, err
	}
	return append([]Change{}, Compare(a.Content, b.Content)...), nil
}

func newest(ctx context.Context, tx *postgres.Tx, code string, kind Kind) (row, error) {
	r, err := postgres.One[row](ctx, tx, newestSQL, code, string(kind))
	if errors.Is(err, pgx.ErrNoRows) {
		return r, fault.NoSuch("plan")
	}
	return r, err
}

func numbered(ctx context.Context, tx *postgres.Tx, code string, kind Kind, version int) (row, error) {
	r, err := postgres.One[row](ctx, tx, numberedSQL, code, string(kind), version)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, fault.NoSuch("version")
	}
	return r, err
}

func isNone(err error) bool { return fault.KindOf(err) == fault.NotFound }

func shown(ctx context.Context, tx *postgres.Tx, code string, kind Kind) (Version, error) {
	r, err := newest(ctx, tx, code, kind)
	if err != nil {
		return Version{}, err
	}
	return r.show()
}
