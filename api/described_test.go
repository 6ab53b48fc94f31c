package api

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"hjemvej/internal/access"

	"gopkg.in/yaml.v3"
)

// described is an operation as a reader of the document knows it.
type described struct {
	id                       access.Operation
	method, path             string
	version, versionOptional bool
	example                  any
	file                     bool // the body is one
	query                    url.Values
	params                   ids // path parameters that are no record's, by the document's example
}

// documented reads the operations out of the document that is served, and out
// of openapi.yaml where it lies at the root of the repository.
func documented(t *testing.T) map[access.Operation]described {
	t.Helper()
	generated, err := OpenAPI("test")
	must(t, err)
	all := read(t, generated)
	checkedIn, err := os.ReadFile("../openapi.yaml")
	if errors.Is(err, fs.ErrNotExist) {
		return all
	}
	must(t, err)
	for id, op := range read(t, checkedIn) {
		if have := all[id]; have.method != op.method || have.path != op.path {
			t.Errorf("openapi.yaml has %s at %s %s, the service does not", id, op.method, op.path)
		}
	}
	return all
}

func read(t *testing.T, document []byte) map[access.Operation]described {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]struct {
			ID         string `yaml:"operationId"`
			Parameters []parameter
			Body       struct {
				Content map[string]struct{ Example any }
			} `yaml:"requestBody"`
		}
	}
	must(t, yaml.Unmarshal(document, &doc))
	all := map[access.Operation]described{}
	for path, item := range doc.Paths {
		for method, op := range item {
			d := described{id: access.Operation(op.ID), method: strings.ToUpper(method), path: path, query: url.Values{}, params: ids{}}
			d.example = op.Body.Content["application/json"].Example
			_, d.file = op.Body.Content["application/octet-stream"]
			for _, p := range op.Parameters {
				d.take(p)
			}
			all[d.id] = d
		}
	}
	return all
}

type parameter struct {
	Name, In string
	Required bool
	Schema   struct{ Examples, Enum []any }
}

// take notes a parameter that must be sent. A path parameter is a record's
// unless the document lists its words, or it is a version's number or the key of
// a line: those are something within a case alone.
func (d *described) take(p parameter) {
	example := ""
	if len(p.Schema.Examples) > 0 {
		b, _ := json.Marshal(p.Schema.Examples[0]) // came from YAML
		example = strings.Trim(string(b), `"`)
	}
	switch {
	case p.In == "path" && (len(p.Schema.Enum) > 0 || p.Name == "version" || p.Name == "key"):
		d.params[p.Name] = example
	case p.In == "query" && p.Required:
		d.query.Set(p.Name, example)
	case p.In == "header" && p.Name == "If-Match":
		d.version, d.versionOptional = true, !p.Required
	}
}

var pathParameter = regexp.MustCompile(`\{([^}]+)\}`)

// records are the names of the path parameters that lead to a record.
func (d described) records() (names []string) {
	for _, m := range pathParameter.FindAllStringSubmatch(d.path, -1) {
		if d.params[m[1]] == "" {
			names = append(names, m[1])
		}
	}
	return names
}

// request is the document's own example, asked about a record, with what is real
// in place of what stands in examples.
func (d described) request(t *testing.T, path ids, real map[string]string) *http.Request {
	t.Helper()
	to := pathParameter.ReplaceAllStringFunc(d.path, func(name string) string {
		name = strings.Trim(name, "{}")
		return path[name] + d.params[name]
	})
	var body []byte
	kind := "application/json"
	if d.file {
		body, kind = []byte(smallPDF), "text/plain" // its content decides
	}
	if d.id == "import-bank-statement" {
		body = []byte(smallCamt)
	}
	if d.example != nil {
		example := replaced(d.example, real).(map[string]any)
		for field, value := range adjusted[d.id] {
			example[field] = value
		}
		var err error
		body, err = json.Marshal(example)
		must(t, err)
	}
	query := url.Values{}
	for name, values := range d.query {
		query[name] = values
		if values[0] == "" && name == "partner_id" {
			query.Set(name, real[examplePartner])
		}
	}
	r := httptest.NewRequestWithContext(t.Context(), d.method, to+"?"+query.Encode(), bytes.NewReader(body))
	if body != nil {
		r.Header.Set("Content-Type", kind)
	}
	if d.method == http.MethodPost {
		r.Header.Set("Idempotency-Key", rand.Text())
	}
	return r
}

// adjusted are the fields in which an example of a long course does not fit a
// course of one day.
var adjusted = map[access.Operation]map[string]any{
	"book-departure": {"late_reason": "The only seat this month"},
	"record-exit":    {"outcome": "re_migrated"},
	"propose-policy": {"effective_from": "2027-01-01"},
	"ask-extension":  {"until": "2027-06-30"},
}

// exampleDay stands for every day in an example.
const exampleDay = "a day"

var dateForm = regexp.MustCompile(`^20[0-9]{2}-[0-9]{2}-[0-9]{2}$`)

// replaced is an example with what is real, such as a partner that exists, and
// every day today.
func replaced(v any, real map[string]string) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			out[k] = replaced(e, real)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = replaced(e, real)
		}
		return out
	case string:
		if dateForm.MatchString(v) {
			v = exampleDay
		}
		if r, ok := real[v]; ok {
			return r
		}
	}
	return v
}
