package bank

import (
	"strings"
	"unicode"

	"github.com/mozillazg/go-unidecode"
)

// longestName is how much of a name banks take.
const longestName = 70

// Name is a name in the characters that banks take (Latin letters without
// accents, digits and / - ? : ( ) . , ' +), cut to 70. Other scripts are
// transliterated. It is "" where nothing of the name can be written so.
func Name(name string) string {
	latin := []rune(unidecode.Unidecode(name))
	for i, r := range latin {
		if !takes(r) {
			latin[i] = ' '
		}
	}
	out := strings.Join(strings.Fields(string(latin)), " ")
	for strings.Contains(out, "//") {
		out = strings.ReplaceAll(out, "//", "/")
	}
	out = strings.Trim(out, "/ ")
	if len(out) > longestName { // ASCII by now
		out = strings.TrimRight(out[:longestName], "/ ")
	}
	if strings.IndexFunc(out, unicode.IsLetter) < 0 {
		return ""
	}
	return out
}

func takes(r rune) bool {
	return r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("/-?:().,'+ ", r))
}

// compact takes out the blanks that people write account numbers with, also those
// that cannot be seen, and answers capitals.
func compact(text string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, text))
}
