package api

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"

	"hjemvej/internal/fault"

	"github.com/swaggest/swgui/v5emb"
)

// pages adds what is no operation: the document, its page and the probes.
func (s *Server) pages() {
	s.routes.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/docs/", http.StatusFound)
	})
	s.routes.HandleFunc("GET /docs", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/docs/", http.StatusFound)
	})
	s.routes.HandleFunc("GET /healthz", alive)
	s.routes.HandleFunc("GET /readyz", s.ready)
	s.routes.HandleFunc("GET /v1/calendars/{file}", s.calendar)
	s.openAPI()
	s.page()
}

// openAPI serves the document in both spellings, each written when somebody asks
// for it first: writing it takes more memory than all else at the start.
func (s *Server) openAPI() {
	doc := s.document.OpenAPI()
	s.routes.HandleFunc("GET /openapi.yaml", s.written("application/yaml", doc.YAML))
	s.routes.HandleFunc("GET /openapi.json", s.written("application/json", doc.MarshalJSON))
}

// written serves bytes that never change once they are written.
func (s *Server) written(contentType string, write func() ([]byte, error)) http.HandlerFunc {
	once := sync.OnceValues(write)
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := once()
		if err != nil {
			s.refuse(w, r, fmt.Errorf("write the document: %w", err))
			return
		}
		sum := sha256.Sum256(body)
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:12])+`"`)
		_, _ = w.Write(body) // the caller may have gone
	}
}

// page serves Swagger UI from the program itself. Its policy lets nothing load
// from, or be sent to, another host, and runs no script but the page's own two.
func (s *Server) page() {
	ui := v5emb.New("Hjemvej", "/openapi.json", "/docs/")
	policy := pagePolicy(ui)
	s.routes.HandleFunc("GET /docs/", func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Cache-Control", "no-cache")
		if r.URL.Path != "/docs/" && !asset.MatchString(r.URL.Path) {
			writeProblem(w, h.Get("X-Request-Id"), fault.NoSuch("place"))
			return
		}
		ui.ServeHTTP(w, r)
	})
}

// asset is what the page consists of; everything else below it is a 404 of ours.
var asset = regexp.MustCompile(`^/docs/(swagger-ui\.css|swagger-ui-bundle\.js|swagger-ui-standalone-preset\.js|favicon-(16x16|32x32)\.png)$`)

var inlineScript = regexp.MustCompile(`(?s)<script>(.*?)</script>`)

// pagePolicy allows the page's inline scripts by their hashes.
func pagePolicy(ui http.Handler) string {
	w := httptest.NewRecorder()
	ui.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/docs/", nil))
	scripts := "'self'"
	for _, m := range inlineScript.FindAllSubmatch(w.Body.Bytes(), -1) {
		sum := sha256.Sum256(m[1])
		scripts += " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return strings.Join([]string{
		"default-src 'none'", "script-src " + scripts, "style-src 'self' 'unsafe-inline'", "img-src 'self' data:",
		"connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
	}, "; ")
}
