package api

import (
	"context"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"hjemvej/internal/access"
	"hjemvej/internal/fault"

	"github.com/danielgtaylor/huma/v2"
)

// operation is one thing that can be asked of the service, as its document
// tells it. What is missing panics where it is registered.
type operation struct {
	ID          access.Operation // has a rule in the table of access
	Method      string
	Path        string
	Tag         string // one of tags
	Summary     string // a few words
	Description string // what it does, and the rules (R…) it serves
	Example     any    // a body, of the input's Body type; validated
	Status      int    // of success; 0 is 200, or 204 without a body
	Once        bool   // moves money or hands over: Idempotency-Key is required (R29)
	Whole       bool   // a reading whose version covers all of its answer: If-None-Match is honoured
	Also        []int  // statuses that it can answer beside those of its form
}

// takes is what the type of an operation's input says about its form.
type takes struct {
	body            bool     // JSON
	content         []string // or a file, of these media types
	version         bool
	versionOptional bool
}

// register adds an operation. Every operation comes through here: it asks who
// the actor is, refuses whom the table of access refuses, and turns errors into
// problems.
func register[I, O any](s *Server, op operation, do func(ctx context.Context, who access.Actor, in *I) (*O, error)) {
	input := reflect.TypeFor[I]()
	body, hasBody := input.FieldByName("Body")
	takes := takes{body: hasBody}
	if m, ok := any(*new(I)).(interface{ versionNeeded() bool }); ok {
		takes.version, takes.versionOptional = true, !m.versionNeeded()
	}
	if m, ok := any(*new(I)).(interface{ mediaTypes() []string }); ok {
		takes.content = m.mediaTypes()
	}
	s.check(op, takes)
	h := describe(op, takes)
	if m, ok := any(*new(O)).(interface{ mediaTypes() []string }); ok {
		describeMedia(h, m.mediaTypes())
	}
	h.Middlewares = huma.Middlewares{s.guard(op, takes)}
	huma.Register(s.document, h, func(ctx context.Context, in *I) (*O, error) {
		who, err := actorOf(ctx)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		out, err := do(ctx, who, in)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return out, nil
	})
	s.checkPath(op)
	describeHeaders(h, op.Whole)
	s.exemplify(h)
	if hasBody {
		s.checkExample(op, h, body.Type)
	}
}

// check panics where an operation is not whole: a mistake that must not start.
func (s *Server) check(op operation, takes takes) {
	mustHold := func(ok bool, what string) {
		if !ok {
			panic("api: operation " + string(op.ID) + " " + what)
		}
	}
	mustHold(!s.known[string(op.ID)], "is registered twice")
	s.known[string(op.ID)] = true
	mustHold(access.Known(op.ID), "has no rule in the table of access")
	mustHold(op.Summary != "" && op.Description != "", "has no summary or no description")
	mustHold(isTag(op.Tag), "has no tag that the document explains")
	mustHold(takes.body == (op.Example != nil), "has a body without an example, or the other way")
	mustHold(!op.Once || op.Method == http.MethodPost, "keeps its answer but is no POST")
}

var placeholder = regexp.MustCompile(`\{([a-z_]+)\}`)

// checkPath panics where the path has a place that no input takes: Huma passes
// over inputs that are embedded under a name of lower case.
func (s *Server) checkPath(op operation) {
	var names []string
	item := s.document.OpenAPI().Paths[op.Path]
	for _, o := range []*huma.Operation{item.Get, item.Put, item.Post} {
		if o != nil && o.OperationID == string(op.ID) {
			for _, p := range o.Parameters {
				names = append(names, p.Name)
			}
		}
	}
	for _, m := range placeholder.FindAllStringSubmatch(op.Path, -1) {
		if !slices.Contains(names, m[1]) {
			panic("api: operation " + string(op.ID) + " does not take " + m[1])
		}
	}
}

// checkExample panics where the example is not what the operation takes.
func (s *Server) checkExample(op operation, h huma.Operation, want reflect.Type) {
	if got := reflect.TypeOf(op.Example); got != want {
		panic("api: operation " + string(op.ID) + " has an example of type " + got.String())
	}
	schema := h.RequestBody.Content["application/json"].Schema
	result := &huma.ValidateResult{}
	huma.Validate(s.document.OpenAPI().Components.Schemas, schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, asJSON(op.Example), result)
	if len(result.Errors) > 0 {
		panic("api: operation " + string(op.ID) + " has an example that it refuses: " + result.Errors[0].Error())
	}
}

// errorsOf are the statuses that an operation can answer beside success.
func errorsOf(op operation, takes takes) []int {
	out := append([]int{401, 403, 422, 429, 500, 503}, op.Also...)
	if strings.Contains(op.Path, "{") {
		out = append(out, 404)
	}
	if op.Method != http.MethodGet {
		out = append(out, 400, 408, 409, 413)
	}
	if takes.body || takes.content != nil {
		out = append(out, 415)
	}
	if takes.version {
		out = append(out, 412)
	}
	if takes.version && !takes.versionOptional {
		out = append(out, 428)
	}
	return out
}

// describeMedia says what an operation answers that does not answer JSON.
func describeMedia(h huma.Operation, types []string) {
	h.Responses[strconv.Itoa(http.StatusOK)] = &huma.Response{Description: http.StatusText(http.StatusOK), Content: mediaOf(types)}
}

func mediaOf(types []string) map[string]*huma.MediaType {
	out := map[string]*huma.MediaType{}
	for _, t := range types {
		schema := &huma.Schema{Type: huma.TypeString}
		if !strings.HasPrefix(t, "text/") {
			schema.Format = "binary"
		}
		kind, _, _ := strings.Cut(t, ";")
		out[kind] = &huma.MediaType{Schema: schema}
	}
	return out
}

// describeHeaders adds what Huma does not know about the answers: their
// headers, and 304 where there is a version.
func describeHeaders(h huma.Operation, whole bool) {
	for status, header := range map[int]*huma.Param{
		kinds[fault.Unauthenticated].status: {Description: "Bearer"},
		kinds[fault.TooMany].status:         {Description: "Seconds to wait"},
		kinds[fault.Unavailable].status:     {Description: "Seconds to wait"},
	} {
		header.Schema = &huma.Schema{Type: huma.TypeString}
		name := "Retry-After"
		if status == http.StatusUnauthorized {
			name = "WWW-Authenticate"
		}
		h.Responses[strconv.Itoa(status)].Headers = map[string]*huma.Param{name: header}
	}
	if whole {
		h.Responses["304"] = &huma.Response{Description: "You have this version"}
	}
}
