package api

import (
	"context"
	"net/http"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/partners"
)

const exampleReferrer = "2b8c1d52-6d3e-4b57-9d0a-0c5b7e1f2a12"

func (s *Server) referrals() {
	register(s, operation{
		ID: "record-referral", Method: http.MethodPut, Path: "/v1/cases/{code}/referral", Tag: "Referrals",
		Summary:     "Record who referred the person",
		Description: "An organisation, a day, and whether the person agrees that it is told each quarter how the prepared return stands (R41). The answer holds the reference to give to the organisation: it never learns the case's code. Older versions are kept. Send If-Match with the version that you edited; leave it out for the first.",
		Example: casefile.NewReferral{PartnerID: exampleReferrer, ReferredOn: day("2026-07-10"),
			Consent: &casefile.FeedbackConsent{GivenBy: "self", Language: "ro", GivenOn: day("2026-08-20")}},
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		MaybeIfMatch
		Body casefile.NewReferral
	}) (*Tagged[casefile.Referral], error) {
		r, err := casefile.RecordReferral(ctx, s.db, s.vault, who, in.Code, in.Version(), in.Body)
		return tagged(r, r.Version, err)
	})
	register(s, operation{
		ID: "read-referral", Method: http.MethodGet, Path: "/v1/cases/{code}/referral", Tag: "Referrals",
		Summary:     "Read who referred the person",
		Description: "With the consent to feedback, where there is one.",
	}, func(ctx context.Context, who access.Actor, in *CasePath) (*Tagged[casefile.Referral], error) {
		r, err := casefile.ReadReferral(ctx, s.db, who, in.Code)
		return tagged(r, r.Version, err)
	})
	register(s, operation{
		ID: "withdraw-referral-consent", Method: http.MethodPost, Path: "/v1/cases/{code}/referral/withdrawal", Tag: "Referrals",
		Summary:     "Take the consent to feedback back",
		Description: "At any time. From now on the organisation is told nothing about the person, about earlier quarters neither.",
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		IfMatch
	}) (*Tagged[casefile.Referral], error) {
		r, err := casefile.WithdrawReferralConsent(ctx, s.db, who, in.Code, in.Version())
		return tagged(r, r.Version, err)
	})
	register(s, operation{
		ID: "read-referral-feedback", Method: http.MethodGet, Path: "/v1/referrals/feedback", Tag: "Referrals",
		Summary:     "What became of those whom you referred?",
		Description: "For organisations that refer people: at the end of a quarter that is over, the status of each prepared return in one word, under the reference that you were given. Only people whom you referred, who agreed by that day and still agree (R41). Each reading is recorded.",
	}, func(ctx context.Context, who access.Actor, in *struct {
		Quarter string `query:"quarter" required:"true" pattern:"^20[0-9]{2}-Q[1-4]$" example:"2026-Q3" doc:"A quarter that has ended"`
	}) (*Answer[partners.Feedback], error) {
		return answer(partners.ReadFeedback(ctx, s.db, who, in.Quarter))
	})
}
