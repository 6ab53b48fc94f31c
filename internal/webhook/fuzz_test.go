package webhook_test

import (
	"net/http"
	"testing"
	"time"

	"hjemvej/internal/webhook"
)

// FuzzVerify holds that whoever does not know the secret gets nothing verified
// but the one event that was overheard, unaltered, in its time.
func FuzzVerify(f *testing.F) {
	secrets := []string{webhook.NewSecret(), webhook.NewSecret()}
	now := time.Unix(1_700_000_000, 0)
	signed, body, err := webhook.Sign(secrets, message, now)
	if err != nil {
		f.Fatal(err)
	}
	id, at, signature := signed.Get("webhook-id"), signed.Get("webhook-timestamp"), signed.Get("webhook-signature")
	f.Add(id, at, signature, body, int64(0))
	f.Add(id, at, signature+" v1,AAAA v1a,BBBB", body, int64(299))
	f.Add(id+"."+at, "5", signature, body, int64(0))
	f.Add("", "", "", []byte(nil), int64(1)<<62)
	f.Fuzz(func(t *testing.T, i, a, s string, b []byte, skew int64) {
		header := http.Header{"Webhook-Id": {i}, "Webhook-Timestamp": {a}, "Webhook-Signature": {s}}
		switch err := webhook.Verify(secrets, header, b, time.Unix(now.Unix()+skew, 0)); {
		case err != nil && err != webhook.ErrUnverified:
			t.Errorf("answers %v", err)
		case err == nil && (i != id || a != at || string(b) != string(body) || skew < -300 || skew > 300):
			t.Errorf("%q %q %q %q verifies %d s later", i, a, s, b, skew)
		}
	})
}
