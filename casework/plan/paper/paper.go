// Package paper prints a version of a plan in the person's language (R17): a
// page for the browser's printer, and for Latin scripts a PDF with its fonts in
// it, both of one sheet. What the contact person wrote stays as written; all
// else is in words.json. A paper names no person, and not what the work is about
// (R11).
package paper

import (
	"fmt"
	"slices"

	"hjemvej/casework/plan"
	"hjemvej/internal/fault"
)

// Languages are those that a paper can be printed in.
var Languages = []string{"da", "en", "ro", "fr", "es", "th"}

// Format is how a paper is answered.
type Format string

// The formats.
const (
	HTML Format = "html"
	PDF  Format = "pdf"
)

// Types are the media types of the formats.
var Types = map[Format]string{HTML: "text/html; charset=utf-8", PDF: "application/pdf"}

// onlyHTML are languages whose script the PDF's fonts do not have.
var onlyHTML = []string{"th"}

// File is a paper. Its name says nothing but the case's code and the version.
type File struct {
	Name string
	Type string
	Body []byte
}

// Check answers why a language cannot be printed in a format, before anything
// is read.
func Check(language string, format Format) error {
	switch {
	case !slices.Contains(Languages, language):
		return fault.Invalidf("query.language", "is not a language that papers are printed in")
	case Types[format] == "":
		return fault.Invalidf("query.format", "is not a format of papers")
	case format == PDF && slices.Contains(onlyHTML, language):
		return fault.Invalidf("query.format", "must be html in this language: the PDF's fonts do not have its script")
	}
	return nil
}

// Print prints a version of a case's plan. It answers the errors of Check, and
// refuses a plan whose own texts name what must not stand on paper (R11).
func Print(v plan.Version, code, language string, format Format) (File, error) {
	if err := Check(language, format); err != nil {
		return File{}, err
	}
	if err := neutral(v.Content); err != nil {
		return File{}, err
	}
	s, err := layOut(v, code, language)
	if err != nil {
		return File{}, fmt.Errorf("lay out a paper: %w", err)
	}
	body, err := printers[format](s)
	if err != nil {
		return File{}, fmt.Errorf("print a paper: %w", err)
	}
	return File{fmt.Sprintf("%s-%d.%s", code, v.Version, format), Types[format], body}, nil
}

var printers = map[Format]func(sheet) ([]byte, error){HTML: sheet.html, PDF: sheet.pdf}
