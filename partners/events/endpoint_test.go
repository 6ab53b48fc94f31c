package events_test

import (
	"testing"
	"time"

	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/postgres"
	"hjemvej/internal/seal"
	"hjemvej/partners/events"
)

func TestAPartnerKeepsItsOwnEndpointsAndTheAdministratorAll(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	s := housetest.Sender()
	in := events.NewEndpoint{URL: "https://partner.example/events"}
	for _, who := range []access.Actor{h.Home, h.Administrator} {
		e, err := events.Create(t.Context(), h.DB, h.Vault, s, who, h.Home.Partner, in)
		must(t, err)
		if e.Version != 1 || e.State != events.Active || e.Secret.Reveal() == "" {
			t.Errorf("%+v", e.Endpoint)
		}
		changed, err := events.Change(t.Context(), h.DB, s, who, h.Home.Partner, e.ID, 1, events.ChangedEndpoint{NewEndpoint: in, Paused: true})
		must(t, err)
		if changed.State != events.Paused || changed.Why != "by_hand" || changed.Version != 2 {
			t.Errorf("%+v", changed)
		}
		_, err = events.Change(t.Context(), h.DB, s, who, h.Home.Partner, e.ID, 1, events.ChangedEndpoint{NewEndpoint: in})
		housetest.Refused(t, err, fault.Stale, "")
		_, err = events.Change(t.Context(), h.DB, s, h.OtherHome, h.Home.Partner, e.ID, 2, events.ChangedEndpoint{NewEndpoint: in})
		housetest.Refused(t, err, fault.NotFound, "")
		_, err = events.Rotate(t.Context(), h.DB, h.Vault, h.OtherHome, h.OtherHome.Partner, e.ID, events.Overlap{})
		housetest.Refused(t, err, fault.NotFound, "")
	}
	_, err := events.Create(t.Context(), h.DB, h.Vault, s, h.OtherHome, h.Home.Partner, in)
	housetest.Refused(t, err, fault.NotFound, "")
	_, err = events.Create(t.Context(), h.DB, h.Vault, s, h.Administrator, h.Contact.ID, in)
	housetest.Refused(t, err, fault.NotFound, "")
	for range events.MaxEndpoints - 2 {
		_, err = events.Create(t.Context(), h.DB, h.Vault, s, h.Home, h.Home.Partner, in)
		must(t, err)
	}
	_, err = events.Create(t.Context(), h.DB, h.Vault, s, h.Home, h.Home.Partner, in)
	housetest.Refused(t, err, fault.Conflict, "")
}

func TestAnEndpointThatCannotBeRightIsRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, url := range []string{"http://partner.example/", "https://127.0.0.1/", "https://10.0.0.1/", "https://localhost/", "https://a:b@partner.example/"} {
		_, err := events.Create(t.Context(), d.DB, d.Vault, production, d.Home, d.Home.Partner, events.NewEndpoint{URL: url})
		housetest.Refused(t, err, fault.Invalid, "")
		if paths := housetest.Missing(err); len(paths) != 1 || paths[0] != "body.url" {
			t.Errorf("%v", paths)
		}
		_, err = events.Change(t.Context(), d.DB, production, d.Home, d.Home.Partner, d.home.ID, 1, events.ChangedEndpoint{NewEndpoint: events.NewEndpoint{URL: url}})
		housetest.Refused(t, err, fault.Invalid, "")
	}
}

func TestReplacedSecretsVerifyUntilTheOverlapEnds(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	hours := func(n int) events.Overlap { return events.Overlap{Hours: &n} }
	rotate := func(o events.Overlap) string {
		t.Helper()
		s, err := events.Rotate(t.Context(), d.DB, d.Vault, d.Home, d.Home.Partner, d.home.ID, o)
		must(t, err)
		return s.Secret.Reveal()
	}
	verifies := func(want bool, secret string) {
		t.Helper()
		d.home.Trust(secret)
		_, err := events.SendTest(t.Context(), d.DB, d.Home, d.Home.Partner, d.home.ID)
		must(t, err)
		before := len(d.home.Came())
		d.carry()
		if (len(d.home.Came()) > before) != want {
			t.Errorf("it verifies: %v", !want)
		}
		d.Set(t, `UPDATE event_deliveries SET state = 'dropped', ended_at = now() WHERE state = 'pending'`)
	}
	first := rotate(events.Overlap{})
	second := rotate(events.Overlap{})
	verifies(true, second)
	verifies(true, first)
	d.SetNow(d.Now().Add(24*time.Hour + time.Second))
	verifies(false, first)
	third := rotate(hours(168))
	fourth := rotate(hours(1))
	verifies(true, fourth)
	verifies(true, third)
	verifies(false, second) // of several replaced ones the last stays
	fifth := rotate(hours(0))
	verifies(false, fourth)
	verifies(true, fifth)
}

func TestR12_SecretsAreSealedAndShownOnce(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	create := func() events.CreatedEndpoint {
		t.Helper()
		ctx := postgres.WithOnce(t.Context(), postgres.Once{Key: "the same request"})
		e, err := events.Create(ctx, h.DB, h.Vault, housetest.Sender(), h.Home, h.Home.Partner, events.NewEndpoint{URL: "https://partner.example/"})
		must(t, err)
		return e
	}
	e, again := create(), create()
	if e.Secret == "" || again.Secret != "" || again.ID != e.ID {
		t.Errorf("asked twice: %v and %v", e.Endpoint, again.Endpoint)
	}
	for _, table := range []string{"endpoint_secrets", "event_endpoints", "idempotency_keys", "audit_log", "river_job"} {
		if n := h.Count(t, `SELECT count(*) FROM `+table+` x WHERE position($1 in x::text) > 0 OR position(encode($1::bytea, 'hex') in x::text) > 0`, e.Secret.Reveal()); n != 0 {
			t.Errorf("%s shows it", table)
		}
	}
	// A secret that was moved to another row opens nothing there.
	other, err := events.Create(t.Context(), h.DB, h.Vault, housetest.Sender(), h.Home, h.Home.Partner, events.NewEndpoint{URL: "https://partner.example/"})
	must(t, err)
	h.Set(t, `UPDATE endpoint_secrets SET sealed = (SELECT sealed FROM endpoint_secrets WHERE endpoint_id = $1) WHERE endpoint_id = $2`, e.ID, other.ID)
	c := events.Courier{DB: h.DB, Vault: h.Vault, Sender: housetest.Sender()}
	if err := c.Carry(t.Context(), other.ID, noRest); err == nil {
		t.Error("it opens")
	}
}

func TestR12_SecretsOutliveARotationOfTheMasterKey(t *testing.T) {
	t.Parallel()
	d := &desk{House: housetest.New(t), t: t}
	d.KeepKey(t)
	d.c = d.Arrived(t)
	d.home = d.NewReceiver(t, d.Home)
	must(t, seal.RotateMasterFile(d.KeyFile, nil))
	master, err := seal.OpenMaster(d.KeyFile, nil)
	must(t, err)
	rotated := person.Vault{Master: master}
	_, err = rotated.RewrapKeys(t.Context(), d.DB, func(person.KeyCount) {})
	must(t, err)
	var wrapped []byte
	must(t, d.Owner.QueryRow(t.Context(), `SELECT wrapped_key FROM key_canary`).Scan(&wrapped))
	if !master.Current(wrapped) {
		t.Error("the key of the secrets is wrapped by the old key alone")
	}
	d.emit()
	must(t, events.Courier{DB: d.DB, Vault: rotated, Sender: housetest.Sender()}.Carry(t.Context(), d.home.ID, noRest))
	if len(d.home.Came()) != 1 || d.home.Forged() != 0 {
		t.Error("the secret is lost")
	}
}

func TestDeliveriesAreListedNewestFirstInPages(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for range 5 {
		d.emit()
	}
	d.carry()
	for who, sees := range map[string]access.Actor{"": d.Administrator, "handoff.offered": d.Home} {
		seen, before := []int64{}, int64(0)
		for pages := 0; pages == 0 || before != 0; pages++ {
			page, next, err := events.ListDeliveries(t.Context(), d.DB, sees, d.Home.Partner, d.home.ID, events.Filter{State: "delivered", Before: before, Limit: 2})
			must(t, err)
			for _, one := range page {
				seen = append(seen, one.Sequence)
				if one.Type != who || one.State != "delivered" || one.Outcome != "delivered" || one.Attempts != 1 || one.EndedAt == nil || one.NextAt != nil {
					t.Errorf("%s sees %+v", sees.Role, one)
				}
			}
			before = next
		}
		for i := 1; i < len(seen); i++ {
			if seen[i] != seen[i-1]-1 {
				t.Errorf("%v", seen)
			}
		}
		if len(seen) != 5 {
			t.Errorf("%d deliveries", len(seen))
		}
	}
	for _, in := range []events.Replay{{}, {From: d.Now(), Until: d.Now()}, {EventID: d.Home.ID, From: d.Now()}, {Until: d.Now()}} {
		_, err := events.ReplayEvents(t.Context(), d.DB, d.Home, d.Home.Partner, d.home.ID, in)
		housetest.Refused(t, err, fault.Invalid, "")
	}
	_, err := events.ReplayEvents(t.Context(), d.DB, d.Home, d.Home.Partner, d.home.ID, events.Replay{EventID: d.Home.ID})
	housetest.Refused(t, err, fault.NotFound, "")
}
