package outbox_test

import (
	"context"
	"testing"

	"hjemvej/internal/calendar"
	"hjemvej/internal/housetest"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
)

// desk is a partner with people to write to, and a case.
type desk struct {
	*housetest.House
	t    *testing.T
	c    *housetest.Case
	once string // of its letters
}

func newDesk(t *testing.T, people ...string) *desk {
	d := &desk{House: housetest.New(t), t: t, once: "told"}
	d.c = d.Case(t)
	for _, name := range people {
		d.Set(t, `INSERT INTO partner_people (partner_id, name, email, language, wants) VALUES ($1, $2, $2 || '@partner.example', 'da', 'each_letter')`, d.Home.Partner, name)
	}
	return d
}

// tell queues the desk's letter, and wants so many new ones.
func (d *desk) tell(want int) {
	d.t.Helper()
	l := outbox.Letter{Once: d.once, Kind: letter.SharingEnded, CaseID: d.c.ID, PartnerID: d.Home.Partner, Days: 3, DueOn: calendar.MustParse("2026-12-01")}
	got, err := postgres.Write(d.t.Context(), d.DB, d.Program, "read-me", func(ctx context.Context, tx *postgres.Tx) (int, error) { return outbox.Queue(ctx, tx, l) })
	if err != nil || got != want {
		d.t.Errorf("%d new letters, %v; want %d", got, err, want)
	}
}

// to is the letter to an address.
func (d *desk) to(address string) string {
	d.t.Helper()
	return d.Text(d.t, `SELECT l.id::text FROM letters l JOIN partners p ON p.id = l.partner_id LEFT JOIN partner_people r ON r.id = l.partner_person_id WHERE coalesce(r.email, p.email) = $1`, address)
}

// is wants the letters' states, by address.
func (d *desk) is(want string) {
	d.t.Helper()
	got := d.Text(d.t, `SELECT coalesce(string_agg(split_part(coalesce(r.email, p.email), '@', 1) || ' ' || l.state, ', ' ORDER BY coalesce(r.email, p.email)), '')
		FROM letters l JOIN partners p ON p.id = l.partner_id LEFT JOIN partner_people r ON r.id = l.partner_person_id`)
	if got != want {
		d.t.Errorf("the letters are %s, want %s", got, want)
	}
	if n := d.Count(d.t, `SELECT count(*) FROM letters WHERE days <> 3 OR due_on <> '2026-12-01' OR case_id <> $1 OR kind <> 'sharing_ended'`, d.c.ID); n != 0 {
		d.t.Errorf("%d letters tell something else", n)
	}
	if jobs, letters := d.Count(d.t, `SELECT count(*) FROM river_job`), d.Count(d.t, `SELECT count(*) FROM letters`); jobs != letters {
		d.t.Errorf("%d jobs for %d letters", jobs, letters)
	}
}

func (d *desk) fail(address string, noSuchRecipient bool) {
	d.t.Helper()
	if err := outbox.Fail(d.t.Context(), d.DB, d.to(address), noSuchRecipient); err != nil {
		d.t.Error(err)
	}
}

func TestR36_APartnersLetterIsOneToEachOfItsPeople(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "ana", "bo")
	d.tell(2)
	d.tell(0)
	d.is("ana queued, bo queued")
	w, err := outbox.Find(t.Context(), d.DB, d.to("bo@partner.example"))
	if err != nil || !w.Needed || w.Astray || !w.ToPartner || w.Address != "bo@partner.example" || w.Language != "da" || w.CaseCode != d.c.Code {
		t.Errorf("%+v, %v", w, err)
	}
	d.Set(t, `UPDATE partners SET active_until = '2026-10-11'`)
	if w, err := outbox.Find(t.Context(), d.DB, w.ID); err != nil || w.Needed {
		t.Errorf("to a partner that is not active: %+v, %v", w, err)
	}
}

func TestAnAddressThatRefusesLettersIsMarkedAndTheOthersHaveTheirs(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "ana", "bo")
	d.tell(2)
	for range 2 { // the job may run again
		d.fail("ana@partner.example", true)
	}
	d.is("ana failed, bo queued")
	if n := d.Count(t, `SELECT count(*) FROM partner_people WHERE undeliverable_since = $1`, d.Now()); n != 1 {
		t.Errorf("%d people are marked", n)
	}
	d.once = "told again"
	d.tell(1) // to bo alone
}

func TestWhatNobodyOfAPartnerCouldBeGivenGoesToItsOwnAddress(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "ana", "bo")
	d.tell(2)
	d.fail("ana@partner.example", true)
	d.fail("bo@partner.example", true)
	d.is("ana failed, bo failed, desk2 queued")
	d.fail("desk2@partner.example", true)
	d.is("ana failed, bo failed, desk2 failed")
	d.tell(0)
}

func TestALetterToWhoIsNotWrittenToAnyMoreIsPassedOn(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "ana")
	d.tell(1)
	d.Set(t, `UPDATE partner_people SET active = false`)
	w, err := outbox.Find(t.Context(), d.DB, d.to("ana@partner.example"))
	if err != nil || !w.Astray {
		t.Errorf("%+v, %v", w, err)
	}
	if err := outbox.PassOn(t.Context(), d.DB, w.ID); err != nil {
		t.Error(err)
	}
	d.is("ana dropped, desk2 queued")
}

func TestALetterThatIsRefusedForItselfMarksNobody(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "ana")
	d.tell(1)
	d.fail("ana@partner.example", false)
	d.is("ana failed")
	if n := d.Count(t, `SELECT count(*) FROM partner_people WHERE undeliverable_since IS NOT NULL`); n != 0 {
		t.Errorf("%d people are marked", n)
	}
}
