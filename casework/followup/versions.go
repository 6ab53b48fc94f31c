package followup

import (
	"bytes"
	_ "embed"
	"encoding/json"

	"hjemvej/internal/fault"
)

//go:embed rss/2018-annex3.json
var annex3 []byte

// surveys are the versions of the survey that were ever asked, oldest first; the
// last is the one in use. A version is never changed: answers that were given to
// it are read and scored by it for as long as they are kept (R37).
var surveys = bookshelf{newBook(annex3)}

// book is one version, ready to be scored with.
type book struct {
	Instrument
	text  []byte // as it is embedded
	table table
}

type bookshelf []*book

func newBook(text []byte) *book {
	in := decode(text)
	return &book{in, text, tabulate(in)}
}

func decode(text []byte) (in Instrument) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		panic("followup: an instrument cannot be read: " + err.Error())
	}
	return in
}

func (s bookshelf) newest() *book { return s[len(s)-1] }

// find is a version by its name, the newest for "". path is where the name
// stands in a request.
func (s bookshelf) find(version, path string) (*book, error) {
	if version == "" {
		return s.newest(), nil
	}
	for _, b := range s {
		if b.Version == version {
			return b, nil
		}
	}
	return nil, fault.Invalidf(path, "is no version of the survey")
}

// RSS is the instrument in use, a copy of its own for each caller (R37).
func RSS() Instrument { return decode(surveys.newest().text) }

// RSSVersion is a version of the instrument, the one in use for "". Error: an
// Invalid fault where it was never asked.
func RSSVersion(version string) (Instrument, error) {
	b, err := surveys.find(version, "query.version")
	if err != nil {
		return Instrument{}, err
	}
	return decode(b.text), nil
}
