package followup

import "slices"

// The four sums of a survey, as places in worth.
const (
	sumEconomic = iota
	sumSocial
	sumPsychosocial
	sumComposite
	sums
)

// worth is what one answer adds to each sum.
type worth [sums]exact

// table is an instrument worked out for scoring: what each answer adds to each
// sum, the means that it is part of included. Scoring is then one look-up for
// each question and no arithmetic but addition.
type table struct {
	parts     int
	questions []question
	reasons   question // of the indicator that they stand in for
}

type question struct {
	key     string
	codes   []string // of answers, close together for the search
	answers []answer
}

type answer struct {
	worth      worth
	counts     bool // for the flag of many non-answers
	alerts     bool
	asksReason bool
}

// answer is a pointer to the question's answer with a code, nil where it has
// none. Questions have eight answers at the most: a map would be slower.
func (q *question) answer(code string) *answer {
	if i := slices.Index(q.codes, code); i >= 0 {
		return &q.answers[i]
	}
	return nil
}

func tabulate(in Instrument) table {
	t := table{parts: in.parts()}
	for _, ind := range in.Indicators {
		if !ind.Asked() {
			continue
		}
		weight := in.weight(ind, t.parts)
		t.questions = append(t.questions, in.question(ind.Key, in.Scales[ind.Scale], ind.AlertOn, weight))
		if ind.Key == in.ReasonToLeave.AskedAfter.Indicator {
			t.reasons = in.question(ind.Key, in.ReasonToLeave.Scale, in.ReasonToLeave.AlertOn, weight)
		}
	}
	return t
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

var sumOf = map[Dimension]int{Economic: sumEconomic, Social: sumSocial, Psychosocial: sumPsychosocial}

// weight is what one point of a question adds to each sum, by itself and through
// the means that it is part of.
func (in Instrument) weight(ind Indicator, parts int) (w worth) {
	add := func(to Indicator, share int) {
		w[sumOf[to.Dimension]] += exact(to.DimensionWeight * share)
		w[sumComposite] += exact(to.CompositeWeight * share)
	}
	add(ind, parts)
	for _, mean := range in.Indicators {
		if slices.Contains(mean.MeanOf, ind.Key) {
			add(mean, parts/len(mean.MeanOf))
		}
	}
	return w
}

func (in Instrument) question(key string, s Scale, alertOn []string, weight worth) question {
	q := question{key: key}
	add := func(code string, points int) {
		a := answer{counts: in.counts(code), alerts: slices.Contains(alertOn, code), asksReason: in.asksReason(key, code)}
		for i, w := range weight {
			a.worth[i] = w * exact(points)
		}
		q.codes, q.answers = append(q.codes, code), append(q.answers, a)
	}
	for _, o := range s.Options {
		add(o.Code, o.Points)
	}
	for _, code := range in.NonAnswer.Codes {
		add(code, in.NonAnswer.Points)
	}
	return q
}
