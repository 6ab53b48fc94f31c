package partners

import (
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/letter"
)

// RegistryEntry is what the registry says of a partner, beside what it is for good.
type RegistryEntry struct {
	Name      string   `json:"name" minLength:"2" maxLength:"200" pattern:"^[^\\r\\n\\t]+$" example:"Casa Exemplu"`
	Countries []string `json:"countries" maxItems:"250" nullable:"false" uniqueItems:"true" pattern:"^[A-Z]{2}$" example:"[\"RO\"]" doc:"Served, ISO 3166-1 alpha-2"`
	Places    []string `json:"places,omitempty" maxItems:"100" uniqueItems:"true" minLength:"1" maxLength:"100" example:"[\"Iași\"]" doc:"Served there; all of the countries where it is left out"`
	Services  []string `json:"services,omitempty" maxItems:"10" uniqueItems:"true" enum:"housing,small_business,education,pocket_money,food,school_fees,medical,psychosocial,security,other" example:"[\"housing\",\"education\"]" doc:"That it gives (R24)"`
	Languages []string `json:"languages,omitempty" maxItems:"30" uniqueItems:"true" pattern:"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$" maxLength:"35" example:"[\"ro\",\"en\"]" doc:"That its people speak, BCP 47"`

	Language string `json:"language" enum:"da,en" example:"en" doc:"Of letters to its own address"`
	Email    string `json:"email" format:"email" maxLength:"254" example:"desk@partner.example" doc:"Where letters go while it has nobody to write to"`

	TransferGround    string `json:"transfer_ground,omitempty" enum:"adequacy,safeguards,international_organisation" example:"safeguards" doc:"On which personal data may be transferred to it: the country's protection is adequate (also within the EEA), appropriate safeguards were agreed, or it is an international organisation. Without one nothing can be handed to it"`
	TransferReference string `json:"transfer_reference,omitempty" maxLength:"200" example:"Agreement 2026-17" doc:"Where the ground is written down; goes with transfer_ground"`

	TimeZone    string          `json:"time_zone,omitempty" maxLength:"60" example:"Europe/Bucharest" doc:"IANA name; Europe/Copenhagen where it is left out"`
	WorkingDays []int           `json:"working_days,omitempty" minItems:"1" maxItems:"7" uniqueItems:"true" minimum:"1" maximum:"7" example:"[1,2,3,4,5]" doc:"ISO weekdays, 1 is Monday; Monday to Friday where it is left out"`
	Holidays    []calendar.Date `json:"holidays,omitempty" maxItems:"200" uniqueItems:"true" format:"date" example:"[\"2026-12-01\"]" doc:"On which it does not work; a deadline for its answer passes over them (R20)"`

	ActiveFrom  calendar.Date `json:"active_from,omitzero" format:"date" example:"2026-10-01" doc:"Its first day; as it was, or today, where it is left out"`
	ActiveUntil calendar.Date `json:"active_until,omitzero" format:"date" doc:"Its last day: afterwards its keys fail, no letter goes to it, and nothing is handed to it"`
}

// complete is the entry with what was left out, for a partner that began on a
// day. It says what cannot be.
func (e RegistryEntry) complete(began calendar.Date) (RegistryEntry, error) {
	for _, list := range []*[]string{&e.Countries, &e.Places, &e.Services, &e.Languages} {
		if *list == nil {
			*list = []string{}
		}
	}
	if len(e.WorkingDays) == 0 {
		e.WorkingDays = []int{1, 2, 3, 4, 5}
	}
	if e.Holidays == nil {
		e.Holidays = []calendar.Date{}
	}
	if e.TimeZone == "" {
		e.TimeZone = calendar.Copenhagen.String()
	}
	if e.ActiveFrom.IsZero() {
		e.ActiveFrom = began
	}
	return e, e.check()
}

func (e RegistryEntry) check() error {
	_, zone := calendar.Zone(e.TimeZone)
	_, week := e.week()
	switch {
	case !letter.BareAddress(e.Email):
		return notAnAddress
	case e.TransferGround != "" && e.TransferReference == "":
		return fault.Invalidf("body.transfer_reference", "is required with transfer_ground: say where the ground is written down")
	case e.TransferGround == "" && e.TransferReference != "":
		return fault.Invalidf("body.transfer_ground", "is required with transfer_reference")
	case zone != nil:
		return fault.Invalidf("body.time_zone", "is not an IANA time zone, such as Europe/Bucharest")
	case week != nil:
		return fault.Invalidf("body.working_days", "must be days of the week, 1 to 7")
	case !e.ActiveUntil.IsZero() && e.ActiveUntil.Before(e.ActiveFrom):
		return fault.Invalidf("body.active_until", "must not lie before active_from")
	}
	return nil
}

var notAnAddress = fault.Invalidf("body.email", "must be an e-mail address alone, such as desk@partner.example")

// week is on which days the partner works.
func (e RegistryEntry) week() (calendar.Workweek, error) {
	return calendar.NewWorkweek(e.WorkingDays, e.Holidays)
}

// values are the entry's, in the order of the table's columns.
func (e RegistryEntry) values() []any {
	return []any{e.Name, e.Countries, e.Places, e.Services, e.Languages, e.Language, e.Email, e.TransferGround, e.TransferReference,
		e.TimeZone, e.WorkingDays, e.Holidays, e.ActiveFrom, e.ActiveUntil}
}
