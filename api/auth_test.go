package api

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/signin"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/coreos/go-oidc/v3/oidc/oidctest"
)

func TestWhoIsNotKnownIsTurnedAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	unknownKey, _, _ := signin.NewPartnerKey()
	for name, header := range map[string]string{
		"nothing": "", "no scheme": canary, "another scheme": "Basic " + canary, "no token": "Bearer ", "an odd token": "Bearer " + canary + " " + canary,
		"an unknown token": "Bearer " + canary + canary, "an unknown key": "Bearer " + unknownKey, "half a key": "Bearer " + w.key[:30],
		"no JWT": "Bearer a.b." + canary, "too long": "Bearer " + strings.Repeat(canary, 1000),
	} {
		t.Run(name, func(t *testing.T) {
			w := *w
			w.t = t
			w.refused(req{method: "GET", path: "/v1/me", header: map[string]string{"Authorization": header}}, 401, "unauthenticated")
			if strings.Contains(w.log.String(), unknownKey) || strings.Contains(w.log.String(), w.key[:30]) {
				t.Error("a key is in the log")
			}
		})
	}
	rec := w.do(req{method: "GET", path: "/v1/me"})
	if got := rec.Header().Get("WWW-Authenticate"); got != `Bearer realm="hjemvej"` {
		t.Errorf("WWW-Authenticate %q", got)
	}
}

func TestEverybodyIsWhoTheyAre(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	bearers := map[access.Role]string{access.Partner: w.key}
	for role, token := range people {
		bearers[role] = token
	}
	for role, bearer := range bearers {
		rec := w.do(req{method: "GET", path: "/v1/me", bearer: bearer})
		expect(t, rec, 200)
		var me Me
		must(t, json.Unmarshal(rec.Body.Bytes(), &me))
		if me.Role != role || me.ID == "" || (me.Partner != "") != (role == access.Partner) || (me.Team == "") != (role == access.Partner) {
			t.Errorf("%s is %+v", role, me)
		}
	}
}

func TestAKeyEndsWithinASecond(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]string{
		"revoked":             `UPDATE partner_keys SET revoked_at = now() WHERE last_used_at IS NOT NULL`,
		"partner not active":  `UPDATE partners SET active_until = '2026-11-22'`,
		"expired by a change": `UPDATE partner_keys SET expires_at = '2026-11-23T08:00:00Z'`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			expect(t, w.do(req{method: "GET", path: "/v1/me", bearer: w.key}), 200)
			_, err := w.owner.Exec(t.Context(), end)
			must(t, err)
			time.Sleep(time.Second)
			w.refused(req{method: "GET", path: "/v1/me", bearer: w.key}, 401, "unauthenticated")
		})
	}
}

func TestAKeyExpiresByTheProgramsClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	key := w.newKey(w.now.now().Add(time.Hour))
	expect(t, w.do(req{method: "GET", path: "/v1/me", bearer: key}), 200)
	w.now.move(time.Hour) // at once, though the key is remembered
	w.refused(req{method: "GET", path: "/v1/me", bearer: key}, 401, "unauthenticated")
}

func TestUserEndsWithinASecond(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	expect(t, w.do(req{method: "GET", path: "/v1/me", bearer: people[access.Auditor]}), 200)
	_, err := w.owner.Exec(t.Context(), `UPDATE users SET active = false WHERE role = 'auditor'`)
	must(t, err)
	time.Sleep(time.Second)
	w.refused(req{method: "GET", path: "/v1/me", bearer: people[access.Auditor]}, 401, "unauthenticated")
}

func TestAKeysUseIsNotedOnceAMinute(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	used := func() (at *time.Time) {
		must(t, w.owner.QueryRow(t.Context(), `SELECT last_used_at FROM partner_keys`).Scan(&at))
		return at
	}
	for i, c := range []struct{ after, noted time.Duration }{{0, 0}, {59 * time.Second, 0}, {2 * time.Second, 61 * time.Second}} {
		w.now.move(c.after)
		if _, err := signin.NewPartnerKeys(w.db).Authenticate(t.Context(), w.key, netip.Addr{}); err != nil {
			t.Fatal(err)
		}
		if got, want := used().UTC(), time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC).Add(c.noted); !got.Equal(want) {
			t.Errorf("use %d is noted at %s, want %s", i, got, want)
		}
	}
}

func TestARememberedKeyNeedsNoDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	keys := signin.NewPartnerKeys(w.db)
	_, err := keys.Authenticate(t.Context(), w.key, netip.Addr{})
	must(t, err)
	before := w.db.Pool.Stat().AcquireCount()
	for range 100 {
		_, err := keys.Authenticate(t.Context(), w.key, netip.Addr{})
		must(t, err)
	}
	if n := w.db.Pool.Stat().AcquireCount() - before; n != 0 {
		t.Errorf("%d connections for a remembered key", n)
	}
}

func TestNewKeysAreNotAlikeAndNotKept(t *testing.T) {
	t.Parallel()
	a, prefix, hash := signin.NewPartnerKey()
	b, _, _ := signin.NewPartnerKey()
	if a == b || !strings.HasPrefix(a, "hjv_") || !strings.HasPrefix(a, prefix) || len(prefix) > 12 || len(hash) != 32 {
		t.Errorf("%s %s %s %d", a, b, prefix, len(hash))
	}
}

func TestADatabaseThatIsDownIsNoReasonToSignOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.loseDatabase()
	for _, bearer := range []string{w.key, people[access.Finance]} {
		w.refused(req{method: "GET", path: "/v1/me", bearer: bearer}, 503, "unavailable")
	}
	rec := w.do(req{method: "GET", path: "/readyz"})
	if rec.Code != 503 || rec.Header().Get("Retry-After") == "" {
		t.Errorf("readyz %d %v", rec.Code, rec.Header())
	}
	w.refused(req{method: "GET", path: "/readyz"}, 503, "unavailable")
	expect(t, w.do(req{method: "GET", path: "/healthz"}), 200)
}

// loseDatabase drops the service's database under it.
func (w *world) loseDatabase() {
	ctx := context.Background()
	var name string
	must(w.t, w.owner.QueryRow(ctx, `SELECT current_database()`).Scan(&name))
	c := w.owner.Config().ConnConfig.Copy()
	w.owner.Close()
	c.Database = "postgres"
	admin := connect(w.t, c)
	defer func() { _ = admin.Close(ctx) }()
	_, err := admin.Exec(ctx, `DROP DATABASE "`+name+`" WITH (FORCE)`)
	must(w.t, err)
}

func TestNobodySignsInAsTheProgram(t *testing.T) {
	t.Parallel()
	for _, who := range []access.Actor{access.Program, {}} {
		s := bare(Config{Auth: fixedActor(who), Logger: quiet()})
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", "Bearer x")
		if _, err := s.authenticate(r); fault.KindOf(err) != fault.Internal {
			t.Errorf("%+v: %v", who, err)
		}
	}
}

func TestATokenExpiresByTheProgramsClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p := newProvider(t)
	o := signin.NewOIDC(w.db, p.url, "hjemvej")
	token := p.sign("k1", fmt.Sprintf(`{"iss":%q,"aud":"hjemvej","sub":"auditor","exp":%d}`, p.url, w.now.now().Add(time.Hour).Unix()))
	_, err := o.Authenticate(t.Context(), token, netip.Addr{})
	must(t, err)
	w.now.move(time.Hour) // at once, though the token is remembered
	if _, err := o.Authenticate(t.Context(), token, netip.Addr{}); fault.KindOf(err) != fault.Unauthenticated {
		t.Errorf("got %v", err)
	}
}

func TestTokensOfTheProvider(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p := newProvider(t)
	o := signin.NewOIDC(w.db, p.url, "hjemvej")
	now := w.now.now()
	claims := func(sub, iss, aud string, exp time.Time) string {
		return fmt.Sprintf(`{"iss":%q,"aud":%q,"sub":%q,"exp":%d}`, iss, aud, sub, exp.Unix())
	}
	later := now.Add(time.Hour)
	who, err := o.Authenticate(t.Context(), p.sign("k1", claims("team_lead", p.url, "hjemvej", later)), netip.Addr{})
	if err != nil || who.Role != access.TeamLead || who.Team == "" {
		t.Fatalf("%+v %v", who, err)
	}
	stranger, _ := rsa.GenerateKey(rand.Reader, 2048)
	good := claims("team_lead", p.url, "hjemvej", later)
	for name, token := range map[string]string{
		"expired":          p.sign("k1", claims("team_lead", p.url, "hjemvej", now.Add(-time.Second))),
		"another audience": p.sign("k1", claims("team_lead", p.url, "other", later)),
		"another issuer":   p.sign("k1", claims("team_lead", "https://other.example", "hjemvej", later)),
		"unknown subject":  p.sign("k1", claims("nobody", p.url, "hjemvej", later)),
		"no subject":       p.sign("k1", claims("", p.url, "hjemvej", later)),
		"another key":      oidctest.SignIDToken(stranger, "k1", oidc.RS256, good),
		"unknown key id":   oidctest.SignIDToken(stranger, "k9", oidc.RS256, good),
		"no signature":     "eyJhbGciOiJub25lIn0.e30.",
		"shared secret":    oidctest.SignIDToken([]byte(strings.Repeat("s", 32)), "k1", "HS256", good),
		"no JWT":           "a.b.c",
	} {
		if _, err := o.Authenticate(t.Context(), token, netip.Addr{}); fault.KindOf(err) != fault.Unauthenticated {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := p.asked.Load(); n > 2 {
		t.Errorf("the provider was asked %d times: made-up tokens reach it", n)
	}
}

func TestAProviderThatIsDownIsNoReasonToSignOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p := newProvider(t)
	token := p.sign("k1", fmt.Sprintf(`{"iss":%q,"aud":"hjemvej","sub":"finance","exp":%d}`, p.url, w.now.now().Add(time.Hour).Unix()))
	o := signin.NewOIDC(w.db, p.url, "hjemvej")
	p.down.Store(2) // the keys cannot be had
	if _, err := o.Authenticate(t.Context(), token, netip.Addr{}); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("without keys: %v", err)
	}
	p.down.Store(1) // nothing can be had
	if _, err := signin.NewOIDC(w.db, p.url, "hjemvej").Authenticate(t.Context(), token, netip.Addr{}); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("without a provider: %v", err)
	}
	p.down.Store(0)
	if _, err := o.Authenticate(t.Context(), token, netip.Addr{}); err != nil {
		t.Errorf("after the outage: %v", err)
	}
}

// provider is a real OpenID provider on loopback.
type provider struct {
	url   string
	key   *rsa.PrivateKey
	asked atomic.Int32
	down  atomic.Int32
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	p := &provider{key: key}
	real := &oidctest.Server{PublicKeys: []oidctest.PublicKey{{PublicKey: key.Public(), KeyID: "k1", Algorithm: oidc.RS256}}, Algorithms: []string{"RS256", "HS256", "none"}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.asked.Add(1)
		if d := p.down.Load(); d == 1 || d == 2 && r.URL.Path == "/keys" {
			panic(http.ErrAbortHandler)
		}
		real.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	real.SetIssuer(server.URL)
	p.url = server.URL
	return p
}

func (p *provider) sign(kid, claims string) string {
	return oidctest.SignIDToken(p.key, kid, oidc.RS256, claims)
}

type fixedActor access.Actor

func (f fixedActor) Authenticate(context.Context, string, netip.Addr) (access.Actor, error) {
	return access.Actor(f), nil
}

var _ = []signin.Authenticator{&signin.OIDC{}, &signin.Tokens{}, &signin.PartnerKeys{}, signin.Chain()}
