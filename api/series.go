package api

import (
	"context"
	"net/http"

	"hjemvej/casework/followup"
	"hjemvej/internal/access"
)

// series are what the follow-ups of a case are made from, beside its arrival.
func (s *Server) series() {
	register(s, operation{
		ID: "ask-extension", Method: http.MethodPost, Path: "/v1/cases/{code}/extensions", Tag: "Follow-up", Status: http.StatusCreated,
		Summary:     "Ask for a longer period of support",
		Description: "While support runs, up to twelve months after the arrival in all. The team's leads are told, and reminded as the last day comes near; it changes nothing before another person approves it. One waits at a time (R32).",
		Example:     followup.NewExtension{Until: day("2027-06-30"), Reason: "The training ends in June"},
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		Body followup.NewExtension
	}) (*Answer[followup.Extended], error) {
		return answer(followup.AskExtension(ctx, s.db, who, in.Code, in.Body))
	})
	register(s, operation{
		ID: "approve-extension", Method: http.MethodPost, Path: "/v1/cases/{code}/extensions/{extension_id}/approval", Tag: "Follow-up",
		Summary:     "Approve a longer period of support",
		Description: "By another person than who asked, within 14 days after the last day at the latest. The last day of support moves, the exit with it, and contacts are added (R23, R32).",
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		ID string `path:"extension_id" doc:"The extension's id"`
	}) (*Answer[followup.Extended], error) {
		return answer(followup.ApproveExtension(ctx, s.db, who, in.Code, in.ID))
	})
	register(s, operation{
		ID: "refuse-extension", Method: http.MethodPost, Path: "/v1/cases/{code}/extensions/{extension_id}/refusal", Tag: "Follow-up",
		Summary:     "Refuse a longer period of support",
		Description: "By another person than who asked, with the reason. Whoever asked is told, and may ask again (R32).",
		Example:     followup.Refusal{Reason: "The training is paid for until June already"},
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		ID   string `path:"extension_id" doc:"The extension's id"`
		Body followup.Refusal
	}) (*Answer[followup.Extended], error) {
		return answer(followup.RefuseExtension(ctx, s.db, who, in.Code, in.ID, in.Body))
	})
	register(s, operation{
		ID: "withdraw-extension", Method: http.MethodPost, Path: "/v1/cases/{code}/extensions/{extension_id}/withdrawal", Tag: "Follow-up",
		Summary:     "Take back an extension that was asked for",
		Description: "While it is not decided: by whoever asked for it, or the contact person (R32).",
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		ID string `path:"extension_id" doc:"The extension's id"`
	}) (*Answer[followup.Extended], error) {
		return answer(followup.WithdrawExtension(ctx, s.db, who, in.Code, in.ID))
	})
	register(s, operation{
		ID: "list-extensions", Method: http.MethodGet, Path: "/v1/cases/{code}/extensions", Tag: "Follow-up",
		Summary:     "List a case's extensions",
		Description: "Oldest first, those that were only asked for too.",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Answer[[]followup.Extended], error) {
		return answer(followup.ListExtensions(ctx, s.db, who, in.Code))
	})
	register(s, operation{
		ID: "read-level", Method: http.MethodGet, Path: "/v1/cases/{code}/level", Tag: "Follow-up",
		Summary:     "How closely is somebody followed up?",
		Description: "The level in force, since when, and every survey and raise that led to it (R37).",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Answer[followup.CaseLevel], error) {
		return answer(followup.ReadLevel(ctx, s.db, who, in.Code))
	})
	register(s, operation{
		ID: "raise-level", Method: http.MethodPost, Path: "/v1/cases/{code}/level", Tag: "Follow-up", Status: http.StatusCreated,
		Summary:     "Raise the level of follow-up",
		Description: "Above the one in force, with a reason; never below it. Intensified adds weekly contacts (R37).",
		Example:     followup.Raise{Level: followup.Intensified, Reason: "Her brother moved in again"},
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		Body followup.Raise
	}) (*Answer[followup.CaseLevel], error) {
		return answer(followup.RaiseLevel(ctx, s.db, who, in.Code, in.Body))
	})
	register(s, operation{
		ID: "give-month-12-consent", Method: http.MethodPost, Path: "/v1/cases/{code}/month-12-consent", Tag: "Follow-up", Status: http.StatusCreated,
		Summary:     "Record the consent to month 12",
		Description: "The person's own, or their representative's. Its contact and its survey are owed though the case has ended (R31, R32).",
		Example:     followup.NewMonth12Consent{GivenOn: day("2027-04-11"), GivenBy: "self", Language: "ro"},
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		Body followup.NewMonth12Consent
	}) (*Answer[followup.Month12Consent], error) {
		return answer(followup.GiveMonth12Consent(ctx, s.db, s.vault, who, in.Code, in.Body))
	})
	register(s, operation{
		ID: "withdraw-month-12-consent", Method: http.MethodPost, Path: "/v1/cases/{code}/month-12-consent/withdrawal", Tag: "Follow-up",
		Summary:     "Withdraw the consent to month 12",
		Description: "At once: a contact that was not made by then is not owed any more (R31).",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Answer[followup.Month12Consent], error) {
		return answer(followup.WithdrawMonth12Consent(ctx, s.db, who, in.Code))
	})
}
