package followup

import (
	"slices"

	"hjemvej/internal/fault"
)

// Answers are the raw answers to the survey, as codes (R37). They are kept as
// they were given, together with [Instrument.Version].
type Answers struct {
	// Choices holds one answer to each indicator that is asked, by its key: a
	// code of its scale, or dont_know, declined or not_applicable.
	Choices map[string]string `json:"choices"`
	// ReasonsToLeave are the reasons where able_to_stay is no, else empty. Where
	// the person does not give one it is dont_know or declined, alone.
	ReasonsToLeave []string `json:"reasons_to_leave,omitempty" maxItems:"20"`
}

// Where answers stand in a request.
const (
	pathChoices = "body.answers.choices"
	pathReasons = "body.answers.reasons_to_leave"
)

// check is an Invalid fault that lists everything that is wrong with the
// answers, and nil where they can be scored, or kept as the part of a survey
// where nothing is wrong but what is missing. No field repeats what was sent: a
// key that the instrument lacks shows as the path of its parent.
func (in Instrument) check(a Answers, part bool) error {
	fields := append(in.checkChoices(a.Choices, part), in.checkReasons(a, part)...)
	if len(fields) == 0 {
		return nil
	}
	message := "The survey's answers cannot be scored as they are."
	if part {
		message = "There are answers that the survey does not have."
	}
	return &fault.Error{Kind: fault.Invalid, Rule: "R37", Message: message, Fields: fields}
}

func (in Instrument) checkChoices(choices map[string]string, part bool) []fault.Field {
	var fields []fault.Field
	known := 0
	for _, ind := range in.Indicators {
		code, given := choices[ind.Key]
		if given {
			known++
		}
		if part && !given {
			continue
		}
		if wrong := in.wrongChoice(ind, code, given); wrong != "" {
			fields = append(fields, fault.Field{Path: pathChoices + "." + ind.Key, Message: wrong})
		}
	}
	if len(choices) > known {
		fields = append(fields, fault.Field{Path: pathChoices, Message: "There is an answer to a question that the survey does not ask."})
	}
	return fields
}

// wrongChoice is a sentence about one indicator, or "".
func (in Instrument) wrongChoice(ind Indicator, code string, given bool) string {
	switch {
	case !ind.Asked() && given:
		return "This is computed from other answers and cannot be sent."
	case !ind.Asked():
		return ""
	case !given:
		return "The answer is missing."
	case !in.Scales[ind.Scale].has(code) && !slices.Contains(in.NonAnswer.Codes, code):
		return "This is not one of the question's answers."
	default:
		return ""
	}
}

func (in Instrument) checkReasons(a Answers, part bool) []fault.Field {
	after := in.ReasonToLeave.AskedAfter
	code, answered := a.Choices[after.Indicator]
	asked := in.asksReason(after.Indicator, code)
	var fields []fault.Field
	wrong := func(message string) {
		fields = append(fields, fault.Field{Path: pathReasons, Message: message})
	}
	if asked && !part && len(a.ReasonsToLeave) == 0 {
		wrong("Give a reason, or that the person gives none, because the person does not feel able to stay.")
	}
	if answered && !asked && len(a.ReasonsToLeave) > 0 {
		wrong("Reasons belong only to a person who does not feel able to stay.")
	}
	if slices.ContainsFunc(a.ReasonsToLeave, func(r string) bool { return !in.isReason(r) }) {
		wrong("There is a reason that the survey does not have.")
	}
	if repeats(a.ReasonsToLeave) {
		wrong("A reason is given more than once.")
	}
	if len(a.ReasonsToLeave) > 1 && slices.ContainsFunc(a.ReasonsToLeave, in.counts) {
		wrong("That no reason was given cannot stand beside a reason.")
	}
	return fields
}

// repeats reports whether a code stands twice; there are few.
func repeats(codes []string) bool {
	for i, code := range codes {
		if slices.Contains(codes[:i], code) {
			return true
		}
	}
	return false
}

func (in Instrument) isReason(code string) bool {
	return slices.Contains(in.ReasonToLeave.Wish, code) || slices.Contains(in.ReasonToLeave.Need, code) || in.counts(code)
}

// counts reports whether a code is a non-answer that counts for the flag.
func (in Instrument) counts(code string) bool { return slices.Contains(in.NonAnswer.Counted, code) }
