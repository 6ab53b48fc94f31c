package press

import (
	"strings"
	"testing"

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
		got, lacking := Printable(text)
		if got != want || lacking != strings.ContainsRune(want, Unprintable) {
			t.Errorf("%q is printed %q, want %q", text, got, want)
		}
	}
}

// FuzzPrintable sends whatever may be written to the fonts.
func FuzzPrintable(f *testing.F) {
	f.Add("Iași, țară")
	f.Add("e\u0301 q\u0308 \U000e0041\ufeff\uffff")
	f.Fuzz(func(t *testing.T, text string) {
		clean, _ := Printable(text)
		for _, r := range clean {
			if r != '\n' && !shows(r, &sfnt.Buffer{}) {
				t.Errorf("%U goes to the PDF and its fonts lack it", r)
			}
		}
	})
}
