package followup_test

import (
	"encoding/json"
	"errors"
	"maps"
	"math/big"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"hjemvej/casework/followup"
	"hjemvej/internal/fault"

	"pgregory.net/rapid"
)

type golden struct {
	Answers followup.Answers `json:"answers"`
	Result  followup.Result  `json:"result"`
}

func readGolden(t testing.TB) golden {
	t.Helper()
	b, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(b, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// all answers every question with one code.
func all(code string) followup.Answers {
	a := followup.Answers{Choices: map[string]string{}}
	for _, ind := range followup.RSS().Indicators {
		if ind.Asked() {
			a.Choices[ind.Key] = code
		}
	}
	return a
}

// extreme answers every question with its best (first) or worst (last) option.
func extreme(best bool) followup.Answers {
	in := followup.RSS()
	a := all("")
	for _, ind := range in.Indicators {
		if options := in.Scales[ind.Scale].Options; best && ind.Asked() {
			a.Choices[ind.Key] = options[0].Code
		} else if ind.Asked() {
			a.Choices[ind.Key] = options[len(options)-1].Code
		}
	}
	if !best {
		a.ReasonsToLeave = []string{"no_security"}
	}
	return a
}

func mustScore(t testing.TB, a followup.Answers) followup.Result {
	t.Helper()
	r, err := a.Score()
	if err != nil {
		t.Fatalf("score: %v", err)
	}
	return r
}

func TestR37_GoldenSample(t *testing.T) {
	g := readGolden(t)
	if got := mustScore(t, g.Answers); !reflect.DeepEqual(got, g.Result) {
		t.Errorf("got  %+v\nwant %+v", got, g.Result)
	}
}

func TestR37_TheEndsOfTheScale(t *testing.T) {
	best, worst := mustScore(t, extreme(true)), mustScore(t, extreme(false))
	if best.Composite.String() != "1.0000" || best.Level != followup.Light || len(best.Alerts) != 0 {
		t.Errorf("best: %+v", best)
	}
	if worst.Composite.String() != "0.0000" || worst.Level != followup.Intensified || len(worst.Alerts) != 4 {
		t.Errorf("worst: %+v", worst)
	}
}

func TestR37_ANonAnswerIsWorthHalf(t *testing.T) {
	for code, counted := range map[string]int{"dont_know": 28, "declined": 28, "not_applicable": 0} {
		r := mustScore(t, all(code))
		for _, s := range []followup.Score{r.Economic, r.Social, r.Psychosocial, r.Composite} {
			if s.String() != "0.5000" {
				t.Errorf("all %s: score %s, want 0.5000", code, s)
			}
		}
		if r.NonAnswers != counted || r.ManyNonAnswers != (counted > 0) || r.Level != followup.Standard || len(r.Alerts) != 0 {
			t.Errorf("all %s: %+v", code, r)
		}
	}
}

func TestR37_MoreThanSevenNonAnswersAreFlagged(t *testing.T) {
	a := extreme(true)
	keys := slices.Sorted(maps.Keys(a.Choices))
	for n, key := range keys[:8] {
		a.Choices[key] = "declined"
		if r := mustScore(t, a); r.NonAnswers != n+1 || r.ManyNonAnswers != (n+1 > 7) {
			t.Errorf("%d non-answers: counted %d, flagged %v", n+1, r.NonAnswers, r.ManyNonAnswers)
		}
	}
}

func TestR37_TheNeedToLeaveWeighsAndAlerts(t *testing.T) {
	for name, c := range map[string]struct {
		answer  string
		reasons []string
		score   string
		alert   bool
		counted int
	}{
		"able to stay":      {"yes", nil, "1.0000", false, 0},
		"wishes to leave":   {"no", []string{"culture", "study_abroad"}, "1.0000", false, 0},
		"needs to leave":    {"no", []string{"no_jobs"}, "0.8500", true, 0},
		"wish and need":     {"no", []string{"misses_people", "family_pressure"}, "0.8500", true, 0},
		"gives no reason":   {"no", []string{"declined"}, "0.9250", false, 1},
		"does not know why": {"no", []string{"dont_know"}, "0.9250", false, 1},
		"does not know":     {"dont_know", nil, "0.9250", false, 1},
	} {
		a := extreme(true)
		a.Choices["able_to_stay"], a.ReasonsToLeave = c.answer, c.reasons
		r := mustScore(t, a)
		if r.Psychosocial.String() != c.score || slices.Contains(r.Alerts, "able_to_stay") != c.alert || r.NonAnswers != c.counted {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestR37_EachPoorAnswerAlertsAlone(t *testing.T) {
	for key, codes := range map[string][]string{
		"physical_safety":             {"unsafe", "very_unsafe"},
		"distress":                    {"very_often", "all_the_time"},
		"wants_psychological_support": {"yes"},
	} {
		for _, code := range codes {
			a := extreme(true)
			a.Choices[key] = code
			if r := mustScore(t, a); !slices.Equal(r.Alerts, []string{key}) {
				t.Errorf("%s %s alerts %v", key, code, r.Alerts)
			}
		}
	}
}

// fields are the places that a refusal names.
func fields(t testing.TB, a followup.Answers) []fault.Field {
	t.Helper()
	r, err := a.Score()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Invalid || len(f.Fields) == 0 {
		t.Fatalf("result %+v, error %v; want a list of what is wrong", r, err)
	}
	return f.Fields
}

func TestR37_ARefusalNamesEverythingAtOnceAndRepeatsNothing(t *testing.T) {
	const secret = "=her-secret"
	a := extreme(true)
	delete(a.Choices, "food_reduced")
	a.Choices["has_id"] = secret
	a.Choices["public_services"] = "good"
	a.Choices[secret] = "yes"
	a.Choices["able_to_stay"] = "no"
	a.ReasonsToLeave = []string{secret, "culture", "culture", "declined"}
	var paths []string
	for _, f := range fields(t, a) {
		paths = append(paths, f.Path)
		if strings.Contains(f.Path+f.Message, secret) {
			t.Errorf("repeats what was sent: %+v", f)
		}
	}
	want := []string{
		"body.answers.choices.food_reduced", "body.answers.choices.has_id", "body.answers.choices.public_services",
		"body.answers.choices", "body.answers.reasons_to_leave", "body.answers.reasons_to_leave", "body.answers.reasons_to_leave",
	}
	if !slices.Equal(paths, want) {
		t.Errorf("paths\n%q\nwant\n%q", paths, want)
	}
}

func TestR37_ReasonsGoWithNotBeingAbleToStay(t *testing.T) {
	for name, c := range map[string]struct {
		answer  string
		reasons []string
	}{
		"no without a reason":   {"no", nil},
		"yes with a reason":     {"yes", []string{"culture"}},
		"unknown with a reason": {"dont_know", []string{"culture"}},
		"reason not applicable": {"no", []string{"not_applicable"}},
	} {
		a := extreme(true)
		a.Choices["able_to_stay"], a.ReasonsToLeave = c.answer, c.reasons
		if f := fields(t, a); len(f) != 1 || f[0].Path != "body.answers.reasons_to_leave" {
			t.Errorf("%s: %v", name, f)
		}
	}
}

func TestR37_NoAnswersMissesEveryQuestion(t *testing.T) {
	if f := fields(t, followup.Answers{}); len(f) != 28 {
		t.Errorf("%d things missing, want 28", len(f))
	}
}

// valid draws answers that can be scored.
func valid(t *rapid.T) followup.Answers {
	in := followup.RSS()
	a := followup.Answers{Choices: map[string]string{}}
	for _, ind := range in.Indicators {
		if !ind.Asked() {
			continue
		}
		codes := slices.Clone(in.NonAnswer.Codes)
		for _, o := range in.Scales[ind.Scale].Options {
			codes = append(codes, o.Code)
		}
		a.Choices[ind.Key] = rapid.SampledFrom(codes).Draw(t, ind.Key)
	}
	if a.Choices["able_to_stay"] == "no" {
		reasons := slices.Concat(in.ReasonToLeave.Wish, in.ReasonToLeave.Need)
		a.ReasonsToLeave = rapid.SliceOfNDistinct(rapid.SampledFrom(reasons), 1, 4, rapid.ID[string]).Draw(t, "reasons")
	}
	return a
}

// slowScore computes a score in fractions, from the definition.
func slowScore(a followup.Answers, weight func(followup.Indicator) int) string {
	in := followup.RSS()
	worth := func(ind followup.Indicator) *big.Rat {
		code := a.Choices[ind.Key]
		if need := func(r string) bool { return slices.Contains(in.ReasonToLeave.Need, r) }; ind.Key == "able_to_stay" && code == "no" && !slices.ContainsFunc(a.ReasonsToLeave, need) {
			return big.NewRat(1, 1)
		}
		for _, o := range in.Scales[ind.Scale].Options {
			if o.Code == code {
				return big.NewRat(int64(o.Points), 100)
			}
		}
		return big.NewRat(1, 2)
	}
	sum, services, servicesWeight := new(big.Rat), new(big.Rat), new(big.Rat)
	for _, ind := range in.Indicators {
		w := big.NewRat(int64(weight(ind)), 100)
		switch ind.Key {
		case "public_services":
			servicesWeight = w
			continue
		case "access_housing", "access_education", "access_justice", "access_documentation", "access_water", "access_health":
			services.Add(services, worth(ind))
		}
		sum.Add(sum, w.Mul(w, worth(ind)))
	}
	services.Mul(services, big.NewRat(1, 6))
	return sum.Add(sum, services.Mul(services, servicesWeight)).FloatString(4) // rounds a half away from zero
}

func TestR37_ScoresAgreeWithFractions(t *testing.T) {
	of := func(d followup.Dimension) func(followup.Indicator) int {
		return func(ind followup.Indicator) int {
			if ind.Dimension != d {
				return 0
			}
			return ind.DimensionWeight
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a := valid(t)
		r, err := a.Score()
		if err != nil {
			t.Fatal(err)
		}
		got := []string{r.Economic.String(), r.Social.String(), r.Psychosocial.String(), r.Composite.String()}
		want := []string{
			slowScore(a, of(followup.Economic)), slowScore(a, of(followup.Social)), slowScore(a, of(followup.Psychosocial)),
			slowScore(a, func(ind followup.Indicator) int { return ind.CompositeWeight }),
		}
		if !slices.Equal(got, want) {
			t.Fatalf("scores %v, want %v", got, want)
		}
	})
}

func TestR38_AResultNeverCallsItselfLasting(t *testing.T) {
	b, err := json.Marshal(readGolden(t).Result)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"final", "lasting"} {
		if strings.Contains(string(b), word) {
			t.Errorf("a result says %q", word)
		}
	}
}
