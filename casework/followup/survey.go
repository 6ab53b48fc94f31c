package followup

// Result is what a survey says on the day it was taken, and no more than that:
// month 6 lies in a known dip, so the scores at the exit are a day's scores as
// well (R38). It follows from the raw answers and can be computed again.
type Result struct {
	Version        string   `json:"version"` // the instrument's
	Economic       Score    `json:"economic"`
	Social         Score    `json:"social"`
	Psychosocial   Score    `json:"psychosocial"`
	Composite      Score    `json:"composite"`
	NonAnswers     int      `json:"non_answers"`      // questions answered dont_know or declined
	ManyNonAnswers bool     `json:"many_non_answers"` // more than 7; shown beside the scores
	Level          Level    `json:"level"`
	Alerts         []string `json:"alerts"` // keys of answers that the contact person hears of the same day; never nil
}

// Score is what the answers come to by the instrument in use (R37): for each
// dimension and for the composite the weighted sum of the answers' points,
// computed exactly and then rounded to four decimals, a half up. A non-answer is
// worth 0.5.
//
// Each indicator that is asked needs an answer. Otherwise the error is a
// fault.Error of kind Invalid that names everything that is wrong, and nothing
// that was sent.
func (a Answers) Score() (Result, error) { return surveys.newest().Score(a) }

// Score is [Answers.Score] by this version of the instrument.
func (b *book) Score(a Answers) (Result, error) {
	t, whole := b.tally(a)
	if !whole {
		return Result{}, b.check(a, false)
	}
	parts := b.table.parts
	r := Result{Version: b.Version, NonAnswers: t.nonAnswers, ManyNonAnswers: t.nonAnswers > b.NonAnswer.FlagAbove, Alerts: t.alerts,
		Economic: t.sums[sumEconomic].score(parts), Social: t.sums[sumSocial].score(parts),
		Psychosocial: t.sums[sumPsychosocial].score(parts), Composite: t.sums[sumComposite].score(parts)}
	r.Level = b.level(parts, t.sums[:]...)
	return r, nil
}

// total is the answers, added up.
type total struct {
	sums       worth
	nonAnswers int
	alerts     []string
}

// tally adds the answers up. It reports false where check would find something
// wrong with them.
func (b *book) tally(a Answers) (t total, whole bool) {
	t.alerts = []string{}
	asked := false
	for i := range b.table.questions {
		q := &b.table.questions[i]
		given := q.answer(a.Choices[q.key])
		if given != nil && given.asksReason {
			asked = true
			given = b.table.reasons.answer(b.meaning(a.ReasonsToLeave))
		}
		if given == nil {
			return t, false
		}
		for i, w := range given.worth {
			t.sums[i] += w
		}
		if given.counts {
			t.nonAnswers++
		}
		if given.alerts {
			t.alerts = append(t.alerts, q.key)
		}
	}
	if len(a.Choices) != len(b.table.questions) {
		return t, false
	}
	return t, !asked && len(a.ReasonsToLeave) == 0 || asked && len(b.checkReasons(a, false)) == 0
}
