package scheduler_test

import (
	"slices"

	"hjemvej/casework/followup"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
)

func (y *year) attempt(l *life, s *modelSlot, channel followup.Channel, outcome followup.AttemptOutcome) string {
	id := y.Followup(y.t, l.c, followup.Kind(s.kind), s.ref)
	_, err := followup.RecordAttempt(y.t.Context(), y.DB, y.Vault, l.c.By, id, followup.NewAttempt{MadeOn: y.there(l), Channel: channel, Outcome: outcome})
	must(y.t, err)
	s.tries = append(s.tries, try{y.there(l), string(channel)})
	return id
}

func (y *year) isCalled(l *life) {
	var waiting []*modelSlot
	for _, s := range l.open() {
		if !s.opens.After(y.there(l)) {
			waiting = append(waiting, s)
		}
	}
	if l.held || y.model.gone[l.contact] || len(waiting) == 0 {
		return
	}
	s := waiting[l.IntN(len(waiting))]
	channel := []followup.Channel{followup.Call, followup.Text, followup.ThroughPartner}[l.IntN(3)]
	outcomes := []followup.AttemptOutcome{followup.ReachedSafe, followup.ReachedSafe, followup.ReachedSafe, followup.ReachedNotFree, followup.NoAnswer, followup.ThirdParty, followup.Refused}
	if l.hardToReach {
		outcomes = outcomes[3:6]
	}
	outcome := outcomes[l.IntN(len(outcomes))]
	id := y.attempt(l, s, channel, outcome)
	switch outcome {
	case followup.ReachedSafe:
		s.conclude("done", y.there(l))
		l.wake()
	case followup.Refused:
		s.conclude("declined", y.there(l))
	case followup.ReachedNotFree:
		l.rest(s, y.there(l).AddDays(3), y.there(l))
	}
	if s.state == "open" && len(s.tries) >= 3 && l.one(2) {
		y.isLost(l, s, id)
	}
}

func (y *year) isLost(l *life, s *modelSlot, id string) {
	_, err := followup.RecordLost(y.t.Context(), y.DB, y.Vault, l.c.By, id, 0)
	if !s.mayBeLost() {
		housetest.Refused(y.t, err, fault.Conflict, "R34")
		return
	}
	must(y.t, err)
	s.conclude("lost", y.there(l))
}

func (y *year) isReachedLate(l *life) {
	i := slices.IndexFunc(l.slots, func(s *modelSlot) bool { return s.state == "lost" })
	if i < 0 || l.held || y.model.gone[l.contact] {
		return
	}
	y.attempt(l, l.slots[i], followup.Call, followup.ReachedSafe)
	l.slots[i].conclude("done", y.there(l))
	l.wake()
}

func (y *year) answersSurvey(l *life) {
	kind := followup.Baseline
	switch age := y.there(l).DaysSince(l.arrived); {
	case age >= 165:
		kind = followup.Exit
	case age >= 80:
		kind = followup.Month3
	}
	if l.surveys[kind] || l.dead {
		return
	}
	l.surveys[kind] = true
	on := latest(l.arrived, y.there(l).AddDays(-l.IntN(4)))
	poor := l.one(3)
	s, err := followup.AnswerSurvey(y.t.Context(), y.DB, l.c.By, l.c.Code, followup.NewSurvey{Kind: kind, AnsweredOn: on, Answers: answers(poor), Interview: housetest.Interview})
	must(y.t, err)
	if poor {
		l.closer = append(l.closer, closer{s.ID, latest(on, y.Today())})
	}
	l.recount(y.there(l))
}

// answers are the worst that can be given, or the best.
func answers(worst bool) followup.Answers {
	rss := followup.RSS()
	out := followup.Answers{Choices: map[string]string{}}
	for _, ind := range rss.Indicators {
		if !ind.Asked() {
			continue
		}
		options := slices.SortedFunc(slices.Values(rss.Scales[ind.Scale].Options), func(a, b followup.Option) int { return b.Points - a.Points })
		out.Choices[ind.Key] = options[0].Code
		if worst {
			out.Choices[ind.Key] = options[len(options)-1].Code
		}
	}
	if worst {
		out.ReasonsToLeave = []string{"no_jobs"}
	}
	return out
}

func (y *year) isRaised(l *life) {
	if l.state != "arrived" || len(l.surveys) > 0 || len(l.closer) > 0 {
		return
	}
	level, err := followup.RaiseLevel(y.t.Context(), y.DB, l.c.By, l.c.Code, followup.Raise{Level: followup.Intensified, Reason: "Her brother moved in"})
	must(y.t, err)
	l.closer = append(l.closer, closer{level.History[0].ID, y.Today()})
	l.recount(y.there(l))
}
