// Package casefile is the case: all that concerns one person's prepared return,
// under a code that says nothing about them. It holds the track and who
// assessed (R1), the people of the case (R2, R5), the reflection period (R3),
// the offer and its answer, and the one state that every later room moves.
//
// Nothing here knows, or may know, whether the person talked to any authority
// about what happened to them (R4).
package casefile

import (
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// Case is one case as its caseworkers see it.
type Case struct {
	Code          string           `json:"code" example:"K7QX-2MVD" doc:"Random; says nothing about the person"`
	State         State            `json:"state" enum:"identified,offered,accepted,declined,departed,arrived,exited,closed,withdrawn,joined" example:"identified"`
	Track         Track            `json:"track" enum:"asylum_seeker,no_lawful_stay,lawful_stay" example:"asylum_seeker"`
	AssessedBy    Authority        `json:"assessed_by" enum:"immigration_service,cmm" example:"immigration_service"`
	AssessedOn    calendar.Date    `json:"assessed_on" format:"date" example:"2026-07-15"`
	ContactPerson string           `json:"contact_person_id" format:"uuid" doc:"The contact person's user id (R2)"`
	Team          string           `json:"team_id" format:"uuid"`
	SupportPerson *SupportPerson   `json:"support_person,omitempty" doc:"Only in special cases (R2)"`
	Destination   *Destination     `json:"destination,omitempty" doc:"Where the offer goes (R6)"`
	Reflection    *Reflection      `json:"reflection,omitempty" doc:"The reflection or restitution period (R3)"`
	Represented   []Representative `json:"representatives,omitempty" doc:"Of a child, now or before (R5)"`
	OpenedOn      calendar.Date    `json:"opened_on" format:"date"`
	OfferedOn     calendar.Date    `json:"offered_on,omitzero" format:"date"`
	AnsweredOn    calendar.Date    `json:"answered_on,omitzero" format:"date"`
	DepartedOn    calendar.Date    `json:"departed_on,omitzero" format:"date"`
	ArrivedOn     calendar.Date    `json:"arrived_on,omitzero" format:"date" doc:"Confirmed by the partner (R22)"`
	LastDay       calendar.Date    `json:"last_day,omitzero" format:"date" doc:"Of support: six calendar months after arrival, or the end of an extension (R32); it counts (R23)"`
	SupportEnded  calendar.Date    `json:"support_ended_on,omitzero" format:"date"`
	WithdrawnOn   calendar.Date    `json:"withdrawn_on,omitzero" format:"date"`
	ExitOutcome   string           `json:"exit_outcome,omitempty" enum:"reached,lost,declined_contact,re_migrated,died,safety_hold" doc:"At six months (R35)"`
	ExitedOn      calendar.Date    `json:"exited_on,omitzero" format:"date"`
	ClosedOn      calendar.Date    `json:"closed_on,omitzero" format:"date"`
	JoinedInto    string           `json:"joined_into,omitempty" example:"K7QX-2MVD" doc:"The case of the same person that goes on; this one stays as it was"`
	Earlier       []string         `json:"joined,omitempty" example:"[\"K7QX-2MVD\"]" doc:"Other cases of the same person, whose history stands there"`
	OpenConcerns  int              `json:"open_concerns" example:"0" doc:"What alarms and nobody has answered: the concerns below, and safety concerns and incidents that partners reported, which list-reports shows first"`
	Concerns      []Concern        `json:"concerns,omitempty" doc:"That nobody has acknowledged, oldest first; list-concerns has the others too"`
	Version       int              `json:"version" example:"1" doc:"Rises with every change, and with every concern; the ETag"`
}

// SupportPerson is an extra companion, in special cases only (R2).
type SupportPerson struct {
	Reason   string        `json:"reason" minLength:"3" maxLength:"500" example:"Needs company at the hospital"`
	AgreedOn calendar.Date `json:"agreed_on" format:"date" example:"2026-07-16" doc:"When CMM agreed; it bears the cost"`
}

// Destination is where the person goes home to; it need not be the home
// community (R6).
type Destination struct {
	Country string `json:"country" pattern:"^[A-Z]{2}$" example:"RO" doc:"ISO 3166-1 alpha-2"`
	Kind    string `json:"kind" enum:"home_country,former_residence" example:"home_country"`
	Place   string `json:"place,omitempty" maxLength:"100" example:"Iași"`

	TimeZone string `json:"time_zone,omitempty" maxLength:"60" example:"Europe/Bucharest" doc:"IANA name, in which follow-ups' days are counted; where it is left out, that of the country if it has only one, else Copenhagen's"`
}

// Summary is a case in a list.
type Summary struct {
	Code         string        `json:"code" example:"K7QX-2MVD"`
	State        State         `json:"state" example:"arrived"`
	Track        Track         `json:"track" example:"asylum_seeker"`
	Country      string        `json:"destination_country,omitempty" example:"RO"`
	OpenedOn     calendar.Date `json:"opened_on" format:"date"`
	ReflectEnds  calendar.Date `json:"reflection_last_day,omitzero" format:"date"`
	LastDay      calendar.Date `json:"last_day,omitzero" format:"date"`
	OpenConcerns int           `json:"open_concerns" example:"0" doc:"What alarms and nobody has answered"`
}

var (
	_ = postgres.Rule("case_assessing_authority", fault.Conflictf("R1", "The assessment was made by the wrong authority for this track."))
	_ = postgres.Rule("case_support_person", fault.Conflictf("R2", "A support person needs a reason and CMM's agreement."))
	_ = postgres.Rule("case_move", fault.Conflictf("", "The case is not at that step."))
	_ = postgres.Rule("case_joined", whereJoined)
	_ = postgres.Rule("person_joined", whereJoined)
)
