package scheduler_test

import (
	"bufio"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"hjemvej/internal/mailbox"
	"hjemvej/partners"
)

func TestOneOfThreeRecipientsIsRefusedAndTheOthersHaveTheirsOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for _, name := range []string{"ana", "bo", "cy"} {
		_, err := partners.AddRecipient(t.Context(), o.DB, o.Administrator, o.Home.Partner, partners.NewRecipient{Name: name, Email: name + "@partner.example", Language: "en"})
		must(t, err)
	}
	o.mail.Refuse(func(to string) error {
		if to == "bo@partner.example" {
			return mailbox.ErrNoSuchInbox
		}
		return nil
	})
	o.Offer(t, o.Accepted(t), o.Home)
	for range 2 {
		stop := o.open()
		o.until("every letter has ended", o.quiet)
		stop()
	}
	for to, want := range map[string]int{"ana@partner.example": 1, "bo@partner.example": 0, "cy@partner.example": 1, "desk2@partner.example": 0} {
		if n := len(o.came(to)); n != want {
			t.Errorf("%d letters came to %s", n, to)
		}
	}
	if n := o.Count(t, `SELECT count(*) FROM partner_people WHERE undeliverable_since IS NOT NULL AND name = 'bo'`); n != 1 || o.letters("failed") != 1 {
		t.Errorf("%d marked, %d failed", n, o.letters("failed"))
	}
}

// cutter stands before a mail server and breaks the line where the server would
// say that it has taken the first letter.
func cutter(t *testing.T, server string) (addr string, cut *atomic.Int32) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	cut = new(atomic.Int32)
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go carry(client, server, cut)
		}
	}()
	return listener.Addr().String(), cut
}

func carry(client net.Conn, server string, cut *atomic.Int32) {
	defer client.Close()
	upstream, err := net.Dial("tcp", server)
	if err != nil {
		return
	}
	defer upstream.Close()
	go func() { _, _ = io.Copy(upstream, client) }()
	answers := bufio.NewReader(upstream)
	for inLetter := false; ; {
		line, err := answers.ReadString('\n')
		if err != nil || inLetter && cut.CompareAndSwap(0, 1) {
			return
		}
		inLetter = strings.HasPrefix(line, "354")
		if _, err := io.WriteString(client, line); err != nil {
			return
		}
	}
}

// A server that took a letter and broke the line before saying so gets it again,
// recognisable as the same.
func TestR36_ALineThatBreaksAfterDataSendsTheSameLetterAgain(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	addr, cut := cutter(t, o.mail.Addr())
	o.through = addr
	o.Offer(t, o.Accepted(t), o.Home)
	o.open()
	o.until("the line broke", func() bool { return cut.Load() == 1 })
	o.until("the letter is known as sent", func() bool { o.hurry(); return o.letters("sent") == 1 && o.quiet() })
	ids := map[string]bool{}
	for _, l := range o.mail.Letters() {
		ids[l.Header.Get("Message-Id")] = true
	}
	if n := len(o.mail.Letters()); n != 2 || len(ids) != 1 {
		t.Errorf("%d copies came, by %d ids", n, len(ids))
	}
	if n := o.Count(t, `SELECT count(*) FROM river_job WHERE kind = 'send_letter' AND attempt = 2 AND state = 'completed'`); n != 1 {
		t.Errorf("%d letters were tried twice", n)
	}
}
