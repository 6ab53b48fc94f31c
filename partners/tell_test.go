package partners_test

import (
	"strings"
	"testing"
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/housetest"
	"hjemvej/partners"

	"github.com/google/go-cmp/cmp"
)

// listener notes what each partner is told.
type listener struct {
	*housetest.House
	t    *testing.T
	seen map[string]int
}

func newListener(t *testing.T) *listener {
	return &listener{housetest.New(t), t, map[string]int{}}
}

// told fails unless these events, and no others, were told since it was asked the
// last time: "type to whom", by partner.
func (l *listener) told(what string, want ...string) {
	l.t.Helper()
	names := map[string]access.Actor{"return": l.Return, "home": l.Home, "other": l.OtherHome}
	var got []string
	for _, name := range []string{"return", "home", "other"} {
		partner := names[name].Partner
		types := l.Text(l.t, `SELECT coalesce(string_agg(type, ' ' ORDER BY seq), '') FROM events WHERE partner_id = $1 AND seq > $2`, partner, l.seen[name])
		for _, one := range strings.Fields(types) {
			got = append(got, one+" to "+name)
			l.seen[name]++
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		l.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func (l *listener) version(table, id string) int {
	l.t.Helper()
	return l.Count(l.t, `SELECT version FROM `+table+` WHERE id = $1`, id)
}

func TestR21_EachFactIsToldToThePartnersThatHaveTheCase(t *testing.T) {
	t.Parallel()
	l := newListener(t)
	c := l.Departed(t)
	l.told("hand-offs", "handoff.offered to return", "handoff.offered to home")
	l.Confirm(t, c, c.By, l.Today(), "")
	l.told("an arrival")
	l.Confirm(t, c, c.Home, l.Today(), "The flight")
	l.told("a partner's correction")
	l.Confirm(t, c, c.By, l.Today(), "The flight")
	l.told("our correction", "arrival.corrected to return", "arrival.corrected to home")
	l.Pay(t, c, "100", "sent")
	l.told("a payment", "payment.sent to home")

	_, err := partners.ReadHanded(t.Context(), l.DB, l.Vault, l.Home, c.HomeHandoff)
	must(t, err)
	for _, category := range []casefile.Category{casefile.ShareTravel, casefile.ShareSupport} {
		k := l.Text(t, `SELECT id::text FROM consents WHERE case_id = $1 AND partner_id = $2 AND category = $3`, c.ID, l.Home.Partner, string(category))
		_, err = partners.WithdrawConsent(t.Context(), l.DB, c.By, c.Code, k, 1)
		must(t, err)
	}
	l.told("withdrawn consents", "sharing.ended to home", "deletion.asked to home", "sharing.ended to home", "deletion.asked to home")
	if duty := l.Count(t, `SELECT count(*) FROM events e JOIN deletion_duties d ON d.id = e.object_id AND d.partner_id = e.partner_id`); duty != 2 {
		t.Errorf("%d events name a duty", duty)
	}
	l.Confirm(t, c, c.By, l.Today(), "The day")
	l.Pay(t, c, "100", "sent")
	l.told("what no consent covers", "arrival.corrected to return")

	_, err = partners.Revoke(t.Context(), l.DB, c.By, c.Code, c.ReturnHandoff, l.version("handoffs", c.ReturnHandoff))
	must(t, err)
	l.told("a hand-off is taken back", "handoff.revoked to return")
	l.Confirm(t, c, c.By, l.Today(), "The day again")
	l.told("whose it is no longer")
	_, err = partners.Withdraw(t.Context(), l.DB, c.By, c.Code, l.Version(t, c), casefile.Withdrawal{WithdrawnOn: l.Today()})
	must(t, err)
	l.told("the person leaves", "handoff.revoked to home")
}

func TestR21_ClosingTellsWhatBecameOfEachHandoff(t *testing.T) {
	t.Parallel()
	l := newListener(t)
	c := l.Exited(t)
	l.Set(t, `INSERT INTO handoffs (case_id, partner_id, role, state, answer_due_on, offered_by) VALUES ($1, $2, 'home_country_partner', 'offered', '2030-01-01', $3)`, c.ID, l.OtherHome.Partner, c.By.ID)
	l.told("before", "handoff.offered to return", "handoff.offered to home")
	_, err := partners.Close(t.Context(), l.DB, c.By, c.Code, l.Version(t, c), partners.Closing{ClosedOn: l.Today()})
	must(t, err)
	l.told("closed", "handoff.completed to return", "handoff.completed to home", "handoff.revoked to other")
}

func TestR20_APartnersOwnActsAreNotToldToIt(t *testing.T) {
	t.Parallel()
	l := newListener(t)
	c := l.Accepted(t)
	id := l.Offer(t, c, l.Home)
	h, err := partners.Receive(t.Context(), l.DB, l.Home, id, 1)
	must(t, err)
	_, err = partners.AnswerOffer(t.Context(), l.DB, l.Home, id, h.Version, partners.Answer{Answer: "declined", Reason: "Full"})
	must(t, err)
	l.told("declined", "handoff.offered to home")
}

func TestR31_FollowupsAreToldOnceWhenTheyBeginAndAreDue(t *testing.T) {
	t.Parallel()
	l := newListener(t)
	c := l.Arrived(t)
	l.told("before", "handoff.offered to return", "handoff.offered to home")
	sweep := func(want int) {
		t.Helper()
		told := 0
		for range 2 {
			n, err := partners.TellFollowups(t.Context(), l.DB)
			must(t, err)
			told += n
		}
		if told != want {
			t.Errorf("%d told, want %d", told, want)
		}
	}
	sweep(2) // the arrival contact has begun, for both
	l.told("begun", "followup.opened to return", "followup.opened to home")
	k := l.Text(t, `SELECT id::text FROM consents WHERE case_id = $1 AND partner_id = $2 AND category = 'follow_up'`, c.ID, l.Return.Partner)
	_, err := partners.WithdrawConsent(t.Context(), l.DB, c.By, c.Code, k, 1)
	must(t, err)
	l.told("withdrawn", "sharing.ended to return")
	l.Pass(14)
	sweep(1)
	l.told("due", "followup.due to home")
	_, err = followup.RecordAttempt(t.Context(), l.DB, l.Vault, c.By, l.Followup(t, c, followup.ArrivalContact, ""), followup.NewAttempt{MadeOn: l.Today(), Channel: followup.Call, Outcome: followup.ReachedSafe})
	must(t, err)
	l.Pass(30) // an outage: month 1 began and is due
	sweep(1)
	l.told("after an outage", "followup.due to home")
	if got := l.Text(t, `SELECT kind FROM followups f JOIN events e ON e.object_id = f.id ORDER BY e.seq DESC LIMIT 1`); got != string(followup.Month1) {
		t.Errorf("told of %s", got)
	}
}

func TestR32_R33_APartnerIsToldOfTheNewDayAndNotInTheQuietOrAfterTheAnswer(t *testing.T) {
	t.Parallel()
	l := newListener(t)
	c := l.Arrived(t) // the arrival contact has begun, and is due on 26 October
	told := func(what string, want int) {
		t.Helper()
		n, err := partners.TellFollowups(t.Context(), l.DB)
		must(t, err)
		if n != want {
			t.Errorf("%s: %d told, want %d", what, n, want)
		}
	}
	told("begun", 2)
	l.SetToday("2026-10-26")
	told("due", 2)
	l.Confirm(t, c, l.Contact, l.Today().AddDays(-10), "The stamp says so") // due on 30 October
	told("begun anew", 2)
	l.SetToday("2026-10-30")
	l.Set(t, `UPDATE followups SET quiet_until = '2026-10-31'`)
	told("in the quiet", 0)
	l.SetToday("2026-11-01")
	told("due anew", 2)
	l.SetToday("2026-11-12")
	l.Set(t, `UPDATE followups SET state = 'done', done_on = '2026-11-11' WHERE kind = 'month_1'`)
	told("after the answer", 0)
}

func TestR31_APartnerIsToldByTheDayAtTheDestination(t *testing.T) {
	t.Parallel()
	for zone, begins := range map[string]string{"Pacific/Tongatapu": "2026-10-25T11:00:00Z", "Pacific/Honolulu": "2026-10-26T10:00:00Z"} {
		l := newListener(t)
		c := l.Arrived(t) // the arrival contact has begun, and is due on 26 October
		l.Set(t, `UPDATE cases SET destination_time_zone = $2 WHERE id = $1`, c.ID, zone)
		at, err := time.Parse(time.RFC3339, begins)
		must(t, err)
		for _, want := range []struct {
			at   time.Time
			told int
		}{{at.AddDate(0, 0, -8), 2}, {at.Add(-time.Second), 0}, {at, 2}, {at.Add(time.Hour), 0}} {
			l.SetNow(want.at)
			n, err := partners.TellFollowups(t.Context(), l.DB)
			must(t, err)
			if n != want.told {
				t.Errorf("%s at %s: %d told, want %d", zone, want.at, n, want.told)
			}
		}
	}
}

func TestR10_NobodyIsToldOfAFollowupOfSomebodyWhoMustNotBeContacted(t *testing.T) {
	t.Parallel()
	l := newListener(t)
	c := l.Arrived(t)
	_, err := casefile.AddPart(t.Context(), l.DB, l.Vault, c.By, c.Code, &person.ContactPoint{Kind: "phone", Value: "+40700000001", Whose: "self", DoNotContact: true})
	must(t, err)
	if n, err := partners.TellFollowups(t.Context(), l.DB); n != 0 || err != nil {
		t.Errorf("%d told, %v", n, err)
	}
}

func TestAnOfferThatIsRefusedIsNotTold(t *testing.T) {
	t.Parallel()
	l := newListener(t)
	c := l.Accepted(t)
	l.Offer(t, c, l.Home)
	_, err := partners.Offer(t.Context(), l.DB, c.By, c.Code, partners.NewHandoff{PartnerID: l.Home.Partner})
	if err == nil {
		t.Error("offered twice")
	}
	l.told("offered", "handoff.offered to home")
}
