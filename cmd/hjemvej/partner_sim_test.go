package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"hjemvej/partners"
)

// TestR20_TwoSimulatedPartnersExchangeTheWholeCourseOfE lets two processes play
// the partners of the course "E" unattended, beside a demo that runs: IOM polls,
// the home-country partner takes signed events at an endpoint, and is ended and
// started again on the way. Staff take their own steps alone.
func TestR20_TwoSimulatedPartnersExchangeTheWholeCourseOfE(t *testing.T) {
	t.Parallel()
	e := &courseE{running: startDemo(t), arrival: today()}
	for _, step := range []func(){e.isIdentified, e.hasTimeToReflect, e.accepts, e.isPrepared, e.isPromisedSupport} {
		step()
	}
	pem := filepath.Join(e.dir, loopbackFile)
	asIOM := e.simulate(iom, "--complete", "--report", "met_at_arrival")
	asHome := e.simulate(home, "--complete", "--listen", "127.0.0.1:0", "--tls", pem, "--register")
	for _, who := range []string{iom, home} {
		e.do(worker, "POST", e.path+"/handoffs", j{"partner_id": e.Partner[who]}, 201)
	}
	until(t, "both have accepted", func() bool { return e.states() == "accepted accepted" })
	until(t, "the event has come, signed", func() bool { return strings.Contains(asHome.out.String(), e.code+" verified: handoff.offered") })
	asHome.end(t, os.Interrupt)
	if asHome.status() != 0 {
		t.Errorf("Ctrl-C ends it with %d: %s", asHome.status(), asHome.out)
	}

	e.departs()
	again := e.simulate(home, "--complete", "--listen", "127.0.0.1:0", "--tls", pem, "--register")
	until(t, "the arrival is confirmed", func() bool { return strings.Contains(again.out.String(), e.code+" departed: arrival confirmed") })
	p := "/v1/payments/" + e.plan("rent", "in_kind", "1183.43", 0, 201).id()
	e.change("finance", "POST", p, "/authorisation", nil, 200)
	e.change("finance", "POST", p, "/dispatch", j{"sent_on": today()}, 200)
	until(t, "both have completed", func() bool { return e.states() == "completed completed" })

	inOrder(t, asIOM.out.String(), ": handoff.offered", e.code+" offered: acknowledged", e.code+" accepted", "read: identity, contact, travel;", "reported: met_at_arrival", e.code+" completed")
	inOrder(t, again.out.String(), "ready", "reported: counselling_held", "attempt at arrival_contact: reached_safe", "payment sent: receipt recorded", e.code+" completed")
	if strings.Contains(again.out.String(), "acknowledged") || strings.Contains(again.out.String(), "refused") {
		t.Errorf("started again, it does things twice:\n%s", again.out)
	}
	for _, said := range []string{asIOM.out.String(), asHome.out.String(), again.out.String()} {
		if strings.Contains(said, "Ilinca") || strings.Contains(said, "hjv_") || strings.Contains(said, "whsec_") {
			t.Errorf("it says too much:\n%s", said)
		}
	}
}

// states are those of the case's hand-offs.
func (e *courseE) states() string {
	var all []string
	for _, h := range got[[]partners.Handoff](e.do(worker, "GET", e.path+"/handoffs", nil, 200)) {
		all = append(all, string(h.State))
	}
	return strings.Join(all, " ")
}

// simulate starts a process that plays a partner in this case.
func (e *courseE) simulate(who string, flags ...string) *process {
	e.t.Helper()
	cmd := exec.Command(binary(e.t), append([]string{"partner-sim", "--server", e.BaseURL, "--case", e.code, "--every", "200ms"}, flags...)...)
	cmd.Env = append(os.Environ(), "HJEMVEJ_PARTNER_KEY="+e.Tokens[who])
	p := &process{cmd, &buffer{}, make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.out, p.out
	must(e.t, cmd.Start())
	go func() {
		defer close(p.done)
		_ = cmd.Wait() // how it ended is its state
	}()
	e.t.Cleanup(func() { p.end(e.t, syscall.SIGKILL) })
	until(e.t, "the partner is ready", func() bool { return strings.Contains(p.out.String(), " ready") || ended(p.done) })
	return p
}

// inOrder wants the words in a text, one after the other.
func inOrder(t *testing.T, text string, words ...string) {
	t.Helper()
	rest := text
	for _, w := range words {
		_, after, found := strings.Cut(rest, w)
		if !found {
			t.Fatalf("it does not say %q after what is before it:\n%s", w, text)
		}
		rest = after
	}
}
