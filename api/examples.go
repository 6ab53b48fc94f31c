package api

import (
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// exemplify gives every answer of an operation an example, put together from
// those of its fields: what a reader of the document would see.
func (s *Server) exemplify(h huma.Operation) {
	item := s.document.OpenAPI().Paths[h.Path]
	for _, op := range []*huma.Operation{item.Get, item.Put, item.Post} {
		if op == nil || op.OperationID != h.OperationID {
			continue
		}
		for status, r := range op.Responses {
			if media := r.Content["application/json"]; media != nil && media.Example == nil && strings.HasPrefix(status, "2") {
				media.Example = s.exampleOf(media.Schema, 0)
			}
		}
	}
}

// exampleOf is a value that the schema takes; nested beyond reason it is nil.
func (s *Server) exampleOf(schema *huma.Schema, depth int) any {
	for schema != nil && schema.Ref != "" {
		schema = s.document.OpenAPI().Components.Schemas.SchemaFromRef(schema.Ref)
	}
	switch {
	case schema == nil || depth > 8:
		return nil
	case len(schema.Examples) > 0:
		return schema.Examples[0]
	case len(schema.Enum) > 0:
		return schema.Enum[0]
	}
	switch schema.Type {
	case huma.TypeObject:
		out := map[string]any{}
		for name, p := range schema.Properties {
			out[name] = s.exampleOf(p, depth+1)
		}
		return out
	case huma.TypeArray:
		return []any{s.exampleOf(schema.Items, depth+1)}
	case huma.TypeBoolean:
		return false
	case huma.TypeInteger, huma.TypeNumber:
		return 1
	}
	return map[string]string{"date": "2026-10-11", "date-time": "2026-10-11T08:30:00Z", "uuid": examplePartner}[schema.Format]
}
