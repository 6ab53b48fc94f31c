// Package plan is what the person and their contact person agree on: the action
// plan up to departure, the reintegration plan after arrival. A plan is a chain
// of versions that never change (R15); an approval is bound to one version's
// exact content, and is given by somebody else (R16).
package plan

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"

	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/money"
)

// Kind is which of the two plans.
type Kind string

// The plans.
const (
	Action        Kind = "action"
	Reintegration Kind = "reintegration"
)

// Content is what a plan says. An action plan holds goals (R13), a
// reintegration plan budget lines (R14).
type Content struct {
	Goals []Goal `json:"goals,omitempty" maxItems:"50" doc:"Of the action plan (R13)"`
	Lines []Line `json:"lines,omitempty" maxItems:"50" doc:"Of the reintegration plan (R14)"`
}

// Goal is something to reach before departure, by actions (R13).
type Goal struct {
	Goal    string `json:"goal" minLength:"1" maxLength:"500" example:"Feel well enough to travel"`
	Actions []Step `json:"actions" maxItems:"50" nullable:"false"`
}

// Step is one action of a goal (R13).
type Step struct {
	Area        string        `json:"area" enum:"accommodation,health,psychosocial_counselling,legal_counselling,course,internship,family_and_network,travel_documents,risk_mitigation,support_person" example:"psychosocial_counselling"`
	What        string        `json:"what" minLength:"1" maxLength:"1000" example:"Six hours with a psychologist"`
	Responsible string        `json:"responsible" enum:"person,contact_person,support_person,return_organisation,home_country_partner,accommodation,municipality,representative" example:"contact_person"`
	DueOn       calendar.Date `json:"due_on" format:"date" example:"2026-09-15"`
	State       string        `json:"state" enum:"open,done,dropped" example:"open"`
}

// Line is one line of support, as it was promised (R14, R24). Amounts are DKK.
type Line struct {
	Key       string        `json:"key" pattern:"^[a-z][a-z0-9_]{0,39}$" example:"rent" doc:"The line's own name; stays the same in later versions"`
	Category  string        `json:"category" enum:"housing,small_business,education,pocket_money,food,school_fees,medical,psychosocial,security,other" example:"housing" doc:"Pocket money is counted apart (R24)"`
	Form      string        `json:"form" enum:"in_kind,cash,mixed" example:"in_kind"`
	Purpose   string        `json:"purpose" minLength:"1" maxLength:"300" example:"Six monthly rents"`
	Amount    money.Amount  `json:"amount" doc:"In DKK"`
	PartnerID string        `json:"partner_id" format:"uuid" example:"5f0c8a52-6d3e-4b57-9d0a-0c5b7e1f2a10" doc:"Who gives it"`
	DueOn     calendar.Date `json:"due_on" format:"date" example:"2026-10-15" doc:"When the first of it was promised for (R30)"`
	ToldOn    calendar.Date `json:"told_on" format:"date" example:"2026-09-01" doc:"When the person was told (R14)"`

	Instalments     []Instalment `json:"instalments,omitempty" maxItems:"24" nullable:"false" doc:"The promised days, ascending, the first of them due_on; they add up to the amount. Left out, the whole amount is promised for due_on (R30)"`
	ProofBeforeNext bool         `json:"proof_before_next,omitempty" doc:"The next payment waits for the proof of the one before"`
	ChildID         string       `json:"child_id,omitempty" format:"uuid" doc:"Of school fees: the family member of the person whose they are; left out where the person is the child (R24)"`
}

// Validate checks what no schema can; today bounds the dates.
func (c Content) Validate(kind Kind, today calendar.Date) error {
	var fields []fault.Field
	bad := func(path, message string) {
		fields = append(fields, fault.Field{Path: "body." + path, Message: message})
	}
	if kind == Action && len(c.Lines) > 0 {
		bad("lines", "belong to the reintegration plan")
	}
	if kind == Reintegration && len(c.Goals) > 0 {
		bad("goals", "belong to the action plan")
	}
	if len(c.Goals)+len(c.Lines) == 0 {
		bad(map[Kind]string{Action: "goals", Reintegration: "lines"}[kind], "must hold at least one")
	}
	far := today.AddMonths(36)
	for i, g := range c.Goals {
		for j, a := range g.Actions {
			if a.DueOn.After(far) || a.DueOn.Before(today.AddMonths(-36)) {
				bad(fmt.Sprintf("goals[%d].actions[%d].due_on", i, j), "must lie within three years of today")
			}
		}
	}
	keys := map[string]bool{}
	for i, l := range c.Lines {
		at := fmt.Sprintf("lines[%d].", i)
		if keys[l.Key] {
			bad(at+"key", "stands twice in the plan")
		}
		keys[l.Key] = true
		if a, err := l.Amount.Canonical(); err != nil || a.Currency != money.Krone || !a.IsPositive() {
			bad(at+"amount", "must be a positive amount in DKK with at most two decimals")
		}
		if l.DueOn.After(far) || l.DueOn.Before(today.AddMonths(-36)) {
			bad(at+"due_on", "must lie within three years of today")
		}
		if l.ToldOn.After(today) {
			bad(at+"told_on", "must not lie in the future")
		}
		within := func(path, message string) { bad(at+path, message) }
		l.checkInstalments(within)
		l.checkChild(within)
	}
	if len(fields) > 0 {
		return &fault.Error{Kind: fault.Invalid, Message: "The plan has values that cannot be used.", Fields: fields}
	}
	return nil
}

// Canonical is the content's one text, and its hash, to which approval is bound
// (R16). The same content always gives the same text.
func (c Content) Canonical() (text string, hash []byte, err error) {
	c.Lines = slices.Clone(c.Lines)
	for i := range c.Lines {
		l := &c.Lines[i]
		if l.Amount, err = l.Amount.Canonical(); err != nil {
			return "", nil, fmt.Errorf("write an amount: %w", err)
		}
		l.Instalments = slices.Clone(l.Instalments)
		for j := range l.Instalments {
			if l.Instalments[j].Amount, err = l.Instalments[j].Amount.Canonical(); err != nil {
				return "", nil, fmt.Errorf("write an amount: %w", err)
			}
		}
	}
	b, err := json.Marshal(c)
	if err != nil {
		return "", nil, fmt.Errorf("write a plan: %w", err)
	}
	sum := sha256.Sum256(b)
	return string(b), sum[:], nil
}
