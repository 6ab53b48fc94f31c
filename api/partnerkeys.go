package api

import (
	"context"
	"net/http"

	"hjemvej/internal/access"
	"hjemvej/partners"
)

// IssuedKey is a new key, with the key itself.
type IssuedKey struct {
	partners.Key
	Secret string `json:"key" example:"" doc:"The whole key: shown this once and stored only as a hash. Empty in the answer to a repeated request"`
}

// KeyPath names one of a partner's keys.
type KeyPath struct {
	PartnerPath
	KeyID string `path:"key_id" doc:"The key's id"`
}

func (s *Server) partnerKeys() {
	register(s, operation{
		ID: "list-partner-keys", Method: http.MethodGet, Path: "/v1/partners/{partner_id}/keys", Tag: "Administration",
		Summary:     "List a partner's keys",
		Description: "With what each may be used for, its expiry and last use, never the key itself.",
	}, func(ctx context.Context, who access.Actor, in *PartnerPath) (*Answer[[]partners.Key], error) {
		return answer(partners.ListKeys(ctx, s.db, who, in.PartnerID))
	})
	register(s, operation{
		ID: "issue-partner-key", Method: http.MethodPost, Path: "/v1/partners/{partner_id}/keys", Tag: "Administration", Status: http.StatusCreated,
		Summary:     "Issue a key",
		Description: "The key is shown this once. Its scopes are for good, and so are the addresses that it is bound to. Older keys go on working until they expire or are revoked.",
		Example:     partners.NewKey{Label: "production", Days: 365, Scopes: []access.Scope{access.ReadHandoffs, access.AnswerHandoffs}, Addresses: []string{"192.0.2.0/24"}},
	}, func(ctx context.Context, who access.Actor, in *struct {
		PartnerPath
		Body partners.NewKey
	}) (*Answer[IssuedKey], error) {
		k, err := partners.IssueKey(ctx, s.db, who, in.PartnerID, in.Body)
		return answer(IssuedKey{k.Key, k.Secret.Reveal()}, err)
	})
	week := 7
	register(s, operation{
		ID: "rotate-partner-key", Method: http.MethodPost, Path: "/v1/partners/{partner_id}/keys/{key_id}/rotation", Tag: "Administration", Status: http.StatusCreated,
		Summary:     "Rotate a key",
		Description: "Issues the next one, with the same label, scopes and addresses and for as many days, and shows it this once. The old one works on for the overlap, and never longer than it would have.",
		Example:     partners.Rotation{OverlapDays: &week},
	}, func(ctx context.Context, who access.Actor, in *struct {
		KeyPath
		Body partners.Rotation
	}) (*Answer[IssuedKey], error) {
		k, err := partners.RotateKey(ctx, s.db, who, in.PartnerID, in.KeyID, in.Body)
		return answer(IssuedKey{k.Key, k.Secret.Reveal()}, err)
	})
	register(s, operation{
		ID: "revoke-partner-key", Method: http.MethodPost, Path: "/v1/partners/{partner_id}/keys/{key_id}/revocation", Tag: "Administration",
		Summary:     "Revoke a key",
		Description: "It stops working within a second.",
	}, func(ctx context.Context, who access.Actor, in *KeyPath) (*struct{}, error) {
		return &struct{}{}, partners.RevokeKey(ctx, s.db, who, in.PartnerID, in.KeyID)
	})
}
