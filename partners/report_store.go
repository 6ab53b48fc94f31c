package partners

import (
	"context"
	"fmt"
	"time"

	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
	"hjemvej/internal/seal"

	"github.com/google/uuid"
)

// Report is something that a partner reported, and how it was answered.
type Report struct {
	ID         string        `json:"id" format:"uuid"`
	Case       string        `json:"case_code" example:"K7QX-2MVD"`
	HandoffID  string        `json:"handoff_id" format:"uuid"`
	PartnerID  string        `json:"partner_id" format:"uuid"`
	Kind       ReportKind    `json:"kind" enum:"booking_confirmed,met_at_arrival,counselling_held,plan_change_proposed,incident,safety_concern,unable_to_go_on" example:"counselling_held"`
	HappenedOn calendar.Date `json:"happened_on" format:"date"`
	Reference  string        `json:"reference" example:"CE-2026-0412" doc:"The partner's own"`
	Text       string        `json:"text,omitempty"`
	RecordedBy string        `json:"recorded_by" format:"uuid" doc:"The partner's key"`
	RecordedAt time.Time     `json:"recorded_at"`
	State      ReportState   `json:"state" enum:"noted,open,seen,accepted,refused" example:"noted" doc:"noted asks for nothing; open waits for the contact person"`
	Answer     string        `json:"answer_text,omitempty"`
	AnsweredBy string        `json:"answered_by,omitempty" format:"uuid" doc:"The user's id; a partner is not told"`
	AnsweredAt *time.Time    `json:"answered_at,omitempty"`
	Version    int           `json:"version" example:"1"`
}

// reportRow is a report as it lies in the database.
type reportRow struct {
	Report
	CaseID       string
	Sealed       []byte
	SealedAnswer []byte
}

const reportSQL = `SELECT r.id, c.code AS "case", r.case_id, r.handoff_id, r.partner_id, r.kind, r.happened_on, r.reference, '' AS text, r.sealed, r.recorded_by, r.recorded_at,
		r.state, '' AS answer, r.sealed_answer, CASE WHEN actor_role() = 'partner' THEN '' ELSE coalesce(r.answered_by::text, '') END AS answered_by, r.answered_at, r.version
	FROM partner_reports r JOIN cases c ON c.id = r.case_id `

var (
	answeredBefore = fault.Conflictf("", "The report was answered before.")
	_              = postgres.Rule("report_move", answeredBefore)
	// Two reports under one reference at once, on two cases: the second is made
	// again, and finds the first.
	_ = postgres.TryAgain("partner_reports_reference")
)

// RecordReport records what a partner reports of a case that was handed to it.
// The same report under the same reference is the report of the first time, as
// it stands now; another one is refused (R29).
func RecordReport(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, handoff string, in NewReport) (Report, error) {
	return postgres.Write(ctx, db, who, "report", func(ctx context.Context, tx *postgres.Tx) (Report, error) {
		return record(ctx, tx, v, handoff, "body", in)
	})
}

// record is RecordReport within tx; path is the report's place in the request.
func record(ctx context.Context, tx *postgres.Tx, v person.Vault, handoff, path string, in NewReport) (Report, error) {
	tx.Seek(handoff)
	h, err := findHandoff(ctx, tx, handoff, "")
	if err != nil {
		return Report{}, err
	}
	key, err := h.keyOfReports(ctx, tx, v)
	if err != nil {
		return Report{}, err
	}
	facts, earlier, err := h.hold(ctx, tx, in.Reference)
	if err != nil {
		return Report{}, err
	}
	if len(earlier) > 0 {
		return h.again(tx, key, earlier[0], in)
	}
	if err := in.Check(path, facts, tx.Today); err != nil {
		return Report{}, err
	}
	id, err := h.insertReport(ctx, tx, key, in)
	if err != nil {
		return Report{}, err
	}
	if err := h.openIncident(ctx, tx, key, id, in); err != nil {
		return Report{}, err
	}
	if err := h.follow(ctx, tx, id, in); err != nil {
		return Report{}, err
	}
	made, err := postgres.One[reportRow](ctx, tx, reportSQL+`WHERE r.id = $1`, id)
	if err != nil {
		return Report{}, fmt.Errorf("show a report: %w", err)
	}
	tx.Touch(h.CaseID, h.Case, id)
	return made.open(key)
}

// keyOfReports is the person's key, for the partner's own words alone.
func (r handoffRow) keyOfReports(ctx context.Context, tx *postgres.Tx, v person.Vault) (seal.Key, error) {
	whose, err := postgres.One[person.Sealed](ctx, tx, keyOfReportsSQL, r.ID)
	if err != nil {
		return seal.Key{}, fmt.Errorf("find a person's key: %w", err)
	}
	return v.Key(whose)
}

const keyOfReportsSQL = `SELECT k.id, k.wrapped_key, NULL::bytea AS identity FROM handoffs h, key_of_reports(h.case_id) k WHERE h.id = $1`

// hold keeps the case and its hand-off as they are until the transaction ends,
// the case first, as whoever ends a hand-off with its case does. It answers what
// decides about a report, and the earlier one under the reference. It acts as
// the program: a partner may change neither.
func (r handoffRow) hold(ctx context.Context, tx *postgres.Tx, reference string) (facts ReportFacts, earlier []reportRow, err error) {
	err = tx.AsProgram(ctx, func() error {
		if _, err := tx.Exec(ctx, `SELECT FROM cases WHERE id = $1 FOR NO KEY UPDATE`, r.CaseID); err != nil {
			return fmt.Errorf("hold a case: %w", err)
		}
		facts, err = postgres.One[ReportFacts](ctx, tx, `SELECT h.role, h.state, c.departed_on, d.notified_on
			FROM handoffs h JOIN cases c ON c.id = h.case_id LEFT JOIN departures d ON d.case_id = c.id WHERE h.id = $1 FOR SHARE OF h`, r.ID)
		if err != nil {
			return fmt.Errorf("hold a hand-off: %w", err)
		}
		earlier, err = postgres.Collect[reportRow](ctx, tx, reportSQL+`WHERE r.partner_id = $1 AND r.reference = $2`, r.PartnerID, reference)
		return err
	})
	return facts, earlier, err
}

// again answers a report that was recorded before.
func (r handoffRow) again(tx *postgres.Tx, key seal.Key, earlier reportRow, in NewReport) (Report, error) {
	other := fault.Conflictf("R29", "This reference was used before for another report.")
	if earlier.HandoffID != r.ID {
		return Report{}, other
	}
	out, err := earlier.open(key)
	if err != nil {
		return Report{}, err
	}
	if (NewReport{out.Kind, out.HappenedOn, out.Reference, out.Text}) != in {
		return Report{}, other
	}
	tx.Touch(r.CaseID, r.Case, out.ID)
	out.AnsweredBy = ""
	return out, nil
}

func (r handoffRow) insertReport(ctx context.Context, tx *postgres.Tx, key seal.Key, in NewReport) (id string, err error) {
	id = uuid.NewString()
	sealed, err := key.Seal([]byte(in.Text), reportPlace("sealed", id))
	if err != nil {
		return "", fmt.Errorf("seal a report: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO partner_reports (id, case_id, handoff_id, partner_id, kind, happened_on, reference, sealed, recorded_by, state)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)`,
		id, r.CaseID, r.ID, r.PartnerID, string(in.Kind), in.HappenedOn, in.Reference, sealed, tx.Who.ID, string(Reportings[in.Kind].begins()))
	if err != nil {
		return "", fmt.Errorf("record a report: %w", err)
	}
	return id, nil
}

// open unseals a report's texts with the person's key. Whoever calls it must
// leave an audit row that says so.
func (r reportRow) open(key seal.Key) (Report, error) {
	out := r.Report
	text, err := key.Open(r.Sealed, reportPlace("sealed", r.ID))
	if err != nil {
		return Report{}, fmt.Errorf("open a report: %w", err)
	}
	out.Text = string(text)
	if r.SealedAnswer == nil {
		return out, nil
	}
	if text, err = key.Open(r.SealedAnswer, reportPlace("sealed_answer", r.ID)); err != nil {
		return Report{}, fmt.Errorf("open an answer: %w", err)
	}
	out.Answer = string(text)
	return out, nil
}

func reportPlace(column, id string) string { return seal.At("partner_reports", column, id) }
