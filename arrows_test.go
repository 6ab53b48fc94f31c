// Package hjemvej holds, at its root, the tests of the whole house.
package hjemvej

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// floors says, for each package of the house, which others it may import: the
// arrows of docs/design.md. "internal/…" stands for the ground, whose own arrows
// are listed one by one. A package that is not here fails the test.
var floors = map[string][]string{
	"cmd/hjemvej": {"api", "client", "client/…", "scheduler", "demo", "casework/…", "partners", "internal/…", "migrations"},
	"api":         {"casework/…", "partners", "partners/…", "internal/…", "migrations"},
	"scheduler":   {"casework/…", "partners", "partners/…", "internal/…"},
	"demo":        {"casework/…", "partners", "internal/…"},
	"partners":    {"casework/…", "internal/…"},

	"partners/events": {"partners", "casework/person", "internal/…"},

	"casework/support/lists": {"casework/support", "casework/policy", "internal/…"},

	"client":            {},
	"client/partnersim": {"client", "internal/webhook"},

	"casework/outcome":    {"internal/…"},
	"casework/support":    {"casework/person", "casework/casefile", "casework/policy", "casework/followup", "casework/support/rates", "casework/support/bank", "internal/…"},
	"casework/followup":   {"casework/person", "casework/casefile", "casework/policy", "internal/…"},
	"casework/plan/paper": {"casework/plan", "internal/…"},
	"casework/plan":       {"casework/person", "casework/casefile", "casework/policy", "internal/…"},
	"casework/attention":  {"casework/casefile", "internal/…"},
	"casework/filing":     {"casework/person", "casework/casefile", "internal/…"},
	"casework/casefile":   {"casework/person", "casework/policy", "internal/…"},
	"casework/person":     {"casework/policy", "internal/…"},
	"casework/policy":     {"internal/…"},

	"casework/followup/form": {"casework/followup", "internal/…"},
	"casework/support/rates": {"casework/policy", "internal/…"},
	"casework/support/bank":  {"internal/calendar", "internal/money"},

	"internal/files":             {"internal/fault", "internal/files/picture", "internal/seal"},
	"internal/files/picture":     {},
	"internal/audit":             {"internal/access", "internal/postgres"},
	"internal/staff":             {"internal/access", "internal/calendar", "internal/fault", "internal/letter", "internal/outbox", "internal/postgres"},
	"internal/signin":            {"internal/access", "internal/fault", "internal/postgres"},
	"internal/outbox":            {"internal/access", "internal/calendar", "internal/letter", "internal/postgres"},
	"internal/postgres":          {"internal/access", "internal/calendar", "internal/fault"},
	"internal/letter":            {"internal/calendar"},
	"internal/postgres/embedded": {},
	"internal/access":            {},
	"internal/calendar":          {},
	"internal/fault":             {},
	"internal/mailbox":           {},
	"internal/money":             {},
	"internal/sheet":             {"internal/calendar", "internal/money"},
	"internal/press":             {},
	"internal/seal":              {},
	"internal/seal/kms":          {},
	"internal/webhook":           {},
	"migrations":                 {},

	// For tests only: nothing that runs imports these.
	"internal/pgtest":            {"internal/postgres/embedded"},
	"internal/housetest/cabinet": {"internal/housetest", "casework/filing", "internal/files"},
	"internal/housetest":         {"casework/…", "partners", "partners/…", "internal/…", "migrations"},
	"internal/seal/kmstest":      {},
	"docs/partners/handoff":      {"client"},
	"bench":                      {"api", "demo", "scheduler", "casework/…", "partners", "partners/…", "internal/…", "migrations"},
}

const forTests = "internal/pgtest internal/housetest internal/housetest/cabinet internal/seal/kmstest docs/partners/handoff bench"

type listed struct {
	ImportPath string
	Imports    []string
}

func TestArrowsPointDown(t *testing.T) {
	for _, p := range packages(t) {
		from := strings.TrimPrefix(p.ImportPath, "hjemvej/")
		if p.ImportPath == "hjemvej" {
			continue
		}
		allowed, known := floors[from]
		if !known {
			t.Errorf("%s stands on no floor: give it one in arrows_test.go and docs/design.md", from)
			continue
		}
		for _, imported := range p.Imports {
			to, ours := strings.CutPrefix(imported, "hjemvej/")
			if ours && !covers(allowed, to) {
				t.Errorf("%s imports %s: no arrow of the design", from, to)
			}
			if ours && slices.Contains(strings.Fields(forTests), to) && !slices.Contains(strings.Fields(forTests), from) {
				t.Errorf("%s imports %s, which is for tests only", from, to)
			}
		}
	}
}

func covers(allowed []string, to string) bool {
	return slices.ContainsFunc(allowed, func(a string) bool {
		floor, all := strings.CutSuffix(a, "…")
		return a == to || all && strings.HasPrefix(to, floor)
	})
}

// packages are the house's packages with what they import, without their tests.
func packages(t *testing.T) (all []listed) {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}
