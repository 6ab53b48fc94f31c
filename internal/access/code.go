package access

import (
	"crypto/rand"
	"regexp"
)

// codeLetters has neither vowels nor what is easily misread, so that a code is
// never a word and can be read out over the telephone.
const codeLetters = "23456789BCDFGHJKMNPQRSTVWXYZ"

// CodePattern is the form of a case code, such as "K7QX-2MVD".
const CodePattern = "^[2-9B-DF-HJKMNP-TV-Z]{4}-[2-9B-DF-HJKMNP-TV-Z]{4}$"

var codeForm = regexp.MustCompile(CodePattern)

// NewCode is a random case code. It says nothing about the case: not when, not
// where, not the how-manyeth. 28⁸ codes make two alike unlikely; the database
// refuses the second, and another is drawn.
func NewCode() string {
	b := make([]byte, 0, 9)
	var buf [1]byte
	for len(b) < 9 {
		if len(b) == 4 {
			b = append(b, '-')
		}
		_, _ = rand.Read(buf[:])       // never fails (crypto/rand)
		if v := int(buf[0]); v < 252 { // 9 × 28: no letter is likelier than another
			b = append(b, codeLetters[v%28])
		}
	}
	return string(b)
}

// IsCode reports whether a text has the form of a case code.
func IsCode(s string) bool { return codeForm.MatchString(s) }
