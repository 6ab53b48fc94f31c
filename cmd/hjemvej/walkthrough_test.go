package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestTheWalkthroughRuns runs the blocks of docs/walkthrough.md in bash, one
// after the other, against the demo: what the document says is what happens.
func TestTheWalkthroughRuns(t *testing.T) {
	heavy(t)
	for _, tool := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed; the walkthrough is for people who have it", tool)
		}
	}
	text, err := os.ReadFile("../../docs/walkthrough.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```bash\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(blocks) < 15 {
		t.Fatalf("only %d blocks", len(blocks))
	}
	script := "set -euo pipefail\n"
	answers := 0
	for _, b := range blocks {
		for _, line := range strings.SplitAfter(b[1], "\n") {
			// A line that names its answer behind "#" must give just that.
			if m := answered.FindStringSubmatch(line); m != nil {
				answers++
				line = "test \"$(" + m[1] + ")\" = '" + m[2] + "' || { echo 'expected " + m[2] + " in: " + strings.ReplaceAll(m[1], "'", "") + "'; exit 1; }\n"
			}
			script += line
		}
	}
	if answers < 15 {
		t.Fatalf("only %d lines name their answer", answers)
	}
	demo := startDemo(t)
	bash := exec.CommandContext(t.Context(), "bash", "-c", script)
	bash.Env = append(os.Environ(), "ACCESS="+demo.access)
	out, err := bash.CombinedOutput()
	if err != nil {
		t.Fatalf("the walkthrough stopped: %v\n%s", err, tail(string(out), 4000))
	}
	if !strings.HasSuffix(strings.TrimSpace(string(out)), "}") {
		t.Errorf("the last answer is no JSON:\n%s", tail(string(out), 500))
	}
}

var answered = regexp.MustCompile(`^(.*\S) +# (\S+)\n$`)

func tail(s string, n int) string {
	if len(s) > n {
		return "…" + s[len(s)-n:]
	}
	return s
}
