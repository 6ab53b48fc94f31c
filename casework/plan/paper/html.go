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

// html is the sheet as a page for the browser's printer. It loads nothing.
func (s sheet) html() ([]byte, error) {
	var b bytes.Buffer
	err := page.Execute(&b, s)
	return b.Bytes(), err
}
