package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hjemvej/internal/letter"
	"hjemvej/internal/webhook"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// received is what a partner got.
type received struct {
	header http.Header
	body   []byte
}

// deliver sends the message over a real connection and answers what arrived.
func deliver(t *testing.T, secrets []string, now time.Time) received {
	t.Helper()
	got := make(chan received, 1)
	s := partner(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- received{r.Header, body}
		w.WriteHeader(http.StatusNoContent)
	})
	c := trusting(s)
	c.Now = func() time.Time { return now }
	r, err := webhook.New(c).Send(t.Context(), s.URL+"/events", secrets, message)
	must(t, err)
	mustBe(t, r, webhook.Delivered, false)
	return <-got
}

func TestAnEventVerifiesAtTheReceiver(t *testing.T) {
	t.Parallel()
	secret := webhook.NewSecret()
	got := deliver(t, []string{secret}, time.Now())
	must(t, webhook.Verify([]string{secret}, got.header, got.body, time.Now()))
	theirs, err := standardwebhooks.NewWebhook(secret)
	must(t, err)
	must(t, theirs.Verify(got.body, got.header))
	const want = `{"type":"handoff.offered","timestamp":"2026-03-02T08:30:00.12Z","data":{"handoff_id":"6a1f","case_code":"K7QX-2M4P"}}`
	if string(got.body) != want {
		t.Errorf("the body is %s", got.body)
	}
}

func TestTheSignatureIsTheOneOfTheStandard(t *testing.T) {
	t.Parallel()
	secret := webhook.NewSecret()
	header, body, err := webhook.Sign([]string{secret}, message, time.Unix(1_700_000_000, 0))
	must(t, err)
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	must(t, err)
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.1700000000.%s", message.ID, body)
	if got, want := header.Get("webhook-signature"), "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)); got != want {
		t.Errorf("signed %s, want %s", got, want)
	}
}

func TestSecretsOverlapWhileTheyAreReplaced(t *testing.T) {
	t.Parallel()
	before, after, other := webhook.NewSecret(), webhook.NewSecret(), webhook.NewSecret()
	now := time.Now()
	got := deliver(t, []string{after, before}, now)
	if n := len(strings.Fields(got.header.Get("webhook-signature"))); n != 2 {
		t.Errorf("%d signatures", n)
	}
	for name, held := range map[string][]string{"before": {before}, "after": {after}, "both": {other, before}} {
		if err := webhook.Verify(held, got.header, got.body, now); err != nil {
			t.Errorf("a receiver that holds %s: %v", name, err)
		}
	}
	if err := webhook.Verify([]string{other}, got.header, got.body, now); !errors.Is(err, webhook.ErrUnverified) {
		t.Errorf("another secret: %v", err)
	}
}

func TestClocksMayDifferByFiveMinutes(t *testing.T) {
	t.Parallel()
	secrets := []string{webhook.NewSecret()}
	at := time.Unix(1_700_000_000, 0)
	got := deliver(t, secrets, at)
	for skew, verifies := range map[time.Duration]bool{
		0: true, 5 * time.Minute: true, -5 * time.Minute: true,
		5*time.Minute + time.Second: false, -5*time.Minute - time.Second: false,
		24 * time.Hour: false, -24 * time.Hour: false,
	} {
		if err := webhook.Verify(secrets, got.header, got.body, at.Add(skew)); (err == nil) != verifies {
			t.Errorf("%v later: %v", skew, err)
		}
	}
	for _, far := range []time.Time{{}, time.Unix(1<<62, 0), time.Unix(-1<<62, 0)} {
		if err := webhook.Verify(secrets, got.header, got.body, far); err != webhook.ErrUnverified {
			t.Errorf("in %d: %v", far.Unix(), err)
		}
	}
}

func TestWhatWasAlteredDoesNotVerify(t *testing.T) {
	t.Parallel()
	secrets := []string{webhook.NewSecret()}
	now := time.Unix(1_700_000_000, 0)
	header, body, err := webhook.Sign(secrets, message, now)
	must(t, err)
	signature := header.Get("webhook-signature")
	for name, alter := range map[string]func(http.Header, *[]byte){
		"body":               func(_ http.Header, b *[]byte) { (*b)[2] ^= 1 },
		"body longer":        func(_ http.Header, b *[]byte) { *b = append(*b, ' ') },
		"body empty":         func(_ http.Header, b *[]byte) { *b = nil },
		"id":                 func(h http.Header, _ *[]byte) { h.Set("webhook-id", "other") },
		"id missing":         func(h http.Header, _ *[]byte) { h.Del("webhook-id") },
		"time":               func(h http.Header, _ *[]byte) { h.Set("webhook-timestamp", "1700000001") },
		"time missing":       func(h http.Header, _ *[]byte) { h.Del("webhook-timestamp") },
		"time with a sign":   func(h http.Header, _ *[]byte) { h.Set("webhook-timestamp", "+1700000000") },
		"time with a zero":   func(h http.Header, _ *[]byte) { h.Set("webhook-timestamp", "01700000000") },
		"time in words":      func(h http.Header, _ *[]byte) { h.Set("webhook-timestamp", "now") },
		"time beyond range":  func(h http.Header, _ *[]byte) { h.Set("webhook-timestamp", "9223372036854775807") },
		"signature":          func(h http.Header, _ *[]byte) { h.Set("webhook-signature", "v1,"+strings.Repeat("A", 43)+"=") },
		"signature cut":      func(h http.Header, _ *[]byte) { h.Set("webhook-signature", signature[:20]) },
		"signature missing":  func(h http.Header, _ *[]byte) { h.Del("webhook-signature") },
		"another version":    func(h http.Header, _ *[]byte) { h.Set("webhook-signature", "v2"+signature[2:]) },
		"signature nameless": func(h http.Header, _ *[]byte) { h.Set("webhook-signature", signature[3:]) },
	} {
		h, b := maps.Clone(header), slices.Clone(body)
		alter(h, &b)
		if err := webhook.Verify(secrets, h, b, now); err != webhook.ErrUnverified {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, webhook.Verify(secrets, header, body, now))
}

// What is signed is id.time.body, so a body in which a time stands between full
// stops could be cut in two, and its beginning be taken for the id.
func TestTheBeginningOfABodyIsNoId(t *testing.T) {
	t.Parallel()
	secrets, now := []string{webhook.NewSecret()}, time.Unix(1_700_000_000, 0)
	m := message
	m.Data = []byte(`{"version":"a.1700000000.b"}`)
	header, body, err := webhook.Sign(secrets, m, now)
	must(t, err)
	before, after, _ := strings.Cut(string(body), ".1700000000.")
	header.Set("webhook-id", m.ID+".1700000000."+before)
	if err := webhook.Verify(secrets, header, []byte(after), now); err != webhook.ErrUnverified {
		t.Errorf("the rest of the body: %v", err)
	}
}

func TestOnlyRealSecretsSignAndVerify(t *testing.T) {
	t.Parallel()
	good := webhook.NewSecret()
	header, body, err := webhook.Sign([]string{good}, message, time.Now())
	must(t, err)
	for name, secrets := range map[string][]string{
		"none":        nil,
		"empty":       {""},
		"only prefix": {"whsec_"},
		"no prefix":   {strings.TrimPrefix(good, "whsec_")},
		"no base64":   {"whsec_€"},
		"16 bytes":    {"whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 16))},
		"65 bytes":    {"whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 65))},
		"good, bad":   {good, "whsec_"},
	} {
		if _, _, err := webhook.Sign(secrets, message, time.Now()); err != webhook.ErrSecret {
			t.Errorf("signing with %s: %v", name, err)
		}
		if err := webhook.Verify(secrets, header, body, time.Now()); err != webhook.ErrUnverified {
			t.Errorf("verifying with %s: %v", name, err)
		}
	}
	if other := webhook.NewSecret(); other == good || len(other) != len("whsec_")+44 {
		t.Error("secrets are not drawn from 32 random bytes")
	}
}

func TestAMalformedEventIsNotSigned(t *testing.T) {
	t.Parallel()
	for name, alter := range map[string]func(*webhook.Message){
		"no id":             func(m *webhook.Message) { m.ID = "" },
		"id with a dot":     func(m *webhook.Message) { m.ID = "a.1" },
		"id over two lines": func(m *webhook.Message) { m.ID = "a\n" },
		"long id":           func(m *webhook.Message) { m.ID = strings.Repeat("a", 65) },
		"no type":           func(m *webhook.Message) { m.Type = "" },
		"type in capitals":  func(m *webhook.Message) { m.Type = "Handoff" },
		"type with an end":  func(m *webhook.Message) { m.Type = "handoff." },
		"no time":           func(m *webhook.Message) { m.At = time.Time{} },
		"year 10000":        func(m *webhook.Message) { m.At = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"no data":           func(m *webhook.Message) { m.Data = nil },
		"data null":         func(m *webhook.Message) { m.Data = []byte(" null ") },
		"data a list":       func(m *webhook.Message) { m.Data = []byte(`[]`) },
		"data torn":         func(m *webhook.Message) { m.Data = []byte(`{"a":`) },
		"data too large":    func(m *webhook.Message) { m.Data = []byte(`{"a":"` + strings.Repeat("x", webhook.MaxBody) + `"}`) },
	} {
		m := message
		alter(&m)
		if _, _, err := webhook.Sign([]string{webhook.NewSecret()}, m, time.Now()); !errors.Is(err, webhook.ErrMessage) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestR11_AnEventNamesNothingOfItsSender(t *testing.T) {
	t.Parallel()
	got := deliver(t, []string{webhook.NewSecret()}, time.Now())
	if err := letter.Neutral(fmt.Sprint(got.header)); err != nil {
		t.Errorf("%v: %v", err, got.header)
	}
	names := slices.Sorted(maps.Keys(got.header))
	want := []string{"Connection", "Content-Length", "Content-Type", "User-Agent", "Webhook-Id", "Webhook-Signature", "Webhook-Timestamp"}
	if !slices.Equal(names, want) {
		t.Errorf("the header has %v", names)
	}
}
