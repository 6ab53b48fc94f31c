package bench

import (
	"testing"

	"hjemvej/casework/followup"
	"hjemvej/internal/housetest"
)

// BenchmarkScore checks and scores whole surveys in memory, on one core.
func BenchmarkScore(b *testing.B) {
	leaves := housetest.Answers("dont_know")
	leaves.Choices["able_to_stay"], leaves.ReasonsToLeave = "no", []string{"culture", "no_jobs"}
	for name, a := range map[string]followup.Answers{"stays": housetest.Answers("declined"), "leaves": leaves, "content": best()} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := a.Score(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "surveys/s")
		})
	}
}

func best() followup.Answers {
	in := followup.RSS()
	a := followup.Answers{Choices: map[string]string{}}
	for _, ind := range in.Indicators {
		if ind.Asked() {
			a.Choices[ind.Key] = in.Scales[ind.Scale].Options[0].Code
		}
	}
	return a
}
