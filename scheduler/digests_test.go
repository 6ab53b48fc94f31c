package scheduler_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hjemvej/internal/mailbox"
	"hjemvej/internal/staff"
)

// digested is an office whose contact person wants digests, a day later: one holds
// three letters for them.
func digested(t *testing.T) *office {
	t.Helper()
	o := newOffice(t)
	_, err := staff.ChooseLetters(t.Context(), o.DB, o.Contact, staff.Letters{Wants: "daily_digest"})
	must(t, err)
	o.Arrived(t)
	return o
}

// hurry lets whatever waits for its hour or for another attempt be tried now.
func (o *office) hurry() {
	o.t.Helper()
	o.Set(o.t, `UPDATE river_job SET scheduled_at = now() WHERE state IN ('scheduled','retryable')`)
}

// came are the letters that came to an address.
func (o *office) came(to string) (letters []mailbox.Letter) {
	for _, l := range o.mail.Letters() {
		if slices.Equal(l.To, []string{to}) {
			letters = append(letters, l)
		}
	}
	return letters
}

func (o *office) contact() string {
	o.t.Helper()
	return o.Text(o.t, `SELECT email FROM users WHERE id = $1`, o.Contact.ID)
}

// isOnce wants the digest to have come once, with its three letters.
func (o *office) isOnce() {
	o.t.Helper()
	letters := o.came(o.contact())
	if len(letters) != 1 {
		o.t.Fatalf("%d letters came to the contact person", len(letters))
	}
	code := o.Text(o.t, `SELECT code FROM cases`)
	if l := letters[0]; l.Subject != "I dag: 3 punkter" || strings.Count(l.Body, "Sag "+code+": ") != 3 || !strings.Contains(l.Body, "https://desk.example/v1/cases\n") {
		o.t.Errorf("%s:\n%s", l.Subject, l.Body)
	}
	if n := o.Count(o.t, `SELECT count(*) FROM letters l JOIN letters d ON d.id = l.digest_id WHERE l.state = 'sent' AND d.state = 'sent'`); n != 3 {
		o.t.Errorf("%d letters are sent with a digest that is", n)
	}
}

func TestR36_ADigestGoesOutOnceInTheMorning(t *testing.T) {
	t.Parallel()
	o := digested(t)
	o.open()
	o.open()
	o.until("the digest waits", func() bool {
		return o.Count(t, `SELECT count(*) FROM river_job WHERE kind = 'send_digest' AND state = 'scheduled' AND scheduled_at > now() + interval '1 hour'`) == 1 &&
			o.Count(t, `SELECT count(*) FROM river_job WHERE finalized_at IS NULL`) == 1
	})
	if n := len(o.came(o.contact())); n != 0 {
		t.Errorf("%d letters came before the morning", n)
	}
	o.Pass(1)
	o.hurry()
	o.until("the digest is out", o.quiet)
	o.isOnce()
	if n := o.Count(t, `SELECT count(*) FROM river_job WHERE args::text ~* 'exemplu|@|digest:'`); n > 0 {
		t.Errorf("R11: %d jobs hold more than ids", n)
	}
}

func TestR36_AfterAnHourWithoutAMailServerEverythingComesOnce(t *testing.T) {
	t.Parallel()
	o := digested(t)
	o.Pass(1)
	addr := o.mail.Addr()
	must(t, o.mail.Close())
	o.open()
	o.until("each was tried in vain", func() bool {
		return o.Count(t, `SELECT count(*) FROM river_job WHERE kind LIKE 'send_%' AND finalized_at IS NULL AND errors IS NULL`) == 0
	})
	waiting, sent := o.letters("queued"), o.letters("sent")
	o.SetNow(o.Now().Add(time.Hour))
	var err error
	o.mail, err = mailbox.Start(t.Context(), addr, "")
	must(t, err)
	t.Cleanup(func() { _ = o.mail.Close() })
	o.hurry()
	o.until("everything is out", o.quiet)
	o.isOnce()
	if n := len(o.mail.Letters()); sent != 0 || waiting != 5 || n != 2 { // the digest, its three, and one to a partner
		t.Errorf("%d were sent, %d waited and %d came", sent, waiting, n)
	}
}
