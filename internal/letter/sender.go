package letter

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// Config is the mail server that takes the letters.
type Config struct {
	Host     string
	Port     int            // 465 speaks TLS from the first byte, others start it (STARTTLS)
	Username string         // empty: the server asks for no sign-in
	Password string         // never sent without TLS
	From     string         // the sender's bare address; it must pass Neutral (R11)
	TLS      string         // "required", or "none", which only a loopback host may have
	RootCAs  *x509.CertPool // who may vouch for the server; nil: whom this machine trusts

	Signature *Signature // for letters from From; nil: they are not signed
}

// Sender hands letters to a mail server, one recipient and one connection each.
// It may be used by several goroutines.
type Sender struct{ config Config }

// ErrConfig is a mail configuration that would not be safe or cannot work.
var ErrConfig = errors.New("mail configuration")

// NewSender checks the configuration and connects to nothing yet. It answers
// ErrConfig with a sentence that says what to change, and never the password.
func NewSender(c Config) (*Sender, error) {
	switch {
	case c.Host == "" || c.Port < 1 || c.Port > 65535:
		return nil, fmt.Errorf("%w: host and port are needed", ErrConfig)
	case c.TLS != "required" && c.TLS != "none":
		return nil, fmt.Errorf(`%w: TLS is either "required" or "none"`, ErrConfig)
	case c.TLS == "none" && !loopback(c.Host):
		return nil, fmt.Errorf(`%w: TLS "none" is for a server on loopback only`, ErrConfig)
	case c.TLS == "none" && (c.Username != "" || c.Password != ""):
		return nil, fmt.Errorf("%w: a password is never sent without TLS", ErrConfig)
	case (c.Username == "") != (c.Password == ""):
		return nil, fmt.Errorf("%w: user name and password go together", ErrConfig)
	case !BareAddress(c.From):
		return nil, fmt.Errorf("%w: the sender is a bare address, without a name", ErrConfig)
	}
	if c.Signature != nil && c.Signature.from != c.From {
		return nil, fmt.Errorf("%w: the signature is for another sender", ErrConfig)
	}
	if err := Neutral(c.From); err != nil {
		return nil, fmt.Errorf("%w: choose another sender address: %w", ErrConfig, err)
	}
	return &Sender{c}, nil
}

// Send hands one letter to the mail server for one recipient, a bare address.
// nil says that the server has taken it, also where the connection broke
// afterwards; else Permanent or Temporary say whether to try again. No error
// holds the recipient's address or the server's own words, which may repeat it.
//
// The messageID (left@right, no personal data) must be the same in each attempt
// and another for each letter: a server that took the letter while its answer
// was lost can then recognise the second copy. It serves R11 and R36.
//
// ctx bounds the connecting; the conversation then ends at ctx's deadline or
// after 15 seconds without hearing it out, whichever is first. A cancelled ctx
// does not cut a letter in two.
func (s *Sender) Send(ctx context.Context, to string, m Message, messageID string) error {
	letter, err := s.letter(to, m, messageID)
	if err != nil {
		return err
	}
	client, err := s.client(ctx)
	if err != nil {
		return err
	}
	err = client.DialAndSendWithContext(ctx, letter)
	if letter.IsDelivered() {
		return nil
	}
	return classify(err)
}

var messageIDs = regexp.MustCompile(`^[A-Za-z0-9._+-]{1,120}@[A-Za-z0-9.-]{1,120}$`)

func (s *Sender) letter(to string, m Message, messageID string) (*gomail.Msg, error) {
	switch {
	case !BareAddress(to):
		return nil, fmt.Errorf("%w: it is not a bare address", ErrRecipient)
	case !messageIDs.MatchString(messageID):
		return nil, fmt.Errorf("%w: the message id is not like left@right", ErrRefused)
	case m.Sender == "" || m.Subject == "" || m.Text == "" || m.HTML == "":
		return nil, fmt.Errorf("%w: the letter is empty", ErrRefused)
	}
	letter := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if errors.Join(letter.FromFormat(m.Sender, s.config.From), letter.To(to)) != nil {
		return nil, fmt.Errorf("%w: the mail library cannot use an address", ErrRefused)
	}
	letter.SetMessageIDWithValue(messageID)
	letter.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no absence notes in answer
	letter.Subject(m.Subject)
	letter.SetBodyString(gomail.TypeTextPlain, m.Text)
	letter.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	if s.config.Signature != nil {
		if err := s.config.Signature.sign(letter); err != nil {
			return nil, fmt.Errorf("%w: sign it: %w", ErrNotNow, err)
		}
	}
	return letter, nil
}

func (s *Sender) client(ctx context.Context) (*gomail.Client, error) {
	c := s.config
	options := []gomail.Option{
		gomail.WithPort(c.Port),
		gomail.WithTimeout(patience(ctx)),
		gomail.WithHELO(c.From[strings.LastIndex(c.From, "@")+1:]), // the machine's name may not be neutral (R11)
		gomail.WithTLSConfig(&tls.Config{ServerName: c.Host, MinVersion: tls.VersionTLS12, RootCAs: c.RootCAs}),
	}
	switch {
	case c.TLS == "none":
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	case c.Port == gomail.DefaultPortSSL:
		options = append(options, gomail.WithSSL())
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if c.Username != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(c.Username), gomail.WithPassword(c.Password))
	}
	client, err := gomail.NewClient(c.Host, options...)
	if err != nil {
		return nil, fmt.Errorf("%w: set up the mail client: %w", ErrNotNow, err)
	}
	return client, nil
}

// patience is how long the server may take: go-mail hears of ctx only while it
// connects.
func patience(ctx context.Context) time.Duration {
	const most = 15 * time.Second
	deadline, ok := ctx.Deadline()
	if !ok {
		return most
	}
	return max(time.Millisecond, min(most, time.Until(deadline)))
}

// BareAddress reports whether s is an e-mail address and nothing else: without a
// name, a comment or a line break.
func BareAddress(s string) bool {
	address, err := mail.ParseAddress(s)
	return err == nil && address.Name == "" && address.Address == s
}
