package webhook

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const prefix = "whsec_"

// ErrSecret says that there is no secret, or that one is not written as NewSecret
// writes it. It does not hold the secret.
var ErrSecret = errors.New("not a secret that events can be signed with")

// NewSecret draws a secret of 32 random bytes, written whsec_ and base64, as
// receivers' libraries read it. Each endpoint has its own; it is stored sealed
// and shown once.
func NewSecret() string {
	var key [32]byte
	_, _ = rand.Read(key[:]) // never fails
	return prefix + base64.StdEncoding.EncodeToString(key[:])
}

// signers read secrets more strictly than the library does, which also takes an
// empty one.
func signers(secrets []string) (all []*standardwebhooks.Webhook, err error) {
	for _, s := range secrets {
		encoded, prefixed := strings.CutPrefix(s, prefix)
		key, err := base64.StdEncoding.DecodeString(encoded)
		if !prefixed || err != nil || len(key) < 24 || len(key) > 64 {
			return nil, ErrSecret
		}
		signer, err := standardwebhooks.NewWebhookRaw(key)
		if err != nil {
			return nil, ErrSecret
		}
		all = append(all, signer)
	}
	if all == nil {
		return nil, ErrSecret
	}
	return all, nil
}
