package demo

import (
	"context"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
)

// needs is what most people need.
var needs = casefile.NewAssessment{Result: "done", AssessmentText: casefile.AssessmentText{Needs: &casefile.NeedsText{
	Accommodation: "A room of their own for six months.", Health: "A check-up within the first month.",
	Livelihood: "A small income from the third month on.", Schooling: "None.", Family: "Stays in touch; does not want to live with them."}}}

// riskOf is a risk assessment that ends with a result.
func riskOf(result string) casefile.NewAssessment {
	in := casefile.NewAssessment{Result: result, AssessmentText: casefile.AssessmentText{Risk: &casefile.RiskText{
		SafeToReturn: "Yes, to the city.", Threats: "None known.", Debt: "None.", Community: "The family expects the person.", Mitigation: "Met at the airport; a number to call at any hour."}}}
	switch result {
	case "cleared_with_conditions":
		in.Conditions = "In the city, not in the home village, for the first six months."
		in.Risk.Threats = "A lender in the home village asks for the person."
		in.Risk.Debt = "About two months' wages, to that lender."
	case "not_cleared":
		in.Risk.SafeToReturn = "Not now."
		in.Risk.Threats = "A neighbour has called the family several times and asks for the day of return."
	}
	return in
}

// assess saves the first version of an assessment, signed.
func (c *course) assess(in casefile.NewAssessment) *course { return c.assessAfter(0, in) }

// assessAfter saves the version of an assessment that follows one, signed.
func (c *course) assessAfter(version int, in casefile.NewAssessment) *course {
	kind := casefile.Needs
	if in.Risk != nil {
		kind = casefile.Risk
	}
	in.DoneOn = c.day
	return c.act("assess "+string(kind), func(ctx context.Context, h *house, who access.Actor) error {
		_, err := casefile.SaveAssessment(ctx, h.db, h.vault, who, c.code, kind, version, in)
		return err
	})
}
