package followup

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"slices"
)

// Instrument is the Reintegration Sustainability Survey as this system asks it
// (R37). Keys, scales, weights and limits are the methodological note's; the
// prompts are ours. Points, weights and limits are hundredths.
type Instrument struct {
	Version          string           `json:"version"` // kept with every set of answers
	NonAnswer        NonAnswer        `json:"non_answer"`
	IntensifiedBelow int              `json:"intensified_below"`
	LightAbove       int              `json:"light_above"`
	Scales           map[string]Scale `json:"scales"`
	Indicators       []Indicator      `json:"indicators"`
	ReasonToLeave    ReasonToLeave    `json:"reason_to_leave"`
}

// NonAnswer is what may stand in place of any answer, and what it is worth.
type NonAnswer struct {
	Codes     []string `json:"codes"`
	Counted   []string `json:"counted"` // those that count for the flag
	Points    int      `json:"points"`
	FlagAbove int      `json:"flag_above"`
}

// Scale is the answers to a question, in the order in which they are shown.
type Scale struct {
	Note    Prompt   `json:"note"` // how the interviewer reads the answers; may be empty
	Options []Option `json:"options"`
}

// Option is one answer and its worth.
type Option struct {
	Code   string `json:"code"`
	Points int    `json:"points"`
}

// Prompt is a text in the two languages of the people who ask.
type Prompt struct {
	EN string `json:"en"`
	DA string `json:"da"`
}

// Dimension is one of the three sides of reintegration that get a score.
type Dimension string

// The dimensions.
const (
	Economic     Dimension = "economic"
	Social       Dimension = "social"
	Psychosocial Dimension = "psychosocial"
)

// Indicator is one weighted part of the scores. Either it is asked, on a scale,
// or it is the mean of other indicators.
type Indicator struct {
	Key             string    `json:"key"`
	Dimension       Dimension `json:"dimension"`
	Scale           string    `json:"scale"`   // names one of the scales; "" where computed
	MeanOf          []string  `json:"mean_of"` // keys; empty where asked
	DimensionWeight int       `json:"dimension_weight"`
	CompositeWeight int       `json:"composite_weight"`
	AlertOn         []string  `json:"alert_on"` // answers that alert the same day
	Prompt          Prompt    `json:"prompt"`
}

// Asked reports whether the indicator is a question rather than computed.
func (i Indicator) Asked() bool { return len(i.MeanOf) == 0 }

// ReasonToLeave is the question that follows where the person does not feel
// able to stay. It takes several answers; any need makes the whole a need. Its
// worth takes the place of the answer that led to it.
type ReasonToLeave struct {
	AskedAfter struct {
		Indicator string `json:"indicator"`
		Answer    string `json:"answer"`
	} `json:"asked_after"`
	Prompt  Prompt   `json:"prompt"`
	Wish    []string `json:"wish"`
	Need    []string `json:"need"`
	Scale   Scale    `json:"scale"` // of "wish" and "need"
	AlertOn []string `json:"alert_on"`
}

//go:embed instrument.json
var instrumentJSON []byte

// rss is what answers are scored with; nobody else holds it.
var rss = RSS()

// RSS is the instrument in use, a copy of its own for each caller (R37).
func RSS() Instrument {
	d := json.NewDecoder(bytes.NewReader(instrumentJSON))
	d.DisallowUnknownFields()
	var in Instrument
	if err := d.Decode(&in); err != nil {
		panic("followup: instrument.json: " + err.Error())
	}
	return in
}

// has reports whether the scale has this answer.
func (s Scale) has(code string) bool {
	return slices.ContainsFunc(s.Options, func(o Option) bool { return o.Code == code })
}

// points is the worth of an answer that the scale has.
func (s Scale) points(code string) int {
	for _, o := range s.Options {
		if o.Code == code {
			return o.Points
		}
	}
	return 0
}

// asksReason reports whether this answer leads to the reasons.
func (in Instrument) asksReason(key, code string) bool {
	after := in.ReasonToLeave.AskedAfter
	return key == after.Indicator && code == after.Answer
}

// meaning is what reasons come to: "wish", "need", or the non-answer that stands
// in their place.
func (in Instrument) meaning(reasons []string) string {
	meaning := "wish"
	for _, r := range reasons {
		if slices.Contains(in.NonAnswer.Codes, r) {
			return r
		}
		if slices.Contains(in.ReasonToLeave.Need, r) {
			meaning = "need"
		}
	}
	return meaning
}
