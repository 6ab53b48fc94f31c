// Package outcome is what managers read: how many came how far, how soon help
// came, and how people were at the end. It counts facts that hold no name, code
// or text. Everybody who began stays in every later denominator: whoever was
// lost or left is a number too, never a blank (R35, R40).
package outcome

import (
	"cmp"
	"math/big"
	"slices"

	"hjemvej/internal/calendar"
)

// Fact is one case as the report counts it. Dates that have not come are zero,
// scores that were not taken are "".
type Fact struct {
	Destination    string
	State          string
	OpenedOn       calendar.Date
	OfferedOn      calendar.Date
	Answer         string // accepted, declined or ""
	DepartedOn     calendar.Date
	ArrivedOn      calendar.Date
	LastDay        calendar.Date
	WithdrawnOn    calendar.Date
	ExitOutcome    string
	FirstContactOn calendar.Date
	FirstSupportOn calendar.Date
	Month1, Month3 string // state of the follow-up, "" where there is none
	Baseline, Exit Scores
}

// Scores are the four scores of one survey, exact decimals; "" where the survey
// was not taken.
type Scores struct{ Economic, Social, Psychosocial, Composite string }

// Report is the outcome report of the cases opened in a period (R40). Counts
// are not suppressed: it is for named roles inside, and each view is recorded
// (R43).
type Report struct {
	From         calendar.Date `json:"from" format:"date"`
	To           calendar.Date `json:"to" format:"date"`
	Funnel       []Step        `json:"funnel" nullable:"false" doc:"From the offer to month 6, every step with its denominator"`
	FirstContact Days          `json:"days_to_first_contact" doc:"From confirmed arrival to the first contact that was reached and safe"`
	FirstSupport Days          `json:"days_to_first_support" doc:"From confirmed arrival to the first support that went out; pocket money does not count (R24)"`
	Exits        []Count       `json:"exit_outcomes" nullable:"false" doc:"Of those whose six months have ended; not_recorded is a result too (R35)"`
	Reached      Rate          `json:"reached_at_month_6" doc:"Reached, of those whose six months have ended"`
	Scores       []ScoreMean   `json:"scores" nullable:"false" doc:"Means with n; the exit lies in a known dip and says nothing lasting (R38)"`
	Incidents    []Count       `json:"incidents_by_kind" nullable:"false" doc:"Harm, threats, exploitation again and the fear of it, of these cases"`
	Destinations []Count       `json:"arrivals_by_destination" nullable:"false"`
}

// Step is one step of the funnel: how many of how many.
type Step struct {
	Step string `json:"step" enum:"opened,offered,accepted,departed,arrived,month_1,month_3,month_6" example:"arrived"`
	N    int    `json:"n" example:"31"`
	Of   int    `json:"of" example:"38" doc:"The denominator: those who came to the step before, and for whom this step's time has come"`
}

// Days is how long something took.
type Days struct {
	N      int  `json:"n" example:"29" doc:"Those for whom it happened"`
	Of     int  `json:"of" example:"31" doc:"All who arrived"`
	Median *int `json:"median_days,omitempty" example:"9" doc:"Left out where n is 0"`
	P90    *int `json:"p90_days,omitempty" example:"31"`
}

// Rate is how many of how many.
type Rate struct {
	N  int `json:"n"`
	Of int `json:"of"`
}

// Count is how many of one kind.
type Count struct {
	Kind string `json:"kind" example:"reached"`
	N    int    `json:"n"`
}

// ScoreMean is the mean of one score at one time.
type ScoreMean struct {
	Survey string `json:"survey" enum:"baseline,exit" example:"baseline"`
	Score  string `json:"score" enum:"economic,social,psychosocial,composite" example:"economic"`
	Mean   string `json:"mean,omitempty" example:"0.6350" doc:"Four decimals; left out where n is 0"`
	N      int    `json:"n"`
}

// Summarise makes the report of facts, as of today.
func Summarise(facts []Fact, from, to, today calendar.Date) Report {
	return Report{From: from, To: to, Funnel: funnel(facts, today),
		FirstContact: daysTo(facts, func(f Fact) calendar.Date { return f.FirstContactOn }),
		FirstSupport: daysTo(facts, func(f Fact) calendar.Date { return f.FirstSupportOn }),
		Exits:        exits(facts, today), Reached: reached(facts, today), Scores: means(facts), Destinations: destinations(facts)}
}

// stage is one step of the funnel: who came to it, and for whom its time came.
type stage struct {
	name string
	came func(Fact) bool
	due  func(Fact, calendar.Date) bool
}

func always(Fact, calendar.Date) bool { return true }

var stages = []stage{
	{"offered", func(f Fact) bool { return !f.OfferedOn.IsZero() }, always},
	{"accepted", func(f Fact) bool { return f.Answer == "accepted" }, always},
	{"departed", func(f Fact) bool { return !f.DepartedOn.IsZero() }, always},
	{"arrived", func(f Fact) bool { return !f.ArrivedOn.IsZero() }, always},
}

// After the arrival every step is measured against all who arrived and for whom
// it is time: whoever was not reached at month 1 still counts at month 3.
var reachedStages = []stage{
	{"month_1", func(f Fact) bool { return f.Month1 == "done" }, func(f Fact, today calendar.Date) bool { return today.After(f.ArrivedOn.AddMonths(1)) }},
	{"month_3", func(f Fact) bool { return f.Month3 == "done" }, func(f Fact, today calendar.Date) bool { return today.After(f.ArrivedOn.AddMonths(3)) }},
	{"month_6", func(f Fact) bool { return f.ExitOutcome == "reached" }, ended},
}

func ended(f Fact, today calendar.Date) bool { return !f.LastDay.IsZero() && today.After(f.LastDay) }

func funnel(facts []Fact, today calendar.Date) []Step {
	steps := []Step{{"opened", len(facts), len(facts)}}
	in := facts
	for _, s := range stages {
		var next []Fact
		for _, f := range in {
			if s.came(f) {
				next = append(next, f)
			}
		}
		steps = append(steps, Step{s.name, len(next), len(in)})
		in = next
	}
	for _, s := range reachedStages {
		step := Step{Step: s.name}
		for _, f := range in {
			if s.due(f, today) {
				step.Of++
				if s.came(f) {
					step.N++
				}
			}
		}
		steps = append(steps, step)
	}
	return steps
}

func daysTo(facts []Fact, when func(Fact) calendar.Date) Days {
	var out Days
	var days []int
	for _, f := range facts {
		if f.ArrivedOn.IsZero() {
			continue
		}
		out.Of++
		if on := when(f); !on.IsZero() {
			days = append(days, max(0, on.DaysSince(f.ArrivedOn)))
		}
	}
	if out.N = len(days); out.N > 0 {
		slices.Sort(days)
		out.Median, out.P90 = quantile(days, 50), quantile(days, 90)
	}
	return out
}

// quantile is the nearest-rank percentile of sorted days: a number of days that
// somebody really waited.
func quantile(sorted []int, percent int) *int {
	rank := (len(sorted)*percent + 99) / 100
	return &sorted[rank-1]
}

func exits(facts []Fact, today calendar.Date) []Count {
	n := map[string]int{}
	for _, f := range facts {
		switch {
		case f.ExitOutcome != "":
			n[f.ExitOutcome]++
		case !f.WithdrawnOn.IsZero() && !f.ArrivedOn.IsZero():
			n["withdrawn"]++
		case ended(f, today):
			n["not_recorded"]++
		}
	}
	return counts(n)
}

func reached(facts []Fact, today calendar.Date) (r Rate) {
	for _, f := range facts {
		if ended(f, today) {
			r.Of++
			if f.ExitOutcome == "reached" {
				r.N++
			}
		}
	}
	return r
}

func destinations(facts []Fact) []Count {
	n := map[string]int{}
	for _, f := range facts {
		if !f.ArrivedOn.IsZero() && f.Destination != "" {
			n[f.Destination]++
		}
	}
	return counts(n)
}

func counts(n map[string]int) []Count {
	out := []Count{}
	for kind, count := range n {
		out = append(out, Count{kind, count})
	}
	slices.SortFunc(out, func(a, b Count) int { return cmp.Compare(a.Kind, b.Kind) })
	return out
}

func means(facts []Fact) []ScoreMean {
	out := []ScoreMean{}
	for _, survey := range []string{"baseline", "exit"} {
		for _, score := range []string{"economic", "social", "psychosocial", "composite"} {
			sum, n := new(big.Rat), 0
			for _, f := range facts {
				if v, ok := new(big.Rat).SetString(f.score(survey, score)); ok {
					sum.Add(sum, v)
					n++
				}
			}
			m := ScoreMean{Survey: survey, Score: score, N: n}
			if n > 0 {
				m.Mean = sum.Quo(sum, new(big.Rat).SetInt64(int64(n))).FloatString(4)
			}
			out = append(out, m)
		}
	}
	return out
}

func (f Fact) score(survey, score string) string {
	s := f.Baseline
	if survey == "exit" {
		s = f.Exit
	}
	return map[string]string{"economic": s.Economic, "social": s.Social, "psychosocial": s.Psychosocial, "composite": s.Composite}[score]
}
