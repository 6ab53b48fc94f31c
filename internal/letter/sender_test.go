package letter_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"testing"
	"time"

	"hjemvej/internal/letter"
	"hjemvej/internal/mailbox"
)

const (
	desk   = "desk@mail.example"
	worker = "worker@inbox.example"
	id     = "slot-1.reminder-1@mail.example"
)

func TestR36_ALetterArrivesOnceAndWhole(t *testing.T) {
	t.Parallel()
	box := openMailbox(t)
	m := message(t)
	if err := senderTo(t, box.Addr()).Send(t.Context(), worker, m, id); err != nil {
		t.Fatal(err)
	}
	got := box.Letters()
	if len(got) != 1 {
		t.Fatalf("%d letters arrived", len(got))
	}
	l := got[0]
	if l.From != desk || len(l.To) != 1 || l.To[0] != worker || l.Subject != m.Subject {
		t.Errorf("%q → %q: %q", l.From, l.To, l.Subject)
	}
	if strings.TrimSpace(l.Body) != strings.TrimSpace(m.Text) || strings.TrimSpace(l.HTML) != strings.TrimSpace(m.HTML) {
		t.Errorf("it reads\n%s\n%s", l.Body, l.HTML)
	}
	if l.Header.Get("Message-Id") != "<"+id+">" || l.Header.Get("Auto-Submitted") != "auto-generated" || l.Header.Get("Date") == "" {
		t.Errorf("header %v", l.Header)
	}
}

func TestR11_HeadersNameNoProgramAndNoMachine(t *testing.T) {
	t.Parallel()
	box := openMailbox(t)
	if err := senderTo(t, box.Addr()).Send(t.Context(), worker, message(t), id); err != nil {
		t.Fatal(err)
	}
	header := box.Letters()[0].Header
	if err := letter.Neutral(fmt.Sprint(header)); err != nil || header.Get("User-Agent")+header.Get("X-Mailer") != "" {
		t.Errorf("%v: %v", err, header)
	}
}

func TestR36_ARefusalForNowIsTriedAgain(t *testing.T) {
	t.Parallel()
	box := openMailbox(t)
	sender := senderTo(t, box.Addr())
	box.Refuse(func(string) error { return mailbox.ErrTryLater })
	mustBeTemporary(t, sender.Send(t.Context(), worker, message(t), id))
	box.Refuse(nil)
	if err := sender.Send(t.Context(), worker, message(t), id); err != nil || len(box.Letters()) != 1 {
		t.Errorf("the second attempt answers %v, %d letters", err, len(box.Letters()))
	}
}

func TestARefusalForGoodIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	box := openMailbox(t)
	box.Refuse(func(string) error { return mailbox.ErrNoSuchInbox })
	mustBePermanent(t, senderTo(t, box.Addr()).Send(t.Context(), worker, message(t), id))
}

func TestARefusalSaysWhetherTheAddressWasTheReason(t *testing.T) {
	t.Parallel()
	box := openMailbox(t)
	box.Refuse(func(string) error { return mailbox.ErrNoSuchInbox })
	for name, err := range map[string]error{"no such inbox": senderTo(t, box.Addr()).Send(t.Context(), worker, message(t), id),
		"no address": senderTo(t, box.Addr()).Send(t.Context(), "worker", message(t), id)} {
		if !errors.Is(err, letter.ErrRecipient) {
			t.Errorf("%s: %v", name, err)
		}
	}
	box.Refuse(func(string) error { return mailbox.ErrTryLater })
	for name, err := range map[string]error{"not now": senderTo(t, box.Addr()).Send(t.Context(), worker, message(t), id),
		"the letter": senderTo(t, script(t, "554 5.6.0 no")).Send(t.Context(), worker, message(t), id)} {
		if err == nil || errors.Is(err, letter.ErrRecipient) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAServerThatIsAwayIsTriedAgain(t *testing.T) {
	t.Parallel()
	box := openMailbox(t)
	sender := senderTo(t, box.Addr())
	if err := box.Close(); err != nil {
		t.Fatal(err)
	}
	mustBeTemporary(t, sender.Send(t.Context(), worker, message(t), id))
}

func TestTLSRequiredRefusesAPlainServer(t *testing.T) {
	t.Parallel()
	box := openMailbox(t)
	config := configFor(t, box.Addr())
	config.TLS = "required"
	mustBeTemporary(t, newSender(t, config).Send(t.Context(), worker, message(t), id))
	if n := len(box.Letters()); n != 0 {
		t.Errorf("%d letters went out in the clear", n)
	}
}

func TestR36_ALetterTakenBeforeTheLineBrokeIsNotSentAgain(t *testing.T) {
	t.Parallel()
	if err := senderTo(t, script(t, "250 taken")).Send(t.Context(), worker, message(t), id); err != nil {
		t.Errorf("answers %v", err)
	}
}

func TestOnlyAnswersAboutTheLetterAreForGood(t *testing.T) {
	t.Parallel()
	mustBePermanent(t, senderTo(t, script(t, "554 5.6.0 no, worker@inbox.example")).Send(t.Context(), worker, message(t), id))
	mustBeTemporary(t, senderTo(t, script(t, "451 4.3.0 later, worker@inbox.example")).Send(t.Context(), worker, message(t), id))
	mustBeTemporary(t, senderTo(t, script(t, "")).Send(t.Context(), worker, message(t), id))
}

func TestASilentServerIsLeftAtTheDeadline(t *testing.T) {
	t.Parallel()
	listener := listen(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begun := time.Now()
	mustBeTemporary(t, senderTo(t, listener.Addr().String()).Send(ctx, worker, message(t), id))
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestALetterThatCannotBeMadeIsRefusedForGood(t *testing.T) {
	t.Parallel()
	sender := senderTo(t, "127.0.0.1:9")
	m := message(t)
	mustBePermanent(t, sender.Send(t.Context(), "Fictional Name <worker@inbox.example>", m, id))
	mustBePermanent(t, sender.Send(t.Context(), "worker@inbox.example, x@inbox.example", m, id))
	mustBePermanent(t, sender.Send(t.Context(), "worker@inbox.example\r\nBcc: x@inbox.example", m, id))
	mustBePermanent(t, sender.Send(t.Context(), worker, m, "a@b>\r\nBcc: x@inbox.example"))
	mustBePermanent(t, sender.Send(t.Context(), worker, letter.Message{}, id))
}

func TestAnUnsafeConfigurationIsRefused(t *testing.T) {
	t.Parallel()
	safe := letter.Config{Host: "smtp.mail.example", Port: 587, Username: "u", Password: "SECRET", From: desk, TLS: "required"}
	if _, err := letter.NewSender(safe); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*letter.Config){
		"no TLS elsewhere":      func(c *letter.Config) { c.TLS, c.Username, c.Password = "none", "", "" },
		"password in the clear": func(c *letter.Config) { c.TLS, c.Host = "none", "127.0.0.1" },
		"unknown TLS":           func(c *letter.Config) { c.TLS = "opportunistic" },
		"no host":               func(c *letter.Config) { c.Host = "" },
		"no port":               func(c *letter.Config) { c.Port = 0 },
		"half a sign-in":        func(c *letter.Config) { c.Password = "" },
		"named sender":          func(c *letter.Config) { c.From = "Desk <desk@mail.example>" },
		"telling sender (R11)":  func(c *letter.Config) { c.From = "cmm@mail.example" },
	} {
		config := safe
		spoil(&config)
		if _, err := letter.NewSender(config); !errors.Is(err, letter.ErrConfig) || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s answers %v", name, err)
		}
	}
}

func mustBeTemporary(t *testing.T, err error) {
	t.Helper()
	if !letter.Temporary(err) || letter.Permanent(err) {
		t.Errorf("not temporary: %v", err)
	}
	mustNotName(t, err)
}

func mustBePermanent(t *testing.T, err error) {
	t.Helper()
	if !letter.Permanent(err) || letter.Temporary(err) {
		t.Errorf("not permanent: %v", err)
	}
	mustNotName(t, err)
}

func mustNotName(t *testing.T, err error) {
	t.Helper()
	if err != nil && strings.Contains(err.Error(), "worker") {
		t.Errorf("R11: the error names the recipient: %v", err)
	}
}

func openMailbox(t *testing.T) *mailbox.Server {
	t.Helper()
	box, err := mailbox.Start(t.Context(), "127.0.0.1:0", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	return box
}

func configFor(t *testing.T, addr string) letter.Config {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	n, _ := strconv.Atoi(port)
	return letter.Config{Host: host, Port: n, From: desk, TLS: "none"}
}

func newSender(t *testing.T, c letter.Config) *letter.Sender {
	t.Helper()
	sender, err := letter.NewSender(c)
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

func senderTo(t *testing.T, addr string) *letter.Sender { return newSender(t, configFor(t, addr)) }

func message(t *testing.T) letter.Message {
	t.Helper()
	m, err := letter.Compose(example(letter.FollowupReminderDue, "da"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener
}

// script is a server that takes one letter, answers it with answer, or not at
// all where answer is empty, and hangs up.
func script(t *testing.T, answer string) string {
	listener := listen(t)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		text := textproto.NewConn(conn)
		_ = text.PrintfLine("220 script.example")
		for {
			line, err := text.ReadLine()
			switch {
			case err != nil:
				return
			case strings.HasPrefix(line, "EHLO"):
				_ = text.PrintfLine("250-script.example\r\n250 ENHANCEDSTATUSCODES")
			case line == "DATA":
				_ = text.PrintfLine("354 go on")
				if _, err := text.ReadDotBytes(); err == nil && answer != "" {
					_ = text.PrintfLine("%s", answer)
				}
				return
			default:
				_ = text.PrintfLine("250 ok")
			}
		}
	}()
	return listener.Addr().String()
}
