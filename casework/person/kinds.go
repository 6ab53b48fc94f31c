package person

import (
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
)

// Address is where the person lives or gets post.
type Address struct {
	Held
	Use        string        `json:"use" enum:"home,stay,post,former" example:"home" doc:"home: at the destination; stay: in Denmark"`
	Lines      string        `json:"lines" minLength:"1" maxLength:"300" example:"Strada Exemplu 1"`
	PostalCode string        `json:"postal_code,omitempty" maxLength:"20" example:"700001"`
	Place      string        `json:"place,omitempty" maxLength:"100" example:"Iași"`
	Country    string        `json:"country" pattern:"^[A-Z]{2}$" example:"RO" doc:"ISO 3166-1 alpha-2"`
	ExpiresOn  calendar.Date `json:"expires_on,omitzero" format:"date" doc:"Its last day"`
}

// PartKind is Part's.
func (p *Address) PartKind() Kind              { return AddressKind }
func (p *Address) open() (calendar.Date, bool) { return p.ExpiresOn, false }
func (p *Address) complete()                   {}

// Validate is Part's.
func (p *Address) Validate(path string, today calendar.Date) error {
	if !p.ExpiresOn.IsZero() && p.ExpiresOn.Before(today) {
		return fault.Invalidf(path+".expires_on", "must not lie in the past")
	}
	return MustBeCountry(path+".country", p.Country)
}

// FamilyMember is one of the person's family.
type FamilyMember struct {
	Held
	Relation   string        `json:"relation" enum:"partner,child,parent,sibling,grandparent,other" example:"child"`
	GivenNames string        `json:"given_names" minLength:"1" maxLength:"300" example:"Ion"`
	FamilyName string        `json:"family_name,omitempty" maxLength:"300" example:"Exemplu"`
	BirthDate  calendar.Date `json:"birth_date,omitzero" format:"date" example:"1999-06-01"`
	Country    string        `json:"country,omitempty" pattern:"^[A-Z]{2}$" example:"RO" doc:"Where they live, ISO 3166-1 alpha-2"`
	Note       string        `json:"note,omitempty" maxLength:"500" example:"Lives with the grandmother" doc:"What matters for the return; what they know and must not know"`
}

// PartKind is Part's.
func (p *FamilyMember) PartKind() Kind              { return FamilyMemberKind }
func (p *FamilyMember) open() (calendar.Date, bool) { return calendar.Date{}, false }
func (p *FamilyMember) complete()                   {}

// Validate is Part's: the birth date is one that somebody can have who lived in
// the person's time.
func (p *FamilyMember) Validate(path string, today calendar.Date) error {
	if !p.BirthDate.IsZero() && (p.BirthDate.After(today) || p.BirthDate.AgeOn(today) > 150) {
		return fault.Invalidf(path+".birth_date", "must be a day on which a relative can be born")
	}
	return MustBeCountry(path+".country", p.Country)
}

// IdentityDocument is a document that says who the person is.
type IdentityDocument struct {
	Held
	Kind      string        `json:"kind" enum:"passport,identity_card,travel_document,residence_permit,birth_certificate,other" example:"passport"`
	Country   string        `json:"country" pattern:"^[A-Z]{2}$" example:"RO" doc:"Of issue, ISO 3166-1 alpha-2"`
	Number    string        `json:"number" minLength:"1" maxLength:"64" example:"050000000"`
	ExpiresOn calendar.Date `json:"expires_on,omitzero" format:"date" doc:"May lie in the past: an expired document still says who somebody is"`
}

// PartKind is Part's.
func (p *IdentityDocument) PartKind() Kind              { return DocumentKind }
func (p *IdentityDocument) open() (calendar.Date, bool) { return p.ExpiresOn, false }
func (p *IdentityDocument) complete()                   {}

// Validate is Part's.
func (p *IdentityDocument) Validate(path string, _ calendar.Date) error {
	return MustBeCountry(path+".country", p.Country)
}
