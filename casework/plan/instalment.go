package plan

import (
	"context"
	"fmt"
	"slices"

	"hjemvej/casework/casefile"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/money"
	"hjemvej/internal/postgres"
)

// Instalment is one part of a line, promised for its own day (R30). Amounts are
// DKK.
type Instalment struct {
	DueOn  calendar.Date `json:"due_on" format:"date" example:"2026-10-15"`
	Amount money.Amount  `json:"amount" doc:"In DKK"`
}

var (
	_ = postgres.Rule("line_child", fault.Conflictf("R24", "A line of school fees names a child that is no family member of this person."))
	_ = postgres.Rule("promises_of_the_line", fault.Conflictf("R30", "A line's instalments do not add up to its amount."))
)

// checkInstalments says what is wrong with a line's instalments; bad takes a place
// within the line.
func (l Line) checkInstalments(bad func(path, message string)) {
	if len(l.Instalments) == 0 {
		return
	}
	var sum money.Amount
	for i, part := range l.Instalments {
		at := fmt.Sprintf("instalments[%d].", i)
		amount, err := part.Amount.Canonical()
		if err != nil || amount.Currency != money.Krone || !amount.IsPositive() {
			bad(at+"amount", "must be a positive amount in DKK with at most two decimals")
			return
		}
		if sum, err = sum.Add(amount); err != nil {
			bad(at+"amount", "makes the sum too large")
			return
		}
		if i > 0 && !part.DueOn.After(l.Instalments[i-1].DueOn) {
			bad(at+"due_on", "must lie after the instalment before")
		}
		if span := part.DueOn.DaysSince(l.DueOn); span > 3*366 {
			bad(at+"due_on", "must lie within three years of the first")
		}
	}
	if l.Instalments[0].DueOn != l.DueOn {
		bad("due_on", "must be the day of the first instalment")
	}
	if whole, err := l.Amount.Canonical(); err == nil && sum != whole {
		bad("instalments", "must add up to the line's amount")
	}
}

// checkChild says what is wrong with whom a line names: school fees are one
// child's, and nothing else is (R24).
func (l Line) checkChild(bad func(path, message string)) {
	if l.ChildID != "" && l.Category != schoolFees {
		bad("child_id", "belongs to school fees")
	}
}

const schoolFees = "school_fees"

// mustNameChildren refuses school fees that name nobody of this person's family.
// Left out, they are the person's own: of a child that somebody represents (R5).
func (c Content) mustNameChildren(ctx context.Context, tx *postgres.Tx, of *casefile.Row) error {
	if !slices.ContainsFunc(c.Lines, func(l Line) bool { return l.Category == schoolFees }) {
		return nil
	}
	facts, err := postgres.One[struct {
		Family  []string
		IsChild bool
	}](ctx, tx, `SELECT array(SELECT id::text FROM identity_parts WHERE person_id = $2 AND kind = 'family_member') AS family,
		EXISTS (SELECT FROM representatives WHERE case_id = $1 AND ended_on IS NULL) AS is_child`, of.ID, of.PersonID)
	if err != nil {
		return fmt.Errorf("find a person's family: %w", err)
	}
	f := &fault.Error{Kind: fault.Invalid, Rule: "R24", Message: "School fees are one child's."}
	for i, l := range c.Lines {
		switch {
		case l.Category != schoolFees, slices.Contains(facts.Family, l.ChildID), l.ChildID == "" && facts.IsChild:
		default:
			f.Fields = append(f.Fields, fault.Field{Path: fmt.Sprintf("body.lines[%d].child_id", i), Message: "must be the id of a family member of this person"})
		}
	}
	if len(f.Fields) > 0 {
		return f
	}
	return nil
}
