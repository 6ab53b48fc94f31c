package followup_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"math/big"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"hjemvej/casework/followup"
)

// facts is the part of the domain's rss.json that the instrument must agree with.
type facts struct {
	Version   string `json:"version"`
	NonAnswer struct {
		Codes     []string    `json:"codes"`
		Score     json.Number `json:"score"`
		FlagAbove int         `json:"flag_above"`
	} `json:"non_answer"`
	Thresholds struct {
		IntensifiedBelow json.Number `json:"intensified_below"`
		LightAbove       json.Number `json:"light_above"`
	} `json:"thresholds"`
	Indicators []struct {
		Key             string                 `json:"key"`
		Dimension       followup.Dimension     `json:"dimension"`
		Scale           map[string]json.Number `json:"scale"`
		DimensionWeight json.Number            `json:"dimension_weight"`
		CompositeWeight json.Number            `json:"composite_weight"`
	} `json:"indicators"`
	Computed struct {
		PublicServices struct {
			MeanOf []string `json:"mean_of"`
		} `json:"public_services"`
		Reason struct {
			Wish      json.Number `json:"wish"`
			Need      json.Number `json:"need"`
			WishMeans []string    `json:"wish_means"`
			NeedMeans []string    `json:"need_means"`
		} `json:"reason_to_leave"`
	} `json:"computed"`
	Alerts map[string][]string `json:"alerts"`
	Golden struct {
		Points map[string]json.Number `json:"points"`
		Scores map[string]json.Number `json:"scores"`
	} `json:"golden"`
}

const factsPath = "../../../shared/domain/rss.json"

func readFacts(t *testing.T) facts {
	t.Helper()
	b, err := os.ReadFile(factsPath)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("%s is not here: the instrument is not compared with its source", factsPath)
	}
	var f facts
	if err == nil {
		err = json.Unmarshal(b, &f)
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// hundredths reads a decimal exactly.
func hundredths(t *testing.T, n json.Number) int {
	t.Helper()
	r, ok := new(big.Rat).SetString(n.String())
	if ok {
		r.Mul(r, big.NewRat(100, 1))
	}
	if !ok || !r.IsInt() {
		t.Fatalf("%q is no number of hundredths", n)
	}
	return int(r.Num().Int64())
}

// same fails where two values differ, and says which.
func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestR37_TheInstrumentIsItsSource(t *testing.T) {
	f, in := readFacts(t), followup.RSS()
	same(t, "version", in.Version, f.Version)
	same(t, "non-answers", in.NonAnswer.Codes, f.NonAnswer.Codes)
	same(t, "worth of a non-answer", in.NonAnswer.Points, hundredths(t, f.NonAnswer.Score))
	same(t, "flag", in.NonAnswer.FlagAbove, f.NonAnswer.FlagAbove)
	same(t, "intensified", in.IntensifiedBelow, hundredths(t, f.Thresholds.IntensifiedBelow))
	same(t, "light", in.LightAbove, hundredths(t, f.Thresholds.LightAbove))
	if len(in.Indicators) != len(f.Indicators) {
		t.Fatalf("%d indicators, want %d", len(in.Indicators), len(f.Indicators))
	}
	for i, want := range f.Indicators {
		got := in.Indicators[i]
		same(t, "key", got.Key, want.Key)
		same(t, want.Key+" dimension", got.Dimension, want.Dimension)
		same(t, want.Key+" weight", got.DimensionWeight, hundredths(t, want.DimensionWeight))
		same(t, want.Key+" composite weight", got.CompositeWeight, hundredths(t, want.CompositeWeight))
		scale := map[string]int{}
		for code, points := range want.Scale {
			scale[code] = hundredths(t, points)
		}
		switch want.Key {
		case "public_services":
			same(t, want.Key, got.MeanOf, f.Computed.PublicServices.MeanOf)
		case "able_to_stay": // its scale is computed there: yes is 1, no follows the reasons
			same(t, want.Key, optionPoints(in.Scales[got.Scale])["yes"], 100)
		default:
			same(t, want.Key+" scale", optionPoints(in.Scales[got.Scale]), scale)
		}
		if want.Key != "able_to_stay" {
			same(t, want.Key+" alerts", got.AlertOn, f.Alerts[want.Key])
		}
	}
}

func TestR37_TheReasonsToLeaveAreTheirSource(t *testing.T) {
	f, reason := readFacts(t), followup.RSS().ReasonToLeave
	same(t, "points", optionPoints(reason.Scale), map[string]int{
		"wish": hundredths(t, f.Computed.Reason.Wish), "need": hundredths(t, f.Computed.Reason.Need),
	})
	meaning := map[string]string{
		"misses_people": "misses people elsewhere", "culture": "cultural factors", "study_abroad": "wants to study abroad",
		"no_jobs": "lack of jobs", "no_security": "lack of security", "no_services": "lack of essential services",
		"low_earnings": "low earnings", "family_pressure": "family pressure",
	}
	words := func(codes []string) (out []string) {
		for _, c := range codes {
			out = append(out, meaning[c])
		}
		return out
	}
	same(t, "wishes", words(reason.Wish), f.Computed.Reason.WishMeans)
	same(t, "needs", words(reason.Need), f.Computed.Reason.NeedMeans)
	same(t, "alert", f.Alerts["able_to_stay"], []string{"no, for a need"})
	same(t, "alert", reason.AlertOn, []string{"need"})
}

func TestR37_TheGoldenAnswersAreTheirSource(t *testing.T) {
	f, in, g := readFacts(t), followup.RSS(), readGolden(t)
	for _, ind := range in.Indicators {
		if ind.Asked() && ind.Key != "able_to_stay" {
			same(t, ind.Key, optionPoints(in.Scales[ind.Scale])[g.Answers.Choices[ind.Key]], hundredths(t, f.Golden.Points[ind.Key]))
		}
	}
	for key, got := range map[string]followup.Score{
		"economic": g.Result.Economic, "social": g.Result.Social,
		"psychosocial": g.Result.Psychosocial, "composite": g.Result.Composite,
	} {
		want, _ := new(big.Rat).SetString(f.Golden.Scores[key].String())
		same(t, key, got.String(), want.FloatString(4))
	}
}

func optionPoints(s followup.Scale) map[string]int {
	out := map[string]int{}
	for _, o := range s.Options {
		out[o.Code] = o.Points
	}
	return out
}

func TestR37_WeightsSumToOne(t *testing.T) {
	dimension, composite := map[followup.Dimension]int{}, map[followup.Dimension]int{}
	for _, ind := range followup.RSS().Indicators {
		dimension[ind.Dimension] += ind.DimensionWeight
		composite[ind.Dimension] += ind.CompositeWeight
	}
	same(t, "dimension weights", dimension, map[followup.Dimension]int{followup.Economic: 100, followup.Social: 100, followup.Psychosocial: 100})
	// 0.33 + 0.33 + 0.34: the composite is no mean of the three scores.
	same(t, "composite weights", composite, map[followup.Dimension]int{followup.Economic: 33, followup.Social: 33, followup.Psychosocial: 34})
}

func TestR37_TheInstrumentHoldsTogether(t *testing.T) {
	in := followup.RSS()
	keys := map[string]bool{}
	for _, ind := range in.Indicators {
		if keys[ind.Key] {
			t.Errorf("%s stands twice", ind.Key)
		}
		keys[ind.Key] = true
		speaks(t, ind.Key, ind.Prompt)
		if ind.Asked() == (len(in.Scales[ind.Scale].Options) == 0) {
			t.Errorf("%s is asked without a scale, or computed with one", ind.Key)
		}
		for _, code := range ind.AlertOn {
			if _, ok := optionPoints(in.Scales[ind.Scale])[code]; !ok {
				t.Errorf("%s alerts on an answer that it does not have", ind.Key)
			}
		}
	}
	for _, code := range slices.Concat(in.ReasonToLeave.Wish, in.ReasonToLeave.Need) {
		speaks(t, code, in.ReasonToLeave.Labels[code])
	}
	for _, code := range in.NonAnswer.Codes {
		speaks(t, code, in.NonAnswer.Labels[code])
	}
	speaks(t, "reason to leave", in.ReasonToLeave.Prompt)
	for name, s := range in.Scales {
		if s.Note != (followup.Prompt{}) {
			speaks(t, name, s.Note)
		}
		for _, o := range s.Options {
			speaks(t, name+" "+o.Code, o.Label)
			if slices.Contains(in.NonAnswer.Codes, o.Code) {
				t.Errorf("scale %s takes a non-answer for an answer", name)
			}
		}
	}
}

// speaks fails where a text lacks one of the languages.
func speaks(t *testing.T, what string, p followup.Prompt) {
	t.Helper()
	if p.EN == "" || p.DA == "" || p.FR == "" || p.RO == "" {
		t.Errorf("%s does not speak every language", what)
	}
}

func TestR4_R11_TheSurveyAsksNothingThatPutsThePersonAtRisk(t *testing.T) {
	var b []byte
	for _, name := range []string{"rss/2018-annex3.json", "service/2026-1.json"} {
		one, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		b = append(b, one...)
	}
	text := strings.ToLower(string(b))
	for _, word := range []string{"traffick", "menneskehandel", "prostitut", "cmm", "polic", "politi", "testi", "vidne", "iom"} {
		if strings.Contains(text, word) {
			t.Errorf("the instrument says %q", word)
		}
	}
}
