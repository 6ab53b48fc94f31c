package press

import (
	"strings"
	"unicode"

	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
)

// fonts are the PDF's, for asking what they have.
var fonts = []*sfnt.Font{mustParse(liberationsansregular.TTF), mustParse(liberationsansbold.TTF)}

func mustParse(ttf []byte) *sfnt.Font {
	f, err := sfnt.Parse(ttf)
	if err != nil {
		panic("press: a font cannot be read: " + err.Error())
	}
	return f
}

// Unprintable stands in a PDF for a character that its fonts cannot show.
const Unprintable = '□'

// blank are characters that are only spaces of some width.
var blank = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", " ", "\u202f", "\u00a0", "\u2007", "\u00a0", "\u2011", "-")

// Printable is a text as the PDF can show it: accents joined to their letters,
// and a box for what its fonts lack or what would need shaping, which the PDF
// cannot do. It reports whether there is a box.
func Printable(text string) (clean string, lacking bool) {
	var b strings.Builder
	var buf sfnt.Buffer
	for _, r := range norm.NFC.String(blank.Replace(text)) {
		switch {
		case r == '\n':
			b.WriteRune(r)
		case unicode.In(r, unicode.Cf, unicode.Cc): // shows nothing anyway
		case shows(r, &buf):
			b.WriteRune(r)
		default:
			b.WriteRune(Unprintable)
			lacking = true
		}
	}
	return b.String(), lacking
}

// shows reports whether the fonts have a character that stands by itself, from
// left to right.
func shows(r rune, buf *sfnt.Buffer) bool {
	if !unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Common) || unicode.In(r, unicode.M) {
		return false
	}
	for _, f := range fonts {
		if i, err := f.GlyphIndex(buf, r); err != nil || i == 0 {
			return false
		}
	}
	return true
}
