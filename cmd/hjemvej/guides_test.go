package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"hjemvej/partners"
)

// TestTheGuideInGoTakesAHandOffToItsEnd runs the program of docs/partners/go.md,
// with the generated client, between the steps of staff.
func TestTheGuideInGoTakesAHandOffToItsEnd(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "handoff")
	if out, err := exec.Command("go", "build", "-o", program, "../../docs/partners/handoff").CombinedOutput(); err != nil {
		t.Fatalf("build the guide's program: %v\n%s", err, out)
	}
	theGuideWorks(t, func() *exec.Cmd { return exec.Command(program) })
}

// TestTheGuidesInOtherLanguagesDoTheSame runs the blocks of the guides, one
// after the other: what is installed, what is generated and checked, and then
// the program.
func TestTheGuidesInOtherLanguagesDoTheSame(t *testing.T) {
	heavy(t)
	for language, g := range map[string]struct{ tool, program string }{
		"typescript": {"npm", "handoff.ts"}, "python": {"python3", "handoff.py"},
	} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(g.tool); err != nil {
				t.Skipf("%s is not installed; the guide is for people who have it", g.tool)
			}
			dir := t.TempDir()
			for _, file := range []string{"../../openapi.yaml", "../../docs/partners/" + g.program} {
				b, err := os.ReadFile(file)
				must(t, err)
				must(t, os.WriteFile(filepath.Join(dir, filepath.Base(file)), b, 0o600))
			}
			text, err := os.ReadFile("../../docs/partners/" + language + ".md")
			must(t, err)
			blocks := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1)
			if len(blocks) != 3 {
				t.Fatalf("the guide has %d blocks", len(blocks))
			}
			if out, err := shell(t, dir, blocks[0][1]).CombinedOutput(); err != nil {
				t.Skipf("what the guide needs cannot be installed here: %v\n%s", err, tail(string(out), 1000))
			}
			if out, err := shell(t, dir, blocks[1][1]).CombinedOutput(); err != nil {
				t.Fatalf("the generated client is not right: %v\n%s", err, tail(string(out), 4000))
			}
			theGuideWorks(t, func() *exec.Cmd { return shell(t, dir, blocks[2][1]) })
		})
	}
}

// shell is a block of a guide, which has some minutes: a registry may be slow.
func shell(t *testing.T, dir, block string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "sh", "-ec", block)
	cmd.Dir = dir
	return cmd
}

// theGuideWorks runs a guide's program between the steps of staff in the course
// "E", as a partner that has no other case.
func theGuideWorks(t *testing.T, program func() *exec.Cmd) {
	t.Helper()
	e := &courseE{running: startDemo(t), arrival: today()}
	e.Partner[home], e.Tokens[home] = e.newPartner()
	for _, step := range []func(){e.isIdentified, e.hasTimeToReflect, e.accepts, e.isPrepared, e.isPromisedSupport} {
		step()
	}
	iomHas := "/v1/handoffs/" + e.do(worker, "POST", e.path+"/handoffs", j{"partner_id": e.Partner[iom]}, 201).id()
	e.change(iom, "POST", iomHas, "/answer", j{"answer": "accepted"}, 200)
	e.do(worker, "POST", e.path+"/handoffs", j{"partner_id": e.Partner[home]}, 201)
	says := func(words ...string) {
		t.Helper()
		cmd := program()
		cmd.Env = append(os.Environ(), "HJEMVEJ_SERVER="+e.BaseURL, "HJEMVEJ_PARTNER_KEY="+e.Tokens[home])
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("the guide's program failed: %v\n%s", err, out)
		}
		inOrder(t, string(out), words...)
	}
	says(e.code+" acknowledged", "event 1 handoff.offered")
	says(e.code + " accepted")
	says("withheld:")
	e.departs()
	says(e.code + " arrival confirmed")
	says(e.code+" reported", e.code+" attempt at arrival_contact")
	says(e.code + " reported") // again: it is recorded once
	if n := len(got[[]partners.Report](e.do(worker, "GET", e.path+"/reports", nil, 200))); n != 1 {
		t.Errorf("%d reports are recorded", n)
	}
}

// newPartner registers a home-country partner and answers its id and a key.
func (e *courseE) newPartner() (id, key string) {
	e.t.Helper()
	id = e.do("administrator", "POST", "/v1/partners", j{"name": "Casa Ghid", "role": "home_country_partner", "countries": []string{"RO"}, "language": "en",
		"email": "ghid@partner.example", "transfer_ground": "adequacy", "transfer_reference": "Within the EEA"}, 201).id()
	issued := got[struct{ Key string }](e.do("administrator", "POST", fmt.Sprintf("/v1/partners/%s/keys", id), j{"label": "guide", "valid_days": 30,
		"scopes": []string{"read_handoffs", "answer_handoffs", "report_arrival", "report_support", "follow_up"}}, 201))
	return id, strings.TrimSpace(issued.Key)
}
