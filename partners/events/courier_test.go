package events_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"hjemvej/internal/housetest"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
	"hjemvej/internal/webhook"
	"hjemvej/partners"
	"hjemvej/partners/events"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

func TestR11_AnEventArrivesSignedOnceWithIdsAlone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	first, second := d.emit(), d.emit()
	d.carry()
	d.carry() // finds nothing
	want := []events.Event{}
	for i, id := range []string{first, second} {
		want = append(want, events.Event{ID: id, Type: outbox.HandoffOffered, Timestamp: d.Now().UTC(),
			Data: events.Data{Sequence: d.home.Came()[0].Data.Sequence + int64(i), Case: d.c.Code, Handoff: d.c.HomeHandoff}})
	}
	if diff := cmp.Diff(want, d.home.Came()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := d.deliveries("delivered"); n != 2 || d.home.Forged() != 0 {
		t.Errorf("%d are known as delivered, %d do not verify", n, d.home.Forged())
	}
	polled, err := events.List(t.Context(), d.DB, d.Home, want[0].Data.Sequence-1, 50)
	must(t, err)
	if diff := cmp.Diff(want, polled.Items); diff != "" {
		t.Errorf("polling says otherwise (-want +got):\n%s", diff)
	}
}

// What an endpoint does to us, what that is called, and whether it holds up other
// events.
func TestWhateverAnEndpointDoesTheEventIsKept(t *testing.T) {
	t.Parallel()
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	t.Cleanup(inside.Close)
	for name, c := range map[string]struct {
		answer  http.HandlerFunc
		outcome webhook.Outcome
		down    bool
	}{
		"hangs": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, webhook.Timeout, true},
		"500":   {answering(500), webhook.Status5xx, false},
		"503":   {answering(503), webhook.Status5xx, true},
		"400":   {answering(400), webhook.Status4xx, false},
		"redirects": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, inside.URL, http.StatusTemporaryRedirect)
		}, webhook.Redirected, true},
		"hangs up": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, webhook.BadAnswer, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.emit()
			d.emit()
			d.home.Answer(c.answer)
			d.carry()
			d.carry() // in the pause
			tried := 2
			if c.down {
				tried = 1
			}
			if n := len(d.home.Came()); n != tried {
				t.Errorf("it was tried %d times at once, want %d", n, tried)
			}
			if n := d.Count(t, `SELECT count(*) FROM event_deliveries WHERE state = 'pending' AND last_outcome = $1`, string(c.outcome)); n != tried || d.deliveries("pending") != 2 {
				t.Errorf("%d of %d events wait for %s", n, d.deliveries("pending"), c.outcome)
			}
			d.home.Answer(nil)
			d.pass()
			d.SetNow(d.Now().Add(10 * time.Second)) // for the other one, whose pause is a little longer
			d.carry()
			if n := d.deliveries("delivered"); n != 2 || d.endpoint().FailingSince != nil {
				t.Errorf("%d are delivered when it is well again: %+v", n, d.endpoint())
			}
		})
	}
}

func answering(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
}

func TestAnAnswerOfAGigabyteIsADelivery(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.emit()
	d.home.Answer(func(w http.ResponseWriter, _ *http.Request) {
		for block, sent := make([]byte, 1<<20), 0; sent < 1<<30; sent += len(block) {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
		t.Error("all of it was read")
	})
	d.carry()
	if n := d.deliveries("delivered"); n != 1 {
		t.Errorf("%d delivered", n)
	}
}

func TestACertificateThatNobodyVouchesForGetsNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.emit()
	c := events.Courier{DB: d.DB, Vault: d.Vault, Sender: webhook.New(webhook.Config{AllowLoopback: true})}
	must(t, c.Carry(t.Context(), d.home.ID, noRest))
	if got := d.Text(t, `SELECT last_outcome FROM event_deliveries`); got != string(webhook.BadCertificate) || len(d.home.Came()) != 0 {
		t.Errorf("%s, and %d came", got, len(d.home.Came()))
	}
}

func TestInProductionNothingGoesToThisMachine(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.emit()
	c := events.Courier{DB: d.DB, Vault: d.Vault, Sender: webhook.New(webhook.Config{})}
	must(t, c.Carry(t.Context(), d.home.ID, noRest))
	if got := d.Text(t, `SELECT last_outcome FROM event_deliveries`); got != string(webhook.ForbiddenAddress) || len(d.home.Came()) != 0 {
		t.Errorf("%s, and %d came", got, len(d.home.Came()))
	}
}

func TestWhatIsRefusedForThreeDaysIsDeadAndCanBeReplayed(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	refused := d.emit()
	begun := d.Now()
	other := 0
	d.home.Answer(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("webhook-id") == refused {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	for d.deliveries("pending") > 0 {
		d.pass()
		d.emit() // others go on
		other++
		d.carry()
	}
	if took := d.Now().Sub(begun); took < 60*time.Hour || took > 72*time.Hour || other < 12 || other > 20 {
		t.Errorf("dead after %s and %d attempts", took, other)
	}
	dead, _, err := events.ListDeliveries(t.Context(), d.DB, d.Home, d.Home.Partner, d.home.ID, events.Filter{State: "dead", Limit: 10})
	must(t, err)
	if len(dead) != 1 || dead[0].EventID != refused || dead[0].Status != 500 || dead[0].Attempts != other || d.deliveries("delivered") != other {
		t.Errorf("dead are %+v", dead)
	}
	if d.endpoint().State != events.Active {
		t.Error("the endpoint is paused for one event")
	}
	d.home.Answer(nil)
	out, err := events.ReplayEvents(t.Context(), d.DB, d.Home, d.Home.Partner, d.home.ID, events.Replay{EventID: refused})
	must(t, err)
	d.carry()
	if out.Events != 1 || d.deliveries("dead") != 0 || d.deliveries("delivered") != other+1 {
		t.Errorf("%d replayed, %d delivered", out.Events, d.deliveries("delivered"))
	}
}

func TestAnEndpointThatTakesNothingForThreeDaysIsPausedAndItsPartnerTold(t *testing.T) {
	t.Parallel()
	for _, status := range []int{503, 401} {
		d := newDesk(t)
		d.home.Status(status)
		begun := d.Now()
		d.emit()
		d.carry()
		d.pass()
		d.emit()
		for d.pass() {
			d.carry()
		}
		e := d.endpoint()
		if took := e.Since.Sub(begun); e.State != events.Paused || e.Why != "failing" || took < 60*time.Hour || took > 72*time.Hour {
			t.Errorf("%d: %+v after %s", status, e, took)
		}
		d.told()
		d.emit() // while it is paused
		d.carry()
		came := len(d.home.Came())
		d.home.Answer(nil)
		e, err := events.Change(t.Context(), d.DB, housetest.Sender(), d.Home, d.Home.Partner, e.ID, e.Version, events.ChangedEndpoint{NewEndpoint: events.NewEndpoint{URL: e.URL}})
		must(t, err)
		d.carry()
		waited := d.deliveries("delivered")
		if e.State != events.Active || e.Why != "" || e.FailingSince != nil || waited < 2 || waited+d.deliveries("dead") != 3 || len(d.home.Came())-came != waited {
			t.Errorf("%d: resumed, it is %+v, and %d of 3 came that had waited", status, e, waited)
		}
	}
}

// told fails unless one letter, that says nothing, tells the partner.
func (d *desk) told() {
	d.t.Helper()
	id := d.Text(d.t, `SELECT id::text FROM letters WHERE kind = 'endpoint_paused'`)
	w, err := outbox.Find(d.t.Context(), d.DB, id)
	must(d.t, err)
	if !w.Needed || !w.ToPartner || w.CaseCode != "" || w.Address != d.Text(d.t, `SELECT email FROM partners WHERE id = $1`, d.Home.Partner) {
		d.t.Errorf("the letter is %+v", w)
	}
	if _, err := letter.Compose(letter.Letter{Kind: w.Kind, Language: w.Language, CaseCode: w.CaseCode, Link: "https://desk.example/v1/events"}); err != nil {
		d.t.Error(err)
	}
}

func TestAnEndpointThatWantsNoMoreIsPausedAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.emit()
	d.emit()
	d.home.Status(http.StatusGone)
	d.carry()
	if e := d.endpoint(); e.State != events.Paused || e.Why != "gone" || len(d.home.Came()) != 1 || d.deliveries("pending") != 2 {
		t.Errorf("%+v, %d came, %d wait", e, len(d.home.Came()), d.deliveries("pending"))
	}
	d.told()
}

func TestAnEndpointIsLeftAloneForAsLongAsItAsks(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.emit()
	d.home.Answer(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	d.carry()
	begun := d.Now()
	d.pass()
	if waits := d.Now().Sub(begun); waits != time.Hour {
		t.Errorf("it is tried again after %s", waits)
	}
}

// R7, R21: what waits when a consent or a hand-off ends is not told afterwards.
func TestR7_R21_WhatWaitsIsNotToldAfterTheEnd(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	from := d.Count(t, `SELECT max(seq) FROM events WHERE partner_id = $1`, d.Home.Partner)
	d.Pay(t, d.c, "100", "sent")
	k := d.Text(t, `SELECT id::text FROM consents WHERE case_id = $1 AND partner_id = $2 AND category = 'support_and_payments'`, d.c.ID, d.Home.Partner)
	_, err := partners.WithdrawConsent(t.Context(), d.DB, d.c.By, d.c.Code, k, 1)
	must(t, err)
	d.carry()
	if came := d.home.Came(); len(came) != 1 || came[0].Type != outbox.SharingEnded || d.deliveries("dropped") != 1 {
		t.Errorf("%+v came", came)
	}
	d.emit()
	_, err = partners.Revoke(t.Context(), d.DB, d.c.By, d.c.Code, d.c.HomeHandoff, d.Count(t, `SELECT version FROM handoffs WHERE id = $1`, d.c.HomeHandoff))
	must(t, err)
	d.carry()
	var types []outbox.EventType
	for _, e := range d.home.Came() {
		types = append(types, e.Type)
	}
	want := []outbox.EventType{outbox.SharingEnded, outbox.HandoffRevoked}
	if diff := cmp.Diff(want, types); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	polled, err := events.List(t.Context(), d.DB, d.Home, int64(from), 50)
	must(t, err)
	if len(polled.Items) != 2 || polled.Items[0].Type != want[0] || polled.Items[1].Type != want[1] {
		t.Errorf("polling says %+v", polled.Items)
	}
	all := events.Replay{From: d.Now().Add(-time.Hour), Until: d.Now().Add(time.Hour)}
	if out, err := events.ReplayEvents(t.Context(), d.DB, d.Administrator, d.Home.Partner, d.home.ID, all); err != nil || out.Events != 2 {
		t.Errorf("%d events are replayed, %v", out.Events, err)
	}
}

func TestNothingIsToldThatWasNotCommitted(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	broken := errors.New("broken")
	counts := `SELECT (SELECT count(*) FROM events) * 10000 + (SELECT count(*) FROM event_deliveries) * 100 + (SELECT count(*) FROM river_job WHERE kind = 'carry_events')`
	before := d.Count(t, counts)
	err := postgres.Do(t.Context(), d.DB, d.c.By, "offer-handoff", func(ctx context.Context, tx *postgres.Tx) error {
		told, err := outbox.Emit(ctx, tx, outbox.Event{Type: outbox.HandoffOffered, PartnerID: d.Home.Partner, CaseID: d.c.ID})
		if err != nil || !told {
			t.Errorf("told: %v, %v", told, err)
		}
		return broken
	})
	if !errors.Is(err, broken) || d.Count(t, counts) != before {
		t.Errorf("a fact that was rolled back left something, or %v", err)
	}
	d.emit()
	if n := d.Count(t, counts); n != before+10101 {
		t.Errorf("one that was committed left %d", n-before)
	}
}

func TestAPartnerThatHasLeftIsToldNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.emit()
	d.Set(t, `UPDATE partners SET active = false WHERE id = $1`, d.Home.Partner)
	d.carry()
	if n, err := events.WakeDue(t.Context(), d.DB); n != 0 || err != nil || len(d.home.Came()) != 0 {
		t.Errorf("%d endpoints are due, %d came, %v", n, len(d.home.Came()), err)
	}
}

func TestEveryEndpointOfAPartnerIsToldByItself(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	second := d.NewReceiver(t, d.Home)
	d.home.Status(503)
	d.emit()
	d.carry()
	must(t, d.courier().Carry(t.Context(), second.ID, noRest))
	if len(second.Came()) != 1 || d.deliveries("pending") != 1 || d.deliveries("delivered") != 1 {
		t.Errorf("%d came to the second", len(second.Came()))
	}
	late := d.NewReceiver(t, d.Home)
	out, err := events.ReplayEvents(t.Context(), d.DB, d.Home, d.Home.Partner, late.ID, events.Replay{From: d.Now(), Until: d.Now().Add(time.Second)})
	must(t, err)
	must(t, d.courier().Carry(t.Context(), late.ID, noRest))
	if n := d.Count(t, `SELECT count(*) FROM events WHERE partner_id = $1`, d.Home.Partner); out.Events == 0 || len(late.Came()) != out.Events || out.Events > n {
		t.Errorf("%d of %d events came to one that was added later", len(late.Came()), n)
	}
}

func TestATestEventGoesToItsEndpointAlone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	second := d.NewReceiver(t, d.Home)
	sent, err := events.SendTest(t.Context(), d.DB, d.Home, d.Home.Partner, d.home.ID)
	must(t, err)
	d.carry()
	must(t, d.courier().Carry(t.Context(), second.ID, noRest))
	if came := d.home.Came(); len(came) != 1 || came[0] != sent || came[0].Type != outbox.EndpointTest || sent.Data.Case != "" || len(second.Came()) != 0 {
		t.Errorf("%+v came, %+v was sent", came, sent)
	}
	e := d.endpoint()
	_, err = events.Change(t.Context(), d.DB, housetest.Sender(), d.Home, d.Home.Partner, e.ID, e.Version, events.ChangedEndpoint{NewEndpoint: events.NewEndpoint{URL: e.URL}, Paused: true})
	must(t, err)
	_, err = events.SendTest(t.Context(), d.DB, d.Home, d.Home.Partner, d.home.ID)
	housetest.Refused(t, err, "conflict", "")
}

// R11: whatever is told, of whatever type, is ids and a code, as docs/events says.
func TestR11_NoEventNamesAnything(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, k := range outbox.EventKinds {
		d.Set(t, `INSERT INTO events (partner_id, type, case_id, case_code, handoff_id, object_id, happened_at) VALUES ($1, $2, $3, $4, $5, gen_random_uuid(), $6)`,
			d.Home.Partner, string(k.Type), d.c.ID, d.c.Code, d.c.HomeHandoff, d.Now())
	}
	_, err := events.ReplayEvents(t.Context(), d.DB, d.Home, d.Home.Partner, d.home.ID, events.Replay{From: d.Now(), Until: d.Now().Add(time.Second)})
	must(t, err)
	d.carry()
	types := map[outbox.EventType]bool{}
	schemas := jsonschema.NewCompiler()
	schemas.AssertFormat()
	for _, e := range d.home.Came() {
		types[e.Type] = true
		schema, err := schemas.Compile("../../docs/events/" + string(e.Type) + ".json")
		must(t, err)
		text, err := json.Marshal(e)
		must(t, err)
		body, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		must(t, err)
		if err := schema.Validate(body); err != nil {
			t.Error(err)
		}
		if err := letter.Neutral(string(e.Type)); err != nil || outbox.KindOf(e.Type).Says == "" {
			t.Errorf("%s: %v", e.Type, err)
		}
		for _, id := range []string{e.ID, e.Data.Handoff, e.Data.Payment, e.Data.Followup, e.Data.Duty} {
			if id != "" && uuid.Validate(id) != nil {
				t.Errorf("%s has an id %q", e.Type, id)
			}
		}
		if e.Data.Case != d.c.Code {
			t.Errorf("%s is about %q", e.Type, e.Data.Case)
		}
	}
	if len(types) != len(outbox.EventKinds) {
		t.Errorf("of %d types %d came", len(outbox.EventKinds), len(types))
	}
}
