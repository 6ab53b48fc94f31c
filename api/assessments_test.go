package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
)

func TestR18_AssessmentsOverTheWire(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	staff := people[access.ContactPerson]
	opened := w.do(req{method: http.MethodPost, path: "/v1/cases", bearer: staff, body: `{"track":"asylum_seeker","assessed_by":"immigration_service","assessed_on":"2026-07-15",
		"person":{"given_names":"Ana","family_name":"","birth_date":"1990-04-12","language":"ro"}}`})
	expect(t, opened, 201)
	var c casefile.Opened
	must(t, json.Unmarshal(opened.Body.Bytes(), &c))
	at := "/v1/cases/" + c.Code + "/assessments/"
	put := func(kind, body, match string) req {
		return req{method: http.MethodPut, path: at + kind, body: body, bearer: staff, header: map[string]string{"If-Match": match}}
	}
	for name, bad := range map[string]struct{ kind, body, path string }{
		"another kind":      {canary, `{"done_on":"2026-08-20"}`, "path.kind"},
		"no day":            {"risk", `{"risk":{"debt":"` + canary + `"}}`, "body.done_on"},
		"a day to come":     {"risk", `{"done_on":"2026-12-24","risk":{"debt":"` + canary + `"}}`, "body.done_on"},
		"too long":          {"risk", `{"done_on":"2026-08-20","risk":{"debt":"` + strings.Repeat(canary, 400) + `"}}`, "body.risk.debt"},
		"unknown":           {"risk", `{"done_on":"2026-08-20","risk":{"story":"` + canary + `"}}`, "body.risk.story"},
		"no text":           {"risk", `{"done_on":"2026-08-20"}`, "body.risk"},
		"blank, but signed": {"risk", `{"done_on":"2026-08-20","result":"cleared","risk":{"safe_to_return":"` + canary + `","threats":"` + canary + `","debt":" ","community":"a","mitigation":"b"}}`, "body.risk.debt"},
		"result of another": {"needs", `{"done_on":"2026-08-20","result":"cleared","needs":{"health":"` + canary + `"}}`, "body.result"},
		"no result":         {"needs", `{"done_on":"2026-08-20","result":"` + canary + `","needs":{}}`, "body.result"},
	} {
		if p := w.refused(put(bad.kind, bad.body, ""), 422, "invalid"); len(p.Errors) != 1 || p.Errors[0].Path != bad.path {
			t.Errorf("%s: %+v", name, p)
		}
	}
	draft := `{"done_on":"2026-08-20","risk":{"debt":"None, she says: \"ništa\" ไม่มี"}}`
	w.refused(req{method: http.MethodGet, path: at + "risk", bearer: staff}, 404, "not_found")
	w.refused(put("risk", draft, `"1"`), 412, "stale")
	saved := w.do(put("risk", draft, ""))
	expect(t, saved, 200)
	if saved.Header().Get("ETag") != tag(1) || strings.Contains(saved.Body.String(), "None") {
		t.Errorf("%s %s", saved.Header().Get("ETag"), saved.Body)
	}
	w.refused(put("risk", draft, ""), 428, "precondition")
	expect(t, w.do(put("risk", draft, tag(1))), 200)
	w.refused(put("risk", draft, tag(1)), 412, "stale")
	rec := w.do(req{method: http.MethodGet, path: at + "risk", bearer: staff})
	expect(t, rec, 200)
	var a casefile.Assessment
	must(t, json.Unmarshal(rec.Body.Bytes(), &a))
	if rec.Header().Get("ETag") != tag(2) || a.Risk.Debt != `None, she says: "ništa" ไม่มี` || a.SignedBy != "" {
		t.Errorf("%s", rec.Body)
	}
	p := w.refused(req{method: http.MethodPut, path: "/v1/cases/" + c.Code + "/checks/risk_assessment", bearer: staff, body: `{"done_on":"2026-08-20","result":"cleared"}`}, 409, "conflict")
	if p.Rule != "R18" {
		t.Errorf("%+v", p)
	}
}
