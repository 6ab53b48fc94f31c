// Package mailbox is a real SMTP server on loopback that keeps every letter,
// for the demo and for tests. It delivers nothing to anybody.
package mailbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// What the server takes at most.
const (
	MaxLetterBytes = 1 << 20 // of one letter, headers included
	MaxRecipients  = 20      // of one letter
	MaxLetters     = 10_000  // altogether; then it asks senders to try later (452)
)

// Answers for a Refuse hook. Another *smtp.SMTPError serves as well.
var (
	ErrTryLater    = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Try again later"}
	ErrNoSuchInbox = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such inbox"}
)

// Server takes letters until it is closed. All methods may be used by several
// goroutines.
type Server struct {
	smtp     *smtp.Server
	listener net.Listener
	served   chan struct{} // closed when the listener no longer accepts
	stop     func() bool
	closing  sync.Once
	closeErr error

	mu      sync.Mutex
	folder  *folder // nil: letters are kept in memory only
	letters []Letter
	arrived chan struct{} // closed and replaced whenever the letters change
	refuse  func(to string) error
}

// Start opens the server on a loopback address such as 127.0.0.1:0 and serves
// until ctx ends or Close is called. Letters lie as .eml files in dir, which is
// made where it is missing, and those that lie there already are found again;
// an empty dir keeps letters in memory only. It refuses other addresses than
// loopback: the server asks nobody who they are.
func Start(ctx context.Context, addr, dir string) (*Server, error) {
	if err := loopbackOnly(addr); err != nil {
		return nil, err
	}
	s := &Server{served: make(chan struct{}), arrived: make(chan struct{})}
	if dir != "" {
		if err := s.readFolder(dir); err != nil {
			return nil, err
		}
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen for letters: %w", err)
	}
	s.listener = listener
	s.smtp = newSMTP(s)
	go s.serve()
	s.stop = context.AfterFunc(ctx, func() { _ = s.shut() })
	return s, nil
}

// Addr is the host and port that the server listens on.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Refuse asks decide about every recipient from now on, so that tests can
// provoke failures: ErrTryLater refuses for now, ErrNoSuchInbox for good, nil
// accepts. A nil decide accepts everybody again.
func (s *Server) Refuse(decide func(to string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = decide
}

// Close stops the server and cuts open connections. Letters stay readable, in
// memory and on disk. A second Close does nothing.
func (s *Server) Close() error {
	s.stop()
	err := s.shut()
	<-s.served
	return err
}

// shut closes once, because go-smtp panics when two goroutines close it, and
// closes the listener too, because go-smtp knows of it only once it serves.
func (s *Server) shut() error {
	s.closing.Do(func() {
		s.closeErr = s.smtp.Close()
		if err := s.listener.Close(); !errors.Is(err, net.ErrClosed) {
			s.closeErr = errors.Join(s.closeErr, err)
		}
	})
	return s.closeErr
}

func (s *Server) serve() {
	defer close(s.served)
	_ = s.smtp.Serve(s.listener) // it ends when the listener is closed; there is nobody to tell
}

func newSMTP(s *Server) *smtp.Server {
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &session{server: s}, nil
	}))
	server.Domain = "localhost"
	server.MaxMessageBytes = MaxLetterBytes
	server.MaxRecipients = MaxRecipients
	server.ReadTimeout = 30 * time.Second
	server.WriteTimeout = 30 * time.Second
	server.ErrorLog = log.New(io.Discard, "", 0) // a line that failed may hold an address
	return server
}

func loopbackOnly(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("read the mailbox address: %w", err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return errors.New("the mailbox listens on loopback only, such as 127.0.0.1:0")
	}
	return nil
}
