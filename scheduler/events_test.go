package scheduler_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"hjemvej/casework/followup"
	"hjemvej/internal/housetest"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
)

// news is an office with a case that was handed to Home, and Home's own system.
type news struct {
	*office
	c    *housetest.Case
	home *housetest.Receiver
}

func newNews(t *testing.T) *news {
	t.Helper()
	n := &news{office: newOffice(t)}
	n.c = n.Accepted(t)
	n.Offer(t, n.c, n.Home)
	n.Set(t, `DELETE FROM river_job`)
	n.Set(t, `DELETE FROM letters`)
	n.home = n.NewReceiver(t, n.Home)
	return n
}

// tell commits one event for Home.
func (n *news) tell() {
	n.t.Helper()
	must(n.t, postgres.Do(n.t.Context(), n.DB, n.Program, "offer-handoff", func(ctx context.Context, tx *postgres.Tx) error {
		_, err := outbox.Emit(ctx, tx, outbox.Event{Type: outbox.HandoffOffered, PartnerID: n.Home.Partner, CaseID: n.c.ID})
		return err
	}))
}

// all fails unless so many events come, each at least once, and are known as
// delivered. It answers how often they came.
func (n *news) all(want int) (came int) {
	n.t.Helper()
	n.until("the events are delivered", func() bool {
		return n.Count(n.t, `SELECT count(*) FROM event_deliveries WHERE state = 'delivered'`) == want
	})
	ids := map[string]bool{}
	for _, e := range n.home.Came() {
		ids[e.ID] = true
	}
	if len(ids) != want || n.home.Forged() != 0 {
		n.t.Errorf("%d different events came, %d did not verify", len(ids), n.home.Forged())
	}
	return len(n.home.Came())
}

func TestAnEventThatCommitsWhileItsJobEndsIsCarriedAtOnce(t *testing.T) {
	t.Parallel()
	n := newNews(t)
	n.open()
	const events = 60
	longest := time.Duration(0)
	for i := range events {
		told := time.Now()
		n.tell() // just when the one before was taken, and its job looks for the last time
		n.until("the event comes", func() bool { return len(n.home.Came()) > i })
		longest = max(longest, time.Since(told))
	}
	n.all(events)
	if longest > 5*time.Second { // a lost one comes with the next look
		t.Errorf("one came after %s", longest)
	}
}

func TestTwoReplicasCarryEachEventOnce(t *testing.T) {
	t.Parallel()
	n := newNews(t)
	n.open()
	n.open()
	for range 30 {
		n.tell()
	}
	if came := n.all(30); came != 30 {
		t.Errorf("30 events came %d times", came)
	}
}

// Endpoints that hang hold up neither letters nor, as long as there is a courier
// more than they are, other endpoints.
func TestEndpointsThatHangHoldUpNobodyElse(t *testing.T) {
	t.Parallel()
	n := newNews(t)
	for range 2 {
		n.NewReceiver(t, n.Home).Answer(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	}
	n.open()
	n.tell()
	n.until("the others are tried", func() bool {
		return n.Count(t, `SELECT count(*) FROM event_deliveries WHERE attempts > 0`) == 3
	})
	n.until("the event comes", func() bool { return len(n.home.Came()) == 1 })
	for range 10 {
		n.tell()
	}
	must(t, postgres.Do(t.Context(), n.DB, n.Program, "offer-handoff", func(ctx context.Context, tx *postgres.Tx) error {
		_, err := outbox.Queue(ctx, tx, outbox.Letter{Once: "now", Kind: "handoff_answered", CaseID: n.c.ID, UserID: n.c.By.ID})
		return err
	}))
	n.until("the letter and the events have come", func() bool { return n.letters("sent") == 1 && len(n.home.Came()) == 11 })
}

// The program was killed when a fact was committed and its event in hand: its job
// seems to run, and the event to be somebody's.
func TestWhatAKilledReplicaCarriedIsCarriedAgain(t *testing.T) {
	t.Parallel()
	n := newNews(t)
	n.tell()
	n.Set(t, `UPDATE river_job SET state = 'running', attempt = 1, attempted_at = now() - interval '4 minutes', attempted_by = '{gone}'`)
	n.Set(t, `UPDATE event_deliveries SET attempts = 1, next_at = $1`, n.Now().Add(-time.Second))
	n.open()
	if came := n.all(1); came != 1 {
		t.Errorf("it came %d times", came)
	}
}

// The database is gone for a moment while an event is under way: all the program's
// connections break, and what its partner answers cannot be written down.
func TestTheDatabaseMayRestartInTheMiddle(t *testing.T) {
	t.Parallel()
	n := newNews(t)
	var once sync.Once
	n.home.Answer(func(w http.ResponseWriter, _ *http.Request) {
		once.Do(func() {
			n.Set(t, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'hjemvej'`)
		})
		w.WriteHeader(http.StatusNoContent)
	})
	for range 5 { // before it breaks: whoever tells while it does is told to try again
		n.tell()
	}
	n.open()
	n.until("what was in hand is due again", func() bool {
		n.SetNow(n.Now().Add(time.Second))
		return n.Count(t, `SELECT count(*) FROM event_deliveries WHERE state = 'delivered'`) == 5
	})
	if came := n.all(5); came > 6 {
		t.Errorf("5 events came %d times", came)
	}
	if strings.Contains(n.log.String(), n.c.Code) || strings.Contains(n.log.String(), n.home.URL) {
		t.Error("R11: the log names what the event is about, or where it goes")
	}
}

func TestR31_TheClockTellsPartnersOfFollowups(t *testing.T) {
	t.Parallel()
	n := newNews(t)
	c := n.Arrived(t)
	n.Set(t, `DELETE FROM event_deliveries`)
	n.open()
	n.until("the partner is told", func() bool { return len(n.home.Came()) == 1 })
	if e := n.home.Came()[0]; e.Type != outbox.FollowupOpened || e.Data.Followup != n.Followup(t, c, followup.ArrivalContact, "") {
		t.Errorf("%+v", e)
	}
}
