package api

import (
	"encoding/json"
	"strings"
	"testing"

	"hjemvej/internal/access"
	"hjemvej/partners/events"
)

func TestAPartnersDevelopersNeedNoAdministratorForTheirEndpoint(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	stranger := w.newKey(w.now.now().AddDate(1, 0, 0))
	var me Me
	must(t, json.Unmarshal(w.do(req{method: "GET", path: "/v1/me", bearer: w.key}).Body.Bytes(), &me))
	path := "/v1/partners/" + me.Partner + "/endpoints"
	create := req{method: "POST", path: path, bearer: w.key, body: `{"url": "https://partner.example/` + canaryPath + `"}`, header: map[string]string{"Idempotency-Key": "the-same-request"}}
	var first, again CreatedEndpoint
	rec := w.do(create)
	expect(t, rec, 201)
	must(t, json.Unmarshal(rec.Body.Bytes(), &first))
	must(t, json.Unmarshal(w.do(create).Body.Bytes(), &again))
	if !strings.HasPrefix(first.Secret, "whsec_") || again.Secret != "" || again.ID != first.ID || rec.Header().Get("ETag") != `"1"` {
		t.Errorf("the secret is shown first: %v, again: %v", first.Secret != "", again.Secret != "")
	}
	rec = w.do(req{method: "POST", path: path + "/" + first.ID + "/secrets", bearer: w.key, body: `{}`})
	expect(t, rec, 201)
	var rotated NewEndpointSecret
	must(t, json.Unmarshal(rec.Body.Bytes(), &rotated))
	list := w.do(req{method: "GET", path: path, bearer: people[access.Administrator]})
	expect(t, list, 200)
	for _, secret := range []string{first.Secret, rotated.Secret} {
		if secret == "" || strings.Contains(list.Body.String(), secret) || strings.Contains(w.log.String(), secret) {
			t.Error("a secret is shown again, or in the log")
		}
	}
	if strings.Contains(w.log.String(), canaryPath) {
		t.Error("the endpoint's address is in the log")
	}
	p := w.refused(req{method: "POST", path: path, bearer: w.key, body: `{"url": "https://` + canary + `:secret@partner.example/"}`}, 422, "invalid")
	if len(p.Errors) != 1 || p.Errors[0].Path != "body.url" {
		t.Errorf("%+v", p)
	}
	w.refused(req{method: "GET", path: path, bearer: stranger}, 404, "not_found")

	rec = w.do(req{method: "POST", path: path + "/" + first.ID + "/test-events", bearer: w.key})
	expect(t, rec, 201)
	var sent events.Event
	must(t, json.Unmarshal(rec.Body.Bytes(), &sent))
	for after, want := range map[string]int{"": 1, "?after=0&limit=1": 1, "?after=1": 0} {
		var feed events.Feed
		must(t, json.Unmarshal(w.do(req{method: "GET", path: "/v1/events" + after, bearer: w.key}).Body.Bytes(), &feed))
		if len(feed.Items) != want || feed.Last != 1 || want == 1 && feed.Items[0] != sent {
			t.Errorf("%s: %+v", after, feed)
		}
	}
	w.refused(req{method: "GET", path: "/v1/events?after=-1", bearer: w.key}, 422, "invalid")
	w.refused(req{method: "GET", path: "/v1/events", bearer: people[access.Administrator]}, 403, "forbidden")
}

// canaryPath is a part of an address that its owner may show us, and we nobody
// else.
const canaryPath = "Zq9path"
