package letter

import (
	"errors"
	"strings"
	"unicode"
)

// ErrNotNeutral says that a text names what must not leave the system. It does
// not say which word, because it may be logged (R11).
var ErrNotNeutral = errors.New("the text names what must not leave the system (R11)")

// forbidden are the words of R11 in Danish and English; an asterisk stands for
// any ending. They are words that tell a stranger what the work is about: some,
// such as reflection period, are terms of art that are used nowhere else.
var forbidden = strings.Fields(`
	traffick* menneskehandel* menneskehandl* handel* handlet victim* offer offeret ofre ofrene ofret survivor*
	prostitu* sex sexarbejd* sexwork* escort* bordel* brothel* coerc* exploit* udnyt* slave*
	cmm hjemvej* iom hjemsend* hjemrejse* repatriat* repatrier* reintegrat* reintegrer*
	reflection* refleksion* asyl* deport* udvis*
`)

// Neutral answers ErrNotNeutral where a text names trafficking, prostitution,
// CMM, the programme or its known partners, in Danish or English (R11). It
// cannot know people's names: those are kept out by never being given to it.
// Besides letters it serves whatever else leaves: check the public base URL and
// the sender's address with it at start.
func Neutral(text string) error {
	lower := strings.ToLower(text)
	words := strings.FieldsFunc(lower, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, word := range words {
		if isForbidden(word) || word == "return" && i > 0 && words[i-1] == "prepared" {
			return ErrNotNeutral
		}
	}
	return nil
}

func isForbidden(word string) bool {
	for _, f := range forbidden {
		stem, any := strings.CutSuffix(f, "*")
		if word == stem || any && strings.HasPrefix(word, stem) {
			return true
		}
	}
	return false
}
