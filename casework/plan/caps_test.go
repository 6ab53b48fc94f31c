package plan_test

import (
	"errors"
	"testing"

	"hjemvej/casework/plan"
	"hjemvej/casework/policy"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/money"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

func of(category string, l plan.Line) plan.Line {
	l.Category = category
	return l
}

// reapprove saves the lines as the next version and answers what its approval said.
func reapprove(t *testing.T, h *housetest.House, c *housetest.Case, lines ...plan.Line) error {
	t.Helper()
	ctx, kind := t.Context(), plan.Reintegration
	v, err := plan.Save(ctx, h.DB, c.By, c.Code, kind, h.Count(t, `SELECT max(version) FROM plan_versions WHERE case_id = $1`, c.ID), c.Content(lines...))
	if err != nil {
		t.Fatal(err)
	}
	if _, err = plan.RequestApproval(ctx, h.DB, c.By, c.Code, kind, v.Version); err != nil {
		t.Fatal(err)
	}
	_, err = plan.Approve(ctx, h.DB, h.Vault, c.Lead, c.Code, kind, v.Version)
	return err
}

func capped(housing, food string) func(*policy.Policy) {
	return func(p *policy.Policy) {
		p.Support.CategoryCaps = map[string]money.Amount{"housing": money.DKK(housing), "food": money.DKK(food)}
	}
}

func TestR25_APlanAboveCapsIsRefusedWithEveryCategory(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	before := h.Planned(t) // 35,000 of housing
	h.FromTomorrow(t, capped("20000", "3000"))
	c := h.Planned(t, housetest.WithLines(h.Line("rent", "20000"), of("food", h.Line("food", "3000")), of("medical", h.Line("care", "20000"))))
	err := reapprove(t, h, c, h.Line("rent", "15000"), h.Line("deposit", "5000.01"), of("food", h.Line("food", "3000.01")), of("medical", h.Line("care", "20000")))
	housetest.Refused(t, err, fault.Conflict, "R25")
	if diff := cmp.Diff([]string{"lines.food", "lines.housing"}, housetest.Missing(err)); diff != "" {
		t.Error(diff)
	}
	// What was approved before stands; what is approved now keeps to the cap.
	if n := h.Count(t, `SELECT sum(approved_dkk)::int FROM budget_lines WHERE case_id = $1`, before.ID); n != 35000 {
		t.Errorf("the older plan's lines are %d", n)
	}
	housetest.Refused(t, reapprove(t, h, before, h.Line("rent", "20000"), h.Line("shop", "1")), fault.Conflict, "R25")
	if err := reapprove(t, h, before, h.Line("rent", "20000")); err != nil {
		t.Error(err)
	}
}

func TestR25_MoneyMovesBetweenCappedCategoriesWithinOnePlan(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	h.FromTomorrow(t, capped("5000", "5000"))
	c := h.Planned(t, housetest.WithLines(h.Line("a", "5000"), of("food", h.Line("b", "5000"))))
	if err := reapprove(t, h, c, of("food", h.Line("a", "5000")), h.Line("b", "5000")); err != nil {
		t.Error(err)
	}
}

func TestR25_TheDatabaseHoldsTheCapsItself(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Planned(t)
	lower := func() error {
		_, err := h.Exec(t.Context(), c.Lead, `UPDATE budget_lines SET approved_dkk = approved_dkk - 1 WHERE case_id = $1`, c.ID)
		return err
	}
	h.FromTomorrow(t, capped("20000", "19000"))
	if err := lower(); err != nil { // still 14,998 above, but by an older decision
		t.Error(err)
	}
	_, err := h.Exec(t.Context(), c.Lead, `UPDATE budget_lines SET approved_dkk = approved_dkk + 1 WHERE case_id = $1 AND key = 'shop'`, c.ID)
	housetest.Broken(t, err, "category_cap")
	_, err = h.Exec(t.Context(), c.Lead, `UPDATE budget_lines SET category = 'food' WHERE case_id = $1 AND key = 'rent'`, c.ID)
	housetest.Broken(t, err, "category_cap")
	// Two who move a line into a category at once do not both fit.
	moves := func(key string) error {
		_, err := h.Exec(t.Context(), c.Lead, `UPDATE budget_lines SET category = 'medical' WHERE case_id = $1 AND key = $2`, c.ID, key)
		return err
	}
	h.FromTomorrow(t, func(p *policy.Policy) {
		p.Support.CategoryCaps = map[string]money.Amount{"medical": money.DKK("20000")}
	})
	errs := housetest.AtOnce(2, func(i int) error { return moves([]string{"rent", "shop"}[i]) })
	if housetest.Succeeded(errs) != 1 || housetest.Constraint(errors.Join(errs...)) != "category_cap" {
		t.Error(errs)
	}
	err = h.Raw(t.Context(), c.Lead, func(tx pgx.Tx) error { // and what is put right before the end is right
		for _, category := range []string{"medical", "housing"} {
			if _, err := tx.Exec(t.Context(), `UPDATE budget_lines SET category = $2 WHERE case_id = $1`, c.ID, category); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
