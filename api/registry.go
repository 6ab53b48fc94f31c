package api

import (
	"context"
	"net/http"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/partners"
)

// PartnerPath names a partner.
type PartnerPath struct {
	PartnerID string `path:"partner_id" doc:"The partner's id"`
}

var exampleEntry = partners.RegistryEntry{Name: "Casa Exemplu", Countries: []string{"RO"}, Places: []string{"Iași"}, Services: []string{"housing", "small_business"},
	Languages: []string{"ro", "en"}, Language: "en", Email: "desk@partner.example", TransferGround: "adequacy", TransferReference: "Within the EEA",
	TimeZone: "Europe/Bucharest", WorkingDays: []int{1, 2, 3, 4, 5}, Holidays: []calendar.Date{day("2026-12-01")}}

func (s *Server) registry() {
	register(s, operation{
		ID: "list-partners", Method: http.MethodGet, Path: "/v1/partners", Tag: "Administration",
		Summary:     "List partners",
		Description: "Organisations of the registry, by name, those that are not active too.",
	}, func(ctx context.Context, who access.Actor, in *struct {
		Role    partners.Role `query:"role" enum:"return_organisation,home_country_partner,referring_organisation" doc:"Only in this role"`
		Country string        `query:"country" pattern:"^[A-Z]{2}$" doc:"Only those that serve this country, ISO 3166-1 alpha-2"`
		Service string        `query:"service" enum:"housing,small_business,education,pocket_money,food,school_fees,medical,psychosocial,security,other" doc:"Only those that give this (R24)"`
	}) (*Answer[[]partners.Partner], error) {
		return answer(partners.List(ctx, s.db, who, partners.Search{Role: in.Role, Country: in.Country, Service: in.Service}))
	})
	register(s, operation{
		ID: "create-partner", Method: http.MethodPost, Path: "/v1/partners", Tag: "Administration", Status: http.StatusCreated,
		Summary:     "Register a partner",
		Description: "IOM is a return organisation like any other. Without a ground for transferring personal data nothing can be handed to it.",
		Example:     partners.NewPartner{Role: partners.HomeCountryPartner, RegistryEntry: exampleEntry},
	}, func(ctx context.Context, who access.Actor, in *struct{ Body partners.NewPartner }) (*Tagged[partners.Partner], error) {
		p, err := partners.Create(ctx, s.db, who, in.Body)
		return tagged(p, p.Version, err)
	})
	register(s, operation{
		ID: "read-partner", Method: http.MethodGet, Path: "/v1/partners/{partner_id}", Tag: "Administration",
		Summary:     "Read a partner's entry",
		Description: "What the registry says of it.",
	}, func(ctx context.Context, who access.Actor, in *PartnerPath) (*Tagged[partners.Partner], error) {
		p, err := partners.Read(ctx, s.db, who, in.PartnerID)
		return tagged(p, p.Version, err) // whether it is active changes with the day, and not the version
	})
	register(s, operation{
		ID: "change-partner", Method: http.MethodPut, Path: "/v1/partners/{partner_id}", Tag: "Administration",
		Summary:     "Change a partner's entry",
		Description: "The whole of it is replaced, but for its role, which is for good. What was handed to it before goes on: take that back for itself. An active_until in the past ends its access within a second.",
		Example:     exampleEntry,
	}, func(ctx context.Context, who access.Actor, in *struct {
		PartnerPath
		IfMatch
		Body partners.RegistryEntry
	}) (*Tagged[partners.Partner], error) {
		p, err := partners.Change(ctx, s.db, who, in.PartnerID, in.Version(), in.Body)
		return tagged(p, p.Version, err)
	})
}

func (s *Server) partnerPeople() {
	somebody := partners.NewRecipient{Name: "Mihai Exemplu", Email: "mihai@partner.example", Language: "en", Wants: "each_letter"}
	register(s, operation{
		ID: "list-partner-people", Method: http.MethodGet, Path: "/v1/partners/{partner_id}/people", Tag: "Administration",
		Summary:     "List a partner's people to write to",
		Description: "Those who were before too. undeliverable_since says whose address refuses letters.",
	}, func(ctx context.Context, who access.Actor, in *PartnerPath) (*Answer[[]partners.Recipient], error) {
		return answer(partners.ListRecipients(ctx, s.db, who, in.PartnerID))
	})
	register(s, operation{
		ID: "add-partner-person", Method: http.MethodPost, Path: "/v1/partners/{partner_id}/people", Tag: "Administration", Status: http.StatusCreated,
		Summary:     "Add somebody to write to",
		Description: "Each of a partner's people gets each letter to it. Only while there is nobody do letters go to the partner's own address.",
		Example:     somebody,
	}, func(ctx context.Context, who access.Actor, in *struct {
		PartnerPath
		Body partners.NewRecipient
	}) (*Tagged[partners.Recipient], error) {
		r, err := partners.AddRecipient(ctx, s.db, who, in.PartnerID, in.Body)
		return tagged(r, r.Version, err)
	})
	register(s, operation{
		ID: "change-partner-person", Method: http.MethodPut, Path: "/v1/partners/{partner_id}/people/{person_id}", Tag: "Administration",
		Summary:     "Change somebody to write to",
		Description: "The whole of it is replaced. Letters that an address refused are tried there again from now on.",
		Example:     partners.RecipientChange{NewRecipient: somebody, Active: true},
	}, func(ctx context.Context, who access.Actor, in *struct {
		PartnerPath
		IfMatch
		PersonID string `path:"person_id" doc:"The person's id"`
		Body     partners.RecipientChange
	}) (*Tagged[partners.Recipient], error) {
		r, err := partners.ChangeRecipient(ctx, s.db, who, in.PartnerID, in.PersonID, in.Version(), in.Body)
		return tagged(r, r.Version, err)
	})
}
