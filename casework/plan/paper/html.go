package paper

import (
	"bytes"
	_ "embed"
	"html/template"
)

//go:embed page.html
var pageHTML string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"percent": func(share float64) float64 { return share * 100 },
}).Parse(pageHTML))

// Policy is the Content-Security-Policy of a page: it loads nothing and runs
// nothing.
const Policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// html is the sheet as a page for the browser's printer. It loads nothing.
func (s sheet) html() ([]byte, error) {
	var b bytes.Buffer
	err := page.Execute(&b, s)
	return b.Bytes(), err
}
