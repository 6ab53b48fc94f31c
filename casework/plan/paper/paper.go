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
	"hjemvej/internal/press"
)

// Languages are those that a paper can be printed in.
var Languages = []string{"da", "en", "ro", "fr", "es", "th"}

// onlyHTML are languages whose script the PDF's fonts do not have.
var onlyHTML = []string{"th"}

// Check answers why a language cannot be printed in a format, before anything
// is read.
func Check(language string, format press.Format) error {
	switch {
	case !slices.Contains(Languages, language):
		return fault.Invalidf("query.language", "is not a language that papers are printed in")
	case press.Types[format] == "":
		return fault.Invalidf("query.format", "is not a format of papers")
	case format == press.PDF && slices.Contains(onlyHTML, language):
		return fault.Invalidf("query.format", "must be html in this language: the PDF's fonts do not have its script")
	}
	return nil
}

// Print prints a version of a case's plan. It answers the errors of Check, and
// refuses a plan whose own texts name what must not stand on paper (R11).
func Print(v plan.Version, code, language string, format press.Format) (press.File, error) {
	if err := Check(language, format); err != nil {
		return press.File{}, err
	}
	if err := neutral(v.Content); err != nil {
		return press.File{}, err
	}
	s, err := layOut(v, code, language)
	if err != nil {
		return press.File{}, fmt.Errorf("lay out a paper: %w", err)
	}
	body, err := printers[format](s)
	if err != nil {
		return press.File{}, fmt.Errorf("print a paper: %w", err)
	}
	return press.File{Name: fmt.Sprintf("%s-%d.%s", code, v.Version, format), Type: press.Types[format], Body: body}, nil
}

var printers = map[press.Format]func(sheet) ([]byte, error){press.HTML: sheet.html, press.PDF: sheet.pdf}
