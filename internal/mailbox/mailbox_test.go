package mailbox_test

import (
	"context"
	"errors"
	"fmt"
	"net/smtp"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hjemvej/internal/mailbox"
)

const (
	from  = "desk@mail.example"
	to    = "worker@inbox.example"
	plain = "Subject: =?utf-8?q?P=C3=A5mindelse?=\r\nMessage-ID: <1@mail.example>\r\n\r\nLine one\r\nLine two\r\n"
)

func TestALetterIsKeptWithItsEnvelope(t *testing.T) {
	t.Parallel()
	box := start(t, "")
	before := time.Now().Add(-time.Second)
	mustSend(t, box, plain)
	letters := wait(t, box, 1)
	l := letters[0]
	if l.From != from || len(l.To) != 1 || l.To[0] != to || l.Subject != "Påmindelse" {
		t.Errorf("envelope %q → %q, subject %q", l.From, l.To, l.Subject)
	}
	if l.Body != "Line one\nLine two\n" || l.HTML != "" || l.Header.Get("Message-Id") != "<1@mail.example>" {
		t.Errorf("body %q, HTML %q, header %v", l.Body, l.HTML, l.Header)
	}
	if l.At.Before(before) || l.At.Location() != time.UTC {
		t.Errorf("arrived %v", l.At)
	}
}

func TestBothTextsOfALetterAreDecoded(t *testing.T) {
	t.Parallel()
	box := start(t, "")
	mustSend(t, box, strings.ReplaceAll(`Subject: Both
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=outer

--outer
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

S=C3=B8ndag
--inner
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

PGI+U8O4bmRh
ZzwvYj4=
--inner--
--outer--
`, "\n", "\r\n"))
	if l := wait(t, box, 1)[0]; strings.TrimSpace(l.Body) != "Søndag" || l.HTML != "<b>Søndag</b>" {
		t.Errorf("body %q, HTML %q", l.Body, l.HTML)
	}
}

func TestR11_FileNamesSayNothing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "letters")
	mustSend(t, start(t, dir), plain)
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	name := files[0].Name()
	if !strings.HasPrefix(name, "000001-") || strings.Contains(name, "worker") || filepath.Ext(name) != ".eml" {
		t.Errorf("the file is called %s", name)
	}
	if about, _ := files[0].Info(); about.Mode() != 0o600 {
		t.Errorf("its mode is %v", about.Mode())
	}
}

func TestAnAcceptedLetterOutlivesTheServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := start(t, dir)
	for n := range 12 {
		mustSend(t, first, fmt.Sprintf("Subject: %d\r\n\r\n.dot\r\n", n))
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := start(t, dir)
	mustSend(t, second, "Subject: 12\r\n\r\nx\r\n")
	letters := wait(t, second, 13)
	for n, l := range letters {
		if l.Subject != fmt.Sprint(n) || l.To[0] != to || l.At.IsZero() {
			t.Errorf("letter %d is %q to %q at %v", n, l.Subject, l.To, l.At)
		}
	}
}

func TestClearForgetsLettersAndFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	box := start(t, dir)
	mustSend(t, box, plain)
	if err := box.Clear(); err != nil {
		t.Fatal(err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 0 || len(box.Letters()) != 0 {
		t.Errorf("%d files and %d letters are left", len(files), len(box.Letters()))
	}
}

func TestTheRefuseHookAnswersTheSender(t *testing.T) {
	t.Parallel()
	box := start(t, "")
	for code, answer := range map[int]error{451: mailbox.ErrTryLater, 550: mailbox.ErrNoSuchInbox} {
		box.Refuse(func(string) error { return answer })
		var refused *textproto.Error
		if err := send(box, plain); !errors.As(err, &refused) || refused.Code != code {
			t.Errorf("answers %v, want %d", err, code)
		}
	}
	box.Refuse(nil)
	mustSend(t, box, plain)
	wait(t, box, 1)
}

func TestALetterThatIsTooLargeIsRefused(t *testing.T) {
	t.Parallel()
	box := start(t, "")
	line := strings.Repeat("x", 998) + "\r\n"
	var refused *textproto.Error
	err := send(box, "Subject: large\r\n\r\n"+strings.Repeat(line, mailbox.MaxLetterBytes/1000+1))
	if !errors.As(err, &refused) || refused.Code != 552 || len(box.Letters()) != 0 {
		t.Errorf("answers %v and keeps %d", err, len(box.Letters()))
	}
}

func TestALetterThatCannotBeReadIsRefused(t *testing.T) {
	t.Parallel()
	box := start(t, t.TempDir())
	var refused *textproto.Error
	if err := send(box, "no header at all"); !errors.As(err, &refused) || refused.Code != 554 {
		t.Errorf("answers %v", err)
	}
}

func TestOnlyLoopbackIsServed(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:25", "mail.example:25", "nonsense"} {
		if box, err := mailbox.Start(t.Context(), addr, ""); err == nil {
			_ = box.Close()
			t.Errorf("%s is served", addr)
		}
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := start(t, "").Wait(ctx, 1); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("answers %v", err)
	}
}

func TestTheServerEndsWithItsContextAndClosesTwice(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	box, err := mailbox.Start(ctx, "127.0.0.1:0", "")
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	for deadline := time.Now().Add(5 * time.Second); send(box, plain) == nil; {
		if time.Now().After(deadline) {
			t.Fatal("it still takes letters")
		}
	}
	if err := errors.Join(box.Close(), box.Close()); err != nil {
		t.Error(err)
	}
}

func TestManySendersAtOnce(t *testing.T) {
	t.Parallel()
	box := start(t, t.TempDir())
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 5 {
				if err := send(box, plain); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait(t, box, 40)
	group.Wait()
}

func start(t *testing.T, dir string) *mailbox.Server {
	t.Helper()
	box, err := mailbox.Start(t.Context(), "127.0.0.1:0", dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	return box
}

func send(box *mailbox.Server, letter string) error {
	return smtp.SendMail(box.Addr(), nil, from, []string{to}, []byte(letter))
}

func mustSend(t *testing.T, box *mailbox.Server, letter string) {
	t.Helper()
	if err := send(box, letter); err != nil {
		t.Fatal(err)
	}
}

func wait(t *testing.T, box *mailbox.Server, n int) []mailbox.Letter {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	letters, err := box.Wait(ctx, n)
	if err != nil || len(letters) != n {
		t.Fatalf("%d letters, %v", len(letters), err)
	}
	return letters
}
