package api

import (
	"encoding/json"
	"strings"
	"testing"

	"hjemvej/internal/access"
	"hjemvej/partners"
)

const (
	wholePartner = `{"name":"Casa","role":"home_country_partner","countries":["RO"],"language":"en","email":"desk@partner.example","transfer_ground":"safeguards","transfer_reference":"17"}`
	wholePerson  = `{"name":"Ana","email":"ana@partner.example","language":"en"}`
	wholeKey     = `{"label":"production","valid_days":30,"scopes":["read_handoffs"]}`
)

func TestWhatTheRegistryCannotHoldIsRefusedByItsPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	admin := people[access.Administrator]
	rec := w.do(req{method: "POST", path: "/v1/partners", body: wholePartner, bearer: admin})
	expect(t, rec, 201)
	var p partners.Partner
	must(t, json.Unmarshal(rec.Body.Bytes(), &p))
	with := func(whole, field string) string { return strings.Replace(whole, "{", "{"+field+",", 1) }
	instead := func(whole, old, new string) string { return strings.Replace(whole, old, new, 1) }
	for name, c := range map[string]struct{ to, body, path string }{
		"a role there is not":       {"", instead(wholePartner, "home_country_partner", canary), "body.role"},
		"a time zone there is not":  {"", with(wholePartner, `"time_zone":"Europe/`+canary+`"`), "body.time_zone"},
		"the machine's time zone":   {"", with(wholePartner, `"time_zone":"Local"`), "body.time_zone"},
		"a holiday twice":           {"", with(wholePartner, `"holidays":["2026-12-01","2026-12-24","2026-12-01"]`), "body.holidays"},
		"a day there is not":        {"", with(wholePartner, `"holidays":["2026-02-30"]`), "body.holidays[0]"},
		"an eighth weekday":         {"", with(wholePartner, `"working_days":[1,8]`), "body.working_days[1]"},
		"no weekday":                {"", with(wholePartner, `"working_days":[]`), "body.working_days"},
		"a weekday twice":           {"", with(wholePartner, `"working_days":[1,1]`), "body.working_days"},
		"a service there is not":    {"", with(wholePartner, `"services":["housing","`+canary+`"]`), "body.services[1]"},
		"no language":               {"", with(wholePartner, `"languages":["`+canary+`"]`), "body.languages[0]"},
		"no country":                {"", instead(wholePartner, `"RO"`, `"Romania"`), "body.countries[0]"},
		"a ground there is not":     {"", instead(wholePartner, "safeguards", canary), "body.transfer_ground"},
		"a ground without its text": {"", instead(wholePartner, `,"transfer_reference":"17"`, ""), "body.transfer_reference"},
		"an end before its begin":   {"", with(wholePartner, `"active_from":"2026-12-02","active_until":"2026-12-01"`), "body.active_until"},
		"a line break in a name":    {"", instead(wholePartner, "Casa", "Casa\\n"+canary), "body.name"},
		"an address with a name":    {"", instead(wholePartner, "desk@partner.example", canary+" <desk@partner.example>"), "body.email"},

		"a person's line break":   {"/people", instead(wholePerson, "ana@partner.example", "ana@partner.example\\r\\nBcc: "+canary+"@partner.example"), "body.email"},
		"a person's address":      {"/people", instead(wholePerson, "ana@partner.example", canary), "body.email"},
		"a wish there is not":     {"/people", with(wholePerson, `"wants":"`+canary+`"`), "body.wants"},
		"a name with line breaks": {"/people", instead(wholePerson, "Ana", "Ana\\n"+canary), "body.name"},

		"an unknown scope":    {"/keys", instead(wholeKey, "read_handoffs", canary), "body.scopes[0]"},
		"the scope of no key": {"/keys", instead(wholeKey, "read_handoffs", "any"), "body.scopes[0]"},
		"no scope":            {"/keys", instead(wholeKey, `"read_handoffs"`, ""), "body.scopes"},
		"scopes left out":     {"/keys", instead(wholeKey, `,"scopes":["read_handoffs"]`, ""), "body.scopes"},
		"a scope twice":       {"/keys", instead(wholeKey, `"read_handoffs"`, `"read_handoffs","read_handoffs"`), "body.scopes"},
		"every address":       {"/keys", with(wholeKey, `"addresses":["0.0.0.0/0"]`), "body.addresses[0]"},
		"an address within":   {"/keys", with(wholeKey, `"addresses":["192.0.2.0/24","192.0.2.7/24"]`), "body.addresses[1]"},
		"no address":          {"/keys", with(wholeKey, `"addresses":["`+canary+`"]`), "body.addresses[0]"},
		"no label":            {"/keys", instead(wholeKey, "production", ""), "body.label"},
	} {
		t.Run(name, func(t *testing.T) {
			w := *w
			w.t = t
			to := "/v1/partners"
			if c.to != "" {
				to += "/" + p.ID + c.to
			}
			got := w.refused(req{method: "POST", path: to, body: c.body, bearer: admin}, 422, "invalid")
			if len(got.Errors) != 1 || got.Errors[0].Path != c.path || got.Errors[0].Message == "" {
				t.Errorf("errors %+v, want %s", got.Errors, c.path)
			}
		})
	}
	for to, body := range map[string]string{"/people": wholePerson, "/keys": wholeKey} {
		expect(t, w.do(req{method: "POST", path: "/v1/partners/" + p.ID + to, body: body, bearer: admin}), 201)
	}
}

func TestAnEntryIsChangedByTheVersionThatWasRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	admin := people[access.Administrator]
	made := w.do(req{method: "POST", path: "/v1/partners", body: wholePartner, bearer: admin})
	expect(t, made, 201)
	var p partners.Partner
	must(t, json.Unmarshal(made.Body.Bytes(), &p))
	put := req{method: "PUT", path: "/v1/partners/" + p.ID, body: strings.Replace(wholePartner, `"role":"home_country_partner",`, "", 1), bearer: admin, header: map[string]string{"If-Match": made.Header().Get("ETag")}}
	expect(t, w.do(put), 200)
	w.refused(put, 412, "stale")
	put.header = nil
	w.refused(put, 428, "precondition")
	put.header, put.body = map[string]string{"If-Match": `"2"`}, wholePartner
	if got := w.refused(put, 422, "invalid"); len(got.Errors) != 1 || got.Errors[0].Path != "body.role" {
		t.Errorf("a role is for good: %+v", got.Errors)
	}
}

func TestAKeyIsShownOnceAlsoWhenItsRotationIsRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var partner, key string
	must(t, w.owner.QueryRow(t.Context(), `SELECT partner_id::text, id::text FROM partner_keys`).Scan(&partner, &key))
	rotate := req{method: "POST", path: "/v1/partners/" + partner + "/keys/" + key + "/rotation", body: `{"overlap_days":0}`, bearer: people[access.Administrator],
		header: map[string]string{"Idempotency-Key": "rotation-1"}}
	var first, again IssuedKey
	for _, into := range []*IssuedKey{&first, &again} {
		rec := w.do(rotate)
		expect(t, rec, 201)
		must(t, json.Unmarshal(rec.Body.Bytes(), into))
	}
	if first.Secret == "" || again.Secret != "" || first.ID != again.ID {
		t.Errorf("first %q, again %q", first.Prefix, again.Prefix)
	}
	expect(t, w.do(req{method: "GET", path: "/v1/me", bearer: first.Secret}), 200)
	rotate.header = map[string]string{"Idempotency-Key": "rotation-2"}
	for _, body := range []string{`{"overlap_days":31}`, `{"overlap_days":-1}`} {
		rotate.body = body
		w.refused(rotate, 422, "invalid")
	}
}
