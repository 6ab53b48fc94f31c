package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hjemvej/internal/access"

	"github.com/danielgtaylor/huma/v2"
	"gopkg.in/yaml.v3"
)

func TestTheDocumentIsAlwaysTheSameAndWhole(t *testing.T) {
	t.Parallel()
	one, err := OpenAPI("1")
	must(t, err)
	for range 5 {
		other, err := OpenAPI("1")
		must(t, err)
		if !bytes.Equal(one, other) {
			t.Fatal("the document differs from one writing to the next")
		}
	}
	for _, want := range []string{"openapi: 3.1.0", "partnerKey:", "staff:", "application/problem+json", "operationId: read-case"} {
		if !strings.Contains(string(one), want) {
			t.Errorf("the document lacks %s", want)
		}
	}
	for _, no := range []string{"$schema", "servers:"} {
		if strings.Contains(string(one), no) {
			t.Errorf("the document has %s", no)
		}
	}
}

func TestEveryOperationAsksWhoAndRefusesByTheTable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	each(w.s.document, func(method, path string, op *huma.Operation) {
		path = regexp.MustCompile(`\{[^}]+\}`).ReplaceAllString(path, "K7QX-2MVD")
		if len(op.Security) == 0 || len(op.Tags) != 1 || op.Summary == "" || op.Description == "" {
			t.Errorf("%s is not described", op.OperationID)
		}
		w.s.failures = newLimiter(1000, 1000)
		w.refused(req{method: method, path: path}, 401, "unauthenticated")
		for role, token := range people {
			if access.ReachOf(access.Actor{Role: role}, access.Operation(op.OperationID)) == access.None {
				w.refused(req{method: method, path: path, bearer: token}, 403, "forbidden")
			}
		}
	})
}

func each(document huma.API, do func(method, path string, op *huma.Operation)) {
	for path, item := range document.OpenAPI().Paths {
		for method, op := range map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete} {
			if op != nil {
				do(method, path, op)
			}
		}
	}
}

func TestAnOperationThatIsNotWholeDoesNotStart(t *testing.T) {
	t.Parallel()
	whole := operation{ID: "read-plan", Method: "GET", Path: "/v1/x", Tag: "Plans", Summary: "s", Description: "d"}
	for name, spoil := range map[string]func(*operation){
		"no rule": func(o *operation) { o.ID = "do-anything" }, "no summary": func(o *operation) { o.Summary = "" },
		"no description": func(o *operation) { o.Description = "" }, "no tag": func(o *operation) { o.Tag = "Other" },
		"example without a body": func(o *operation) { o.Example = goodThing }, "once without a POST": func(o *operation) { o.Once = true },
	} {
		op := whole
		spoil(&op)
		if !panics(func() { nothing(bare(Config{}), op) }) {
			t.Errorf("%s: registered", name)
		}
	}
	s := bare(Config{})
	nothing(s, whole)
	whole.Path = "/v1/y"
	if !panics(func() { nothing(s, whole) }) {
		t.Error("two operations have one id")
	}
}

func TestAnExampleIsWhatTheOperationTakes(t *testing.T) {
	t.Parallel()
	bad := goodThing
	bad.Count = -1
	for name, example := range map[string]any{"none": nil, "another type": 1, "refused": bad} {
		if !panics(func() {
			register(bare(Config{}), operation{ID: "save-plan", Method: "PUT", Path: "/v1/x", Tag: "Plans", Summary: "s", Description: "d", Example: example},
				func(context.Context, access.Actor, *struct{ Body thing }) (*Answer[int], error) { return nil, nil })
		}) {
			t.Errorf("%s: registered", name)
		}
	}
}

func nothing(s *Server, op operation) {
	register(s, op, func(context.Context, access.Actor, *struct{}) (*Answer[int], error) { return nil, nil })
}

func panics(do func()) (did bool) {
	defer func() { did = recover() != nil }()
	do()
	return false
}

func TestThePageLoadsNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, path := range []string{"/", "/docs"} {
		rec := w.do(req{method: "GET", path: path})
		if rec.Code != 302 || rec.Header().Get("Location") != "/docs/" {
			t.Errorf("%s: %d to %s", path, rec.Code, rec.Header().Get("Location"))
		}
	}
	rec := w.do(req{method: "GET", path: "/docs/"})
	expect(t, rec, 200)
	policy := rec.Header().Get("Content-Security-Policy")
	if strings.Contains(policy, "http") || strings.Contains(policy, "script-src 'self' 'unsafe") || strings.Count(policy, "'sha256-") != 2 {
		t.Errorf("policy %s", policy)
	}
	refs := regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(rec.Body.String(), -1)
	if len(refs) < 4 {
		t.Errorf("the page refers to %v", refs)
	}
	for _, ref := range refs {
		if !strings.HasPrefix(ref[1], "/docs/") {
			t.Errorf("the page loads %s", ref[1])
		}
		expect(t, w.do(req{method: "GET", path: ref[1]}), 200)
	}
	if !strings.Contains(rec.Body.String(), `"swaggerJsonUrl":"/openapi.json"`) {
		t.Error("the page does not show the document")
	}
}

func TestTheDocumentIsServedInBothSpellings(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	rec := w.do(req{method: "GET", path: "/openapi.json"})
	expect(t, rec, 200)
	if !json.Valid(rec.Body.Bytes()) || rec.Header().Get("Content-Type") != "application/json" {
		t.Error("openapi.json is not JSON")
	}
	rec = w.do(req{method: "GET", path: "/openapi.yaml"})
	want, err := OpenAPI("test")
	must(t, err)
	if !bytes.Equal(rec.Body.Bytes(), want) {
		t.Error("openapi.yaml is not the document")
	}
	expect(t, w.do(req{method: "GET", path: "/openapi.yaml", header: map[string]string{"If-None-Match": rec.Header().Get("ETag")}}), 304)
}

func TestProbesAndNumbers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	expect(t, w.do(req{method: "GET", path: "/healthz"}), 200)
	expect(t, w.do(req{method: "GET", path: "/readyz"}), 200)
	expect(t, w.do(req{method: "GET", path: "/v1/me", bearer: w.key}), 200)
	w.do(req{method: "GET", path: "/" + canary, bearer: w.key})
	metrics := httptest.NewServer(Metrics())
	defer metrics.Close()
	res, err := http.Get(metrics.URL)
	must(t, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	must(t, err)
	if !strings.Contains(string(body), `hjemvej_api_requests_total{operation="read-me",status="200"}`) || strings.Contains(string(body), canary) {
		t.Error("the numbers lack the operation, or have what was sent")
	}
	_, err = w.owner.Exec(t.Context(), `UPDATE schema_version SET version = version - 1`)
	must(t, err)
	w.refused(req{method: "GET", path: "/readyz"}, 503, "unavailable")
}

// A partner whose consent was withdrawn must not be told that it still has the
// document (R7): a version that says nothing of all that is answered is no 304.
func TestA304IsAnsweredOnlyWhereTheVersionCoversTheAnswer(t *testing.T) {
	t.Parallel()
	document, err := OpenAPI("test")
	must(t, err)
	var doc struct {
		Paths map[string]map[string]struct {
			ID        string `yaml:"operationId"`
			Responses map[string]any
		}
	}
	must(t, yaml.Unmarshal(document, &doc))
	var whole []string
	for _, item := range doc.Paths {
		for _, op := range item {
			if _, ok := op.Responses["304"]; ok {
				whole = append(whole, op.ID)
			}
		}
	}
	slices.Sort(whole)
	if got := strings.Join(whole, " "); got != "read-case read-identity" {
		t.Errorf("304 is answered by %s: does each version cover its whole answer?", got)
	}
	w := newWorld(t, new(bed).add)
	for _, match := range []string{`"3"`, "*"} {
		rec := w.do(req{method: "GET", path: "/v1/parts/K7QX-2MVD", bearer: people[access.ContactPerson], header: map[string]string{"If-None-Match": match}})
		expect(t, rec, 200)
		if rec.Header().Get("ETag") != `"3"` || rec.Body.Len() == 0 {
			t.Errorf("%s: %v %q", match, rec.Header(), rec.Body)
		}
	}
}
