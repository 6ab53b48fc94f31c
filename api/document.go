package api

import (
	"encoding/json"
	"path"
	"reflect"
	"slices"
	"strings"

	"hjemvej/internal/access"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

const about = `Hjemvej follows one person's prepared return, from the offer to six months after arrival.

Staff send an OpenID Connect access token, partners an API key, both as a bearer. What you may not see does not exist: the answer is 404.

Every error is one form, ` + "`application/problem+json`" + `; decide by its ` + "`type`" + `. No error repeats what you sent.

To change something, send ` + "`If-Match`" + ` with the ` + "`ETag`" + ` that you read. To be safe against sending twice, send ` + "`Idempotency-Key`" + `: the second answer is the first one, and nothing is done again. Keys are kept for 30 days.

Dates are ` + "`2006-01-02`" + `, instants RFC 3339 in UTC, countries ISO 3166-1 alpha-2, languages BCP 47, phone numbers E.164. Unknown fields and unknown parameters are refused.`

// tags are the document's chapters.
var tags = []*huma.Tag{
	{Name: "Yourself", Description: "Who you are to the service."},
	{Name: "Cases", Description: "One person's prepared return, under a code that says nothing about them."},
	{Name: "Identity", Description: "Who the person is and how to reach them safely: sealed apart from the case, each opening recorded."},
	{Name: "Consents", Description: "What the person agreed may be shared, with whom, until when."},
	{Name: "Files", Description: "Receipts, signed papers and photographs of documents: sealed, without metadata, under names that say nothing."},
	{Name: "Plans", Description: "The action plan and the reintegration plan, their versions and approval."},
	{Name: "Hand-offs", Description: "A case on its way to a partner organisation."},
	{Name: "Reports", Description: "What partners report of their work, and what is answered."},
	{Name: "Return", Description: "Booking, the checks before departure, departure and arrival."},
	{Name: "Support", Description: "The budget, payments and their proof."},
	{Name: "Follow-up", Description: "The six months after arrival: contacts, survey, exit."},
	{Name: "Incidents", Description: "Harm, threats, exploitation again and the fear of it: recorded, taken in hand, closed."},
	{Name: "Referrals", Description: "Who referred the person, and what that organisation is told."},
	{Name: "Events", Description: "What partners' own systems are told, at endpoints of theirs or by polling: ids and a type, never what they stand for."},
	{Name: "Outcomes", Description: "What became of it, without anybody's identity."},
	{Name: "Administration", Description: "Partners, keys, users and the audit log."},
}

func isTag(tag string) bool {
	return slices.ContainsFunc(tags, func(t *huma.Tag) bool { return t.Name == tag })
}

// newDocument is Huma without what it would add of its own: no pages, no
// $schema links, no other formats.
func newDocument(mux humago.Mux, version string) huma.API {
	c := huma.DefaultConfig("Hjemvej", version)
	c.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", newNamer())
	c.Info.Description = about
	c.Tags = tags
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"staff":      {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "An access token of the OpenID Connect provider that staff sign in with."},
		"partnerKey": {Type: "http", Scheme: "bearer", Description: "A partner's API key, `hjv_…`. It is shown once, when it is issued, and does what its scopes say."},
	}
	c.CreateHooks = nil
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.RejectUnknownQueryParameters = true
	return humago.New(mux, c)
}

// newNamer names schemas after their types. Where two rooms use one word, the
// second type carries its room's name, and so does a type that one of its own
// fields is called after, and File: generated clients have a variable for each,
// and a File of their own.
func newNamer() func(reflect.Type, string) string {
	taken := map[string]reflect.Type{}
	return func(t reflect.Type, hint string) string {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		name := huma.DefaultSchemaNamer(t, hint)
		if t.Kind() != reflect.Struct || t.Name() == "" {
			return name
		}
		if first, ok := taken[name]; ok && first != t || name == "File" || hasNamesake(t) {
			room := path.Base(t.PkgPath())
			name = strings.ToUpper(room[:1]) + room[1:] + name
		}
		taken[name] = t
		return name
	}
}

// hasNamesake reports whether a field of t is called as t is.
func hasNamesake(t reflect.Type) bool {
	return slices.ContainsFunc(reflect.VisibleFields(t), func(f reflect.StructField) bool {
		called, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		return strings.EqualFold(called, t.Name())
	})
}

// describe is an operation for Huma and the document.
func describe(op operation, takes takes) huma.Operation {
	h := huma.Operation{
		OperationID: string(op.ID), Method: op.Method, Path: op.Path, DefaultStatus: op.Status,
		Tags: []string{op.Tag}, Summary: op.Summary, Description: op.Description + "\n\n" + whoMay(op.ID),
		Security: securityOf(op.ID), Errors: errorsOf(op, takes), Responses: map[string]*huma.Response{},
		MaxBodyBytes: maxBody + 1, // readBody has the limit; Huma's refuses at the limit itself
	}
	if takes.body {
		h.RequestBody = &huma.RequestBody{Content: map[string]*huma.MediaType{"application/json": {Example: asJSON(op.Example)}}}
	}
	if takes.content != nil {
		h.RequestBody = &huma.RequestBody{Required: true, Content: mediaOf(takes.content)}
	}
	if op.Method == "POST" {
		least, most := 8, 200
		h.Parameters = append(h.Parameters, &huma.Param{
			Name: "Idempotency-Key", In: "header", Required: op.Once, Example: "7f1c2a9e-7d53-4a0e-9a55-0f6f1f0b8a11",
			Description: "Chosen by you, new for every request but a repeated one (R29)",
			Schema:      &huma.Schema{Type: huma.TypeString, MinLength: &least, MaxLength: &most},
		})
	}
	return h
}

// securityOf names the schemes of those whose role reaches the operation.
func securityOf(id access.Operation) (out []map[string][]string) {
	rule := ruleOf(id)
	if slices.ContainsFunc(access.StaffRoles, func(r access.Role) bool { return rule.Reach(r) != access.None }) {
		out = append(out, map[string][]string{"staff": {}})
	}
	if rule.Reach(access.Partner) != access.None {
		scopes := []string{}
		if rule.Scope() != access.AnyKey {
			scopes = append(scopes, string(rule.Scope()))
		}
		out = append(out, map[string][]string{"partnerKey": scopes})
	}
	return out
}

var reachWords = map[access.Reach]string{
	access.Own: "own cases", access.Team: "the team's cases", access.Handed: "cases handed to them", access.Referred: "people whom they referred", access.Itself: "their own", access.All: "all",
}

// whoMay is the row of the table of access, in words.
func whoMay(id access.Operation) string {
	rule := ruleOf(id)
	var may []string
	for _, role := range access.Roles {
		if reach := rule.Reach(role); reach != access.None {
			words := reachWords[reach]
			if scope := rule.Scope(); role == access.Partner && scope != access.AnyKey {
				words += "; the key needs the scope `" + string(scope) + "`"
			}
			may = append(may, strings.ReplaceAll(string(role), "_", " ")+" ("+words+")")
		}
	}
	return "For: " + strings.Join(may, ", ") + "."
}

func ruleOf(id access.Operation) access.Rule {
	for _, r := range access.Rules() {
		if r.Operation == id {
			return r
		}
	}
	return access.Rule{}
}

// asJSON is a value as its JSON reads, for examples.
func asJSON(v any) (out any) {
	b, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		panic("api: an example is not JSON: " + err.Error())
	}
	return out
}
