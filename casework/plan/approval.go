package plan

import (
	"context"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/money"
	"hjemvej/internal/postgres"
)

// Agreement is the person's, or a child's representative's, agreement to the
// newest version of a plan (R17).
type Agreement struct {
	GivenBy  string        `json:"given_by" enum:"self,representative" example:"self"`
	AgreedOn calendar.Date `json:"agreed_on" format:"date" example:"2026-09-02"`
	Language string        `json:"language" pattern:"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$" maxLength:"35" example:"ro" doc:"In which it was explained and agreed, BCP 47"`
}

var (
	_ = postgres.Rule("approver_is_not_author", fault.Conflictf("R16", "Whoever wrote or last edited the plan cannot approve it."))
	_ = postgres.Rule("approver_is_not_requester", fault.Conflictf("R16", "Whoever asked for the approval cannot give it."))
	_ = postgres.Rule("approval_of_the_exact_content", fault.Conflictf("R16", "The plan changed; what was asked to be approved is no longer the newest version."))
	_ = postgres.Rule("approval_is_final", fault.Conflictf("R16", "This version was approved before."))
	_ = postgres.Rule("approver_is_team_lead", fault.Conflictf("R16", "A plan is approved by the case's team lead."))
	_ = postgres.Rule("plan_agreements_once", fault.Conflictf("R17", "The agreement to this version was recorded before."))
	_ = postgres.Rule("plan_approvals_pkey", fault.Conflictf("R16", "The approval of this version was asked for before."))
	_ = postgres.Rule("plan_version_once", &fault.Error{Kind: fault.Stale, Message: "It changed since you read it. Read it again and decide anew."})
	_ = postgres.Rule("person_ceiling", fault.Conflictf("R25", "The lines together exceed the person's ceiling."))
	_ = postgres.Rule("programme_ceiling", fault.Conflictf("R25", "The lines together exceed what the programme has left."))
	_ = postgres.Rule("budget_line_giver", fault.Conflictf("R21", "A line with payments keeps its giver; plan a line of its own for another giver."))
	_ = postgres.Rule("budget_lines_partner_id_fkey", fault.Conflictf("R14", "A line names a giver that is not a partner."))
)

// Agree records an agreement to the version that was read.
func Agree(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, code string, kind Kind, read int, in Agreement) (Version, error) {
	return onNewest(ctx, db, who, "agree-plan", code, kind, read, func(ctx context.Context, tx *postgres.Tx, c *casefile.Row, p row) error {
		if err := c.Happened("body.agreed_on", in.AgreedOn, tx.Today); err != nil {
			return err
		}
		if saved := calendar.Today(p.SavedAt); in.AgreedOn.Before(saved) {
			return fault.Invalidf("body.agreed_on", "must not lie before %s, when this version was saved", saved)
		}
		if in.GivenBy == "representative" {
			if err := c.MustBeRepresented(ctx, tx, v, in.AgreedOn); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `INSERT INTO plan_agreements (plan_version_id, case_id, given_by, agreed_on, language, recorded_by) VALUES ($1,$2,$3,$4,$5,$6)`,
			p.ID, c.ID, in.GivenBy, in.AgreedOn, in.Language, who.ID)
		return err
	})
}

// RequestApproval asks for the approval of the version that was read.
func RequestApproval(ctx context.Context, db *postgres.DB, who access.Actor, code string, kind Kind, read int) (Version, error) {
	return onNewest(ctx, db, who, "request-plan-approval", code, kind, read, func(ctx context.Context, tx *postgres.Tx, c *casefile.Row, p row) error {
		_, err := tx.Exec(ctx, `INSERT INTO plan_approvals (plan_version_id, case_id, requested_by) VALUES ($1,$2,$3)`, p.ID, c.ID, who.ID)
		return err
	})
}

// Approve approves the version that was read, with its exact content. Neither
// its author, nor the plan's first author, nor who asked may (R16). A child's plan
// needs the representative's agreement first (R5). Approving a
// reintegration plan makes its lines what may be paid (R25).
func Approve(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, code string, kind Kind, read int) (Version, error) {
	return onNewest(ctx, db, who, "approve-plan", code, kind, read, func(ctx context.Context, tx *postgres.Tx, c *casefile.Row, p row) error {
		if p.RequestedBy == "" {
			return fault.Conflictf("R16", "Nobody asked for the approval of this version yet.")
		}
		child, err := c.IsChild(ctx, tx, v)
		if err != nil {
			return err
		}
		if child && !p.RepAgrees {
			return fault.Conflictf("R5", "The child's representative, as appointed now, has not agreed to this version.")
		}
		tag, err := tx.Exec(ctx, `UPDATE plan_approvals SET hash = $2, approved_by = $3, approved_at = $4 WHERE plan_version_id = $1`,
			p.ID, p.Hash, who.ID, tx.Now)
		if err != nil {
			return fmt.Errorf("approve a plan: %w", err)
		}
		if tag.RowsAffected() != 1 {
			return fault.NoSuch("approval")
		}
		if kind != Reintegration {
			return nil
		}
		approved, err := p.show()
		if err != nil {
			return err
		}
		if err := withinLimits(ctx, tx, approved.Content.Lines); err != nil {
			return err
		}
		return layLines(ctx, tx, c, p.ID, approved.Content.Lines)
	})
}

// onNewest runs an act on the newest version, which must be the one that the
// actor read; 0 asks for no comparison.
func onNewest(ctx context.Context, db *postgres.DB, who access.Actor, op access.Operation, code string, kind Kind, read int,
	do func(context.Context, *postgres.Tx, *casefile.Row, row) error) (Version, error) {
	return postgres.Write(ctx, db, who, op, func(ctx context.Context, tx *postgres.Tx) (Version, error) {
		c, err := casefile.Lock(ctx, tx, code, 0)
		if err != nil {
			return Version{}, err
		}
		if err := mustGoOn(c); err != nil {
			return Version{}, err
		}
		p, err := newest(ctx, tx, code, kind)
		if err != nil {
			return Version{}, err
		}
		if read != 0 {
			if err := current(ctx, tx, code, p, read); err != nil {
				return Version{}, err
			}
		}
		tx.Touch(c.ID, c.Code, p.ID)
		if err := do(ctx, tx, c, p); err != nil {
			return Version{}, err
		}
		return shown(ctx, tx, code, kind)
	})
}

// layLines makes the approved lines the case's budget. Lines that only shrink
// go first, so that moving money between lines fits under the ceiling. A line
// that was left out keeps nothing; one with payments cannot be left out.
func layLines(ctx context.Context, tx *postgres.Tx, c *casefile.Row, versionID string, lines []Line) error {
	keys := make([]string, len(lines))
	for i, l := range lines {
		keys[i] = l.Key
	}
	tag, err := tx.Exec(ctx, `UPDATE budget_lines SET approved_dkk = 0, plan_version_id = $2 WHERE case_id = $1 AND NOT key = ANY($3) AND approved_dkk > 0`, c.ID, versionID, keys)
	if err != nil {
		return fmt.Errorf("drop %d lines: %w", tag.RowsAffected(), err)
	}
	const lower = `UPDATE budget_lines SET approved_dkk = least(approved_dkk, $3::numeric), plan_version_id = $4 WHERE case_id = $1 AND key = $2`
	for _, l := range lines {
		if _, err := tx.Exec(ctx, lower, c.ID, l.Key, l.Amount.Number(), versionID); err != nil {
			return fmt.Errorf("lower a line: %w", err)
		}
	}
	for _, l := range lines {
		if err := layLine(ctx, tx, c, versionID, l); err != nil {
			return err
		}
	}
	return nil
}

func layLine(ctx context.Context, tx *postgres.Tx, c *casefile.Row, versionID string, l Line) error {
	amount, err := money.New(l.Amount.Amount, l.Amount.Currency)
	if err != nil {
		return fmt.Errorf("read a line's amount: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO budget_lines (case_id, key, category, form, purpose, partner_id, approved_dkk, due_on, told_on, plan_version_id)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)
		ON CONFLICT (case_id, key) DO UPDATE SET category = excluded.category, form = excluded.form, purpose = excluded.purpose,
			partner_id = excluded.partner_id, approved_dkk = excluded.approved_dkk, due_on = excluded.due_on, told_on = excluded.told_on,
			plan_version_id = excluded.plan_version_id`,
		c.ID, l.Key, l.Category, l.Form, l.Purpose, l.PartnerID, amount.Number(), l.DueOn, l.ToldOn, versionID)
	if err != nil {
		return fmt.Errorf("lay a line: %w", err)
	}
	return nil
}
