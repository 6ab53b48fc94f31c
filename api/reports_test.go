package api

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/housetest"
	"hjemvej/partners"
)

func TestReportsOverTheWire(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	w := &world{t: t, log: &safeBuffer{}}
	w.s = bare(Config{DB: h.DB, Vault: h.Vault, Auth: byName{}, Logger: slog.New(slog.NewJSONHandler(w.log, nil)), RatePerSecond: 1000, Burst: 1000})
	w.s.operations()
	c := h.Accepted(t)
	mine, theirs := h.Hand(t, c, h.Home), h.Hand(t, c, h.Return)
	home, staff := bearerFor(h.Home), bearerFor(c.By)
	today := h.Today().String()
	at := "/v1/handoffs/" + mine + "/reports"
	post := func(path, body string) req {
		return req{method: http.MethodPost, path: path, body: body, bearer: home}
	}
	item := func(handoff, reference, kind, text string) string {
		return `{"handoff_id":"` + handoff + `","kind":"` + kind + `","happened_on":"` + today + `","reference":"` + reference + `","text":"` + text + `"}`
	}
	expect(t, w.do(post(at, `{"kind":"safety_concern","happened_on":"`+today+`","reference":"A-1","text":"A car waits in front of the house"}`)), 201)
	rec := w.do(post("/v1/reports", `{"reports":[`+item(theirs, "A-2", "counselling_held", canary)+`,`+item(mine, "A-3", "counselling_held", "")+`,`+item(mine, "A-1", "incident", canary)+`]}`))
	expect(t, rec, 200)
	var results []Reported
	must(t, json.Unmarshal(rec.Body.Bytes(), &results))
	if len(results) != 3 || results[0].Problem.Status != 404 || results[1].Report == nil || results[2].Problem.Rule != "R29" || results[2].Problem.Type != "urn:hjemvej:problem:conflict" ||
		results[2].Problem.RequestID != rec.Header().Get("X-Request-Id") {
		t.Errorf("%s", rec.Body)
	}
	read := w.do(req{method: http.MethodGet, path: "/v1/cases/" + c.Code, bearer: staff})
	expect(t, read, 200)
	var shown casefile.Case
	must(t, json.Unmarshal(read.Body.Bytes(), &shown))
	if shown.OpenConcerns != 1 {
		t.Errorf("the case shows %d concerns", shown.OpenConcerns)
	}
	open := w.do(req{method: http.MethodGet, path: "/v1/cases/" + shown.Code + "/reports?state=open", bearer: staff})
	expect(t, open, 200)
	var waiting []partners.Report
	must(t, json.Unmarshal(open.Body.Bytes(), &waiting))
	if len(waiting) != 1 || waiting[0].Kind != partners.SafetyConcern {
		t.Errorf("%s", open.Body)
	}
}

func TestAReportOfTheWrongFormIsRefusedWithoutAWordOfIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	at := "/v1/handoffs/" + exampleHandoff + "/reports"
	report := `{"kind":"incident","happened_on":"2026-11-20","reference":"A-1","text":"` + canary + `"`
	for body, path := range map[string]string{
		strings.Replace(report, "incident", canary, 1) + `}`:                  "body.kind",
		strings.Replace(report, "A-1", canary+" "+canary, 1) + `}`:            "body.reference",
		strings.Replace(report, "2026-11-20", canary, 1) + `}`:                "body.happened_on",
		strings.Replace(report, canary, strings.Repeat(canary, 400), 1) + `}`: "body.text",
		report + `,"story":"` + canary + `"}`:                                 "body.story",
	} {
		if p := w.refused(req{method: http.MethodPost, path: at, body: body, bearer: w.key}, 422, "invalid"); len(p.Errors) != 1 || p.Errors[0].Path != path {
			t.Errorf("%s: %+v", path, p)
		}
		batch := `{"reports":[{"handoff_id":"` + exampleHandoff + `",` + body[1:] + `]}`
		if p := w.refused(req{method: http.MethodPost, path: "/v1/reports", body: batch, bearer: w.key}, 422, "invalid"); len(p.Errors) != 1 || p.Errors[0].Path != strings.Replace(path, "body.", "body.reports[0].", 1) {
			t.Errorf("%s in a batch: %+v", path, p)
		}
	}
	for name, body := range map[string]string{"none": `{"reports":[]}`, "too many": `{"reports":[` + strings.TrimSuffix(strings.Repeat(report+`,"handoff_id":"`+exampleHandoff+`"},`, 101), ",") + `]}`} {
		if p := w.refused(req{method: http.MethodPost, path: "/v1/reports", body: body, bearer: w.key}, 422, "invalid"); p.Errors[0].Path != "body.reports" {
			t.Errorf("%s: %+v", name, p)
		}
	}
	w.refused(req{method: http.MethodPost, path: at, body: report + `}`, bearer: w.key}, 404, "not_found")
	w.refused(req{method: http.MethodPost, path: at, body: report + `}`, bearer: people[access.ContactPerson]}, 403, "forbidden")
}

func TestR41_AQuarterIsAskedForInItsForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil) // in November 2026
	ask := func(quarter string) req {
		return req{method: http.MethodGet, path: "/v1/referrals/feedback?quarter=" + quarter, bearer: w.key}
	}
	for _, quarter := range []string{canary, "2026", "2026-Q5", "2026-Q4", "2099-Q1", ""} {
		w.refused(ask(quarter), 422, "invalid")
	}
	if rec := w.do(ask("2026-Q3")); rec.Code != 200 || rec.Body.String() != `{"quarter":"2026-Q3","as_of":"2026-09-30","people":[]}`+"\n" {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}
