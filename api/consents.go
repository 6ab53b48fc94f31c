package api

import (
	"context"
	"net/http"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/partners"
)

const examplePartner = "5f0c8a52-6d3e-4b57-9d0a-0c5b7e1f2a10"

func (s *Server) consents() {
	register(s, operation{
		ID: "give-consent", Method: http.MethodPost, Path: "/v1/cases/{code}/consents", Tag: "Consents", Status: http.StatusCreated,
		Summary:     "Record a consent",
		Description: "One partner, one or more categories of data, one purpose, from a day until a day. Without a consent in force nothing is shared (R7). What happened to the person is no category: it is never shared (R8).",
		Example: casefile.NewConsent{PartnerID: examplePartner, Categories: []casefile.Category{casefile.ShareIdentity, casefile.ShareTravel},
			Purpose: "reception", GivenBy: "self", Language: "ro", ValidFrom: day("2026-08-20"), ValidUntil: day("2027-08-20")},
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		Body casefile.NewConsent
	}) (*Answer[[]casefile.Consent], error) {
		return answer(casefile.GiveConsent(ctx, s.db, s.vault, who, in.Code, in.Body))
	})
	register(s, operation{
		ID: "list-consents", Method: http.MethodGet, Path: "/v1/cases/{code}/consents", Tag: "Consents",
		Summary:     "List consents",
		Description: "All of the case, those that ended too.",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Answer[[]casefile.Consent], error) {
		return answer(casefile.ListConsents(ctx, s.db, who, in.Code))
	})
	register(s, operation{
		ID: "read-sharing", Method: http.MethodGet, Path: "/v1/cases/{code}/sharing", Tag: "Consents",
		Summary:     "What may a partner have, and why?",
		Description: "For every category whether the partner may have it today, by which consent, until when, or what is in the way. Everything that shares asks the same rule (R7, R8).",
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		Partner string `query:"partner_id" required:"true" format:"uuid" doc:"The partner's id"`
	}) (*Answer[[]casefile.Sharing], error) {
		return answer(casefile.ReadSharing(ctx, s.db, who, in.Code, in.Partner))
	})
	register(s, operation{
		ID: "withdraw-consent", Method: http.MethodPost, Path: "/v1/cases/{code}/consents/{consent_id}/withdrawal", Tag: "Consents",
		Summary:     "Withdraw a consent",
		Description: "Sharing stops at once: the partner's next reading is less (R7).",
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		IfMatch
		ConsentID string `path:"consent_id" doc:"The consent's id"`
	}) (*Tagged[casefile.Consent], error) {
		c, err := partners.WithdrawConsent(ctx, s.db, who, in.Code, in.ConsentID, in.Version())
		return tagged(c, c.Version, err)
	})
}
