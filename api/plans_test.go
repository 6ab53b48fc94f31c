package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"hjemvej/casework/person"
	"hjemvej/casework/plan"
	"hjemvej/casework/plan/paper"
	"hjemvej/internal/access"
	"hjemvej/internal/housetest"
	"hjemvej/internal/press"
)

// desk asks the whole service about one case, as its contact person.
type desk struct {
	*housetest.House
	t *testing.T
	s *Server
	c *housetest.Case
}

func newDesk(t *testing.T) *desk {
	h := housetest.New(t)
	s := bare(Config{DB: h.DB, Vault: h.Vault, Auth: byName{}, Logger: slog.New(slog.DiscardHandler), RatePerSecond: 1e6, Burst: 1e6})
	s.operations()
	return &desk{h, t, s, h.Accepted(t)}
}

func (d *desk) ask(who access.Actor, method, path string, body any, headers ...string) *httptest.ResponseRecorder {
	d.t.Helper()
	var b []byte
	if body != nil {
		var err error
		b, err = json.Marshal(body)
		must(d.t, err)
	}
	r := httptest.NewRequestWithContext(d.t.Context(), method, strings.ReplaceAll(path, "CASE", "/v1/cases/"+d.c.Code), bytes.NewReader(b))
	r.Header.Set("Authorization", "Bearer "+bearerFor(who))
	if b != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	d.s.ServeHTTP(rec, r)
	return rec
}

// answered decodes an answer of 200.
func answered[T any](t *testing.T, rec *httptest.ResponseRecorder) (out T) {
	t.Helper()
	expect(t, rec, http.StatusOK)
	must(t, json.Unmarshal(rec.Body.Bytes(), &out))
	return out
}

func TestR15_AStalePlanIsRefusedWithThePlacesThatChanged(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const path = "CASE/plans/reintegration"
	save := func(tag, dkk string) *httptest.ResponseRecorder {
		content := d.c.Content(d.Line("rent", dkk))
		if tag == "" {
			return d.ask(d.Contact, "PUT", path, content)
		}
		return d.ask(d.Contact, "PUT", path, content, "If-Match", tag)
	}
	expect(t, save("", "1000"), 200)
	expect(t, save(`"1"`, "2000"), 200)
	rec := save(`"1"`, "3000")
	var p Problem
	must(t, json.Unmarshal(rec.Body.Bytes(), &p))
	if rec.Code != 412 || p.Type != "urn:hjemvej:problem:stale" || len(p.Errors) != 1 || p.Errors[0].Path != "body.lines[0].amount" || strings.Contains(rec.Body.String(), "000") {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}

	got := answered[plan.Comparison](t, d.ask(d.Contact, "GET", path+"/comparison?from=1", nil))
	after, _ := got.Changes[0].After.(map[string]any)
	if got.From != 1 || got.To != 2 || len(got.Changes) != 1 || after["amount"] != "2000.00" {
		t.Errorf("compared %+v", got)
	}
	for _, query := range []string{"", "?from=0", "?from=x", "?from=1&to=-1"} {
		expect(t, d.ask(d.Contact, "GET", path+"/comparison"+query, nil), 422)
	}

	expect(t, d.ask(d.Contact, "POST", path+"/versions/1/restoration", nil), 428)
	expect(t, d.ask(d.Contact, "POST", path+"/versions/1/restoration", nil, "If-Match", `"1"`), 412)
	key := []string{"If-Match", `"2"`, "Idempotency-Key", "restore-once"}
	restored := d.ask(d.Contact, "POST", path+"/versions/1/restoration", nil, key...)
	if v := answered[plan.Version](t, restored); v.Version != 3 || v.Content.Lines[0].Amount.Amount != "1000.00" || restored.Header().Get("ETag") != `"3"` {
		t.Errorf("restored %+v", v)
	}
	if v := answered[plan.Version](t, d.ask(d.Contact, "POST", path+"/versions/1/restoration", nil, key...)); v.Version != 3 {
		t.Errorf("sent twice, it made version %d", v.Version)
	}
}

func TestR14_ATemplateIsSavedOnlyWhenItIsFilledIn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	today := d.Today().String()
	for _, tmpl := range answered[[]plan.Template](t, d.ask(d.Contact, "GET", "/v1/plan-templates?language=en", nil)) {
		path := "/v1/plan-templates/" + tmpl.Key + "?language=da&from=" + today
		goals := answered[plan.Content](t, d.ask(d.Contact, "GET", path+"&kind=action", nil))
		d.c = d.Accepted(t)
		expect(t, d.ask(d.Contact, "PUT", "CASE/plans/action", goals), 200)

		bare := answered[plan.Content](t, d.ask(d.Contact, "GET", path+"&kind=reintegration", nil))
		rec := d.ask(d.Contact, "PUT", "CASE/plans/reintegration", bare)
		if rec.Code != 422 || !strings.Contains(rec.Body.String(), "body.lines[0].partner_id") || !strings.Contains(rec.Body.String(), "body.lines[0].told_on") {
			t.Errorf("%s: %d %s", tmpl.Key, rec.Code, rec.Body)
		}
		filled := answered[plan.Content](t, d.ask(d.Contact, "GET", path+"&kind=reintegration&told_on="+today+"&partner_id="+d.Home.Partner, nil))
		if fees := slices.IndexFunc(filled.Lines, func(l plan.Line) bool { return l.Category == "school_fees" }); fees >= 0 {
			if rec := d.ask(d.Contact, "PUT", "CASE/plans/reintegration", filled); !strings.Contains(rec.Body.String(), "child_id") {
				t.Errorf("R24: %d %s", rec.Code, rec.Body)
			}
			child := d.ask(d.Contact, "POST", "CASE/family-members", person.FamilyMember{Relation: "child", GivenNames: "Ion"})
			expect(t, child, 201)
			var added person.PartState
			must(t, json.Unmarshal(child.Body.Bytes(), &added))
			filled.Lines[fees].ChildID = added.ID
		}
		expect(t, d.ask(d.Contact, "PUT", "CASE/plans/reintegration", filled), 200)
	}
	expect(t, d.ask(d.Contact, "GET", "/v1/plan-templates/none?kind=action&from="+today, nil), 422)
	expect(t, d.ask(d.Contact, "GET", "/v1/plan-templates/small_business?kind=action", nil), 422)
}

func TestR17_APlanIsPrintedInEveryLanguage(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	expect(t, d.ask(d.Contact, "PUT", "CASE/plans/reintegration", d.c.Content(d.Line("rent", "1000"))), 200)
	const path = "CASE/plans/reintegration/versions/1/paper"
	for _, language := range paper.Languages {
		rec := d.ask(d.Contact, "GET", path+"?language="+language, nil)
		expect(t, rec, 200)
		h := rec.Header()
		if h.Get("Content-Type") != "text/html; charset=utf-8" || h.Get("Content-Disposition") != `inline; filename="`+d.c.Code+`-1.html"` ||
			h.Get("Content-Security-Policy") != press.Policy || h.Get("Cache-Control") != "no-store" || !strings.Contains(rec.Body.String(), d.c.Code) {
			t.Errorf("%s: %v", language, h)
		}
		rec = d.ask(d.Contact, "GET", path+"?format=pdf&language="+language, nil)
		if language == "th" {
			if rec.Code != 422 || !strings.Contains(rec.Body.String(), "query.format") || !strings.Contains(rec.Body.String(), "must be html") {
				t.Errorf("Thai as a PDF: %d %s", rec.Code, rec.Body)
			}
			continue
		}
		expect(t, rec, 200)
		if rec.Header().Get("Content-Type") != "application/pdf" || rec.Header().Get("Content-Disposition") != `inline; filename="`+d.c.Code+`-1.pdf"` || !bytes.HasPrefix(rec.Body.Bytes(), []byte("%PDF-")) {
			t.Errorf("%s: %v", language, rec.Header())
		}
	}
	if n := d.Count(t, `SELECT count(*) FROM audit_log WHERE operation = 'print-plan-version' AND outcome = 'done' AND case_code = $1 AND actor_id = $2`, d.c.Code, d.Contact.ID); n != 2*len(paper.Languages)-1 {
		t.Errorf("%d papers were recorded", n)
	}
	for query, status := range map[string]int{"": 422, "?language=xx": 422, "?language=da&format=doc": 422, "?language=da&other=1": 422} {
		rec := d.ask(d.Contact, "GET", path+query, nil)
		if rec.Code != status || rec.Header().Get("Content-Type") != problemJSON {
			t.Errorf("%q: %d %s", query, rec.Code, rec.Header().Get("Content-Type"))
		}
	}
	expect(t, d.ask(d.Contact, "GET", "CASE/plans/reintegration/versions/2/paper?language=da", nil), 404)
	expect(t, d.ask(d.OtherContact, "GET", path+"?language=da", nil), 404)
	expect(t, d.ask(d.Finance, "GET", path+"?language=da", nil), 403)
}

func TestR11_APlanThatTellsIsRefusedAndNotRepeated(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	line := d.Line("rent", "1000")
	line.Purpose = "After the trafficking: a room"
	expect(t, d.ask(d.Contact, "PUT", "CASE/plans/reintegration", d.c.Content(line)), 200)
	for _, format := range []press.Format{press.HTML, press.PDF} {
		rec := d.ask(d.Contact, "GET", fmt.Sprintf("CASE/plans/reintegration/versions/1/paper?language=en&format=%s", format), nil)
		var p Problem
		must(t, json.Unmarshal(rec.Body.Bytes(), &p))
		if rec.Code != 422 || p.Rule != "R11" || !slices.ContainsFunc(p.Errors, func(f ProblemField) bool { return f.Path == "content.lines[0].purpose" }) || strings.Contains(rec.Body.String(), "trafficking") {
			t.Errorf("%d %s", rec.Code, rec.Body)
		}
	}
}
