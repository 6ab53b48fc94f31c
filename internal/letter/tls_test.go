package letter_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net/http/httptest"
	"testing"

	"hjemvej/internal/letter"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

func TestTLSCarriesPasswordAndLetter(t *testing.T) {
	t.Parallel()
	server := startTLSServer(t)
	config := server.config(t)
	if err := newSender(t, config).Send(t.Context(), worker, message(t), id); err != nil {
		t.Fatal(err)
	}
	if to := <-server.taken; to != worker {
		t.Errorf("the letter went to %q", to)
	}
	config.Password = "wrong"
	mustBeTemporary(t, newSender(t, config).Send(t.Context(), worker, message(t), id))
}

func TestTLSRefusesAServerThatNobodyVouchesFor(t *testing.T) {
	t.Parallel()
	config := startTLSServer(t).config(t)
	config.RootCAs = x509.NewCertPool()
	err := newSender(t, config).Send(t.Context(), worker, message(t), id)
	mustBeTemporary(t, err)
	if unknown := new(x509.UnknownAuthorityError); !errors.As(err, unknown) {
		t.Errorf("answers %v", err)
	}
}

// tlsServer asks for STARTTLS and a password, as a real relay does.
type tlsServer struct {
	addr  string
	cert  *x509.Certificate
	taken chan string
}

func (s *tlsServer) config(t *testing.T) letter.Config {
	c := configFor(t, s.addr)
	c.TLS, c.Username, c.Password = "required", "desk", "fictional"
	c.RootCAs = x509.NewCertPool()
	c.RootCAs.AddCert(s.cert)
	return c
}

func startTLSServer(t *testing.T) *tlsServer {
	t.Helper()
	web := httptest.NewTLSServer(nil) // for its certificate, which is good for 127.0.0.1
	t.Cleanup(web.Close)
	listener := listen(t)
	s := &tlsServer{listener.Addr().String(), web.Certificate(), make(chan string, 1)}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &tlsSession{server: s}, nil
	}))
	server.TLSConfig = &tls.Config{Certificates: web.TLS.Certificates}
	server.ErrorLog = log.New(io.Discard, "", 0)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return s
}

type tlsSession struct {
	server *tlsServer
	known  bool
	to     string
}

func (*tlsSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *tlsSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if s.known = user == "desk" && password == "fictional"; !s.known {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func (s *tlsSession) Mail(string, *smtp.MailOptions) error {
	if !s.known {
		return smtp.ErrAuthRequired
	}
	return nil
}

func (s *tlsSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	return nil
}

func (s *tlsSession) Data(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	s.server.taken <- s.to
	return err
}

func (*tlsSession) Reset()        {}
func (*tlsSession) Logout() error { return nil }
