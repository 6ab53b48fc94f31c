package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"hjemvej/api"
	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
)

// interview is a survey that somebody takes: two drafts, and the answers.
type interview struct {
	code     string
	kind     followup.Kind
	requests []request
	answered []answer // of the first of them
}

// interviews are all surveys that nobody has taken yet of who has arrived. Every
// answer is the golden sample's, which alarms.
func (d desk) interviews() (all []*interview) {
	d.t.Helper()
	text, err := os.ReadFile("../../demo/baseline_e.json")
	must(d.t, err)
	var golden followup.Answers
	must(d.t, json.Unmarshal(text, &golden))
	half := followup.Answers{Choices: map[string]string{}}
	for key, code := range golden.Choices {
		if len(half.Choices) < len(golden.Choices)/2 && key != "able_to_stay" {
			half.Choices[key] = code
		}
	}
	for _, who := range []string{"contact_person_1", "contact_person_2", "contact_person_3", "contact_person_4"} {
		for _, c := range got[api.Page[casefile.Summary]](d.do(who, "GET", "/v1/cases?state=arrived&limit=100", nil, 200)).Items {
			path := "/v1/cases/" + c.Code + "/surveys"
			taken := got[[]followup.Survey](d.do(who, "GET", path, nil, 200))
			for _, kind := range []followup.Kind{followup.Baseline, followup.Month3, followup.Exit} {
				if slices.ContainsFunc(taken, func(s followup.Survey) bool { return s.Kind == kind }) {
					continue
				}
				draft := path + "/" + string(kind) + "/draft"
				all = append(all, &interview{code: c.Code, kind: kind, requests: []request{
					{who, "PUT", draft, rand.Text(), "", j{"answers": half}},
					{who, "PUT", draft, rand.Text(), `"1"`, j{"answers": golden}},
					{who, "POST", path, rand.Text(), "", j{"kind": kind, "answered_on": today(), "answers": golden, "draft_version": 2,
						"interviewer": "contact_person", "interpreter_helped": false, "mode": "call", "language": "en", "interviewer_gives_support": false}},
				}})
			}
		}
	}
	return all
}

// goOn sends what was not answered yet, until an answer fails to come.
func (i *interview) goOn(d desk, answered func()) bool {
	for len(i.answered) < len(i.requests) {
		a, err := d.send(i.requests[len(i.answered)])
		if err != nil || a.status/100 != 2 {
			return false
		}
		i.answered = append(i.answered, a)
		answered()
	}
	return true
}

// takeUp finds after a kill what was answered before it, and of what was not answered
// either all or nothing.
func (i *interview) takeUp(d desk) {
	d.t.Helper()
	n := len(i.answered)
	if n == len(i.requests) {
		if again := d.want(i.requests[2], 201); !bytes.Equal(again.body, i.answered[2].body) {
			d.t.Errorf("%s answered %s, and after the kill %s", again.asked, i.answered[2].body, again.body)
		}
		return
	}
	draft := i.requests[0]
	found, err := d.send(request{actor: draft.actor, method: "GET", path: draft.path})
	must(d.t, err)
	if found.status == 404 { // nothing was saved, or the survey is whole and its draft gone
		taken := got[[]followup.Survey](d.do(draft.actor, "GET", i.requests[2].path, nil, 200))
		if n > 0 && !slices.ContainsFunc(taken, func(s followup.Survey) bool { return s.Kind == i.kind }) {
			d.t.Errorf("%s: a draft that was saved is lost", draft.path)
		}
		return
	}
	kept := got[followup.Draft](found)
	if kept.Version < n || kept.Version > n+1 {
		d.t.Errorf("%s: %d drafts were answered, and it is in version %d", draft.path, n, kept.Version)
	}
	said, err := json.Marshal(i.requests[kept.Version-1].body)
	must(d.t, err)
	if now, err := json.Marshal(j{"answers": kept.Answers}); err != nil || !bytes.Equal(now, said) {
		d.t.Errorf("%s: said was %s, kept is %s; %v", draft.path, said, now, err)
	}
	for len(i.answered) < kept.Version {
		i.answered = append(i.answered, found)
	}
}

func TestR29_R37_AKillAmongSurveysLosesNoneAndTellsOfEachOnce(t *testing.T) {
	heavy(t)
	dir := demoFolder(t)
	p := launchDemo(t, dir)
	d := deskOf(t, dir)
	conn := database(t, dir)
	before := count(t, conn, `SELECT count(*) FROM surveys`)
	all := d.interviews()
	var answers atomic.Int32
	fatal := int32(len(all)) // of three times as many
	var busy sync.WaitGroup
	for n := range 6 {
		busy.Go(func() {
			for i := n; i < len(all); i += 6 {
				whole := all[i].goOn(d, func() {
					if answers.Add(1) == fatal {
						_ = p.cmd.Process.Signal(syscall.SIGKILL)
					}
				})
				if !whole {
					return
				}
			}
		})
	}
	busy.Wait()
	<-p.done
	gone(t, dir, nil, soon)

	launched := launchDemo(t, dir)
	d, conn = deskOf(t, dir), database(t, dir)
	cut := 0
	for _, i := range all {
		if len(i.answered) > 0 && len(i.answered) < len(i.requests) {
			cut++
		}
		i.takeUp(d)
		if !i.goOn(d, func() {}) {
			t.Fatalf("%s %s is not answered after the kill", i.requests[len(i.answered)].method, i.requests[len(i.answered)].path)
		}
	}
	t.Logf("%d surveys, killed after %d answers, %d cut off", len(all), fatal, cut)
	if n := count(t, conn, `SELECT count(*) FROM surveys`); n != before+len(all) {
		t.Errorf("%d surveys more, of %d", n-before, len(all))
	}
	if n := count(t, conn, `SELECT count(*) FROM survey_drafts`); n != 0 {
		t.Errorf("%d drafts are left of surveys that are whole", n)
	}
	_, err := conn.Exec(t.Context(), `UPDATE river_job SET attempted_at = attempted_at - interval '10 minutes' WHERE state = 'running'`) // rather than wait for it
	must(t, err)
	for _, i := range all {
		s := got[followup.Survey](i.answered[2])
		if s.Economic.String() != "0.6350" || s.Social.String() != "0.7450" || s.Psychosocial.String() != "0.2625" || s.Level != followup.Intensified || len(s.Alerts) != 4 {
			t.Errorf("a survey scores %+v", s)
		}
		for what, sql := range map[string]string{
			"surveys":  `SELECT count(*) FROM surveys WHERE id = $1 AND economic = 0.6350 AND social = 0.7450 AND psychosocial = 0.2625 AND level = 'intensified' AND array_length(alerts, 1) = 4`,
			"concerns": `SELECT count(*) FROM concerns WHERE ref::text = $1`,
			"letters":  `SELECT count(*) FROM letters WHERE once LIKE 'survey:' || $1 || ':%' AND state <> 'dropped'`,
		} {
			if n := count(t, conn, sql, s.ID); n != 1 {
				t.Errorf("%d %s of a survey", n, what)
			}
		}
		until(t, "the alarm is out", func() bool {
			return count(t, conn, `SELECT count(*) FROM letters WHERE once LIKE 'survey:' || $1 || ':%' AND state = 'sent'`, s.ID) == 1
		})
		level := got[followup.CaseLevel](d.do(i.requests[0].actor, "GET", "/v1/cases/"+i.code+"/level", nil, 200))
		if n := len(slices.DeleteFunc(level.History, func(e followup.LevelEntry) bool { return e.ID != s.ID })); n != 1 {
			t.Errorf("a survey is %d times in the history of its level", n)
		}
	}
	if n := count(t, conn, `SELECT count(*) FROM (SELECT FROM followups WHERE kind = 'weekly' AND state <> 'dropped' GROUP BY case_id, due_on HAVING count(*) > 1) twice`); n > 0 {
		t.Errorf("%d weeks have two contacts", n)
	}
	launched.end(t, os.Interrupt)
}
