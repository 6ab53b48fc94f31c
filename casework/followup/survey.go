package followup

import "slices"

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

// Score is what the answers come to (R37): for each dimension and for the
// composite the weighted sum of the answers' points, computed exactly and then
// rounded to four decimals, a half up. A non-answer is worth 0.5.
//
// Each indicator that is asked needs an answer. Otherwise the error is a
// fault.Error of kind Invalid that names everything that is wrong, and nothing
// that was sent.
func (a Answers) Score() (Result, error) {
	if err := rss.check(a); err != nil {
		return Result{}, err
	}
	return rss.score(a), nil
}

// score is for answers that were checked.
func (in Instrument) score(a Answers) Result {
	r := Result{Version: in.Version, Alerts: []string{}}
	points := make(map[string]int, len(in.Indicators))
	for _, ind := range in.Indicators {
		if !ind.Asked() {
			continue
		}
		code, scale, alertOn := in.reading(ind, a)
		points[ind.Key] = scale.points(code)
		if slices.Contains(in.NonAnswer.Codes, code) {
			points[ind.Key] = in.NonAnswer.Points
		}
		if in.counts(code) {
			r.NonAnswers++
		}
		if slices.Contains(alertOn, code) {
			r.Alerts = append(r.Alerts, ind.Key)
		}
	}
	r.ManyNonAnswers = r.NonAnswers > in.NonAnswer.FlagAbove
	parts := in.parts()
	byDimension, composite := in.sums(points, parts)
	e, s, p := byDimension[Economic], byDimension[Social], byDimension[Psychosocial]
	r.Economic, r.Social, r.Psychosocial = e.score(parts), s.score(parts), p.score(parts)
	r.Composite = composite.score(parts)
	r.Level = in.level(parts, e, s, p, composite)
	return r
}

// reading is the code that is scored for an indicator, with its scale and the
// codes that alert: the person's answer, or what the reasons come to where the
// answer led to them.
func (in Instrument) reading(ind Indicator, a Answers) (code string, scale Scale, alertOn []string) {
	code = a.Choices[ind.Key]
	if in.asksReason(ind.Key, code) {
		return in.meaning(a.ReasonsToLeave), in.ReasonToLeave.Scale, in.ReasonToLeave.AlertOn
	}
	return code, in.Scales[ind.Scale], ind.AlertOn
}

// parts is a number by which every mean in the instrument can be divided.
func (in Instrument) parts() int {
	parts := 1
	for _, ind := range in.Indicators {
		if n := len(ind.MeanOf); n > 0 && parts%n != 0 {
			parts *= n
		}
	}
	return parts
}

// sums weighs the points of the questions for each dimension and the composite.
func (in Instrument) sums(points map[string]int, parts int) (map[Dimension]exact, exact) {
	byDimension := map[Dimension]exact{}
	var composite exact
	for _, ind := range in.Indicators {
		worth := points[ind.Key] * parts
		if !ind.Asked() {
			worth = 0
			for _, key := range ind.MeanOf {
				worth += points[key] * parts / len(ind.MeanOf)
			}
		}
		byDimension[ind.Dimension] += exact(ind.DimensionWeight * worth)
		composite += exact(ind.CompositeWeight * worth)
	}
	return byDimension, composite
}
