package sheet

import (
	"strings"
	"unicode"
)

// formulas begin a formula in one spreadsheet or another, in their narrow, wide
// and small forms.
const formulas = "=+-@＝＋－＠﹦﹢﹣﹫"

// Neutral is a text that no spreadsheet takes for a formula: an apostrophe stands
// before one that begins with = + - @, with a tab or the end of a line, also
// after spaces and what cannot be seen. Where the list separator is a semicolon,
// as in Denmark, a CSV file is cut at semicolons, tabs and ends of lines inside
// of quotes too, so the same holds after each of them.
//
// Ends of lines become line feeds, and characters that XML cannot hold are left
// out; nothing else is changed. Neutral of a neutral text is that text.
func Neutral(text string) string {
	text = held(text)
	var b strings.Builder
	from, beginning := 0, true // of the part that could become a cell
	for i, r := range text {
		ends := r == ';' || r == '\t' || r == '\n'
		if beginning && (strings.ContainsRune(formulas, r) || from == 0 && ends && r != ';') {
			b.WriteByte('\'')
			beginning = false
		}
		beginning = ends || beginning && unseen(r)
		if ends {
			b.WriteString(text[from : i+1])
			from = i + 1
		}
	}
	b.WriteString(text[from:])
	return b.String()
}

// unseen reports whether what follows r still stands at the beginning for whoever
// looks at the cell, or for a program that trims it. A quote begins a quoted cell.
func unseen(r rune) bool {
	const brailleBlank = '\u2800'
	return r == '"' || r == brailleBlank || unicode.IsSpace(r) ||
		unicode.In(r, unicode.Z, unicode.C, unicode.M, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// held is the text with what an XML file can hold, lines ended by line feeds.
func held(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(text, ""))
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' || r == '\uFFFE' || r == '\uFFFF' {
			return -1
		}
		return r
	}, text)
}
