package casefile_test

import (
	"errors"
	"slices"
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"

	"github.com/google/go-cmp/cmp"
)

func TestR18_TheNewestVersionOfAnAssessmentAnswersTheGate(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Ready(t) // both checks were recorded without a text
	for _, step := range []struct {
		kind   casefile.AssessmentKind
		result string
		want   []string
	}{
		{casefile.Risk, "", []string{"risk_assessment"}}, // what was cleared on paper does not count any more
		{casefile.Risk, "cleared", nil},
		{casefile.Risk, "", []string{"risk_assessment"}},
		{casefile.Risk, "cleared_with_conditions", nil},
		{casefile.Risk, "not_cleared", []string{"risk_assessment"}},
		{casefile.Needs, "", []string{"risk_assessment", "needs_assessment"}},
		{casefile.Needs, "done", []string{"risk_assessment"}},
	} {
		h.Assess(t, c, step.kind, step.result)
		gate, err := casefile.ReadGate(t.Context(), h.DB, h.Vault, h.Lead, c.Code)
		must(t, err)
		var got []string
		for _, m := range gate {
			got = append(got, m.What)
		}
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("after %s %q (-want +got):\n%s", step.kind, step.result, diff)
		}
	}
	housetest.Refused(t, depart(t, h, c), fault.Conflict, "R18")
	h.Assess(t, c, casefile.Risk, "cleared")
	must(t, depart(t, h, c))
}

func TestR18_AWrittenAssessmentIsNotOverruledByACheckWithoutText(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Ready(t)
	record := func(version int) error {
		return second(casefile.RecordCheck(t.Context(), h.DB, h.Vault, c.By, c.Code, casefile.RiskAssessment, version, casefile.CheckResult{DoneOn: h.Today(), Result: "cleared"}))
	}
	must(t, record(1))
	h.Assess(t, c, casefile.Risk, "not_cleared")
	housetest.Refused(t, record(2), fault.Conflict, "R18")
	h.Set(t, `UPDATE return_checks SET result = 'cleared' WHERE case_id = $1 AND kind = 'risk_assessment'`, c.ID) // even so
	if diff := cmp.Diff([]string{"risk_assessment"}, housetest.Missing(depart(t, h, c))); diff != "" {
		t.Error(diff)
	}
	list, err := casefile.ListChecks(t.Context(), h.DB, h.Lead, c.Code)
	must(t, err)
	at := slices.IndexFunc(list, func(k casefile.Check) bool { return k.Kind == casefile.RiskAssessment })
	if len(list) != 3 || list[at].Result != "not_cleared" || list[at].Version != 1 {
		t.Errorf("%+v", list)
	}
}

func TestR18_EveryVersionOfAnAssessmentStaysReadableWithWhoSigned(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	ctx := t.Context()
	draft := casefile.NewAssessment{DoneOn: h.Today(), AssessmentText: casefile.AssessmentText{Risk: &casefile.RiskText{Debt: "To be asked"}}}
	save := func(read int, in casefile.NewAssessment) (casefile.AssessmentState, error) {
		return casefile.SaveAssessment(ctx, h.DB, h.Vault, h.Lead, c.Code, casefile.Risk, read, in)
	}
	housetest.Refused(t, second(casefile.ReadAssessment(ctx, h.DB, h.Vault, h.Contact, c.Code, casefile.Risk)), fault.NotFound, "")
	housetest.Refused(t, second(save(1, draft)), fault.Stale, "")
	first, err := save(0, draft)
	must(t, err)
	if first.Version != 1 || first.SignedBy != "" || !first.SignedOn.IsZero() || first.SavedBy != h.Lead.ID {
		t.Errorf("a draft: %+v", first)
	}
	housetest.Refused(t, second(save(0, draft)), fault.Precondition, "")
	h.Pass(1)
	signed := h.Assess(t, c, casefile.Risk, "cleared_with_conditions")
	if signed.Version != 2 || signed.SignedBy != h.Contact.ID || signed.SignedOn != h.Today() {
		t.Errorf("signed: %+v", signed)
	}
	housetest.Refused(t, second(save(1, draft)), fault.Stale, "")
	newest, err := casefile.ReadAssessment(ctx, h.DB, h.Vault, h.Lead, c.Code, casefile.Risk)
	must(t, err)
	all, err := casefile.ListAssessmentVersions(ctx, h.DB, h.Vault, h.Contact, c.Code, casefile.Risk)
	must(t, err)
	if len(all) != 2 || all[0].Risk.Debt != "To be asked" || all[0].SignedBy != "" || !cmp.Equal(all[1], newest) || newest.Conditions != "In the city only" ||
		newest.Version != 2 || newest.SignedBy != h.Contact.ID {
		t.Errorf("%+v", all)
	}
	if none, err := casefile.ListAssessmentVersions(ctx, h.DB, h.Vault, h.Contact, c.Code, casefile.Needs); err != nil || none == nil || len(none) != 0 {
		t.Errorf("%+v, %v", none, err)
	}
	if n := h.Count(t, `SELECT count(*) FROM audit_log WHERE operation IN ('read-assessment','list-assessment-versions') AND outcome = 'done' AND case_code = $1`, c.Code); n < 3 {
		t.Errorf("%d readings are recorded", n)
	}
}

func TestR18_OfTwoWhoSaveAnAssessmentAtOnceOneIsToldToReadAgain(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	for read := range 2 {
		errs := housetest.AtOnce(4, func(int) error {
			return second(casefile.SaveAssessment(t.Context(), h.DB, h.Vault, c.By, c.Code, casefile.Needs, read, h.Assessment(casefile.Needs, "done")))
		})
		if n := housetest.Succeeded(errs); n != 1 {
			t.Errorf("%d of four succeeded: %v", n, errs)
		}
	}
}

func TestR18_WhatIsSignedIsWhole(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	risk := func(result string, change func(*casefile.NewAssessment)) casefile.NewAssessment {
		in := h.Assessment(casefile.Risk, result)
		change(&in)
		return in
	}
	needs := h.Assessment(casefile.Needs, "done")
	for name, c := range map[string]struct {
		kind casefile.AssessmentKind
		in   casefile.NewAssessment
		want []string
	}{
		"whole":                      {casefile.Risk, h.Assessment(casefile.Risk, "cleared"), nil},
		"whole needs":                {casefile.Needs, needs, nil},
		"an empty draft":             {casefile.Risk, casefile.NewAssessment{AssessmentText: casefile.AssessmentText{Risk: &casefile.RiskText{}}}, nil},
		"nothing at all":             {casefile.Needs, casefile.NewAssessment{}, []string{"body.needs"}},
		"the other kind":             {casefile.Risk, needs, []string{"body.result", "body.risk", "body.needs"}},
		"a result of needs":          {casefile.Risk, risk("done", func(*casefile.NewAssessment) {}), []string{"body.result"}},
		"a result of another check":  {casefile.Risk, risk("in_favour", func(*casefile.NewAssessment) {}), []string{"body.result"}},
		"no conditions":              {casefile.Risk, risk("cleared_with_conditions", func(a *casefile.NewAssessment) { a.Conditions = " \n" }), []string{"body.conditions"}},
		"conditions of nothing":      {casefile.Risk, risk("not_cleared", func(a *casefile.NewAssessment) { a.Conditions = "x" }), []string{"body.conditions"}},
		"two blanks, named together": {casefile.Risk, risk("cleared", func(a *casefile.NewAssessment) { a.Risk.Debt, a.Risk.Mitigation = "", " " }), []string{"body.risk.debt", "body.risk.mitigation"}},
		"no answers of needs": {casefile.Needs, casefile.NewAssessment{Result: "done", AssessmentText: casefile.AssessmentText{Needs: &casefile.NeedsText{Other: "x"}}},
			[]string{"body.needs.accommodation", "body.needs.health", "body.needs.livelihood", "body.needs.family"}},
	} {
		err := c.in.Validate(c.kind)
		var f *fault.Error
		var got []string
		if errors.As(err, &f) {
			for _, field := range f.Fields {
				got = append(got, field.Path)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" || (err != nil) != (c.want != nil) {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestR18_AnAssessmentIsMadeInTheCourseOfTheCase(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	save := func(days int) error {
		in := h.Assessment(casefile.Needs, "done")
		in.DoneOn = h.Today().AddDays(days)
		return second(casefile.SaveAssessment(t.Context(), h.DB, h.Vault, c.By, c.Code, casefile.Needs, 0, in))
	}
	housetest.Refused(t, save(1), fault.Invalid, "")
	housetest.Refused(t, save(-31), fault.Invalid, "")
	h.Set(t, `UPDATE cases SET state = 'withdrawn', withdrawn_on = opened_on, withdrawn_from = state WHERE id = $1`, c.ID)
	housetest.Refused(t, save(0), fault.Conflict, "")
}

func TestR18_TheDatabaseItselfKeepsResultsAndSignaturesTrue(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	insert := func(kind, result, by string) error {
		return second(h.Exec(t.Context(), h.Contact, `INSERT INTO assessment_versions (case_id, kind, version, done_on, result, sealed, saved_by)
			VALUES ($1, $2, 1, '2026-10-12', $3, 'x', $4)`, c.ID, kind, result, by))
	}
	housetest.Broken(t, insert("risk", "done", h.Contact.ID), "assessment_result")
	housetest.Broken(t, insert("needs", "cleared", h.Contact.ID), "assessment_result")
	housetest.Broken(t, insert("risk", "cleared", h.Lead.ID), "assessment_saved_by_the_actor")
	must(t, insert("risk", "cleared", h.Contact.ID))
	housetest.Broken(t, insert("risk", "cleared", h.Contact.ID), "assessment_versions_pkey")
	for _, sql := range []string{`UPDATE assessment_versions SET result = 'cleared'`, `DELETE FROM assessment_versions`} {
		housetest.Broken(t, second(h.Exec(t.Context(), h.Contact, sql)), "42501")
	}
}

func TestR12_AnAssessmentOpensOnlyInItsPlace(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c, other := h.Case(t), h.Case(t)
	for _, at := range []*housetest.Case{c, other} {
		h.Assess(t, at, casefile.Risk, "not_cleared")
		h.Assess(t, at, casefile.Risk, "cleared")
		h.Assess(t, at, casefile.Needs, "done")
	}
	read := func(kind casefile.AssessmentKind) error {
		return second(casefile.ReadAssessment(t.Context(), h.DB, h.Vault, c.By, c.Code, kind))
	}
	must(t, read(casefile.Risk), read(casefile.Needs))
	moved := `UPDATE assessment_versions a SET sealed = (SELECT x.sealed FROM assessment_versions x WHERE x.case_id = $2 AND x.kind = $3 AND x.version = $4) WHERE a.case_id = $1 AND a.kind = $5 AND a.version = $6`
	own := h.Text(t, `SELECT encode(sealed, 'hex') FROM assessment_versions WHERE case_id = $1 AND kind = 'risk' AND version = 2`, c.ID)
	for name, args := range map[string][]any{
		"another version": {c.ID, c.ID, "risk", 1, "risk", 2},
		"another kind":    {c.ID, c.ID, "needs", 1, "risk", 2},
		"another case":    {c.ID, other.ID, "risk", 2, "risk", 2},
	} {
		h.Set(t, moved, args...)
		if err := read(casefile.Risk); fault.KindOf(err) != fault.Internal {
			t.Errorf("the text of %s: %v", name, err)
		}
		h.Set(t, `UPDATE assessment_versions SET sealed = decode($2, 'hex') WHERE case_id = $1 AND kind = 'risk' AND version = 2`, c.ID, own)
		must(t, read(casefile.Risk))
	}
	h.Set(t, `UPDATE cases SET person_id = (SELECT person_id FROM cases WHERE id = $2) WHERE id = $1`, c.ID, other.ID)
	if err := read(casefile.Risk); fault.KindOf(err) != fault.Internal {
		t.Errorf("with another person's key: %v", err)
	}
}
