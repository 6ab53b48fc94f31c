package press

// Format is how a paper is answered.
type Format string

// The formats.
const (
	HTML Format = "html"
	PDF  Format = "pdf"
)

// Types are the media types of the formats.
var Types = map[Format]string{HTML: "text/html; charset=utf-8", PDF: "application/pdf"}

// File is a paper.
type File struct {
	Name string // says nothing of what the paper is about
	Type string
	Body []byte
}

// Policy is the Content-Security-Policy of a page: it loads nothing and runs
// nothing.
const Policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
