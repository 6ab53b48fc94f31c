package plan_test

import (
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/casework/plan"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/money"
)

func TestR16_APlanWithoutInstalmentsKeepsItsTextAndHash(t *testing.T) {
	t.Parallel()
	text, _, err := plan.Content{Lines: []plan.Line{line("rent", "12000")}}.Canonical()
	want := `{"lines":[{"key":"rent","category":"housing","form":"cash","purpose":"To live","amount":{"amount":"12000.00","currency":"DKK"},"partner_id":"","due_on":"","told_on":""}]}`
	if err != nil || text != want {
		t.Errorf("%s, %v", text, err)
	}
}

func TestR30_InstalmentsAreTheWholeLine(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	parts := func(amounts ...string) (out []plan.Instalment) {
		for i, a := range amounts {
			out = append(out, plan.Instalment{DueOn: h.Today().AddMonths(i), Amount: money.DKK(a)})
		}
		return out
	}
	for name, c := range map[string]struct {
		parts []plan.Instalment
		ok    bool
	}{
		"none":            {nil, true},
		"one":             {parts("20"), true},
		"several":         {parts("10", "7.50", "2.50"), true},
		"too little":      {parts("10", "9.99"), false},
		"too much":        {parts("10", "10.01"), false},
		"nothing in one":  {[]plan.Instalment{parts("20")[0], {DueOn: h.Today().AddDays(1), Amount: money.DKK("0")}}, false},
		"twice on a day":  {[]plan.Instalment{parts("10")[0], parts("10")[0]}, false},
		"another first":   {[]plan.Instalment{{DueOn: h.Today().AddDays(1), Amount: money.DKK("20")}}, false},
		"another money":   {[]plan.Instalment{{DueOn: h.Today(), Amount: money.Must("20", "RON")}}, false},
		"years and years": {[]plan.Instalment{parts("10")[0], {DueOn: h.Today().AddMonths(40), Amount: money.DKK("10")}}, false},
	} {
		l := h.Line("rent", "20")
		l.Instalments = c.parts
		err := plan.Content{Lines: []plan.Line{l}}.Validate(plan.Reintegration, h.Today())
		if c.ok != (err == nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestR30_ANewlyApprovedPlanPromisesAnew(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	rent := h.Line("rent", "3000")
	rent.Instalments = []plan.Instalment{{DueOn: h.Today(), Amount: money.DKK("1000")}, {DueOn: h.Today().AddMonths(1), Amount: money.DKK("2000")}}
	c := h.Planned(t, housetest.WithLines(rent, h.Line("shop", "500")))
	promised := func() string {
		return h.Text(t, `SELECT string_agg(l.key || ' ' || p.number || ' ' || p.due_on || ' ' || p.dkk, ', ' ORDER BY l.key, p.number)
			FROM promises p JOIN budget_lines l ON l.id = p.line_id AND l.plan_version_id = p.plan_version_id WHERE l.case_id = $1`, c.ID)
	}
	if got, want := promised(), "rent 1 2026-10-12 1000.00, rent 2 2026-11-12 2000.00, shop 1 2026-10-12 500.00"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	rent.Instalments[1].DueOn = h.Today().AddMonths(2)
	h.Approve(t, c, 1, rent)
	if got, want := promised(), "rent 1 2026-10-12 1000.00, rent 2 2026-12-12 2000.00"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if n := h.Count(t, `SELECT count(*) FROM promises`); n != 5 {
		t.Errorf("%d promises are kept, want those of both versions", n)
	}
}

func TestR24_SchoolFeesAreOneChildsOfTheFamily(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewAccepted(t)
	other := h.Accepted(t)
	relative := func(of *housetest.Case) string {
		p, err := casefile.AddPart(t.Context(), h.DB, h.Vault, of.By, of.Code, &person.FamilyMember{Relation: "child", GivenNames: "Ion"})
		if err != nil {
			t.Fatal(err)
		}
		return p.ID
	}
	son, strangers := relative(c), relative(other)
	save := func(of *housetest.Case, category, child string) error {
		l := h.Line("school", "2400")
		l.Category, l.ChildID = category, child
		_, err := plan.Save(t.Context(), h.DB, of.By, of.Code, plan.Reintegration, 0, of.Content(l))
		return err
	}
	point := h.Text(t, `SELECT i.id::text FROM identity_parts i JOIN cases c USING (person_id) WHERE c.id = $1 AND i.kind = 'contact_point'`, c.ID)
	for _, child := range []string{"", strangers, point} {
		housetest.Refused(t, save(c, "school_fees", child), fault.Invalid, "R24")
	}
	housetest.Refused(t, save(c, "housing", son), fault.Invalid, "")
	if err := save(c, "school_fees", son); err != nil {
		t.Error(err)
	}
	own := h.Planned(t, housetest.Aged(14)) // represented: the fees are the person's own
	l := h.Line("school", "2400")
	l.Category = "school_fees"
	h.Approve(t, own, 1, l)
	if n := h.Count(t, `SELECT count(*) FROM budget_lines WHERE case_id = $1 AND category = 'school_fees' AND child_id IS NULL`, own.ID); n != 1 {
		t.Errorf("%d lines of the child's own", n)
	}
}
