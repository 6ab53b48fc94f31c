package followup

import (
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
)

// Interview is who asked the person, how, and in which language.
type Interview struct {
	Interviewer string `json:"interviewer" enum:"contact_person,support_person,partner,other" example:"contact_person" doc:"Whoever asked; always partner where a partner sends the answers"`
	Interpreter bool   `json:"interpreter_helped" example:"false"`
	Mode        string `json:"mode" enum:"in_person,call,video,through_partner,self_completed" example:"call"`
	Language    string `json:"language" pattern:"^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$" maxLength:"35" example:"ro" doc:"In which the person answered, BCP 47"`
	Supports    bool   `json:"interviewer_gives_support" example:"false" doc:"The interviewer also gives the assistance: people then answer more kindly, and the answers are flagged (R39). Where a partner asked that gives a line of the case, it is true whatever is sent"`
}

// by is the interview as the actor may record it: a partner records its own.
func (in Interview) by(who access.Actor) (Interview, error) {
	if who.Role != access.Partner {
		return in, nil
	}
	if in.Interviewer != "partner" && in.Interviewer != "" {
		return in, fault.Invalidf("body.interviewer", "is partner where a partner sends the answers")
	}
	in.Interviewer = "partner"
	return in, nil
}
