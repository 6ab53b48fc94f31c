package demo

import (
	_ "embed"
	"encoding/json"
	"hash/fnv"
	"slices"

	"hjemvej/casework/followup"
)

// The sample of the score calculator, which is E's baseline.
//
//go:embed baseline_e.json
var baselineE []byte

// rss is the instrument, read once and never changed.
var rss = followup.RSS()

// service are the service questions, read once and never changed.
var service = followup.ServiceQuestions()

func answersE() followup.Answers {
	var a followup.Answers
	if err := json.Unmarshal(baselineE, &a); err != nil {
		panic("demo: " + err.Error()) // embedded, and tested
	}
	return a
}

// better is the answers of somebody who fares so many steps of each scale better.
func better(a followup.Answers, steps int) followup.Answers {
	out := followup.Answers{Choices: map[string]string{}}
	for _, q := range rss.Indicators {
		if q.Asked() {
			out.Choices[q.Key] = raised(rss.Scales[q.Scale], a.Choices[q.Key], steps)
		}
	}
	if out.Choices["able_to_stay"] == "no" {
		out.ReasonsToLeave = a.ReasonsToLeave
	}
	return out
}

// raised is the option so many steps above a code, or the best.
func raised(s followup.Scale, code string, steps int) string {
	for range steps {
		at, up := pointsOf(s, code), ""
		for _, o := range s.Options {
			if o.Points > at && (up == "" || o.Points < pointsOf(s, up)) {
				up = o.Code
			}
		}
		if up == "" {
			return code
		}
		code = up
	}
	return code
}

func pointsOf(s followup.Scale, code string) int {
	for _, o := range s.Options {
		if o.Code == code {
			return o.Points
		}
	}
	return 0
}

// someAnswers are those of the n-th person, who fares about so well, of 100. The
// same person is content and discontent with the same things each time. A few
// leave much unsaid.
func someAnswers(n, wellness int) followup.Answers {
	a := followup.Answers{Choices: map[string]string{}}
	for _, q := range rss.Indicators {
		if !q.Asked() {
			continue
		}
		luck := chance(n, q.Key)
		if luck%100 < 2 || n%11 == 4 && luck%3 == 0 {
			a.Choices[q.Key] = rss.NonAnswer.Counted[luck%len(rss.NonAnswer.Counted)]
			continue
		}
		a.Choices[q.Key] = nearest(rss.Scales[q.Scale], wellness+luck%70-30)
	}
	if a.Choices["able_to_stay"] == "no" {
		reasons := append(append([]string{}, rss.ReasonToLeave.Wish...), rss.ReasonToLeave.Need...)
		a.ReasonsToLeave = []string{reasons[chance(n, "reason")%len(reasons)]}
	}
	return a
}

func nearest(s followup.Scale, points int) string {
	best := s.Options[0]
	for _, o := range s.Options {
		if distance(o.Points, points) < distance(best.Points, points) {
			best = o
		}
	}
	return best.Code
}

func distance(a, b int) int { return max(a-b, b-a) }

// chance is a number that looks like chance and is the same every time.
func chance(n int, about string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte{byte(n), byte(n >> 8)})
	_, _ = h.Write([]byte(about))
	return int(h.Sum32() >> 4)
}

// someService are the person's answers to the service questions: mostly content
// ones, which come first, and nobody was treated badly.
func (c *course) someService(kind followup.Kind) *followup.ServiceAnswers {
	a := followup.ServiceAnswers{}
	for _, q := range service.Questions {
		if q.OnlyWith != "" && !slices.ContainsFunc(c.promises, func(p promise) bool { return p.category == q.OnlyWith }) {
			continue
		}
		luck := chance(c.n, q.Key+string(kind))
		a[q.Key] = []string{q.Options[max(0, luck%5-2)].Code}
	}
	return &a
}
