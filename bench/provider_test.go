package bench

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"hjemvej/internal/housetest"
	"hjemvej/internal/postgres/embedded"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/coreos/go-oidc/v3/oidc/oidctest"
	"github.com/jackc/pgx/v5"
)

const audience = "hjemvej"

// provider is an OpenID Connect provider on loopback.
type provider struct {
	url string
	key *rsa.PrivateKey
}

func newProvider(t testing.TB) *provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	p := &oidctest.Server{PublicKeys: []oidctest.PublicKey{{PublicKey: key.Public(), KeyID: "k", Algorithm: oidc.RS256}}}
	s := httptest.NewServer(p)
	t.Cleanup(s.Close)
	p.SetIssuer(s.URL)
	return &provider{s.URL, key}
}

// token is an access token for a subject.
func (p *provider) token(subject string, until time.Time) string {
	return oidctest.SignIDToken(p.key, "k", oidc.RS256, fmt.Sprintf(`{"iss":%q,"aud":%q,"sub":%q,"exp":%d}`, p.url, audience, subject, until.Unix()))
}

// server starts a private server on the disk and answers the URL of a database
// with the schema and everybody in it.
func server(b *testing.B, durable bool) string {
	b.Helper()
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "hjemvej-bench-")
	must(b, err)
	must(b, os.Chmod(dir, 0o711)) // root's server is another user's
	s, err := embedded.Start(ctx, embedded.Options{Dir: dir, Durable: durable})
	must(b, err)
	b.Cleanup(func() {
		must(b, s.Stop(ctx))
		must(b, embedded.Remove(ctx, dir))
	})
	admin, err := pgx.Connect(ctx, s.URL("postgres"))
	must(b, err)
	defer func() { _ = admin.Close(ctx) }()
	_, err = admin.Exec(ctx, `CREATE DATABASE bench`)
	must(b, err)
	must(b, housetest.Furnish(ctx, s.URL("bench")))
	return s.URL("bench")
}
