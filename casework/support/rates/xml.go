package rates

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"

	"hjemvej/internal/calendar"
)

// readXML reads an Envelope of which the Cubes stand in each other: one of all
// days, in it one for each day, in that one for each currency. A document type,
// and with it every entity of the file's own, is refused.
func (s *Sheet) readXML(file []byte) error {
	r := xmlReader{sheet: s}
	d := xml.NewDecoder(bytes.NewReader(file))
	for {
		token, err := d.Token()
		switch {
		case errors.Is(err, io.EOF) && r.whole:
			return nil
		case err != nil:
			return ErrForm
		}
		switch t := token.(type) {
		case xml.Directive:
			err = ErrForm
		case xml.StartElement:
			err = r.open(t)
		case xml.EndElement:
			err = r.close()
		}
		if err != nil {
			return err
		}
	}
}

// xmlReader is where the reading stands.
type xmlReader struct {
	sheet *Sheet
	path  []string
	day   calendar.Date // zero outside a day
	cells []cell
	whole bool // the envelope is closed
}

// The depth of the two kinds of Cube that say something.
const (
	dayDepth  = 3
	cellDepth = 4
)

func (r *xmlReader) open(e xml.StartElement) (err error) {
	r.path = append(r.path, e.Name.Local)
	depth := len(r.path)
	switch {
	case r.whole || depth > cellDepth || (depth == 1) != (e.Name.Local == "Envelope"):
		return ErrForm
	case e.Name.Local != "Cube" || depth == 2: // who sent it, and the Cube of all days
		return nil
	case slices.ContainsFunc(r.path[1:], func(name string) bool { return name != "Cube" }):
		return ErrForm
	case depth == dayDepth:
		if r.day, err = calendar.Parse(attribute(e, "time")); err != nil {
			return ErrDay
		}
		return nil
	}
	r.cells = append(r.cells, cell{attribute(e, "currency"), attribute(e, "rate")})
	return nil
}

func (r *xmlReader) close() (err error) {
	if len(r.path) == dayDepth && !r.day.IsZero() {
		err = r.sheet.add(r.day, r.cells)
		r.day, r.cells = calendar.Date{}, nil
	}
	r.path = r.path[:len(r.path)-1]
	r.whole = len(r.path) == 0
	return err
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
