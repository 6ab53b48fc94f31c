package followup_test

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
)

// interviews is a case that has arrived, and its survey at month 3.
type interviews struct {
	*housetest.House
	*housetest.Case
}

func newInterviews(t *testing.T) interviews {
	h, c := housetest.NewArrived(t)
	return interviews{h, c}
}

func part(choices ...string) followup.Answers {
	a := followup.Answers{Choices: map[string]string{}}
	for i := 0; i < len(choices); i += 2 {
		a.Choices[choices[i]] = choices[i+1]
	}
	return a
}

func (b interviews) save(t *testing.T, who access.Actor, read int, a followup.Answers) (followup.Draft, error) {
	return followup.SaveDraft(t.Context(), b.DB, who, b.Code, followup.Month3, read, followup.NewDraft{Answers: a})
}

func (b interviews) answer(t *testing.T, who access.Actor, draft int, a followup.Answers) error {
	in := housetest.Interview
	if who.Role == access.Partner {
		in.Interviewer = "partner"
	}
	return second(followup.AnswerSurvey(t.Context(), b.DB, who, b.Code, followup.NewSurvey{Kind: followup.Month3, AnsweredOn: b.Today(), Answers: a, Interview: in, DraftVersion: draft}))
}

func TestR37_ASurveyIsAnsweredInPartsAndResumed(t *testing.T) {
	t.Parallel()
	b := newInterviews(t)
	first, err := b.save(t, b.By, 0, part("has_id", "yes"))
	must(t, err)
	if first.Version != 1 || len(first.Missing) != 27 || len(first.Skipped) != 0 || slices.Contains(first.Missing, "has_id") {
		t.Errorf("begun: %+v", first)
	}
	whole := extreme(true)
	second, err := b.save(t, b.By, 1, whole)
	must(t, err)
	if second.Version != 2 || len(second.Missing) != 0 || !slices.Equal(second.Skipped, []string{"reasons_to_leave"}) {
		t.Errorf("gone on with: %+v", second)
	}
	read, err := followup.ReadDraft(t.Context(), b.DB, b.Lead, b.Code, followup.Month3)
	must(t, err)
	if !maps.Equal(read.Answers.Choices, whole.Choices) || read.Version != 2 {
		t.Errorf("read: %+v", read)
	}
	must(t, b.answer(t, b.By, 2, read.Answers))
	if n := b.Count(t, `SELECT count(*) FROM survey_drafts`); n != 0 {
		t.Errorf("%d drafts after the survey", n)
	}
	_, err = followup.ReadDraft(t.Context(), b.DB, b.By, b.Code, followup.Month3)
	housetest.Refused(t, err, fault.NotFound, "")
	_, err = b.save(t, b.By, 0, part("has_id", "no"))
	housetest.Refused(t, err, fault.Conflict, "R37")
}

func TestR37_TheReasonsAreAskedOnlyOfWhoCannotStay(t *testing.T) {
	t.Parallel()
	b := newInterviews(t)
	a := extreme(true)
	delete(a.Choices, "able_to_stay")
	for version, c := range []struct {
		answer           string
		reasons          []string
		missing, skipped []string
	}{
		{"", nil, []string{"able_to_stay"}, nil},
		{"no", nil, []string{"reasons_to_leave"}, nil},
		{"no", []string{"no_jobs"}, nil, nil},
		{"yes", nil, nil, []string{"reasons_to_leave"}},
		{"declined", nil, nil, []string{"reasons_to_leave"}},
	} {
		if a.ReasonsToLeave = c.reasons; c.answer != "" {
			a.Choices["able_to_stay"] = c.answer
		}
		d, err := b.save(t, b.By, version, a)
		must(t, err)
		if !slices.Equal(d.Missing, c.missing) || !slices.Equal(d.Skipped, c.skipped) {
			t.Errorf("after %q: missing %v, skipped %v", c.answer, d.Missing, d.Skipped)
		}
	}
}

func TestR37_PartialAnswersAreCheckedOneByOne(t *testing.T) {
	t.Parallel()
	b := newInterviews(t)
	const secret = "=her-secret"
	bad := part("has_id", secret, "public_services", "good", secret, "yes", "able_to_stay", "yes", "food_reduced", "never")
	bad.ReasonsToLeave = []string{secret}
	_, err := b.save(t, b.By, 0, bad)
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Invalid || len(f.Fields) != 5 {
		t.Fatalf("got %v", err)
	}
	for _, field := range f.Fields {
		if field.Path == "body.answers.choices.food_reduced" || field.Path == "body.answers.choices.works_now" {
			t.Errorf("complains of %s", field.Path)
		}
	}
	if n := b.Count(t, `SELECT count(*) FROM survey_drafts`); n != 0 {
		t.Error("it was kept")
	}
}

func TestR37_AStaleDraftIsRefusedWithWhatChangedAndNothingIsLost(t *testing.T) {
	t.Parallel()
	b := newInterviews(t)
	_, err := b.save(t, b.By, 0, part("has_id", "yes", "works_now", "no"))
	must(t, err)
	changed := part("works_now", "yes", "can_borrow", "no", "able_to_stay", "no")
	changed.ReasonsToLeave = []string{"culture"}
	_, err = b.save(t, b.Lead, 1, changed)
	must(t, err)
	for name, late := range map[string]error{
		"a draft":  second(b.save(t, b.By, 1, part("has_id", "no"))),
		"a survey": b.answer(t, b.By, 1, extreme(true)),
	} {
		var f *fault.Error
		if !errors.As(late, &f) || f.Kind != fault.Stale {
			t.Fatalf("%s: %v", name, late)
		}
		var paths []string
		for _, field := range f.Fields {
			paths = append(paths, field.Path)
		}
		if want := []string{"body.answers.choices.able_to_stay", "body.answers.choices.can_borrow", "body.answers.choices.has_id",
			"body.answers.reasons_to_leave", "body.answers.choices.works_now"}; !slices.Equal(paths, want) {
			t.Errorf("%s: changed %q", name, paths)
		}
	}
	housetest.Refused(t, b.answer(t, b.By, 0, extreme(true)), fault.Stale, "")
	now, err := followup.ReadDraft(t.Context(), b.DB, b.By, b.Code, followup.Month3)
	must(t, err)
	if !maps.Equal(now.Answers.Choices, changed.Choices) {
		t.Errorf("there is %v", now.Answers)
	}
	_, err = b.save(t, b.By, 0, part("has_id", "no"))
	housetest.Refused(t, err, fault.Precondition, "")
}

func TestR37_TwoInterviewersAtOnceLoseNothing(t *testing.T) {
	t.Parallel()
	b := newInterviews(t)
	_, err := b.save(t, b.By, 0, part())
	must(t, err)
	keys := []string{"has_id", "works_now", "can_borrow", "seeks_job"}
	errs := housetest.AtOnce(len(keys), func(i int) error { return second(b.save(t, b.By, 1, part(keys[i], "yes"))) })
	if n := housetest.Succeeded(errs); n != 1 {
		t.Errorf("%d saved", n)
	}
	for _, err := range errs {
		if err != nil {
			housetest.Refused(t, err, fault.Stale, "")
		}
	}
	kinds := func(i int) error {
		if i%2 == 0 {
			return b.answer(t, b.By, 2, extreme(true))
		}
		return second(b.save(t, b.By, 2, part("has_id", "no")))
	}
	if n := housetest.Succeeded(housetest.AtOnce(4, kinds)); n != 1 {
		t.Errorf("%d went through from one version", n)
	}
}

func TestR21_APartnerGoesOnWithItsOwnDraftOnly(t *testing.T) {
	t.Parallel()
	b := newInterviews(t)
	_, err := b.save(t, b.Home, 0, part("has_id", "yes"))
	must(t, err)
	_, err = b.save(t, b.Home, 1, part("has_id", "yes", "works_now", "yes"))
	must(t, err)
	for _, other := range []access.Actor{b.Return, b.OtherHome} {
		_, err = followup.ReadDraft(t.Context(), b.DB, other, b.Code, followup.Month3)
		housetest.Refused(t, err, fault.NotFound, "")
	}
	_, err = b.save(t, b.Return, 0, part("has_id", "no"))
	if k := fault.KindOf(err); k != fault.Conflict && k != fault.NotFound {
		t.Errorf("another partner's draft: %v", err)
	}
	d, err := followup.ReadDraft(t.Context(), b.DB, b.By, b.Code, followup.Month3)
	must(t, err)
	if d.ByPartner != b.Home.Partner || d.Answers.Choices["works_now"] != "yes" {
		t.Errorf("the contact person reads %+v", d)
	}
	b.Set(t, `UPDATE consents SET withdrawn_at = now() WHERE case_id = $1`, b.ID)
	_, err = followup.ReadDraft(t.Context(), b.DB, b.Home, b.Code, followup.Month3)
	housetest.Refused(t, err, fault.NotFound, "")
	_, err = b.save(t, b.Home, 2, part("has_id", "no"))
	housetest.Refused(t, err, fault.NotFound, "")
}

func TestR37_AWholeSurveyOfAPartnerIsTakenThoughADraftWasBegunElsewhere(t *testing.T) {
	t.Parallel()
	b := newInterviews(t)
	_, err := b.save(t, b.By, 0, part("has_id", "yes"))
	must(t, err)
	_, err = b.save(t, b.Home, 0, part("has_id", "no"))
	housetest.Refused(t, err, fault.Conflict, "R37")
	must(t, b.answer(t, b.Home, 0, extreme(true)))
}

func TestR31_Month12NeedsAConsentOfItsOwn(t *testing.T) {
	t.Parallel()
	b := newInterviews(t)
	ask := func() error {
		return second(followup.AnswerSurvey(t.Context(), b.DB, b.By, b.Code, followup.NewSurvey{Kind: followup.Month12, AnsweredOn: b.Today(), Answers: extreme(true), Interview: housetest.Interview}))
	}
	housetest.Refused(t, ask(), fault.Conflict, "R31")
	b.Pass(350)
	housetest.Refused(t, ask(), fault.Conflict, "R31")
	_, err := followup.SaveDraft(t.Context(), b.DB, b.By, b.Code, followup.Month12, 0, followup.NewDraft{Answers: part()})
	housetest.Refused(t, err, fault.Conflict, "R31")
}

func TestR37_AnAlarmStandsOnTheCaseUntilSomebodyActed(t *testing.T) {
	t.Parallel()
	b := newInterviews(t)
	shown := func() casefile.Case {
		c, err := casefile.Read(t.Context(), b.DB, b.By, b.Code)
		must(t, err)
		return c
	}
	alarmed := func() int {
		list, _, err := casefile.List(t.Context(), b.DB, b.By, casefile.Filter{Alarm: true, Limit: 10})
		must(t, err)
		return len(list)
	}
	before := shown()
	must(t, b.answer(t, b.Home, 0, extreme(false)))
	c := shown()
	if len(c.Concerns) != 1 || c.OpenConcerns != 1 || c.Concerns[0].Kind != casefile.SurveyAlert || c.Version == before.Version || alarmed() != 1 {
		t.Fatalf("the case shows %+v", c)
	}
	const done = "Called her. She is with her sister."
	id := c.Concerns[0].ID
	_, err := casefile.AcknowledgeConcern(t.Context(), b.DB, b.Vault, b.OtherContact, id, casefile.Acknowledgement{Done: done})
	housetest.Refused(t, err, fault.NotFound, "")
	_, err = casefile.AcknowledgeConcern(t.Context(), b.DB, b.Vault, b.By, id, casefile.Acknowledgement{Done: "   "})
	housetest.Refused(t, err, fault.Invalid, "")
	_, err = casefile.AcknowledgeConcern(t.Context(), b.DB, b.Vault, b.By, id, casefile.Acknowledgement{Done: done})
	must(t, err)
	_, err = casefile.AcknowledgeConcern(t.Context(), b.DB, b.Vault, b.Lead, id, casefile.Acknowledgement{Done: done})
	housetest.Refused(t, err, fault.Conflict, "")
	if c := shown(); len(c.Concerns) != 0 || c.OpenConcerns != 0 || alarmed() != 0 {
		t.Errorf("the case still shows %+v", c.Concerns)
	}
	all, err := casefile.ListConcerns(t.Context(), b.DB, b.Vault, b.Lead, b.Code)
	if err != nil || len(all) != 1 || all[0].Done != done || all[0].AcknowledgedBy != b.By.ID {
		t.Errorf("%+v, %v", all, err)
	}
	if n := b.Count(t, `SELECT count(*) FROM concerns WHERE position($1::bytea IN sealed) > 0`, []byte("sister")); n != 0 {
		t.Error("what was done lies open in the database")
	}
	_, err = b.Exec(t.Context(), b.By, `UPDATE concerns SET acknowledged_by = $1`, b.Lead.ID)
	housetest.Broken(t, err, "concern_acknowledged_once")
}
