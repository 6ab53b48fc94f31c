package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hjemvej/casework/policy"
	"hjemvej/internal/housetest"
)

func TestThePolicyOfADayIsShownAndItsDocumentValidated(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	first := h.Today()
	h.FromTomorrow(t, func(p *policy.Policy) { p.FollowUp.LostAttempts = 7 })
	show := func(on ...string) (out, errs string) {
		t.Helper()
		status, out, errs := called(t, append([]string{"policy", "show", "--database-url", h.URL}, on...)...)
		if status != 0 {
			t.Fatalf("%d: %s", status, errs)
		}
		return out, errs
	}
	if out, errs := show("--on", h.Today().String()); !strings.Contains(out, `"lost_attempts": 7`) || !strings.Contains(errs, "from "+h.Today().String()) {
		t.Error(out, errs)
	}
	out, errs := show("--on", first.String())
	if !strings.Contains(out, `"lost_attempts": 4`) || !strings.Contains(errs, "from 2000-01-01") {
		t.Error(out, errs)
	}
	file := filepath.Join(t.TempDir(), "policy.json")
	must(t, os.WriteFile(file, []byte(out), 0o600))
	if said := ok(t, "policy", "validate", file); said != "The policy is valid.\n" {
		t.Error(said)
	}
	for _, bad := range []string{"1999-12-31", "secret"} {
		if status, _, errs := called(t, "policy", "show", "--database-url", h.URL, "--on", bad); status != 1 || strings.Contains(errs, "secret") {
			t.Errorf("%s: %d: %s", bad, status, errs)
		}
	}
}

func TestEveryFaultOfAPolicysDocumentIsPrinted(t *testing.T) {
	t.Parallel()
	text, err := policy.Default().Canonical()
	must(t, err)
	file := filepath.Join(t.TempDir(), "policy.json")
	wrong := strings.NewReplacer(`"max_instalments":24`, `"max_instalments":"secret"`, `"closes_after":14`, `"closes_after":1`).Replace(text)
	must(t, os.WriteFile(file, []byte(wrong), 0o600))
	status, out, errs := called(t, "policy", "validate", file)
	want := "support.max_instalments: must be a whole number\nfollow_up.closes_after: must lie between 10 and 90\n"
	if status != 1 || out != want || !strings.Contains(errs, "2 faults") {
		t.Errorf("%d: %s%s", status, out, errs)
	}
	must(t, os.WriteFile(file, []byte("{"), 0o600))
	if status, out, _ := called(t, "policy", "validate", file); status != 1 || out != "the document: must be one JSON object\n" {
		t.Errorf("%d: %s", status, out)
	}
}
