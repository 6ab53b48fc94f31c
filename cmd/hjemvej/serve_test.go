package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/housetest"
	"hjemvej/internal/mailbox"
	"hjemvej/internal/pgtest"
	"hjemvej/internal/seal"
	"hjemvej/partners"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/coreos/go-oidc/v3/oidc/oidctest"
)

// provider is a real OpenID provider on loopback.
type provider struct {
	url string
	key *rsa.PrivateKey
}

func newProvider(t testing.TB) *provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	real := &oidctest.Server{PublicKeys: []oidctest.PublicKey{{PublicKey: key.Public(), KeyID: "k1", Algorithm: oidc.RS256}}}
	server := httptest.NewServer(real)
	t.Cleanup(server.Close)
	real.SetIssuer(server.URL)
	return &provider{server.URL, key}
}

// token is an access token of the provider's for somebody.
func (p *provider) token(subject string) string {
	return oidctest.SignIDToken(p.key, "k1", oidc.RS256, fmt.Sprintf(`{"iss":%q,"aud":"hjemvej","sub":%q,"exp":%d}`, p.url, subject, time.Now().Add(time.Hour).Unix()))
}

// production is what the service needs around it, and its flags.
type production struct {
	t        testing.TB
	provider *provider
	mail     *mailbox.Server
	flags    []string
}

func newProduction(t testing.TB, database string) *production {
	t.Helper()
	mail, err := mailbox.Start(t.Context(), "127.0.0.1:0", "")
	must(t, err)
	t.Cleanup(func() { _ = mail.Close() })
	key := filepath.Join(t.TempDir(), "master.key")
	must(t, seal.CreateMasterFile(key, nil))
	host, port, _ := strings.Cut(mail.Addr(), ":")
	p := &production{t, newProvider(t), mail, nil}
	p.flags = []string{"serve", "--database-url", database, "--addr", "127.0.0.1:0", "--metrics-addr", "127.0.0.1:0", "--base-url", "https://desk.example/",
		"--master-key", key, "--oidc-issuer", p.provider.url, "--oidc-audience", "hjemvej",
		"--mail-host", host, "--mail-port", port, "--mail-from", "post@desk.example", "--mail-tls", "none",
		"--files", "file://" + t.TempDir()}
	return p
}

var readyAt = regexp.MustCompile(`"msg":"ready","addr":"([^"]+)"`)

// serve runs the service in this process and answers a desk at it.
func (p *production) serve() (d desk, stop func() int, log *buffer) {
	p.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	log, done, status := &buffer{}, make(chan struct{}), -1
	go func() {
		defer close(done)
		status = run(ctx, p.flags, log, log)
	}()
	stop = sync.OnceValue(func() int { cancel(); <-done; return status })
	p.t.Cleanup(func() { stop() })
	until(p.t, "the service is ready", func() bool { return ready(log) || ended(done) })
	return p.desk(log), stop, log
}

func (p *production) desk(log *buffer) desk {
	p.t.Helper()
	m := readyAt.FindStringSubmatch(log.String())
	if m == nil {
		p.t.Fatalf("the service did not start: %s", log)
	}
	return desk{demoAccess{BaseURL: "http://" + m[1], Tokens: map[string]string{}, Partner: map[string]string{}}, p.t}
}

func TestServingInProduction(t *testing.T) {
	t.Parallel()
	database := pgtest.Database(t, nil)
	p := newProduction(t, database)
	ok(t, "migrate", "--database-url", database)
	ok(t, "admin", "--database-url", database, "--subject", "s-admin", "--name", "Kim Eksempel", "--email", "kim@example.org", "--language", "en")
	d, stop, log := p.serve()
	for _, who := range []string{"s-admin", "s-contact", "s-lead", "s-auditor", "s-nobody"} {
		d.Tokens[who] = p.provider.token(who)
	}
	for role, subject := range map[string]string{"contact_person": "s-contact", "team_lead": "s-lead", "auditor": "s-auditor"} {
		d.do("s-admin", "POST", "/v1/users", j{"subject": subject, "name": "Bo Eksempel", "email": subject + "@example.org", "role": role, "team": "North", "language": "en"}, 201)
	}
	id := d.do("s-admin", "POST", "/v1/partners", j{"name": "Casa Exemplu", "role": "home_country_partner", "countries": []string{"RO"}, "language": "en", "email": "desk@partner.example",
		"transfer_ground": "adequacy", "transfer_reference": "Within the EEA"}, 201).id()
	d.Tokens["casa"] = got[struct{ Key string }](d.do("s-admin", "POST", "/v1/partners/"+id+"/keys", j{"label": "production", "valid_days": 30, "scopes": access.Scopes}, 201)).Key
	d.do("s-nobody", "GET", "/v1/me", nil, 401)
	d.do("s-admin", "GET", "/v1/cases", nil, 403)

	d.do("s-admin", "POST", "/v1/programmes", j{"name": "Prepared return", "ceiling": j{"amount": "1000000.00", "currency": "DKK"}, "person_ceiling": j{"amount": "50000.00", "currency": "DKK"}}, 201)
	c := got[casefile.Case](d.do("s-contact", "POST", "/v1/cases", j{"track": "lawful_stay", "assessed_by": "cmm", "assessed_on": today(),
		"person": j{"given_names": "Ilinca", "family_name": "Inventată", "birth_date": "1990-04-12", "language": "ro"}}, 201))
	path := "/v1/cases/" + c.Code
	d.change("s-contact", "POST", path, "/offer", j{"offered_on": today(), "destination": j{"country": "RO", "kind": "home_country"}}, 200)
	d.change("s-contact", "POST", path, "/answer", j{"answer": "accepted", "answered_on": today()}, 200)
	h := "/v1/handoffs/" + d.do("s-contact", "POST", path+"/handoffs", j{"partner_id": id}, 201).id()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	letters, err := p.mail.Wait(ctx, 1)
	must(t, err)
	if l := letters[0]; l.To[0] != "desk@partner.example" || l.From != "post@desk.example" || !strings.Contains(l.Body, "https://desk.example/v1/handoffs") || !strings.HasSuffix(l.Header.Get("Message-Id"), "@desk.example>") {
		t.Errorf("the letter: %+v", l)
	}
	sayNothing(t, letters, "Ilinca", "Inventat", "Casa")
	if doc := got[partners.Document](d.do("casa", "GET", h, nil, 200)); doc.Identity != nil {
		t.Errorf("R7: without consent the partner reads %+v", doc)
	}
	if stop() != 0 {
		t.Errorf("the end: %s", log)
	}
	for _, secret := range []string{"Ilinca", "s-contact", "desk@partner.example", d.Tokens["casa"], d.Tokens["s-contact"]} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%s is in the log", secret)
		}
	}
}

// owing is a house with work that is due: people who arrived five weeks ago and
// whom nobody has called.
func owing(t *testing.T, cases int) *housetest.House {
	t.Helper()
	h := housetest.New(t)
	h.KeepKey(t)
	h.SetNow(time.Now().AddDate(0, 0, -35))
	for range cases {
		h.Arrived(t)
	}
	h.Set(t, `UPDATE letters SET state = 'dropped', ended_at = queued_at`)
	h.Set(t, `DELETE FROM river_job`)
	return h
}

// onceEach waits until nothing is due any more, and wants every letter that was
// sent to have come, once.
func (p *production) onceEach(h *housetest.House, least, mayWait int) {
	p.t.Helper()
	until(p.t, "the letters are out", func() bool {
		return h.Count(p.t, `SELECT count(*) FROM letters WHERE state <> 'dropped'`) >= least && h.Count(p.t, `SELECT count(*) FROM letters WHERE state = 'queued'`) <= mayWait
	})
	came := map[string]int{}
	for _, l := range p.mail.Letters() {
		came[l.Header.Get("Message-Id")]++
	}
	twice := 0
	for _, n := range came {
		if n > 1 {
			twice++
		}
	}
	sent := h.Count(p.t, `SELECT count(*) FROM letters WHERE state = 'sent' AND digest_id IS NULL`) // what a digest carries comes with it
	if twice > 0 || len(came) < sent || len(came) > sent+mayWait {
		p.t.Errorf("R36: %d letters came, %d twice; %d are known as sent", len(came), twice, sent)
	}
	h.SetNow(time.Now())
	h.NobodyForgotten(p.t)
}

func TestR36_TwoReplicasSendEachLetterOnce(t *testing.T) {
	heavy(t)
	h := owing(t, 6)
	p := newProduction(t, h.URL)
	p.flags = append(p.flags, "--master-key", h.KeyFile)
	_, stopA, _ := p.serve()
	_, stopB, _ := p.serve()
	p.onceEach(h, 18, 0) // for each an overdue letter of two follow-ups, and one to the team lead
	if stopA() != 0 || stopB() != 0 {
		t.Error("a replica did not end well")
	}
}

func TestR36_AReplicaThatIsKilledLeavesTheRestToTheOther(t *testing.T) {
	heavy(t)
	h := owing(t, 25)
	// Each case has a reader of its own: more than a few to one go out as one.
	h.Set(t, `INSERT INTO users (id, subject, name, email, role, team_id, active)
		SELECT gen_random_uuid(), 'reader-' || n, 'Reader Eksempel', 'reader' || n || '@example.org', 'contact_person', $1, true FROM generate_series(1, 25) n`, h.Contact.Team)
	h.Set(t, `UPDATE cases c SET contact_person_id = u.id FROM (SELECT id, row_number() OVER () AS n FROM users WHERE subject LIKE 'reader-%') u,
		(SELECT id, row_number() OVER () AS n FROM cases) k WHERE k.n = u.n AND k.id = c.id`)
	p := newProduction(t, h.URL)
	p.flags = append(p.flags, "--master-key", h.KeyFile)
	a, err := launch(exec.Command(binary(t), p.flags...), patience)
	must(t, err)
	t.Cleanup(func() { a.end(t, os.Kill) })
	until(t, "the first letters are out", func() bool { return len(p.mail.Letters()) >= 5 })
	b, err := launch(exec.Command(binary(t), p.flags...), patience)
	must(t, err)
	a.end(t, os.Kill)
	p.onceEach(h, 75, 4) // what the killed one had in hand is taken up again after some minutes
	b.end(t, os.Interrupt)
	if b.status() != 0 {
		t.Errorf("the other one ended with %d: %s", b.status(), b.out)
	}
}

func TestMetricsHaveTheirOwnListener(t *testing.T) {
	t.Parallel()
	p := newProduction(t, pgtest.Database(t, nil))
	p.flags = append(p.flags, "--no-scheduler")
	d, _, _ := p.serve()
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/docs": 200, "/metrics": 404, "/v1/me": 401} {
		res, err := http.Get(d.BaseURL + path)
		must(t, err)
		_ = res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, res.StatusCode, want)
		}
	}
}
