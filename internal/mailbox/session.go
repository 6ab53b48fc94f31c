package mailbox

import (
	"io"
	"time"

	"github.com/emersion/go-smtp"
)

// session is one SMTP connection: go-smtp calls it from one goroutine.
type session struct {
	server *Server
	from   string
	to     []string
}

var (
	errFull     = &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "The mailbox is full"}
	errDisk     = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "The letter could not be kept"}
	errNoLetter = &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "This is not a readable letter"}
)

// Mail notes the sender; every sender is welcome.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

// Rcpt notes a recipient unless the Refuse hook objects.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.server.mu.Lock()
	refuse := s.server.refuse
	s.server.mu.Unlock()
	if refuse != nil {
		if err := refuse(to); err != nil {
			return err
		}
	}
	s.to = append(s.to, to)
	return nil
}

// Data keeps the letter; the client hears 250 only after it lies on disk.
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	letter, err := parse(envelope(s.from, s.to, time.Now(), raw))
	if err != nil {
		return errNoLetter
	}
	return s.server.keep(letter)
}

// Reset forgets sender and recipients.
func (s *session) Reset() { s.from, s.to = "", nil }

// Logout has nothing to let go of.
func (s *session) Logout() error { return nil }
