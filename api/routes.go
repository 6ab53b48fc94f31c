package api

import (
	"net/http"
	"net/url"
	"path"
	"strings"

	"hjemvej/internal/fault"
)

// routes is net/http's own mux, remembering what it serves so that what it does
// not serve can be answered as a problem instead of as text.
type routes struct {
	*http.ServeMux
	known map[string]bool
}

func newRoutes() *routes { return &routes{http.NewServeMux(), map[string]bool{}} }

// HandleFunc adds a route. A pattern that is already there panics.
func (t *routes) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	t.known[pattern] = true
	t.ServeMux.HandleFunc(pattern, h)
}

// route finds the handler, or answers 404 and 405 as problems. The mux's own
// redirects repeat the path and the query, so there are none.
func (s *Server) route(x *exchange, r *http.Request) {
	found, pattern := s.routes.Handler(r)
	switch {
	case !clean(r.URL.Path):
		writeProblem(x, x.id, fault.NoSuch("place"))
	case s.routes.known[pattern] && !isText(r.URL.Path):
		writeProblem(x, x.id, fault.NoSuch("place"))
	case s.routes.known[pattern]:
		x.route = pattern
		if err := checkQuery(r.URL.RawQuery); err != nil {
			writeProblem(x, x.id, err)
			return
		}
		s.routes.ServeHTTP(x, r)
	case pattern == "":
		var probe probe
		found.ServeHTTP(&probe, r)
		if allow := probe.Header().Get("Allow"); allow != "" {
			x.Header().Set("Allow", allow)
			writeProblem(x, x.id, &fault.Error{Kind: wrongMethod, Message: "This place does not take that method."})
			return
		}
		writeProblem(x, x.id, fault.NoSuch("place"))
	default:
		writeProblem(x, x.id, fault.NoSuch("place"))
	}
}

// clean reports whether the path is one that the mux would not redirect from.
func clean(p string) bool {
	cleaned := path.Clean(p)
	return p == cleaned || p == cleaned+"/"
}

// probe takes the mux's own answer, for the methods that it allows.
type probe struct{ h http.Header }

// Header is the answer's header.
func (p *probe) Header() http.Header {
	if p.h == nil {
		p.h = http.Header{}
	}
	return p.h
}

// Write drops the text.
func (*probe) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader drops the status.
func (*probe) WriteHeader(int) {}

// checkQuery refuses what would otherwise be dropped or half read: pairs that
// cannot be decoded, names that come twice, and what is not text.
func checkQuery(raw string) error {
	q, err := url.ParseQuery(raw)
	if err != nil {
		return fault.Invalidf("query", "cannot be read")
	}
	for name, values := range q {
		if len(values) > 1 {
			return fault.Invalidf("query", "has a parameter twice")
		}
		if !isText(name) || !isText(strings.Join(values, "")) {
			return fault.Invalidf("query", "has a character that is not text")
		}
	}
	return nil
}
