package followup

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"slices"

	"hjemvej/internal/fault"
)

// ServiceInstrument is one version of the service questions: how the support was,
// in the person's own view (R30, R40). They are asked at month 3 and at the exit.
type ServiceInstrument struct {
	Version    string            `json:"version"` // kept with every set of answers
	NonAnswers []ServiceOption   `json:"non_answers"`
	Questions  []ServiceQuestion `json:"questions"`
}

// ServiceQuestion is one of the service questions.
type ServiceQuestion struct {
	Key      string          `json:"key"`
	OnlyWith string          `json:"only_with,omitempty"` // a category of support; asked only of a person who has a line of it
	Several  bool            `json:"several,omitempty"`   // takes several answers
	None     string          `json:"none,omitempty"`      // of several answers, the one that stands alone
	AlarmOn  []string        `json:"alarm_on,omitempty"`  // answers that mark the case
	Prompt   Prompt          `json:"prompt"`
	Options  []ServiceOption `json:"options"`
}

// ServiceOption is one answer, or a non-answer.
type ServiceOption struct {
	Code  string `json:"code"`
	Label Prompt `json:"label"`
}

//go:embed service/2026-1.json
var service2026 []byte

// serviceVersions are the versions that were ever asked, oldest first; the last
// is the one in use.
var serviceVersions = []ServiceInstrument{decodeService(service2026)}

func decodeService(text []byte) (in ServiceInstrument) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		panic("followup: the service questions cannot be read: " + err.Error())
	}
	return in
}

// ServiceQuestions are the service questions in use, a copy for each caller.
func ServiceQuestions() ServiceInstrument { return decodeService(service2026) }

// ServiceAnswers are the raw answers: for each question's key the codes that the
// person chose, several only where the question takes several.
type ServiceAnswers map[string][]string

// serviceFacts are what decides which questions are asked.
type serviceFacts struct {
	Categories []string // of the support that the person has
}

func (f serviceFacts) asks(q ServiceQuestion) bool {
	return q.OnlyWith == "" || slices.Contains(f.Categories, q.OnlyWith)
}

// check is an Invalid fault that lists everything that is wrong with the answers,
// and nil where there is nothing. path is where they stand in the request. It
// repeats nothing that was sent.
func (in ServiceInstrument) check(a ServiceAnswers, facts serviceFacts, path string) error {
	var fields []fault.Field
	known := 0
	for _, q := range in.Questions {
		codes, given := a[q.Key]
		if given {
			known++
		}
		if wrong := in.wrong(q, codes, given, facts); wrong != "" {
			fields = append(fields, fault.Field{Path: path + "." + q.Key, Message: wrong})
		}
	}
	if len(a) > known {
		fields = append(fields, fault.Field{Path: path, Message: "There is an answer to a question that is not asked."})
	}
	if len(fields) == 0 {
		return nil
	}
	return &fault.Error{Kind: fault.Invalid, Message: "The answers cannot be kept as they are.", Fields: fields}
}

// wrong is a sentence about one question, or "".
func (in ServiceInstrument) wrong(q ServiceQuestion, codes []string, given bool, facts serviceFacts) string {
	alone := func(code string) bool { return code == q.None || hasOption(in.NonAnswers, code) }
	switch {
	case !facts.asks(q) && given:
		return "This is asked only of a person who has support of that kind."
	case !facts.asks(q):
		return ""
	case len(codes) == 0:
		return "The answer is missing."
	case len(codes) > 1 && !q.Several:
		return "This takes one answer."
	case len(codes) > len(q.Options) || repeats(codes):
		return "An answer is given more than once."
	case slices.ContainsFunc(codes, func(c string) bool { return !hasOption(q.Options, c) && !hasOption(in.NonAnswers, c) }):
		return "This is not one of the question's answers."
	case len(codes) > 1 && slices.ContainsFunc(codes, alone):
		return "That there is none, or no answer, stands alone."
	default:
		return ""
	}
}

func hasOption(options []ServiceOption, code string) bool {
	return slices.ContainsFunc(options, func(o ServiceOption) bool { return o.Code == code })
}

// alarms reports whether an answer must be looked into.
func (in ServiceInstrument) alarms(a ServiceAnswers) bool {
	return slices.ContainsFunc(in.Questions, func(q ServiceQuestion) bool {
		return slices.ContainsFunc(a[q.Key], func(code string) bool { return slices.Contains(q.AlarmOn, code) })
	})
}
