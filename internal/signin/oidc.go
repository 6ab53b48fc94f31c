package signin

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"

	"github.com/coreos/go-oidc/v3/oidc"
)

// OIDC knows members of staff by access tokens of the OpenID Connect provider
// that they sign in with. A token must be a JWT that the provider signed for our
// audience; its subject must be an active user's.
type OIDC struct {
	issuer, audience string
	users            users
	client           *http.Client
	memory           memory[[sha256.Size]byte, signed]

	mu       sync.Mutex
	verifier *oidc.IDTokenVerifier
	failed   error
	failedAt time.Time
}

// signed is what a token says whose signature was checked.
type signed struct {
	subject string
	expiry  time.Time
}

// NewOIDC takes tokens of the issuer for the audience. The provider is first
// asked when the first token comes: one that is down does not keep the program
// from starting.
func NewOIDC(db *postgres.DB, issuer, audience string) *OIDC {
	return &OIDC{
		issuer: issuer, audience: audience, users: users{db: db},
		client: &http.Client{Timeout: 5 * time.Second, Transport: newPaced(http.DefaultTransport)},
	}
}

// Authenticate is Authenticator's. A provider that cannot be reached is
// fault.Unavailable.
func (o *OIDC) Authenticate(ctx context.Context, bearer string, _ netip.Addr) (access.Actor, error) {
	if strings.Count(bearer, ".") != 2 {
		return access.Actor{}, unknown()
	}
	token, err := o.memory.recall(sha256.Sum256([]byte(bearer)), func() (signed, error) { return o.verify(ctx, bearer) })
	switch {
	case err != nil:
		return access.Actor{}, err
	case !token.expiry.After(o.users.db.Now()): // while it was remembered
		return access.Actor{}, unknown()
	}
	return o.users.find(ctx, userBySubjectSQL, token.subject)
}

// verify checks the token's signature, for whom it is meant, and its time.
func (o *OIDC) verify(ctx context.Context, bearer string) (signed, error) {
	verifier, err := o.discovered(ctx)
	if err != nil {
		return signed{}, providerDown(err)
	}
	ctx, outage := withOutage(ctx)
	token, err := verifier.Verify(ctx, bearer)
	switch {
	case *outage != nil:
		return signed{}, providerDown(*outage)
	case err != nil: // says what the token says, so it is not kept
		return signed{}, unknown()
	case token.Subject == "" || !utf8.ValidString(token.Subject) || strings.ContainsRune(token.Subject, 0):
		return signed{}, unknown()
	}
	return signed{token.Subject, token.Expiry}, nil
}

// discovered is the verifier, once the provider has said where its keys are.
func (o *OIDC) discovered(ctx context.Context) (*oidc.IDTokenVerifier, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.verifier == nil && (o.failed == nil || time.Since(o.failedAt) > askEvery/2) {
		o.verifier, o.failed = o.discover(ctx)
		o.failedAt = time.Now() // whoever waited meanwhile need not wait again
	}
	return o.verifier, o.failed
}

func (o *OIDC) discover(ctx context.Context) (*oidc.IDTokenVerifier, error) {
	ctx = oidc.ClientContext(context.WithoutCancel(ctx), o.client)
	provider, err := oidc.NewProvider(ctx, o.issuer)
	if err != nil {
		return nil, fmt.Errorf("ask the provider for its configuration: %w", err)
	}
	var said struct {
		Keys       string   `json:"jwks_uri"`
		Algorithms []string `json:"id_token_signing_alg_values_supported"`
	}
	if err := provider.Claims(&said); err != nil {
		return nil, fmt.Errorf("read the provider's configuration: %w", err)
	}
	keys := &keySet{oidc.NewRemoteKeySet(ctx, said.Keys)}
	return oidc.NewVerifier(o.issuer, keys, &oidc.Config{
		ClientID: o.audience, Now: o.users.db.Now, SupportedSigningAlgs: asymmetric(said.Algorithms),
	}), nil
}

// asymmetric keeps the algorithms whose verifying key cannot sign.
func asymmetric(all []string) (out []string) {
	for _, a := range all {
		if strings.HasPrefix(a, "RS") || strings.HasPrefix(a, "PS") || strings.HasPrefix(a, "ES") || a == oidc.EdDSA {
			out = append(out, a)
		}
	}
	return out
}

func providerDown(err error) error {
	return &fault.Error{Kind: fault.Unavailable, Message: "Sign-in is not available now. Please try again.", Cause: err}
}

type outageKey struct{}

// withOutage is a context in which a keySet notes that the provider was down:
// the verifier's own error only has a text.
func withOutage(ctx context.Context) (context.Context, *error) {
	var down error
	return context.WithValue(ctx, outageKey{}, &down), &down
}

// keySet is the provider's keys, noting outages.
type keySet struct{ oidc.KeySet }

// VerifySignature is oidc.KeySet's.
func (k *keySet) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	payload, err := k.KeySet.VerifySignature(ctx, jwt)
	var down *url.Error
	if note, ok := ctx.Value(outageKey{}).(*error); ok && errors.As(err, &down) {
		*note = fmt.Errorf("fetch the provider's keys: %w", down.Err)
	}
	return payload, err
}
