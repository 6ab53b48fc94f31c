package main

import (
	"bytes"
	"crypto/rand"
	mathrand "math/rand/v2"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"hjemvej/api"
	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/casework/support"
	"hjemvej/internal/calendar"
	"hjemvej/internal/money"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

// blow is how the program is ended from outside.
type blow struct {
	signal syscall.Signal
	server bool // killed as well, a moment before
}

func TestR29_AnEndAmongWritesLosesNothingAndDoesNothingTwice(t *testing.T) {
	t.Parallel()
	dir, blows := demoFolder(t), []blow{{syscall.SIGKILL, false}}
	if os.Getenv("HJEMVEJ_TEST_HEAVY") != "" {
		blows = append(blows, blow{syscall.SIGKILL, true}, blow{syscall.SIGINT, false}, blow{syscall.SIGTERM, false}, blow{syscall.SIGKILL, false})
	}
	for _, b := range blows {
		endAmongWrites(t, dir, b)
	}
}

// written is one write of somebody's, and its answer where one came.
type written struct {
	request
	kind     string
	answered *answer
}

// endAmongWrites ends the program at some moment while many write, starts it
// again, and asks everything again.
func endAmongWrites(t *testing.T, dir string, b blow) {
	t.Helper()
	p := launchDemo(t, dir)
	d := deskOf(t, dir)
	before := totals(t, database(t, dir))
	targets := d.targets()
	wait := time.Duration(200+mathrand.IntN(800)) * time.Millisecond
	time.AfterFunc(wait, func() {
		if pid := postmasterOf(dir); b.server && pid > 0 {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		_ = p.cmd.Process.Signal(b.signal)
	})
	all := writeUntilItBreaks(d, targets)
	<-p.done
	gone(t, dir, nil, soon)
	if b.signal != syscall.SIGKILL && p.status() != 0 {
		t.Errorf("after %s the exit status is %d: %s", b.signal, p.status(), p.out)
	}

	launched := launchDemo(t, dir)
	d = deskOf(t, dir)
	want, lost := before, 0
	for _, w := range all {
		want[w.kind]++
		again := d.want(w.request, 201)
		if w.answered == nil {
			lost++
			again = d.want(w.request, 201)
		} else if !bytes.Equal(again.body, w.answered.body) {
			t.Errorf("%s answered %s, and after the kill %s", again.asked, w.answered.body, again.body)
		}
		if w.kind == "payments" {
			d.do("finance", "GET", "/v1/payments/"+again.id(), nil, 200)
		}
		if w.kind == "cases" {
			d.do(w.actor, "GET", "/v1/cases/"+got[casefile.Case](again).Code, nil, 200)
		}
	}
	t.Logf("%s after %s (the server killed too: %v): %d writes, %d without an answer", b.signal, wait, b.server, len(all), lost)
	conn := database(t, dir)
	if diff := cmp.Diff(want, totals(t, conn)); diff != "" {
		t.Errorf("each write has one effect (-want +got):\n%s", diff)
	}
	if n := count(t, conn, `SELECT count(*) FROM budget_lines l WHERE committed_dkk > approved_dkk OR committed_dkk <>
		(SELECT coalesce(sum(dkk), 0) FROM payments p WHERE p.line_id = l.id AND p.state IN ('planned','authorised','sent','received'))`); n > 0 {
		t.Errorf("R25: %d lines do not add up", n)
	}
	launched.end(t, os.Interrupt)
}

// totals are what the writes add to.
func totals(t *testing.T, conn *pgx.Conn) map[string]int {
	t.Helper()
	all := map[string]int{}
	for kind, table := range map[string]string{"cases": "cases", "payments": "payments", "attempts": "attempts", "incidents": "incidents"} {
		all[kind] = count(t, conn, `SELECT count(*) FROM `+table)
	}
	return all
}

// target is a case on which somebody can write much.
type target struct {
	actor, code, followup string
	line                  support.Line
	day                   calendar.Date
}

func (d desk) targets() (all []target) {
	d.t.Helper()
	for _, who := range []string{"contact_person_1", "contact_person_2", "contact_person_3", "contact_person_4"} {
		for _, c := range got[api.Page[casefile.Summary]](d.do(who, "GET", "/v1/cases?state=arrived", nil, 200)).Items {
			path := "/v1/cases/" + c.Code
			one := target{actor: who, code: c.Code, day: got[casefile.Case](d.do(who, "GET", path, nil, 200)).LastDay}
			for _, f := range got[[]followup.Followup](d.do(who, "GET", path+"/followups", nil, 200)) {
				if f.State == "open" && f.OpensOn.Before(today()) {
					one.followup = f.ID
				}
			}
			for _, l := range got[support.Budget](d.do(who, "GET", path+"/budget", nil, 200)).Lines {
				used, err := l.Committed.Add(money.DKK("300.00"))
				must(d.t, err)
				if room, err := l.Approved.Cmp(used); err == nil && room > 0 && one.followup != "" {
					one.line = l
					all = append(all, one)
					break
				}
			}
		}
	}
	if len(all) < 3 {
		d.t.Fatalf("the demo has only %d cases to write on", len(all))
	}
	return all
}

// writeUntilItBreaks has six people write at once, each until an answer fails to
// come.
func writeUntilItBreaks(d desk, targets []target) (all []written) {
	var mu sync.Mutex
	var busy sync.WaitGroup
	for n := range 6 {
		busy.Go(func() {
			for i := n; ; i++ {
				w := targets[i%len(targets)].write(i)
				a, err := d.send(w.request)
				if err == nil && a.status == 201 {
					w.answered = &a
				}
				mu.Lock()
				all = append(all, w)
				mu.Unlock()
				if w.answered == nil {
					return
				}
			}
		})
	}
	busy.Wait()
	return all
}

// write is one of the four kinds of writes.
func (x target) write(i int) written {
	w := written{request: request{actor: x.actor, method: "POST", key: rand.Text()}}
	switch i % 4 {
	case 0:
		w.kind, w.path = "payments", "/v1/cases/"+x.code+"/payments"
		form := x.line.Form
		if form == "mixed" {
			form = "in_kind"
		}
		w.body = j{"line": x.line.Key, "form": form, "amount": j{"amount": "0.25", "currency": "DKK"}, "planned_for": x.day}
	case 1:
		w.kind, w.path = "attempts", "/v1/followups/"+x.followup+"/attempts"
		w.body = j{"made_on": today(), "channel": "call", "outcome": "no_answer"}
	case 2:
		w.kind, w.path = "incidents", "/v1/cases/"+x.code+"/incidents"
		w.body = j{"kind": "threat", "occurred_on": today(), "text": "Somebody asks for her at the door"}
	default:
		w.kind, w.path = "cases", "/v1/cases"
		w.body = j{"track": "lawful_stay", "assessed_by": "cmm", "assessed_on": today(),
			"person": j{"given_names": "Ilinca", "family_name": "Inventată", "birth_date": "1990-04-12", "language": "ro"}}
	}
	return w
}

// postmasterOf is the process of the server that runs on a folder, 0 where none does.
func postmasterOf(dir string) int {
	for _, l := range kin(dir) {
		if strings.Contains(l.command, "/postgres -D "+dir) && !strings.Contains(l.command, "/bin/sh") {
			return l.pid
		}
	}
	return 0
}
