package events_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"hjemvej/internal/housetest"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
	"hjemvej/internal/webhook"
	"hjemvej/partners/events"
)

// A poller that has read a number must never find a smaller one later, in
// whatever order transactions begin, commit or are rolled back.
func TestPollingMissesNothingThatCommitsLate(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	before := int64(d.Count(t, `SELECT max(seq) FROM events WHERE partner_id = $1`, d.Home.Partner))
	poll := func(want int) {
		t.Helper()
		feed, err := events.List(t.Context(), d.DB, d.Home, before, 50)
		must(t, err)
		for i, e := range feed.Items {
			if e.Data.Sequence != before+int64(i)+1 {
				t.Errorf("number %d stands at place %d", e.Data.Sequence, i)
			}
		}
		if len(feed.Items) != want || feed.Last != before+int64(want) {
			t.Errorf("%d events up to %d, want %d", len(feed.Items), feed.Last, want)
		}
	}
	for _, commits := range []bool{true, false} {
		told, let := make(chan struct{}), make(chan struct{})
		var both sync.WaitGroup
		both.Go(func() { // the first, which is long in ending
			err := postgres.Do(t.Context(), d.DB, d.Program, "confirm-arrival", func(ctx context.Context, tx *postgres.Tx) error {
				_, err := outbox.Emit(ctx, tx, outbox.Event{Type: outbox.HandoffOffered, PartnerID: d.Home.Partner, CaseID: d.c.ID})
				close(told)
				<-let
				if err == nil && !commits {
					err = context.Canceled
				}
				return err
			})
			if (err == nil) != commits {
				t.Error(err)
			}
		})
		<-told
		waits := d.SomebodyWaits(t)
		both.Go(func() { // the second, which would be done first
			if err := d.emitIn(d.DB); err != nil {
				t.Error(err)
			}
		})
		<-waits
		poll(0)
		close(let)
		both.Wait()
		now := 1
		if commits {
			now = 2
		}
		poll(now)
		before += int64(now)
	}
}

func TestR21_APartnersNumbersSayNothingOfOthers(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewAccepted(t)
	h.Offer(t, c, h.Home)
	for range 3 {
		h.Offer(t, h.Accepted(t), h.Return)
	}
	h.Offer(t, h.Accepted(t), h.Home)
	feed, err := events.List(t.Context(), h.DB, h.Home, 0, 50)
	must(t, err)
	if len(feed.Items) != 2 || feed.Items[0].Data.Sequence != 1 || feed.Items[1].Data.Sequence != 2 {
		t.Errorf("%+v", feed.Items)
	}
	if feed, err = events.List(t.Context(), h.DB, h.OtherHome, 0, 50); err != nil || len(feed.Items) != 0 || feed.Last != 0 {
		t.Errorf("a partner that has nothing reads %+v, %v", feed, err)
	}
}

// An event that is being told while a courier's round ends is carried by that
// round: the courier waits for its commit.
func TestNoWakeUpIsLostToARoundThatEnds(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	told, let := make(chan struct{}), make(chan struct{})
	var both sync.WaitGroup
	both.Go(func() {
		err := postgres.Do(t.Context(), d.DB, d.Program, "confirm-arrival", func(ctx context.Context, tx *postgres.Tx) error {
			_, err := outbox.Emit(ctx, tx, outbox.Event{Type: outbox.HandoffOffered, PartnerID: d.Home.Partner, CaseID: d.c.ID})
			close(told)
			<-let
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-told
	waits := d.SomebodyWaits(t)
	both.Go(d.carry)
	<-waits
	close(let)
	both.Wait()
	if n := len(d.home.Came()); n != 1 {
		t.Errorf("%d events came", n)
	}
}

// And one that comes when the round has seen that there is nothing, and has ended
// its job in the same transaction, makes a job of its own.
func TestNoWakeUpIsLostToAJobThatEnds(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const jobs = `SELECT count(*) FROM river_job WHERE kind = 'carry_events' AND state = $1`
	d.emit()
	d.Set(t, `UPDATE river_job SET state = 'running', attempt = 1, attempted_at = now(), attempted_by = '{me}' WHERE kind = 'carry_events'`)
	var both sync.WaitGroup
	err := d.courier().Carry(t.Context(), d.home.ID, func(ctx context.Context, tx *postgres.Tx, _ bool) error {
		waits := d.SomebodyWaits(t)
		both.Go(func() {
			if err := d.emitIn(d.DB); err != nil {
				t.Error(err)
			}
		})
		<-waits
		_, err := tx.Exec(ctx, `UPDATE river_job SET state = 'completed', finalized_at = now() WHERE kind = 'carry_events'`)
		return err
	})
	must(t, err)
	both.Wait()
	if ended, waiting := d.Count(t, jobs, "completed"), d.Count(t, jobs, "available"); ended != 1 || waiting != 1 {
		t.Errorf("%d jobs ended, %d wait", ended, waiting)
	}
	for range 3 { // while that one waits, others need none
		d.emit()
	}
	if waiting := d.Count(t, jobs, "available"); waiting != 1 {
		t.Errorf("%d jobs wait", waiting)
	}
}

func TestTwoReplicasAtOnceHandEachEventOverOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for range 30 {
		d.emit()
	}
	other, err := postgres.Open(t.Context(), d.URL, d.Now)
	must(t, err)
	t.Cleanup(other.Close)
	for _, err := range housetest.AtOnce(4, func(i int) error {
		c := d.courier()
		if i%2 == 1 {
			c.DB = other
		}
		return c.Carry(t.Context(), d.home.ID, noRest)
	}) {
		must(t, err)
	}
	ids := map[string]bool{}
	for _, e := range d.home.Came() {
		ids[e.ID] = true
	}
	if n := len(d.home.Came()); n != 30 || len(ids) != 30 || d.deliveries("delivered") != 30 {
		t.Errorf("%d came, %d different, %d are known as delivered", n, len(ids), d.deliveries("delivered"))
	}
}

// Whoever had an event in hand was killed: it is nobody's for a minute, and then
// due again, under its id.
func TestWhatAKilledCourierHadInHandComesAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.emit()
	ctx, kill := context.WithCancel(t.Context())
	d.home.Answer(hanging(kill))
	if err := d.courier().Carry(ctx, d.home.ID, noRest); err == nil {
		t.Error("a killed courier says that all is well")
	}
	d.home.Answer(nil)
	d.carry()
	if n, err := events.WakeDue(t.Context(), d.DB); n != 0 || err != nil || len(d.home.Came()) != 1 {
		t.Errorf("what is in somebody's hand is due for %d, %v", n, err)
	}
	d.SetNow(d.Now().Add(time.Minute))
	if n, err := events.WakeDue(t.Context(), d.DB); n != 1 || err != nil {
		t.Errorf("%d endpoints are due, %v", n, err)
	}
	d.carry()
	if came := d.home.Came(); len(came) != 2 || came[0] != came[1] || came[0].ID != id || d.deliveries("delivered") != 1 {
		t.Errorf("%+v", came)
	}
}

// Clocks of replicas, of us and of the partner that disagree delay, and lose
// nothing.
func TestClocksThatDisagreeLoseNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	late, err := postgres.Open(t.Context(), d.URL, func() time.Time { return d.Now().Add(-20 * time.Minute) })
	must(t, err)
	t.Cleanup(late.Close)
	must(t, d.emitIn(d.DB))
	must(t, d.emitIn(late))
	c := d.courier()
	c.DB = late
	must(t, c.Carry(t.Context(), d.home.ID, noRest)) // also what happened in its future
	if n := d.deliveries("delivered"); n != 2 {
		t.Errorf("%d delivered by a replica whose clock is late", n)
	}
	for _, skew := range []time.Duration{time.Hour, -time.Hour} {
		id := d.emit()
		clock := func() time.Time { return time.Now().Add(skew) }
		c := d.courier()
		c.Sender = housetest.SenderAt(clock)
		must(t, c.Carry(t.Context(), d.home.ID, noRest)) // signed with a time that nobody believes
		if d.deliveries("pending") != 1 {
			t.Errorf("signed %s off, it was believed", skew)
		}
		d.pass()
		d.home.Clock(clock) // now the partner's clock is as wrong: it believes, and we count by ours
		must(t, c.Carry(t.Context(), d.home.ID, noRest))
		d.home.Clock(time.Now)
		if came := d.home.Came(); d.deliveries("pending") != 0 || came[len(came)-1].ID != id {
			t.Errorf("%d wait", d.deliveries("pending"))
		}
	}
}

// However many endpoints of however many partners hang, no event of others waits
// for them: each has a job of its own.
func TestAnEndpointThatHangsHoldsOneJob(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for range 20 {
		d.emit()
	}
	if n := d.Count(t, `SELECT count(*) FROM river_job WHERE kind = 'carry_events' AND state = 'available'`); n != 1 {
		t.Errorf("%d jobs for 20 events", n)
	}
	d.home.Status(503)
	d.carry()
	d.Set(t, `DELETE FROM river_job`)
	d.emit() // in the pause
	if n := d.Count(t, `SELECT count(*) FROM river_job WHERE kind = 'carry_events'`); n != 0 {
		t.Errorf("%d jobs for an endpoint that is left alone", n)
	}
}

func TestARoundEndsWhenOthersWait(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for range 60 {
		d.emit()
	}
	d.home.Answer(slow)
	var more []bool
	must(t, d.courier().Carry(t.Context(), d.home.ID, func(_ context.Context, _ *postgres.Tx, m bool) error {
		more = append(more, m)
		return nil
	}))
	if !slices.Equal(more, []bool{true}) || d.deliveries("pending") == 0 {
		t.Errorf("%v, and %d wait", more, d.deliveries("pending"))
	}
}

func TestAnEventThatCannotBeSentIsAnError(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.emit()
	d.Set(t, `UPDATE endpoint_secrets SET ends_at = '2020-01-01'`)
	if err := d.courier().Carry(t.Context(), d.home.ID, noRest); !errors.Is(err, webhook.ErrSecret) || d.deliveries("pending") != 1 {
		t.Errorf("without a secret: %v", err)
	}
}
