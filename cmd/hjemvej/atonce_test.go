package main

import (
	"bytes"
	"crypto/rand"
	"sync"
	"testing"

	"hjemvej/api"
	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
)

// received is an arrived case of a contact person's that a partner has received.
func (d desk) received(who, partner string) (code string) {
	d.t.Helper()
	for _, c := range got[api.Page[casefile.Summary]](d.do(who, "GET", "/v1/cases?state=arrived", nil, 200)).Items {
		if a, err := d.send(request{actor: partner, method: "GET", path: "/v1/cases/" + c.Code + "/incidents"}); err == nil && a.status == 200 {
			return c.Code
		}
	}
	d.t.Fatal("the partner has received nobody")
	return ""
}

// A partner's line is bad, and its program asks fifty times at once.
func TestR29_FiftyEqualIncidentsAtOnceAreOne(t *testing.T) {
	t.Parallel()
	const many = 50
	d := startDemo(t)
	conn := database(t, d.dir)
	code := d.received(worker, home)
	before := count(t, conn, `SELECT count(*) FROM incidents`)
	body := j{"kind": "threat", "occurred_on": today(), "text": "Somebody asks for her at the door"}
	r := request{actor: home, method: "POST", path: "/v1/cases/" + code + "/incidents", key: rand.Text(), body: body}
	answers := make([]answer, many)
	var busy sync.WaitGroup
	start := make(chan struct{})
	for i := range many {
		busy.Go(func() {
			<-start
			var err error
			if answers[i], err = d.send(r); err != nil {
				t.Errorf("request %d: %v", i, err)
			}
		})
	}
	close(start)
	busy.Wait()
	for i, a := range answers {
		if a.status != 201 || !bytes.Equal(a.body, answers[0].body) || a.tag != answers[0].tag {
			t.Errorf("answer %d is %d %s: %s", i, a.status, a.tag, a.body)
		}
	}
	body["text"] = "Somebody else asks for her"
	d.want(r, 409).by("R29")

	if n := count(t, conn, `SELECT count(*) FROM incidents`); n != before+1 {
		t.Errorf("%d incidents more", n-before)
	}
	id := got[followup.Incident](answers[0]).ID
	until(t, "the letters are out", func() bool {
		return count(t, conn, `SELECT count(*) FROM letters WHERE once LIKE 'incident:' || $1 || ':%' AND state = 'queued'`, id) == 0
	})
	told := `SELECT count(*) FROM letters l JOIN cases c ON c.id = l.case_id WHERE l.once LIKE 'incident:' || $1 || ':%' AND l.state = 'sent' `
	contact := count(t, conn, told+`AND l.user_id = c.contact_person_id`, id)
	leads := count(t, conn, told+`AND l.user_id IN (SELECT u.id FROM users u WHERE u.role = 'team_lead' AND u.team_id = c.team_id)`, id)
	if all := count(t, conn, told, id); contact != 1 || leads != 1 || all != 2 {
		t.Errorf("told are the contact person %d times and the lead %d times, %d in all", contact, leads, all)
	}
	came := map[string]int{}
	for _, l := range lettersIn(t, d.dir) {
		came[l.Header.Get("Message-Id")]++
	}
	for letter, n := range came {
		if n != 1 {
			t.Errorf("letter %s came %d times", letter, n)
		}
	}
}
