package mailbox

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
	"time"
)

// Letter is one letter as it arrived.
type Letter struct {
	From    string      // envelope sender
	To      []string    // envelope recipients
	Subject string      // decoded
	Body    string      // the first text/plain part, decoded, with \n line ends
	HTML    string      // the first text/html part, decoded, with \n line ends
	Header  mail.Header // as sent, and the envelope as X-Envelope-… and X-Received-At
	At      time.Time   // when it arrived, UTC

	raw []byte // what lies on disk: envelope headers and the letter
}

// Raw is the letter byte for byte as it arrived, behind the envelope's headers.
func (l Letter) Raw() []byte { return bytes.Clone(l.raw) }

const (
	headerFrom = "X-Envelope-From"
	headerTo   = "X-Envelope-To"
	headerAt   = "X-Received-At"
	maxDepth   = 5 // of parts within parts
)

// envelope puts what the letter itself does not say in front of it, so that
// the file alone tells everything after a restart.
func envelope(from string, to []string, at time.Time, raw []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s: %s\r\n", headerAt, at.UTC().Format(time.RFC3339Nano))
	fmt.Fprintf(&b, "%s: %s\r\n", headerFrom, from)
	for _, address := range to {
		fmt.Fprintf(&b, "%s: %s\r\n", headerTo, address)
	}
	b.Write(raw)
	return b.Bytes()
}

func parse(raw []byte) (Letter, error) {
	message, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return Letter{}, errors.New("not a letter") // the cause may quote it
	}
	at, err := time.Parse(time.RFC3339Nano, message.Header.Get(headerAt))
	if err != nil {
		return Letter{}, errors.New("no envelope")
	}
	l := Letter{
		From: message.Header.Get(headerFrom), To: message.Header[headerTo],
		Subject: message.Header.Get("Subject"),
		Header:  message.Header, At: at, raw: raw,
	}
	if subject, err := new(mime.WordDecoder).DecodeHeader(l.Subject); err == nil {
		l.Subject = subject
	}
	if err := l.readPart(textproto.MIMEHeader(message.Header), message.Body, maxDepth); err != nil {
		return Letter{}, err
	}
	return l, nil
}

// readPart takes the first plain and the first HTML text out of a part and the
// parts within it.
func (l *Letter) readPart(header textproto.MIMEHeader, body io.Reader, depth int) error {
	kind, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		kind = "text/plain" // RFC 2045: what has no readable type is plain text
	}
	switch {
	case strings.HasPrefix(kind, "multipart/"):
		return l.readParts(multipart.NewReader(body, params["boundary"]), depth)
	case kind == "text/plain" && l.Body == "":
		l.Body, err = decode(header, body)
	case kind == "text/html" && l.HTML == "":
		l.HTML, err = decode(header, body)
	default:
		return nil
	}
	return err
}

func (l *Letter) readParts(parts *multipart.Reader, depth int) error {
	if depth == 0 {
		return errors.New("too many parts within parts")
	}
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return errors.New("parts are not separated")
		}
		if err := l.readPart(part.Header, part, depth-1); err != nil {
			return err
		}
	}
}

func decode(header textproto.MIMEHeader, body io.Reader) (string, error) {
	switch strings.ToLower(header.Get("Content-Transfer-Encoding")) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return "", errors.New("a part cannot be decoded")
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n"), nil
}
