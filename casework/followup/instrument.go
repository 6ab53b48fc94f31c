package followup

import "slices"

// Instrument is one version of the Reintegration Sustainability Survey as this
// system asks it (R37). Keys, scales, weights and limits are the methodological
// note's; the words are ours. Points, weights and limits are hundredths.
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
	Codes     []string          `json:"codes"`
	Counted   []string          `json:"counted"` // those that count for the flag
	Points    int               `json:"points"`
	FlagAbove int               `json:"flag_above"`
	Labels    map[string]Prompt `json:"labels"` // of Codes
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
	Label  Prompt `json:"label"`
}

// Prompt is a text in the languages of those who ask and of those who answer.
type Prompt struct {
	EN string `json:"en"`
	DA string `json:"da"`
	FR string `json:"fr"`
	RO string `json:"ro"`
}

// Languages are those that every Prompt has, in the order of documentation.
var Languages = []string{"da", "en", "fr", "ro"}

// In is the text in one of Languages, and in English in any other.
func (p Prompt) In(language string) string {
	switch language {
	case "da":
		return p.DA
	case "fr":
		return p.FR
	case "ro":
		return p.RO
	default:
		return p.EN
	}
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
	Prompt  Prompt            `json:"prompt"`
	Wish    []string          `json:"wish"`
	Need    []string          `json:"need"`
	Labels  map[string]Prompt `json:"labels"` // of Wish and Need
	Scale   Scale             `json:"scale"`  // of "wish" and "need"
	AlertOn []string          `json:"alert_on"`
}

// has reports whether the scale has this answer.
func (s Scale) has(code string) bool {
	return slices.ContainsFunc(s.Options, func(o Option) bool { return o.Code == code })
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
