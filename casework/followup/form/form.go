// Package form prints the survey for an interview on paper, in the person's
// language: a PDF with its fonts in it, or a page for the browser's printer, both
// of one sheet. A form names no person and not what the work is about (R11); the
// interviewer writes the case's code into its box.
package form

import (
	"fmt"
	"slices"

	"hjemvej/casework/followup"
	"hjemvej/internal/fault"
	"hjemvej/internal/press"
)

// Print is the form of a survey in one of followup.Languages; at month 3 and the
// exit it has the service questions too. Errors: an Invalid fault for another
// kind, language or format.
func Print(kind followup.Kind, language string, format press.Format) (press.File, error) {
	switch {
	case words["occasion."+string(kind)] == nil:
		return press.File{}, fault.Invalidf("query.kind", "is not a survey")
	case !slices.Contains(followup.Languages, language):
		return press.File{}, fault.Invalidf("query.language", "is not a language that the survey is asked in")
	case printers[format] == nil:
		return press.File{}, fault.Invalidf("query.format", "is not a format of papers")
	}
	body, err := printers[format](layOut(kind, language))
	if err != nil {
		return press.File{}, fmt.Errorf("print a form: %w", err)
	}
	return press.File{Name: "form-" + language + "." + string(format), Type: press.Types[format], Body: body}, nil
}

var printers = map[press.Format]func(sheet) ([]byte, error){press.HTML: sheet.html, press.PDF: sheet.pdf}
