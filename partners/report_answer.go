package partners

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
	"hjemvej/internal/seal"

	"github.com/jackc/pgx/v5"
)

// ReportAnswer is what the contact person says to a report.
type ReportAnswer struct {
	Answer ReportState `json:"answer" enum:"seen,accepted,refused" example:"accepted" doc:"accepted and refused answer a proposed change of the plan; seen, every other report that waits"`
	Text   string      `json:"text,omitempty" maxLength:"2000" example:"Agreed: the course comes first. The plan will say so." doc:"Sealed; the partner reads it, so nothing of risk belongs here (R9). Required for accepted and refused"`
}

// check says whether a report can be answered so.
func (in ReportAnswer) check(r Report) error {
	switch {
	case !slices.Contains(Reportings[r.Kind].Answers, in.Answer):
		return fault.Conflictf("", "A report of this kind is not answered like that.")
	case r.State != ReportOpen:
		return answeredBefore
	case in.Answer != ReportSeen && strings.TrimSpace(in.Text) == "":
		return fault.Invalidf("body.text", "is required with this answer")
	}
	return nil
}

// AnswerReport marks a report as seen, or accepts or refuses a proposed change
// of the plan; then the partner is told. Nothing of the plan changes by it:
// somebody edits the plan, and its own approval holds (R16).
func AnswerReport(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, code, id string, version int, in ReportAnswer) (Report, error) {
	return postgres.Write(ctx, db, who, "answer-report", func(ctx context.Context, tx *postgres.Tx) (Report, error) {
		if _, err := casefile.Find(ctx, tx, code); err != nil {
			return Report{}, err
		}
		r, err := postgres.One[reportRow](ctx, tx, reportSQL+`WHERE c.code = $1 AND r.id = $2 FOR UPDATE OF r`, code, id)
		if errors.Is(err, pgx.ErrNoRows) {
			return Report{}, fault.NoSuch("report")
		}
		if err != nil {
			return Report{}, fmt.Errorf("find a report: %w", err)
		}
		tx.Touch(r.CaseID, r.Case, r.ID)
		if err := casefile.Current(r.Version, version); err != nil {
			return Report{}, err
		}
		if err := in.check(r.Report); err != nil {
			return Report{}, err
		}
		whose, err := person.Find(ctx, tx, code)
		if err != nil {
			return Report{}, fmt.Errorf("find a person: %w", err)
		}
		key, err := v.Key(whose)
		if err != nil {
			return Report{}, err
		}
		if err := r.answer(ctx, tx, key, in); err != nil {
			return Report{}, err
		}
		r, err = postgres.One[reportRow](ctx, tx, reportSQL+`WHERE r.id = $1`, id)
		if err != nil {
			return Report{}, fmt.Errorf("show a report: %w", err)
		}
		return r.open(key)
	})
}

func (r reportRow) answer(ctx context.Context, tx *postgres.Tx, key seal.Key, in ReportAnswer) error {
	sealed, err := key.Seal([]byte(in.Text), reportPlace("sealed_answer", r.ID))
	if err != nil {
		return fmt.Errorf("seal an answer: %w", err)
	}
	_, err = tx.Exec(ctx, `UPDATE partner_reports SET state = $2, answered_by = $3, answered_at = $4, sealed_answer = $5, version = version + 1 WHERE id = $1`,
		r.ID, string(in.Answer), tx.Who.ID, tx.Now, sealed)
	if err != nil {
		return fmt.Errorf("answer a report: %w", err)
	}
	if Reportings[r.Kind].Leads {
		return concernsChanged(ctx, tx, r.CaseID)
	}
	if in.Answer == ReportSeen {
		return nil
	}
	_, err = outbox.Queue(ctx, tx, outbox.Letter{Once: "report:" + r.ID + ":answered", Kind: letter.ReportAnswered,
		CaseID: r.CaseID, PartnerID: r.PartnerID, HandoffID: r.HandoffID, ReportID: r.ID})
	return err
}
