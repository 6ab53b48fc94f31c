package partners

import (
	"slices"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/internal/calendar"
	"hjemvej/internal/money"
	"hjemvej/internal/postgres"
)

// Document is what a partner gets of a case: composed at the moment of reading
// from consent × category × purpose, with what was withheld named by category
// only (R7, R21). What happened to the person, risk, and other partners' notes
// are no part of it (R8, R9).
type Document struct {
	Handoff   Handoff               `json:"handoff"`
	Shared    []SharedCategory      `json:"shared" nullable:"false" doc:"What you may know, what for, and until when if nothing is withdrawn before"`
	Withheld  []casefile.Category   `json:"withheld" nullable:"false" doc:"Categories without a consent in force"`
	Identity  *SharedIdentity       `json:"identity,omitempty" doc:"Of the category identity"`
	Contact   []person.ContactPoint `json:"contact_points,omitempty" doc:"Of contact"`
	Ways      *person.SafeContact   `json:"safe_contact,omitempty" doc:"Of contact: how the person may be contacted at this moment (R10); no part of the content that content_hash is of"`
	Travel    *SharedTravel         `json:"travel,omitempty" doc:"Of travel"`
	Health    *SharedHealth         `json:"health,omitempty" doc:"Of health: from the newest signed needs assessment"`
	Family    *SharedFamily         `json:"family,omitempty" doc:"Of family"`
	Needs     *SharedNeeds          `json:"housing_and_livelihood,omitempty" doc:"Of housing_and_livelihood: from the newest signed needs assessment"`
	Support   []SharedLine          `json:"support,omitempty" doc:"Of support_and_payments: the lines that you give"`
	Followups []SharedFollowup      `json:"follow_ups,omitempty" doc:"Of follow_up"`
	Hash      string                `json:"content_hash,omitempty" example:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" doc:"SHA-256 of this content, kept with it, so that what you saw can be shown later"`
}

// SharedCategory is one category that the partner may have, and what for.
type SharedCategory struct {
	Category casefile.Category `json:"category" example:"identity"`
	Purposes []Purpose         `json:"purposes" nullable:"false"`
}

// Purpose is what a category may be used for, and until when.
type Purpose struct {
	Purpose string        `json:"purpose" enum:"prepare_return,reception,support,follow_up" example:"reception"`
	Until   calendar.Date `json:"until" format:"date"`
}

// SharedIdentity is who comes, by consent for identity.
type SharedIdentity struct {
	GivenNames string        `json:"given_names"`
	FamilyName string        `json:"family_name"`
	BirthDate  calendar.Date `json:"birth_date" format:"date"`
	Language   string        `json:"language" example:"ro"`
}

// SharedTravel is where and when, by consent for travel.
type SharedTravel struct {
	Country   string        `json:"country,omitempty" example:"RO"`
	Place     string        `json:"place,omitempty" example:"Iași"`
	PlannedOn calendar.Date `json:"planned_on,omitzero" format:"date"`
	Departed  calendar.Date `json:"departed_on,omitzero" format:"date"`
}

// SharedHealth is what the needs assessment says of health.
type SharedHealth struct {
	Needs string `json:"needs" example:"None"`
}

// SharedFamily is who belongs to the person, and what the needs assessment says
// of them.
type SharedFamily struct {
	Members []person.FamilyMember `json:"members,omitempty"`
	Needs   string                `json:"needs,omitempty" example:"Lives with the sister at first"`
}

// SharedNeeds is what the needs assessment says of the life that begins.
type SharedNeeds struct {
	Accommodation string `json:"accommodation,omitempty"`
	Livelihood    string `json:"livelihood,omitempty"`
	Schooling     string `json:"schooling,omitempty"`
	Other         string `json:"other,omitempty"`
}

// SharedLine is one budget line that the partner gives.
type SharedLine struct {
	Key      string        `json:"key" example:"rent"`
	Category string        `json:"category" example:"housing"`
	Form     string        `json:"form" enum:"in_kind,cash,mixed" example:"in_kind"`
	Purpose  string        `json:"purpose" example:"Rent for six months"`
	Amount   money.Amount  `json:"amount" doc:"Approved, in DKK"`
	DueOn    calendar.Date `json:"due_on,omitzero" format:"date"`
	ToldOn   calendar.Date `json:"told_on,omitzero" format:"date" doc:"When the person was told (R14)"`
}

// SharedFollowup is one contact that is owed to the person.
type SharedFollowup struct {
	ID      string        `json:"id" format:"uuid"`
	Kind    string        `json:"kind" example:"month_1"`
	OpensOn calendar.Date `json:"opens_on" format:"date"`
	DueOn   calendar.Date `json:"due_on" format:"date"`
	State   string        `json:"state" enum:"open,done,lost,declined,dropped" example:"open"`
}

// known is everything that a document may be composed of, as far as the database
// let it through.
type known struct {
	given     []casefile.Consent
	identity  *person.Identity // names, where they could be opened
	parts     person.Identity  // the parts of the identity alone
	needs     *casefile.NeedsText
	travel    SharedTravel
	lines     []SharedLine
	followups []SharedFollowup
}

// compose is the document for a hand-off's partner at a moment: nothing is in it
// that no consent in force covers, whatever is known.
func compose(h Handoff, k known, at postgres.Moment) Document {
	doc := Document{Handoff: h, Shared: []SharedCategory{}, Withheld: []casefile.Category{}}
	for _, c := range casefile.Categories {
		if !casefile.MayShare(k.given, h.PartnerID, c, at.Today).May {
			doc.Withheld = append(doc.Withheld, c)
			continue
		}
		doc.Shared = append(doc.Shared, SharedCategory{c, purposesOf(k.given, h.PartnerID, c, at.Today)})
		doc.fill(c, k)
	}
	return doc
}

// purposesOf are those for which a consent is in force: each is asked alone.
func purposesOf(given []casefile.Consent, partner string, c casefile.Category, today calendar.Date) []Purpose {
	out := []Purpose{}
	for _, p := range casefile.Purposes {
		same := slices.DeleteFunc(slices.Clone(given), func(k casefile.Consent) bool { return k.Purpose != p })
		if s := casefile.MayShare(same, partner, c, today); s.May {
			out = append(out, Purpose{p, s.Until})
		}
	}
	return out
}

func (doc *Document) fill(c casefile.Category, k known) {
	switch c {
	case casefile.ShareIdentity:
		if who := k.identity; who != nil {
			doc.Identity = &SharedIdentity{who.GivenNames, who.FamilyName, who.BirthDate, who.Language}
		}
	case casefile.ShareContact:
		doc.Contact = k.parts.ContactPoints
	case casefile.ShareTravel:
		doc.Travel = &k.travel
	case casefile.ShareFamily:
		doc.Family = &SharedFamily{Members: k.parts.Family}
		if k.needs != nil {
			doc.Family.Needs = k.needs.Family
		}
	case casefile.ShareHealth:
		if k.needs != nil {
			doc.Health = &SharedHealth{k.needs.Health}
		}
	case casefile.ShareNeeds:
		if k.needs != nil {
			doc.Needs = &SharedNeeds{k.needs.Accommodation, k.needs.Livelihood, k.needs.Schooling, k.needs.Other}
		}
	case casefile.ShareSupport:
		doc.Support = k.lines
	case casefile.ShareFollowUp:
		doc.Followups = k.followups
	case casefile.ShareRisk: // to the protection focal point, by an operation of its own (R9)
	}
}
