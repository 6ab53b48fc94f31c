package main

import (
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"hjemvej/api"
	"hjemvej/casework/casefile"
	"hjemvej/internal/webhook"
)

// TestTheProgramKilledBetweenFactAndDeliveryLosesNoEvent kills the program while
// a partner's system has an event in hand and has not answered.
func TestTheProgramKilledBetweenFactAndDeliveryLosesNoEvent(t *testing.T) {
	heavy(t)
	var secret atomic.Value
	var well atomic.Bool
	came := make(chan string, 100)
	partner := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || webhook.Verify([]string{secret.Load().(string)}, r.Header, body, time.Now()) != nil {
			t.Errorf("something came that does not verify: %v", err)
		}
		came <- r.Header.Get("webhook-id")
		if !well.Load() {
			<-r.Context().Done()
		}
	}))
	t.Cleanup(partner.Close)
	trusted := filepath.Join(t.TempDir(), "trusted.pem")
	must(t, os.WriteFile(trusted, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: partner.Certificate().Raw}), 0o600))
	dir := demoFolder(t)
	open := func() (*process, desk) {
		t.Helper()
		cmd := exec.Command(binary(t), "demo", "--addr", "127.0.0.1:0", "--data", dir)
		cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+trusted)
		p, err := launch(cmd, 2*patience)
		must(t, err)
		t.Cleanup(func() { p.end(t, syscall.SIGKILL) })
		return p, deskOf(t, dir)
	}

	p, d := open()
	endpoint := got[api.CreatedEndpoint](d.do("partner_1", "POST", "/v1/partners/"+d.Partner["partner_1"]+"/endpoints", j{"url": partner.URL}, 201))
	secret.Store(endpoint.Secret)
	handoff := d.handOff("partner_1")
	first := <-came
	p.end(t, syscall.SIGKILL)
	gone(t, dir, nil, soon)

	well.Store(true)
	_, d = open()
	conn := database(t, dir)
	// As if the minutes were over after which a killed program's work is taken up.
	_, err := conn.Exec(t.Context(), `UPDATE river_job SET attempted_at = attempted_at - interval '10 minutes' WHERE state = 'running' AND kind = 'carry_events'`)
	must(t, err)
	_, err = conn.Exec(t.Context(), `UPDATE event_deliveries SET next_at = 'epoch' WHERE state = 'pending'`)
	must(t, err)
	until(t, "the event is delivered", func() bool {
		return count(t, conn, `SELECT count(*) FROM event_deliveries d JOIN events e ON e.id = d.event_id WHERE d.state = 'delivered' AND e.handoff_id = $1 AND e.id = $2`, handoff, first) == 1
	})
	if again := <-came; again != first {
		t.Errorf("after the kill another event came than before")
	}
	d.do("partner_1", "GET", "/v1/handoffs/"+handoff, nil, 200)
}

// handOff opens a case, has the person accept, and hands it to a partner. It
// answers the hand-off's id.
func (d desk) handOff(partner string) string {
	d.t.Helper()
	opened := got[casefile.Opened](d.do(worker, "POST", "/v1/cases", j{"track": "lawful_stay", "assessed_by": "cmm", "assessed_on": today(),
		"person": j{"given_names": "Ilinca", "family_name": "Inventată", "birth_date": "1990-04-12", "language": "ro"}}, 201))
	path := "/v1/cases/" + opened.Code
	d.change(worker, "POST", path, "/offer", j{"offered_on": today(), "destination": j{"country": "RO", "kind": "home_country", "place": "Iași"}}, 200)
	d.change(worker, "POST", path, "/answer", j{"answer": "accepted", "answered_on": today()}, 200)
	return d.do(worker, "POST", path+"/handoffs", j{"partner_id": d.Partner[partner]}, 201).id()
}
