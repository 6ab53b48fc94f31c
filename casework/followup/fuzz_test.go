package followup_test

import (
	"encoding/json"
	"slices"
	"testing"

	"hjemvej/casework/followup"
)

func FuzzScore(f *testing.F) {
	g, err := json.Marshal(readGolden(f).Answers)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(g)
	f.Add([]byte(`{"choices":{"":"x"},"reasons_to_leave":["declined","declined"]}`))
	f.Add([]byte("\x00\x01\x02\x03\x04\x05\x06\x07"))
	in := followup.RSS()
	f.Fuzz(func(t *testing.T, b []byte) {
		var a followup.Answers
		if json.Unmarshal(b, &a) == nil {
			checkScore(t, a)
		}
		checkScore(t, fromBytes(in, b))
	})
}

// fromBytes lets each byte choose an answer, so that most inputs can be scored.
func fromBytes(in followup.Instrument, b []byte) followup.Answers {
	a := followup.Answers{Choices: map[string]string{}}
	for i, ind := range in.Indicators {
		codes := slices.Clone(in.NonAnswer.Codes)
		for _, o := range in.Scales[ind.Scale].Options {
			codes = append(codes, o.Code)
		}
		if ind.Asked() && len(b) > 0 {
			a.Choices[ind.Key] = codes[int(b[i%len(b)])%len(codes)]
		}
	}
	if reasons := slices.Concat(in.ReasonToLeave.Wish, in.ReasonToLeave.Need, in.NonAnswer.Codes); a.Choices["able_to_stay"] == "no" {
		a.ReasonsToLeave = []string{reasons[len(b)%len(reasons)]}
	}
	return a
}

func checkScore(t *testing.T, a followup.Answers) {
	r, err := a.Score()
	if err != nil {
		fields(t, a)
		return
	}
	for _, s := range []followup.Score{r.Economic, r.Social, r.Psychosocial, r.Composite} {
		if s < 0 || s > 10000 {
			t.Fatalf("score %d lies outside 0 and 1", s)
		}
	}
	if !slices.Contains([]followup.Level{followup.Intensified, followup.Standard, followup.Light}, r.Level) {
		t.Fatalf("level %q", r.Level)
	}
}
