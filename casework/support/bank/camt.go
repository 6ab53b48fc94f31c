package bank

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"hjemvej/internal/calendar"
	"hjemvej/internal/money"
)

// The parts of camt.053 and camt.054 that are read, in versions 02 and 08 alike.
type (
	camtDocument struct {
		Statement    *camtMessage `xml:"BkToCstmrStmt"`
		Notification *camtMessage `xml:"BkToCstmrDbtCdtNtfctn"`
	}
	camtMessage struct {
		MessageID     string       `xml:"GrpHdr>MsgId"`
		MadeAt        string       `xml:"GrpHdr>CreDtTm"`
		Statements    []camtReport `xml:"Stmt"`
		Notifications []camtReport `xml:"Ntfctn"`
	}
	camtReport struct {
		Entries []camtEntry `xml:"Ntry"`
	}
	camtEntry struct {
		Amount       camtAmount        `xml:"Amt"`
		Direction    string            `xml:"CdtDbtInd"`
		Status       camtStatus        `xml:"Sts"`
		BookedOn     camtDay           `xml:"BookgDt"`
		ValueOn      camtDay           `xml:"ValDt"`
		Transactions []camtTransaction `xml:"NtryDtls>TxDtls"`
	}
	camtTransaction struct {
		Reference  string      `xml:"Refs>EndToEndId"`
		Amount     *camtAmount `xml:"Amt"`
		Direction  string      `xml:"CdtDbtInd"`
		Instructed *camtAmount `xml:"AmtDtls>InstdAmt>Amt"`
		Booked     *camtAmount `xml:"AmtDtls>TxAmt>Amt"`
		Return     *camtReturn `xml:"RtrInf"`
	}
	camtReturn struct {
		Code string `xml:"Rsn>Cd"`
	}
	camtAmount struct {
		Currency string `xml:"Ccy,attr"`
		Number   string `xml:",chardata"`
	}
	// camtStatus is a word in version 02, and a code in version 08.
	camtStatus struct {
		Word string `xml:",chardata"`
		Code string `xml:"Cd"`
	}
	camtDay struct {
		Date string `xml:"Dt"`
		Time string `xml:"DtTm"`
	}
)

// ReadStatement reads a camt.053 or camt.054, whole or not at all. A file that
// breaks off, declares a document type or entities, is of an unknown version, or
// says something that cannot be, such as an amount without a currency, is
// ErrStatement; an error of r is r's.
func ReadStatement(r io.Reader) (Statement, error) {
	source := &failing{r: r}
	out, err := readStatement(source)
	switch {
	case source.err != nil:
		return Statement{}, source.err
	case err != nil:
		return Statement{}, ErrStatement // its cause may repeat what was read
	}
	return out, nil
}

func readStatement(r io.Reader) (Statement, error) {
	in := &strict{d: xml.NewDecoder(r)}
	d := xml.NewTokenDecoder(in)
	var doc camtDocument
	if err := d.Decode(&doc); err != nil {
		return Statement{}, err
	}
	if err := in.end(); err != nil {
		return Statement{}, err
	}
	m := doc.Statement
	if m == nil {
		m = doc.Notification
	}
	if m == nil || doc.Statement != nil && doc.Notification != nil || m.MessageID == "" || len(m.MessageID) > 35 {
		return Statement{}, errors.New("not one message")
	}
	made, err := dayOf(m.MadeAt)
	if err != nil {
		return Statement{}, err
	}
	out := Statement{MessageID: m.MessageID}
	for _, report := range append(m.Statements, m.Notifications...) {
		for _, n := range report.Entries {
			if n.Direction != "CRDT" && n.Direction != "DBIT" {
				return Statement{}, errors.New("neither credit nor debit")
			}
			entries, err := n.entries(made)
			if err != nil {
				return Statement{}, err
			}
			out.Entries = append(out.Entries, entries...)
		}
	}
	return out, nil
}

func (s camtStatus) booked() bool { return strings.TrimSpace(s.Word) == "BOOK" || s.Code == "BOOK" }

// day is when the entry was booked, or took effect, or else was stated.
func (n camtEntry) day(stated calendar.Date) calendar.Date {
	for _, text := range []string{n.BookedOn.Date, n.BookedOn.Time, n.ValueOn.Date, n.ValueOn.Time} {
		if day, err := dayOf(text); err == nil {
			return day
		}
	}
	return stated
}

// dayOf is the day of a date or an instant, as the bank wrote it.
func dayOf(text string) (calendar.Date, error) {
	text = strings.TrimSpace(text)
	return calendar.Parse(text[:min(len(text), len("2006-01-02"))])
}

func (a camtAmount) read() (money.Amount, error) {
	number := strings.TrimSpace(a.Number)
	if strings.Contains(number, ".") { // the schema allows more decimals than the currency has
		number = strings.TrimRight(strings.TrimRight(number, "0"), ".")
	}
	out, err := money.New(number, a.Currency)
	if err == nil && !out.IsPositive() && number != "0" {
		err = errors.New("an amount below zero")
	}
	return out, err
}

// strict is the tokens of one plain document: no document type, no instruction
// but the first, one known namespace in all of it but in what a bank adds of its
// own (SplmtryData).
type strict struct {
	d         *xml.Decoder
	namespace string
	depth     int
	foreign   int // the depth at which a bank's own part began; 0 outside
}

// Token is xml.TokenReader's.
func (s *strict) Token() (xml.Token, error) {
	token, err := s.d.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case xml.Directive:
		return nil, errors.New("a document type")
	case xml.ProcInst:
		if t.Target != "xml" {
			return nil, errors.New("an instruction")
		}
	case xml.StartElement:
		if err := s.begin(t); err != nil {
			return nil, err // with a token, xml would pass over the error
		}
	case xml.EndElement:
		if s.depth--; s.depth < s.foreign {
			s.foreign = 0
		}
	}
	return token, nil
}

const deepest = 64

func (s *strict) begin(e xml.StartElement) error {
	s.depth++
	switch {
	case s.depth > deepest:
		return errors.New("nested too deeply")
	case s.depth == 1 && (!Known[e.Name.Space] || e.Name.Local != "Document"):
		return errors.New("an unknown message")
	case s.depth == 1:
		s.namespace = e.Name.Space
	case s.foreign == 0 && e.Name.Space != s.namespace:
		return errors.New("an element of another message")
	case s.foreign == 0 && e.Name.Local == "SplmtryData":
		s.foreign = s.depth
	}
	return nil
}

// end reads up to the end, where nothing may come any more.
func (s *strict) end() error {
	for {
		token, err := s.d.Token()
		switch t := token.(type) {
		case nil:
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		case xml.Comment:
		case xml.CharData:
			if strings.TrimSpace(string(t)) != "" {
				return errors.New("text after the end")
			}
		default:
			return errors.New("more after the end")
		}
	}
}

// failing keeps the error of a reader apart from what its bytes say.
type failing struct {
	r   io.Reader
	err error // never io.EOF
}

// Read is io.Reader's.
func (f *failing) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		f.err = err
	}
	return n, err
}
