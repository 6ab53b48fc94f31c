package paper

import (
	"strings"
	"testing"
	"unicode/utf8"

	"hjemvej/casework/plan"

	"golang.org/x/image/font/sfnt"
)

func TestThePDFShowsABoxForWhatItsFontsLack(t *testing.T) {
	for text, want := range map[string]string{
		"Iași, țară, Șoseaua":      "Iași, țară, Șoseaua",
		"æøå ÆØÅ é ñ ¿ œ ç € ’":    "æøå ÆØÅ é ñ ¿ œ ç € ’",
		"e\u0301 s\u0326 t\u0326":  "é ș ț",
		"q\u0308":                  "q□",
		"สวัสดี":                   "□□□□□□",
		"مرحبا":                    "□□□□□",
		"שלום":                     "□□□□",
		"🏡":                        "□",
		"a\u202eb\u200bc\u00add":   "abcd",
		"1\u202f000\tkr\r\nnext\r": "1\u00a0000 kr\nnext\n",
	} {
		got, lacking := printable(text)
		if got != want || lacking != strings.ContainsRune(want, unprintable) {
			t.Errorf("%q is printed %q, want %q", text, got, want)
		}
	}
}

func TestEveryFixedTextCanBeShownInItsPDF(t *testing.T) {
	for name, texts := range words {
		for _, l := range Languages {
			if _, lacking := printable(texts[l]); lacking && Check(l, PDF) == nil && name != "missing_characters" {
				t.Errorf("%s in %s has a character that the fonts lack", name, l)
			}
		}
	}
}

// FuzzPrint prints whatever may be written in a plan in both formats.
func FuzzPrint(f *testing.F) {
	for _, g := range oddPlan().Content.Goals {
		f.Add(g.Goal)
	}
	f.Add("\U000e0041\ufeff\uffff")
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || tells(text) {
			return
		}
		v := version(plan.Action, plan.Content{Goals: []plan.Goal{{Goal: text, Actions: []plan.Step{
			{Area: "health", What: text, Responsible: "person", DueOn: day, State: "open"}}}}})
		for _, format := range []Format{HTML, PDF} {
			print(t, v, "ro", format)
		}
		clean, _ := printable(text)
		for _, r := range clean {
			if r != '\n' && !shows(r, &sfnt.Buffer{}) {
				t.Errorf("%U goes to the PDF and its fonts lack it", r)
			}
		}
	})
}
