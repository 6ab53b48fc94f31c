package api

import (
	"cmp"
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"

	"github.com/danielgtaylor/huma/v2"
)

// Huma asks these variables of its package for its own errors; they are the
// process's, and set before any server is made.
func init() {
	huma.NewError = func(status int, _ string, errs ...error) huma.StatusError {
		return humaProblem(context.Background(), status, errs)
	}
	huma.NewErrorWithContext = func(hc huma.Context, status int, _ string, errs ...error) huma.StatusError {
		return humaProblem(hc.Context(), status, errs)
	}
	// Otherwise "Amount" beside "amount" is decoded, and only one is validated.
	huma.ValidateStrictCasing = true
	// Otherwise every list in the document may be null.
	huma.DefaultArrayNullable = false
}

var kindOfStatus = map[int]fault.Kind{
	http.StatusBadRequest:            malformed,
	http.StatusRequestTimeout:        tooSlow,
	http.StatusRequestEntityTooLarge: fault.TooLarge,
	http.StatusUnsupportedMediaType:  unsupported,
	http.StatusUnprocessableEntity:   fault.Invalid,
}

// humaProblem turns what Huma found into our document. Of Huma's texts only
// those are kept that are made from the schema.
func humaProblem(ctx context.Context, status int, errs []error) *Problem {
	f := &fault.Error{Kind: kindOfStatus[status]}
	if f.Kind == "" {
		f.Kind = fault.Internal
	}
	if f.Kind == fault.Invalid {
		for _, err := range errs {
			f.Fields = append(f.Fields, humaField(err))
		}
		f.Fields = tidy(f.Fields)
	}
	return newProblem(postgres.RequestID(ctx), f)
}

// maxFields bounds an answer: a long list of wrong things is one mistake.
const maxFields = 50

// tidy gives the fields an order: Huma finds some of them in a map's.
func tidy(fields []fault.Field) []fault.Field {
	slices.SortFunc(fields, func(a, b fault.Field) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	fields = slices.Compact(fields)
	return fields[:min(maxFields, len(fields))]
}

func humaField(err error) fault.Field {
	d, ok := err.(huma.ErrorDetailer)
	if !ok {
		return fault.Field{Path: "request", Message: "cannot be used"}
	}
	detail := d.ErrorDetail()
	path := safePath(detail.Location)
	if name, ok := strings.CutPrefix(detail.Message, "expected required property "); ok {
		return fault.Field{Path: path + "." + strings.TrimSuffix(name, " to be present"), Message: "is required"}
	}
	return fault.Field{Path: path, Message: safeMessage(detail.Message)}
}

// segment is one step of a path: a property with or without places in a list,
// or the name of a header.
var segment = regexp.MustCompile(`^([a-z][a-z0-9_]{0,40}|[A-Z][A-Za-z-]{0,40})(\[[0-9]+\])*$`)

// safePath cuts a path where it stops looking like ours.
func safePath(path string) string {
	steps := strings.Split(path, ".")
	if steps[0] == "query" && len(steps) > 2 { // a name with dots is none of ours
		return "query"
	}
	for i, step := range steps {
		if !segment.MatchString(step) {
			return strings.Join(steps[:i], ".")
		}
	}
	return path
}

// safeMessage keeps Huma's sentences that come from the schema, cut where some
// go on with a parser's words, which quote the value.
func safeMessage(m string) string {
	for _, start := range []string{"expected string to be RFC", "expected duration", "expected string to be regex", "invalid value"} {
		if strings.HasPrefix(m, start) {
			m, _, _ = strings.Cut(m, ":")
			return m
		}
	}
	for _, start := range []string{"expected ", "unexpected property", "required ", "unknown query parameter", "invalid integer", "invalid float", "invalid boolean"} {
		if strings.HasPrefix(m, start) {
			return m
		}
	}
	return "cannot be used"
}
