package events_test

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"hjemvej/internal/housetest"
	"hjemvej/internal/outbox"
	"hjemvej/internal/pgtest"
	"hjemvej/internal/postgres"
	"hjemvej/internal/webhook"
	"hjemvej/partners/events"
)

func TestMain(m *testing.M) { pgtest.MainOfWaits(m) }

// desk is a house with a case that was handed to Home, and Home's own system. Of
// what led here nothing waits for it.
type desk struct {
	*housetest.House
	t    *testing.T
	c    *housetest.Case
	home *housetest.Receiver
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{House: housetest.New(t), t: t}
	d.c = d.Arrived(t)
	d.home = d.NewReceiver(t, d.Home)
	return d
}

// emit commits an event for Home that is about the case and nothing more, and
// answers its id.
func (d *desk) emit() string {
	d.t.Helper()
	must(d.t, d.emitIn(d.DB))
	return d.Text(d.t, `SELECT id::text FROM events WHERE partner_id = $1 ORDER BY seq DESC LIMIT 1`, d.Home.Partner)
}

func (d *desk) emitIn(db *postgres.DB) error {
	return postgres.Do(d.t.Context(), db, d.Program, "confirm-arrival", func(ctx context.Context, tx *postgres.Tx) error {
		_, err := outbox.Emit(ctx, tx, outbox.Event{Type: outbox.HandoffOffered, PartnerID: d.Home.Partner, CaseID: d.c.ID})
		return err
	})
}

func (d *desk) courier() events.Courier {
	return events.Courier{DB: d.DB, Vault: d.Vault, Sender: housetest.Sender()}
}

// carry carries to Home's endpoint until nothing is due, or there is more than a
// round.
func (d *desk) carry() {
	d.t.Helper()
	must(d.t, d.courier().Carry(d.t.Context(), d.home.ID, noRest))
}

func noRest(context.Context, *postgres.Tx, bool) error { return nil }

// deliveries counts those in a state, of all endpoints.
func (d *desk) deliveries(state string) int {
	d.t.Helper()
	return d.Count(d.t, `SELECT count(*) FROM event_deliveries WHERE state = $1`, state)
}

// pass moves the clock to when the endpoint is tried again, and answers whether
// it is tried at all.
func (d *desk) pass() bool {
	d.t.Helper()
	var next *time.Time
	must(d.t, d.Owner.QueryRow(d.t.Context(), `SELECT min(greatest(d.next_at, p.next_at)) FROM event_deliveries d JOIN event_endpoints p ON p.id = d.endpoint_id
		WHERE d.state = 'pending' AND p.state = 'active'`).Scan(&next))
	if next != nil && next.After(d.Now()) {
		d.SetNow(*next)
	}
	return next != nil
}

func (d *desk) endpoint() events.Endpoint {
	d.t.Helper()
	all, err := events.ListEndpoints(d.t.Context(), d.DB, d.Home, d.Home.Partner)
	must(d.t, err)
	return all[slices.IndexFunc(all, func(e events.Endpoint) bool { return e.ID == d.home.ID })]
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// hanging answers nothing, and calls back when it was asked.
func hanging(asked func()) http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) {
		asked()
		<-r.Context().Done()
	}
}

func slow(http.ResponseWriter, *http.Request) { time.Sleep(100 * time.Millisecond) }

// production is how endpoints are checked where nothing may be on this machine.
var production = webhook.New(webhook.Config{})
