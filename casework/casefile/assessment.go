package casefile

import (
	"strings"
	"time"

	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
)

// AssessmentKind is what is assessed in words before somebody departs (R18).
type AssessmentKind string

// The kinds of assessment.
const (
	Risk  AssessmentKind = "risk"
	Needs AssessmentKind = "needs"
)

// Check is the check that the newest version of the assessment answers.
func (k AssessmentKind) Check() CheckKind { return CheckKind(k + "_assessment") }

// AssessmentText is what an assessment says. It is sealed with the person's key
// (R12). What happened to the person does not belong in it (R8).
type AssessmentText struct {
	Conditions string     `json:"conditions,omitempty" maxLength:"4000" doc:"Under which the return is cleared; of cleared_with_conditions only"`
	Risk       *RiskText  `json:"risk,omitempty" doc:"Of a risk assessment"`
	Needs      *NeedsText `json:"needs,omitempty" doc:"Of a needs assessment"`
}

// RiskText is a risk assessment. A signed one answers all five; "none known" is
// an answer.
type RiskText struct {
	SafeToReturn string `json:"safe_to_return,omitempty" maxLength:"4000" example:"Yes, to Iași; not to the village." doc:"Whether and where it is safe to return to"`
	Threats      string `json:"threats,omitempty" maxLength:"4000" example:"None known." doc:"From whom, and how likely"`
	Debt         string `json:"debt,omitempty" maxLength:"4000" example:"None." doc:"What is owed, and to whom"`
	Community    string `json:"community,omitempty" maxLength:"4000" example:"The sister expects her; the neighbours know of work abroad." doc:"How family and community receive the person"`
	Mitigation   string `json:"mitigation,omitempty" maxLength:"4000" example:"Met at the airport; a number to call at any hour." doc:"What makes the return safer"`
}

// NeedsText is a needs assessment. A signed one answers accommodation, health,
// livelihood and family.
type NeedsText struct {
	Accommodation string `json:"accommodation,omitempty" maxLength:"4000" example:"A room of her own for six months"`
	Health        string `json:"health,omitempty" maxLength:"4000" example:"None"`
	Livelihood    string `json:"livelihood,omitempty" maxLength:"4000" example:"Tailoring, with a machine of her own"`
	Schooling     string `json:"schooling,omitempty" maxLength:"4000" example:"School fees for the son" doc:"The person's own, and of children"`
	Family        string `json:"family,omitempty" maxLength:"4000" example:"Lives with the sister at first"`
	Other         string `json:"other,omitempty" maxLength:"4000"`
}

// NewAssessment is the next version of an assessment: a draft, or with a result,
// by which whoever saves it signs it.
type NewAssessment struct {
	DoneOn calendar.Date `json:"done_on" format:"date" example:"2026-08-20" doc:"The day on which it was made; of a draft, on which it was last worked on"`
	Result string        `json:"result,omitempty" enum:"cleared,cleared_with_conditions,not_cleared,done" example:"cleared" doc:"Signs the version. Of risk: cleared, cleared_with_conditions or not_cleared; of needs: done. Leave it out of a draft"`
	AssessmentText
}

// AssessmentState is what is known of a version without opening it, and what is
// answered of a saving: nothing of what was sealed.
type AssessmentState struct {
	Kind     AssessmentKind `json:"kind" enum:"risk,needs" example:"risk"`
	Version  int            `json:"version" example:"2" doc:"The ETag"`
	DoneOn   calendar.Date  `json:"done_on" format:"date"`
	Result   string         `json:"result,omitempty" enum:"cleared,cleared_with_conditions,not_cleared,done" example:"cleared" doc:"Absent from a draft"`
	SignedBy string         `json:"signed_by,omitempty" format:"uuid" doc:"The user's id; absent from a draft"`
	SignedOn calendar.Date  `json:"signed_on,omitzero" format:"date"`
	SavedBy  string         `json:"saved_by" format:"uuid"`
	SavedAt  time.Time      `json:"saved_at"`
}

// Assessment is one version of an assessment, opened.
type Assessment struct {
	AssessmentState
	AssessmentText
}

// Validate checks what no schema can: that result and text are of the kind, and
// that what is signed is whole. It names everything at once.
func (in NewAssessment) Validate(kind AssessmentKind) error {
	var wrong []fault.Field
	mustHold := func(ok bool, path, message string) {
		if !ok {
			wrong = append(wrong, fault.Field{Path: "body." + path, Message: message})
		}
	}
	check, signed := kind.Check(), in.Result != ""
	mustHold(!signed || contains(passing[check], in.Result) || contains(failing[check], in.Result), "result", "is not a result of this assessment")
	mustHold((kind == Risk) == (in.Risk != nil), "risk", "goes with a risk assessment, and with no other")
	mustHold((kind == Needs) == (in.Needs != nil), "needs", "goes with a needs assessment, and with no other")
	if in.Result == "cleared_with_conditions" {
		mustHold(!blank(in.Conditions), "conditions", "is required by this result")
	} else {
		mustHold(in.Conditions == "", "conditions", "goes with cleared_with_conditions alone")
	}
	if signed && len(wrong) == 0 {
		for _, a := range in.asked() {
			mustHold(!blank(a.answer), a.path, "is required of what is signed; that there is none is an answer too")
		}
	}
	if len(wrong) > 0 {
		return &fault.Error{Kind: fault.Invalid, Message: "The request has values that cannot be used.", Fields: wrong}
	}
	return nil
}

type asked struct{ path, answer string }

// asked is what a signed assessment must answer.
func (t AssessmentText) asked() []asked {
	if r := t.Risk; r != nil {
		return []asked{{"risk.safe_to_return", r.SafeToReturn}, {"risk.threats", r.Threats}, {"risk.debt", r.Debt}, {"risk.community", r.Community}, {"risk.mitigation", r.Mitigation}}
	}
	n := t.Needs
	return []asked{{"needs.accommodation", n.Accommodation}, {"needs.health", n.Health}, {"needs.livelihood", n.Livelihood}, {"needs.family", n.Family}}
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }
