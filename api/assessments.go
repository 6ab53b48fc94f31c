package api

import (
	"context"
	"net/http"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/partners"
)

// AssessmentPath names one of a case's two assessments.
type AssessmentPath struct {
	CasePath
	Kind casefile.AssessmentKind `path:"kind" enum:"risk,needs" example:"risk" doc:"Whether it is safe to return, or what the person needs"`
}

var exampleAssessment = casefile.NewAssessment{DoneOn: day("2026-08-20"), Result: "cleared_with_conditions", AssessmentText: casefile.AssessmentText{
	Conditions: "Lives in Iași, not in the village, for the first months.",
	Risk: &casefile.RiskText{SafeToReturn: "Yes, to Iași; not to the village.", Threats: "None known in Iași.", Debt: "None.",
		Community: "The sister expects her; the neighbours know of work abroad.", Mitigation: "Met at the airport; a number to call at any hour."}}}

func (s *Server) assessments() {
	register(s, operation{
		ID: "save-assessment", Method: http.MethodPut, Path: "/v1/cases/{code}/assessments/{kind}", Tag: "Return",
		Summary:     "Save a risk or needs assessment",
		Description: "Makes a new version; older ones stay readable. With a result you sign it; without one it is a draft. The newest version answers the departure gate, so a draft closes what an older one had cleared (R18), and from the first version on the check of this kind cannot be recorded by itself. The text is sealed (R12), and the answer holds nothing of it; what happened to the person does not belong in it (R8). Send If-Match with the version that you edited; leave it out for the first.",
		Example:     exampleAssessment,
	}, func(ctx context.Context, who access.Actor, in *struct {
		AssessmentPath
		MaybeIfMatch
		Body casefile.NewAssessment
	}) (*Tagged[casefile.AssessmentState], error) {
		a, err := casefile.SaveAssessment(ctx, s.db, s.vault, who, in.Code, in.Kind, in.Version(), in.Body)
		return tagged(a, a.Version, err)
	})
	register(s, operation{
		ID: "read-assessment", Method: http.MethodGet, Path: "/v1/cases/{code}/assessments/{kind}", Tag: "Return",
		Summary:     "Read a risk or needs assessment",
		Description: "The newest version, with who signed it and when. Each reading is recorded.",
	}, func(ctx context.Context, who access.Actor, in *AssessmentPath) (*Tagged[casefile.Assessment], error) {
		a, err := casefile.ReadAssessment(ctx, s.db, s.vault, who, in.Code, in.Kind)
		return tagged(a, a.Version, err)
	})
	register(s, operation{
		ID: "list-assessment-versions", Method: http.MethodGet, Path: "/v1/cases/{code}/assessments/{kind}/versions", Tag: "Return",
		Summary:     "List the versions of an assessment",
		Description: "Whole, as they were saved, oldest first; drafts too. Each reading is recorded.",
	}, func(ctx context.Context, who access.Actor, in *AssessmentPath) (*Answer[[]casefile.Assessment], error) {
		return answer(casefile.ListAssessmentVersions(ctx, s.db, s.vault, who, in.Code, in.Kind))
	})
	register(s, operation{
		ID: "read-handoff-risk", Method: http.MethodGet, Path: "/v1/handoffs/{handoff_id}/risk", Tag: "Hand-offs",
		Summary:     "Read what is written of risk",
		Description: "The newest signed risk assessment, for the key of your protection focal point, while the person's consent covers risk (R9, R7). For your other keys there is none. Each reading is recorded.",
	}, func(ctx context.Context, who access.Actor, in *HandoffPath) (*Answer[partners.SharedRisk], error) {
		return answer(partners.ReadRisk(ctx, s.db, s.vault, who, in.ID))
	})
}
